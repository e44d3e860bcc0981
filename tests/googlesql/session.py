"""Analyses statements and scripts; a statement sees the tables, functions and variables of those before it."""

import re

from google.protobuf import empty_pb2
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as calls
from zetasql.wasi._pb2.zetasql.proto import function_pb2
from zetasql.wasi._pb2.zetasql.public import function_pb2 as function_enums

import catalogue
import kinds
import script
from engine import Engine, SqlError

VARIABLES = "__script_variables"


def register(engine: Engine, made, content: dict) -> int:
    request = calls.RegisterCatalogRequest(simple_catalog=made)
    for name, rows in content.items():
        request.table_content[name].CopyFrom(rows)
    return engine.call("RegisterCatalog", request, calls.RegisterResponse).registered_id


class Tables:
    """What every statement of a document starts with: tables, and rows for those that are run."""

    def __init__(self, engine: Engine, language, tables: dict[str, dict], content: dict) -> None:
        self.engine, self.language, self.tables = engine, language, tables
        self.id = register(engine, catalogue.catalogue(language, tables), content)


class Session:
    """One statement of the document, which may be a script."""

    def __init__(self, given: Tables, parameters: dict[str, kinds.Type]) -> None:
        self.given, self.engine, self.language, self.parameters = given, given.engine, given.language, parameters
        self.options = catalogue.analysis(given.engine, given.language, parameters)
        self.tables = dict(given.tables)
        self.variables: dict[str, kinds.Type] = {}
        self.functions: list[function_pb2.FunctionProto] = []
        # The catalogue with what this script has made, once it has made something.
        self._own: int | None = None

    def check(self, sql: str) -> list[tuple[str, kinds.Type]]:
        """The columns of the last query in it, none if there is no query."""
        columns: list[tuple[str, kinds.Type]] = []
        for step in script.steps(self.engine, self.language, sql):
            if step.kind == "statement":
                columns = self._statement(sql, step.start) or columns
                continue
            try:
                self._part(step)
            except SqlError as error:
                # Its place is one in a statement that was made up to look at this part.
                message = re.sub(r" \[at \d+:\d+\]\Z", "", str(error))
                line = sql.encode()[: step.start].count(b"\n") + 1
                raise SqlError(f"{message} [in {step.kind.upper()}, line {line}]") from error
        return columns

    def _part(self, step: script.Step) -> None:
        match step.kind:
            case "declare":
                self._declare(step)
            case "set":
                for name in step.names:
                    self._assign(name, step.expression)
            case "if":
                self._analyse(f"SELECT IF(({step.expression}), 1, 0)")
            case "raise":
                self._analyse(f"SELECT ({step.expression})")

    def run(self, sql: str, values: dict) -> list[dict]:
        """The rows of one query over the content of the tables, by GoogleSQL's reference implementation."""
        request = calls.EvaluateQueryRequest(sql=sql, options=self.options, registered_catalog_id=self.given.id)
        del request.options.system_variables[:]  # each would need a value
        for name, kind in self.parameters.items():
            if name not in values:
                raise ValueError(f"parameter {name} has no value")
            request.params.add(name=name.lower(), value=kinds.to_value(kind, values[name]))
        response = self.engine.call("EvaluateQuery", request, calls.EvaluateQueryResponse)
        columns = [(column.name, column.type) for column in response.prepared.columns]
        return [
            {name: kinds.from_value(kind, cell) for (name, kind), cell in zip(columns, row.cell)}
            for row in response.content.table_data.row
        ]

    def close(self) -> None:
        if self._own is not None:
            request = calls.UnregisterRequest(registered_id=self._own)
            self.engine.call("UnregisterCatalog", request, empty_pb2.Empty)
            self._own = None

    def _changed(self) -> None:
        self.close()
        made = catalogue.catalogue(self.language, self.tables)
        if self.variables:
            made.table.append(catalogue.table(VARIABLES, self.variables))
        for name, kind in self.variables.items():
            # Constants are looked up as BigQuery does variables: after columns.
            made.constant.add(name_path=[name], type=kind)
        made.custom_function.extend(self.functions)
        self._own = register(self.engine, made, {})

    def _analyse(self, sql: str, start: int = 0):
        request = calls.AnalyzeRequest(options=self.options, registered_catalog_id=self._own or self.given.id)
        request.parse_resume_location.input = sql
        request.parse_resume_location.byte_position = start
        statement = self.engine.call("Analyze", request, calls.AnalyzeResponse).resolved_statement
        while (which := statement.WhichOneof("node")) is not None:
            statement = getattr(statement, which)
            if "node" not in statement.DESCRIPTOR.oneofs_by_name:
                break
        return statement

    def _statement(self, sql: str, start: int) -> list[tuple[str, kinds.Type]]:
        resolved = self._analyse(sql, start)
        match type(resolved).__name__:
            case "ResolvedQueryStmtProto":
                return _columns(resolved)
            case "ResolvedCreateTableStmtProto" | "ResolvedCreateTableAsSelectStmtProto":
                columns = resolved.parent.column_definition_list
                made = {column.name: column.type for column in columns}
                self.tables.setdefault(".".join(resolved.parent.parent.name_path), made)
                self._changed()
            case "ResolvedCreateFunctionStmtProto":
                made = function_pb2.FunctionProto(name_path=resolved.parent.name_path, group="script")
                made.mode = function_enums.FunctionEnums.SCALAR
                made.signature.append(resolved.signature)
                self.functions.append(made)
                self._changed()
        return []

    def _declare(self, step: script.Step) -> None:
        text = f"CAST(NULL AS {step.type})" if step.type else f"({step.expression})"
        [(_, kind)] = _columns(self._analyse(f"SELECT {text}"))
        for name in step.names:
            self.variables[name] = kind
        self._changed()
        if step.type and step.expression:
            for name in step.names:
                self._assign(name, step.expression)

    def _assign(self, name: str, expression: str) -> None:
        if name.lower() not in (known.lower() for known in self.variables):
            raise SqlError(f"Undeclared variable: {name}")
        # An assignment converts what an INSERT converts.
        self._analyse(f"INSERT INTO {VARIABLES} ({name}) VALUES ({expression})")


def _columns(resolved) -> list[tuple[str, kinds.Type]]:
    return [(column.name, column.column.type) for column in resolved.output_column_list]
