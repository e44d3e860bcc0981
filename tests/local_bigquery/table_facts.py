"""Tables: when they were made and changed, how many rows they have, and what a list of tables says.

local-bigquery knows these only of tables that were made by tables.insert, and never updates them; for others it says
that they were made and changed at this moment. Deleted rows stay counted. BigQuery's list of tables has neither the
time of the last change nor the numbers of rows; here they are left out, so that nothing relies on them.
"""

import functools
import hashlib

from local_bigquery.catalog import tables
from local_bigquery.engine.database import fetch, quote
from local_bigquery.models import Table

# What DuckLake, which keeps the rows, has written down of a table: its first and last snapshot, its rows.
FACTS = """
WITH this AS (
    SELECT t.table_id, t.begin_snapshot
    FROM {meta}.ducklake_table AS t JOIN {meta}.ducklake_schema AS s USING (schema_id)
    WHERE s.schema_name = $1 AND t.table_name = $2 AND t.end_snapshot IS NULL AND s.end_snapshot IS NULL
), files AS (
    SELECT begin_snapshot, end_snapshot, record_count AS rows FROM {meta}.ducklake_data_file
    WHERE table_id = (SELECT table_id FROM this)
    UNION ALL
    SELECT begin_snapshot, end_snapshot, -delete_count FROM {meta}.ducklake_delete_file
    WHERE table_id = (SELECT table_id FROM this)
), last AS (
    SELECT greatest(this.begin_snapshot, coalesce(max(f.begin_snapshot), 0), coalesce(max(f.end_snapshot), 0)) AS id
    FROM this LEFT JOIN files AS f ON true GROUP BY this.begin_snapshot
)
SELECT
    (SELECT epoch_ms(snapshot_time) FROM {meta}.ducklake_snapshot WHERE snapshot_id = this.begin_snapshot),
    (SELECT epoch_ms(snapshot_time) FROM {meta}.ducklake_snapshot WHERE snapshot_id = (SELECT id FROM last)),
    (SELECT coalesce(sum(rows), 0) FROM files WHERE end_snapshot IS NULL)
FROM this
"""
NOT_IN_LISTS = ("lastModifiedTime", "etag", "selfLink", "location", "schema")


def facts(project_id: str, dataset_id: str, table_id: str) -> tuple[int, int, int] | None:
    """When it was made and changed in milliseconds, and its rows; nothing for views and results of queries."""
    if dataset_id == tables.RESULTS:
        return None
    sql = FACTS.format(meta=quote(f"__ducklake_metadata_{project_id}"))
    found = fetch(sql, [dataset_id, table_id])
    return found[0] if found else None


def apply() -> None:
    load, list_ = tables.load, tables.list_

    @functools.wraps(load)
    def load_with_facts(project_id: str, dataset_id: str, table_id: str) -> Table:
        table = load(project_id, dataset_id, table_id)
        if not (known := facts(project_id, dataset_id, table_id)):
            return table
        made, changed, rows = known
        # A table that was made or patched by a request has a time of its own for that.
        stored = table.etag is not None
        return table.replace(
            creationTime=table.creationTime if stored else str(made),
            lastModifiedTime=str(max(changed, int(table.lastModifiedTime)) if stored else changed),
            numRows=str(rows),
            numBytes=str(tables.logical_bytes(rows, len(tables.fields(table)))),
            etag=hashlib.md5(f"{table.etag} {changed} {rows}".encode()).hexdigest(),
        )

    @functools.wraps(list_)
    def list_without_facts(project_id: str, dataset_id: str) -> list[Table]:
        listed = []
        for table in list_(project_id, dataset_id):
            known = facts(project_id, dataset_id, table.tableReference.tableId)
            if known and table.etag is None:
                table = table.replace(creationTime=str(known[0]))
            listed.append(table.without(*NOT_IN_LISTS))
        return listed

    tables.load = load_with_facts
    tables.list_ = list_without_facts
