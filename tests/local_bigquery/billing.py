"""Queries are billed: for at least 10 MiB of every table that they read, and so are all here that have succeeded.

A dry run is billed for nothing, and so is a query that fails. local-bigquery says 0 of all.
"""

import functools

from local_bigquery.api import jobs
from local_bigquery.jobs import runner
from local_bigquery.models import Job

BILLED = str(10 * 1024 * 1024)


def apply() -> None:
    done, with_rows = runner._done, jobs.with_rows

    @functools.wraps(done)
    def billed(job: Job, statistics, error=None) -> Job:
        finished = done(job, statistics, error)
        query = finished.statistics.query
        if error or not query or job.configuration.dryRun:
            return finished
        query = query.replace(totalBytesBilled=BILLED)
        return finished.replace(statistics=finished.statistics.replace(query=query))

    @functools.wraps(with_rows)
    def rows_billed(payload: dict, rows: list[str]):
        # What jobs.query tells of a dry run has no such field.
        if payload.get("jobComplete") and "totalBytesBilled" in payload:
            payload = payload | {"totalBytesBilled": BILLED}
        return with_rows(payload, rows)

    runner._done, jobs.with_rows = billed, rows_billed
