"""FARM_FINGERPRINT, which is computed in Python: of whole batches, and of every visitor once.

Beside a subquery over event_params, DuckDB's calls for single rows make a query five times as slow.
"""

import functools

import pyarrow as pa

from local_bigquery.sql import native

NAME = "_farm_fingerprint"


def apply() -> None:
    function, parameters, returns = native.FUNCTIONS.pop(NAME)
    register = native.register
    remembered = functools.lru_cache(maxsize=1_000_000)(function)

    def of_batch(values: pa.Array) -> pa.Array:
        return pa.array([None if v is None else remembered(v) for v in values.to_pylist()], pa.int64())

    def register_all(con) -> None:
        register(con)
        con.create_function(NAME, of_batch, parameters, returns, type="arrow")

    native.register = register_all
