"""Types of BigQuery and values of them, as protocol buffers of GoogleSQL and as JSON."""

import base64
import datetime
import decimal
import math

from zetasql.wasi._pb2.zetasql.public import type_pb2, value_pb2

Type = type_pb2.TypeProto
Value = value_pb2.ValueProto

KINDS = {
    "STRING": type_pb2.TYPE_STRING,
    "BYTES": type_pb2.TYPE_BYTES,
    "INT64": type_pb2.TYPE_INT64,
    "FLOAT64": type_pb2.TYPE_DOUBLE,
    "BOOL": type_pb2.TYPE_BOOL,
    "DATE": type_pb2.TYPE_DATE,
    "DATETIME": type_pb2.TYPE_DATETIME,
    "TIME": type_pb2.TYPE_TIME,
    "TIMESTAMP": type_pb2.TYPE_TIMESTAMP,
    "NUMERIC": type_pb2.TYPE_NUMERIC,
    "BIGNUMERIC": type_pb2.TYPE_BIGNUMERIC,
    "JSON": type_pb2.TYPE_JSON,
    "GEOGRAPHY": type_pb2.TYPE_GEOGRAPHY,
    "INTERVAL": type_pb2.TYPE_INTERVAL,
}
NAMES = {kind: name for name, kind in KINDS.items()}
# What tables.get calls them.
LEGACY = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "BIGDECIMAL": "BIGNUMERIC", "DECIMAL": "NUMERIC"}
EPOCH = datetime.datetime(1970, 1, 1)


def standard(name: str) -> str:
    return LEGACY.get(name.upper(), name.upper())


def array_of(element: Type) -> Type:
    return Type(type_kind=type_pb2.TYPE_ARRAY, array_type=type_pb2.ArrayTypeProto(element_type=element))


def of_field(field: dict) -> Type:
    """The type of a field of a table's JSON schema."""
    name = standard(field["type"])
    if name in ("RECORD", "STRUCT"):
        made = Type(type_kind=type_pb2.TYPE_STRUCT)
        for inner in field["fields"]:
            made.struct_type.field.add(field_name=inner["name"], field_type=of_field(inner))
    elif name in KINDS:
        made = Type(type_kind=KINDS[name])
    else:
        raise ValueError(f"{field['name']}: unknown type {field['type']}")
    return array_of(made) if field.get("mode") == "REPEATED" else made


def name_of(kind: Type) -> str:
    """The type as SQL writes it, such as `ARRAY<STRUCT<key STRING, n INT64>>`."""
    if kind.type_kind == type_pb2.TYPE_ARRAY:
        return f"ARRAY<{name_of(kind.array_type.element_type)}>"
    if kind.type_kind == type_pb2.TYPE_STRUCT:
        fields = (f"{f.field_name} {name_of(f.field_type)}".strip() for f in kind.struct_type.field)
        return f"STRUCT<{', '.join(fields)}>"
    return NAMES.get(kind.type_kind) or type_pb2.TypeKind.Name(kind.type_kind)


def to_value(kind: Type, given) -> Value:
    """A value from JSON. A missing array is an empty one, as in BigQuery's tables."""
    if kind.type_kind == type_pb2.TYPE_ARRAY:
        value = Value()
        value.array_value.SetInParent()
        value.array_value.element.extend(to_value(kind.array_type.element_type, v) for v in given or [])
        return value
    if given is None:
        return Value()
    if kind.type_kind == type_pb2.TYPE_STRUCT:
        fields = kind.struct_type.field
        if unknown := set(given) - {f.field_name for f in fields}:
            raise ValueError(f"{name_of(kind)} has no {', '.join(sorted(unknown))}")
        return Value(struct_value=Value.Struct(field=[to_value(f.field_type, given.get(f.field_name)) for f in fields]))
    if kind.type_kind not in _TO:
        raise ValueError(f"values of type {name_of(kind)} are not known to the check")
    return _TO[kind.type_kind](given)


def from_value(kind: Type, value: Value):
    """A value as JSON: bytes in base64, dates and times as text in UTC."""
    which = value.WhichOneof("value")
    if which is None:
        return None
    if kind.type_kind == type_pb2.TYPE_ARRAY:
        return [from_value(kind.array_type.element_type, v) for v in value.array_value.element]
    if kind.type_kind == type_pb2.TYPE_STRUCT:
        pairs = zip(kind.struct_type.field, value.struct_value.field)
        return {f.field_name or f"_{i}": from_value(f.field_type, v) for i, (f, v) in enumerate(pairs)}
    if kind.type_kind not in _FROM:
        raise ValueError(f"values of type {name_of(kind)} are not known to the check")
    return _FROM[kind.type_kind](getattr(value, which))


def _timestamp(given) -> Value:
    if isinstance(given, int):
        seconds, micros = divmod(given, 1_000_000)
    else:
        moment = datetime.datetime.fromisoformat(given.replace(" UTC", "+00:00").replace("Z", "+00:00"))
        since = moment.astimezone(datetime.timezone.utc).replace(tzinfo=None) - EPOCH
        seconds, micros = since.days * 86_400 + since.seconds, since.microseconds
    value = Value()
    value.timestamp_value.seconds, value.timestamp_value.nanos = seconds, micros * 1000
    return value


def _timestamp_text(stamp) -> str:
    moment = EPOCH + datetime.timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    return moment.isoformat(timespec="microseconds") + "Z"


def _datetime_text(parts) -> str:
    # Seconds and minutes take 6 bits each, hours 5, days 5, months 4, the year the rest.
    bits = parts.bit_field_datetime_seconds
    second, minute, hour = bits & 63, bits >> 6 & 63, bits >> 12 & 31
    moment = datetime.datetime(bits >> 26, bits >> 22 & 15, bits >> 17 & 31, hour, minute, second, parts.nanos // 1000)
    return moment.isoformat(timespec="microseconds")


def _float(given: float):
    # JSON has no word for these.
    return given if math.isfinite(given) else str(given)


def _numeric(data: bytes) -> str:
    return format(decimal.Decimal(int.from_bytes(data, "little", signed=True)).scaleb(-9).normalize(), "f")


def _days(given: str) -> int:
    return (datetime.date.fromisoformat(given) - EPOCH.date()).days


_TO = {
    type_pb2.TYPE_STRING: lambda v: Value(string_value=v),
    type_pb2.TYPE_BYTES: lambda v: Value(bytes_value=base64.b64decode(v)),
    type_pb2.TYPE_INT64: lambda v: Value(int64_value=int(v)),
    type_pb2.TYPE_DOUBLE: lambda v: Value(double_value=float(v)),
    type_pb2.TYPE_BOOL: lambda v: Value(bool_value=v),
    type_pb2.TYPE_DATE: lambda v: Value(date_value=_days(v)),
    type_pb2.TYPE_TIMESTAMP: _timestamp,
    type_pb2.TYPE_JSON: lambda v: Value(json_value=v),
}
_FROM = {
    type_pb2.TYPE_STRING: str,
    type_pb2.TYPE_BYTES: lambda v: base64.b64encode(v).decode(),
    type_pb2.TYPE_INT64: int,
    type_pb2.TYPE_DOUBLE: _float,
    type_pb2.TYPE_BOOL: bool,
    type_pb2.TYPE_DATE: lambda v: (EPOCH.date() + datetime.timedelta(days=v)).isoformat(),
    type_pb2.TYPE_TIMESTAMP: _timestamp_text,
    type_pb2.TYPE_DATETIME: _datetime_text,
    type_pb2.TYPE_NUMERIC: _numeric,
    type_pb2.TYPE_JSON: str,
}
