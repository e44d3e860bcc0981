"""Load jobs: bytes in Parquet files are bytes, REQUIRED columns stay so, and files that are not there are `notFound`.

local-bigquery decodes every BYTES column of a given schema as base64 text, which is right for CSV and JSON only, and
makes every column of a new table NULLABLE. When its first loads of objects run beside each other, all but one fail.
"""

import contextvars
import threading

from local_bigquery.catalog import tables
from local_bigquery.engine.database import quote
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import load, runner
from local_bigquery.jobs.storage import literal, paths
from local_bigquery.models import JobConfigurationLoad, JobStatistics3

# Whether the load job that is running reads a format without bytes of its own; jobs run beside each other.
_text = contextvars.ContextVar("text", default=True)
# The first load of an object tells DuckDB where the bucket server is; the others must find that done.
_first = threading.Lock()
_told = threading.Event()


def _refuse_nulls(cur, config: JobConfigurationLoad, required: list[str]) -> None:
    files = {path: uri for uri in config.sourceUris or [] for path in paths(cur, uri)}
    counts = ", ".join(f"count_if({quote(name)} IS NULL)" for name in required)
    with load._reading(files):
        reader = load._reader(cur, f"[{', '.join(map(literal, files))}]", config, [])
        found = cur.sql(f"SELECT {counts} FROM {reader}").fetchone()
    for name, nulls in zip(required, found):
        if nulls:
            raise BigQueryError("invalid", f"Required column '{name}' has {nulls} null values")


def _parquet(run, cur, config: JobConfigurationLoad) -> JobStatistics3:
    fields = (config.schema_ and config.schema_.fields) or []
    required = [field.name for field in fields if field.mode == "REQUIRED"]
    if required:
        _refuse_nulls(cur, config, required)
    statistics = run(cur, config, None)
    reference = tables.reference(config.destinationTable)
    nullable = [field.name for field in tables.columns(*reference) if field.mode == "NULLABLE"]
    for name in required:
        # One by one: DuckLake refuses them in a transaction.
        if name in nullable:
            cur.execute(f"ALTER TABLE {tables.name(*reference)} ALTER COLUMN {quote(name)} SET NOT NULL")
    return statistics


def apply() -> None:
    decoded, run = load._decoded, load.run

    def decoded_text(expression: str, field, depth: int = 0) -> str:
        return decoded(expression, field, depth) if _text.get() else expression

    def corrected(cur, config: JobConfigurationLoad, upload: str | None) -> JobStatistics3:
        _text.set((config.sourceFormat or "CSV") in load.TEXT_FORMATS)
        try:
            if config.sourceFormat == "PARQUET" and not upload:
                return _parquet(run, cur, config)
            return run(cur, config, upload)
        except BigQueryError as error:
            if "HTTP 404" in error.message:
                raise BigQueryError("notFound", f"Not found: URI {', '.join(config.sourceUris)}") from error
            raise

    def one_first(cur, config: JobConfigurationLoad, upload: str | None) -> JobStatistics3:
        if upload or _told.is_set():
            return corrected(cur, config, upload)
        with _first:
            done = corrected(cur, config, upload)
            _told.set()
        return done

    load._decoded = decoded_text
    runner.HANDLERS["load"] = one_first
