"""Jobs: of those that are submitted under one name at the same time one is taken, and the others are `duplicate` (409).

local-bigquery looks whether there is a job of the name, and then writes it down: when two do so beside each other, both
find none, and the second one fails to write, with a 400.
"""

import functools
import threading

from local_bigquery.jobs import runner
from local_bigquery.models import Job

# A job only begins while it is held; it runs in a thread of its own.
_one_by_one = threading.Lock()


def apply() -> None:
    submit = runner.submit

    @functools.wraps(submit)
    def one_by_one(*arguments, **named) -> Job:
        with _one_by_one:
            return submit(*arguments, **named)

    runner.submit = one_by_one
