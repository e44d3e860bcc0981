"""The catalogue: to look a table up costs the same however many others there are.

local-bigquery asks DuckDB's own lists of tables, views and columns, for which DuckDB describes all of every dataset each
time. The same is read here from what DuckLake, which keeps the tables, has written down; the answers are the same but for
estimated numbers of rows, which table_facts corrects.
"""

from local_bigquery.engine import database
from local_bigquery.engine.database import quote

_SCHEMA = "JOIN {meta}.ducklake_schema AS s ON s.schema_id = o.schema_id AND s.end_snapshot IS NULL"
LISTS = {
    "duckdb_tables()": f"""(
        SELECT $1 AS database_name, s.schema_name, o.table_name, 0 AS estimated_size
        FROM {{meta}}.ducklake_table AS o {_SCHEMA} WHERE o.end_snapshot IS NULL
    )""",
    "duckdb_views()": f"""(
        SELECT $1 AS database_name, s.schema_name, o.view_name, false AS internal
        FROM {{meta}}.ducklake_view AS o {_SCHEMA} WHERE o.end_snapshot IS NULL
    )""",
    "duckdb_columns()": f"""(
        SELECT $1 AS database_name, s.schema_name, o.table_name, c.column_name, c.nulls_allowed AS is_nullable
        FROM {{meta}}.ducklake_column AS c
        JOIN {{meta}}.ducklake_table AS o ON o.table_id = c.table_id AND o.end_snapshot IS NULL {_SCHEMA}
        WHERE c.end_snapshot IS NULL AND c.parent_column IS NULL
    )""",
}


def apply() -> None:
    fetch = database.fetch

    def fetch_of_one(sql: str, params: list | None = None) -> list[tuple]:
        # Results of queries are in a database of their own, which is no DuckLake.
        if params and params[0] != "emulator" and any(name in sql for name in LISTS):
            # Numbered, since a list names the first parameter, too.
            for number in range(1, sql.count("?") + 1):
                sql = sql.replace("?", f"${number}", 1)
            meta = quote(f"__ducklake_metadata_{params[0]}")
            for name, listed in LISTS.items():
                sql = sql.replace(name, listed.format(meta=meta))
        return fetch(sql, params)

    database.fetch = fetch_of_one
