"""Checks SQL with Google's own GoogleSQL, and runs queries with its reference implementation.

    python check.py DOCUMENT.json

The document, all of it but "statements" may be left out:

    {"tables": [{"name": "project.dataset.table", "fields": [fields of BigQuery's JSON schema]}],
     "rows": {"project.dataset.table": [{"column": value}]},
     "statements": [{"name": "…", "sql": "…", "params": [{"name": "day", "type": "DATE"}],
                     "columns": [{"name": "x", "type": "INT64"}], "execute": true, "values": {"day": "2021-01-01"}}]}

A table's name may end in `*`; its rows then have a column `_TABLE_SUFFIX`. "columns" are what the last query must give.
On stdout a list with, for every statement, {"name", "ok", "error", "columns", "rows"}; "rows" only of what was run.
The exit code is 0 whenever every statement was looked at, right or wrong.
"""

import json
import os
import pathlib
import sys

import wasmtime
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as calls

import catalogue
import kinds
from engine import Engine, SqlError
from session import Session, Tables


def cache() -> pathlib.Path:
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(home) / "inkling-tests"


def content(name: str, columns: dict[str, kinds.Type], rows: list[dict]) -> calls.TableContent:
    made = calls.TableContent()
    # A table without rows has a content, too.
    made.table_data.SetInParent()
    if name.endswith("*"):
        columns = columns | {"_TABLE_SUFFIX": kinds.Type(type_kind=kinds.KINDS["STRING"])}
    for row in rows:
        if unknown := set(row) - set(columns):
            raise ValueError(f"{name} has no {', '.join(sorted(unknown))}")
        made.table_data.row.add(cell=[kinds.to_value(kind, row.get(column)) for column, kind in columns.items()])
    return made


def difference(columns: list[dict], expected: list[dict] | None) -> str | None:
    """What is wrong with the columns of a query; types may be named as tables.get does."""
    given = [column["name"] for column in columns]
    if twice := sorted({name for name in given if given.count(name) > 1}):
        return f"Duplicate column names in the result: {', '.join(twice)}"
    if expected is None:
        return None
    wanted = [column["name"] for column in expected]
    if given != wanted:
        return f"columns are {', '.join(given) or 'none'}, expected {', '.join(wanted) or 'none'}"
    wrong = [
        f"column {got['name']} is {got['type']}, expected {want['type']}"
        for got, want in zip(columns, expected)
        if got["type"] not in (want["type"], kinds.standard(want["type"]))
    ]
    return "; ".join(wrong) or None


class Checker:
    def __init__(self, document: dict) -> None:
        self.described = {
            table["name"]: {field["name"]: kinds.of_field(field) for field in table["fields"]}
            for table in document.get("tables", [])
        }
        rows = document.get("rows", {})
        if unknown := set(rows) - set(self.described):
            raise ValueError(f"rows of tables that are not described: {', '.join(sorted(unknown))}")
        self.contents = {
            name: content(name, columns, rows.get(name, [])) for name, columns in self.described.items()
        }
        self._start()

    def _start(self) -> None:
        engine = Engine(cache())
        datasets = {".".join(name.split(".")[:2]) for name in self.described if name.count(".") >= 2}
        tables = self.described | catalogue.views(datasets)
        self.tables = Tables(engine, catalogue.language(engine), tables, self.contents)

    def _type_named(self, name: str) -> kinds.Type:
        [(_, kind)] = Session(self.tables, {}).check(f"SELECT CAST(NULL AS {kinds.standard(name)})")
        return kind

    def check(self, statement: dict) -> dict:
        result = {"name": statement["name"], "ok": False, "error": None, "columns": []}
        parameters = {p["name"]: self._type_named(p["type"]) for p in statement.get("params") or []}
        session = Session(self.tables, parameters)
        try:
            columns = [{"name": n, "type": kinds.name_of(k)} for n, k in session.check(statement["sql"])]
            result["columns"] = columns
            result["error"] = difference(columns, statement.get("columns"))
            if statement.get("execute") and not result["error"]:
                result["rows"] = session.run(statement["sql"], statement.get("values") or {})
            session.close()
        except SqlError as error:
            result["error"] = str(error)
            session.close()
        except wasmtime.Trap as trap:
            # Some functions, such as NET.REG_DOMAIN, end the module instead of giving an error.
            result["error"] = f"GoogleSQL ended: {str(trap).splitlines()[0]}"
            self._start()
        result["ok"] = result["error"] is None
        return result


def main() -> None:
    document = json.loads(pathlib.Path(sys.argv[1]).read_text())
    checker = Checker(document)
    json.dump([checker.check(statement) for statement in document["statements"]], sys.stdout, allow_nan=False)


if __name__ == "__main__":
    main()
