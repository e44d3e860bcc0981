"""The tables that statements are checked against, and the rules of the language as BigQuery has them."""

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as calls
from zetasql.wasi._pb2.zetasql.proto import options_pb2, simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2 as public
from zetasql.wasi._pb2.zetasql.public import simple_table_pb2

import kinds

# Views that every dataset has. GoogleSQL knows nothing of them; columns as BigQuery's reference lists them.
_TABLE = "table_catalog STRING, table_schema STRING, table_name STRING, "
VIEWS = {
    "INFORMATION_SCHEMA.TABLES": _TABLE + "table_type STRING, managed_table_type STRING, is_insertable_into STRING, "
    "is_fine_grained_mutations_enabled STRING, is_typed STRING, is_change_history_enabled STRING, "
    "creation_time TIMESTAMP, base_table_catalog STRING, base_table_schema STRING, base_table_name STRING, "
    "snapshot_time_ms TIMESTAMP, ddl STRING, default_collation_name STRING",
    "INFORMATION_SCHEMA.COLUMNS": _TABLE + "column_name STRING, ordinal_position INT64, is_nullable STRING, "
    "data_type STRING, is_generated STRING, generation_expression STRING, is_stored STRING, is_hidden STRING, "
    "is_updatable STRING, is_system_defined STRING, is_partitioning_column STRING, "
    "clustering_ordinal_position INT64, collation_name STRING, column_default STRING, rounding_mode STRING",
    "INFORMATION_SCHEMA.COLUMN_FIELD_PATHS": _TABLE + "column_name STRING, field_path STRING, data_type STRING, "
    "description STRING, collation_name STRING, rounding_mode STRING",
    "INFORMATION_SCHEMA.PARTITIONS": _TABLE + "partition_id STRING, total_rows INT64, total_logical_bytes INT64, "
    "total_billable_bytes INT64, last_modified_time TIMESTAMP, storage_tier STRING",
    "INFORMATION_SCHEMA.TABLE_OPTIONS": _TABLE + "option_name STRING, option_type STRING, option_value STRING",
    "__TABLES__": "project_id STRING, dataset_id STRING, table_id STRING, creation_time INT64, "
    "last_modified_time INT64, row_count INT64, size_bytes INT64, type INT64",
}
# Options of CREATE and ALTER statements and of EXPORT DATA; others are refused. None: any type.
OPTIONS = {
    **dict.fromkeys(["description", "friendly_name", "kms_key_name", "default_rounding_mode"], "STRING"),
    **dict.fromkeys(["rounding_mode", "uri", "format", "compression", "field_delimiter"], "STRING"),
    **dict.fromkeys(["require_partition_filter", "enable_change_history", "overwrite", "header"], "BOOL"),
    "expiration_timestamp": "TIMESTAMP",
    "partition_expiration_days": "FLOAT64",
    "labels": None,
    "max_staleness": "INTERVAL",
}
SYSTEM_VARIABLES = {
    "row_count": "INT64",
    **dict.fromkeys(["project_id", "dataset_id", "time_zone", "session_id", "current_job_id"], "STRING"),
    **dict.fromkeys(["script.job_id", "error.message", "error.statement_text"], "STRING"),
    "error.formatted_stack_trace": "STRING",
}


def language(engine) -> options_pb2.LanguageOptionsProto:
    """Everything that is released, outside of Google."""
    request = calls.LanguageOptionsRequest(maximum_features=True)
    made = engine.call("GetLanguageOptions", request, options_pb2.LanguageOptionsProto)
    made.product_mode = public.PRODUCT_EXTERNAL
    made.reserved_keywords.append("QUALIFY")
    del made.supported_statement_kinds[:]  # none named: all
    return made


def analysis(engine, language_options, parameters: dict[str, kinds.Type]) -> options_pb2.AnalyzerOptionsProto:
    usual = engine.call("GetAnalyzerOptions", calls.AnalyzerOptionsRequest(), options_pb2.AnalyzerOptionsProto)
    made = options_pb2.AnalyzerOptionsProto(language_options=language_options, enabled_rewrites=usual.enabled_rewrites)
    made.error_message_mode = public.ERROR_MESSAGE_ONE_LINE
    made.default_timezone = "UTC"
    made.parameter_mode = public.PARAMETER_NAMED
    for name, kind in parameters.items():
        made.query_parameters.add(name=name, type=kind)
    for name, kind in SYSTEM_VARIABLES.items():
        made.system_variables.add(name_path=name.split("."), type=kinds.Type(type_kind=kinds.KINDS[kind]))
    allowed = made.allowed_hints_and_options
    allowed.disallow_unknown_options = True
    for name, kind in OPTIONS.items():
        allowed.option.add(name=name, type=kinds.Type(type_kind=kinds.KINDS[kind]) if kind else None)
    return made


def table(name: str, columns: dict[str, kinds.Type]) -> simple_table_pb2.SimpleTableProto:
    made = simple_table_pb2.SimpleTableProto(name=name)
    for column, kind in columns.items():
        made.column.add(name=column, type=kind, is_writable_column=True)
    if name.endswith("*"):
        made.column.add(name="_TABLE_SUFFIX", type=kinds.Type(type_kind=kinds.KINDS["STRING"]), is_pseudo_column=True)
    return made


def views(datasets: set[str]) -> dict[str, dict[str, kinds.Type]]:
    made = {}
    for dataset in datasets:
        for view, columns in VIEWS.items():
            pairs = (column.split() for column in columns.split(", "))
            made[f"{dataset}.{view}"] = {name: kinds.Type(type_kind=kinds.KINDS[kind]) for name, kind in pairs}
    return made


def catalogue(language_options, tables: dict[str, dict[str, kinds.Type]]) -> simple_catalog_pb2.SimpleCatalogProto:
    """Tables under every way of writing their names: `a.b.c`, a.b.c and `a.b`.c.d."""
    root = simple_catalog_pb2.SimpleCatalogProto(name="root")
    root.builtin_function_options.language_options.CopyFrom(language_options)
    folders = {(): root}

    def folder(path: tuple[str, ...]) -> simple_catalog_pb2.SimpleCatalogProto:
        if path not in folders:
            folders[path] = folder(path[:-1]).catalog.add(name=path[-1])
        return folders[path]

    for name, columns in tables.items():
        made = table(name, columns)
        root.table.append(made)
        parts = name.split(".")
        for path in {tuple(parts[:-1]), (".".join(parts[:2]), *parts[2:-1])} if len(parts) > 2 else ():
            other = folder(path).table.add()
            other.CopyFrom(made)
            other.name, other.full_name = parts[-1], name
    return root
