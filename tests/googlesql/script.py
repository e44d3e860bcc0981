"""What a script consists of, as it is written: the statements of every branch, whether they would run or not."""

import dataclasses

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as calls

from engine import SqlError


@dataclasses.dataclass
class Step:
    """`statement`, `declare`, `set`, `if` (its condition) or `raise` (its message)."""

    kind: str
    start: int
    names: list[str] = dataclasses.field(default_factory=list)
    type: str = ""
    expression: str = ""


def steps(engine, language, sql: str) -> list[Step]:
    request = calls.ParseRequest(sql_statement=sql, allow_script=True, options=language)
    parsed = engine.call("Parse", request, calls.ParseResponse).parsed_script
    found: list[Step] = []
    _list(parsed.statement_list_node, sql.encode(), found)
    if not found:
        raise SqlError("no statement")
    return found


def _concrete(node):
    """The message inside of those that stand for one of several."""
    while "node" in node.DESCRIPTOR.oneofs_by_name:
        node = getattr(node, node.WhichOneof("node"))
    return node


def _range(node) -> tuple[int, int]:
    node = _concrete(node)
    while "parse_location_range" not in node.DESCRIPTOR.fields_by_name:
        node = node.parent
    return node.parse_location_range.start, node.parse_location_range.end


def _text(node, sql: bytes) -> str:
    start, end = _range(node)
    return sql[start:end].decode()


def _list(statements, sql: bytes, found: list[Step]) -> None:
    for statement in statements.statement_list:
        _one(_concrete(statement), sql, found)


def _one(node, sql: bytes, found: list[Step]) -> None:
    start, _ = _range(node)

    def add(kind: str, **more) -> None:
        found.append(Step(kind, start, **more))

    match type(node).__name__.removeprefix("AST").removesuffix("Proto"):
        case "VariableDeclaration":
            names = [name.id_string for name in node.variable_list.identifier_list]
            kind = _text(node.type, sql) if node.HasField("type") else ""
            default = _text(node.default_value, sql) if node.HasField("default_value") else ""
            add("declare", names=names, type=kind, expression=default)
        case "SingleAssignment":
            add("set", names=[node.variable.id_string], expression=_text(node.expression, sql))
        case "IfStatement":
            add("if", expression=_text(node.condition, sql))
            _list(node.then_list, sql, found)
            for clause in node.elseif_clauses.elseif_clauses:
                add("if", expression=_text(clause.condition, sql))
                _list(clause.body, sql, found)
            _list(node.else_list, sql, found)
        case "BeginEndBlock":
            _list(node.statement_list_node, sql, found)
            for handler in node.handler_list.exception_handler_list:
                _list(handler.statement_list, sql, found)
        case "RaiseStatement":
            if node.HasField("message"):
                add("raise", expression=_text(node.message, sql))
        case "ReturnStatement":
            pass
        case name if "Loop" in name or "While" in name or name in UNKNOWN:
            raise SqlError(f"the check does not know {name} [at byte {start}]")
        case _:
            add("statement")


# Of scripts, and neither looked into here nor known to the analyser.
UNKNOWN = (
    "RepeatStatement", "ForInStatement", "CaseStatement", "BreakStatement", "ContinueStatement", "AssignmentFromStruct",
    "SystemVariableAssignment", "ParameterAssignment",
)
