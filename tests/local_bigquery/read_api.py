"""Storage Read API: several streams and batches also of small tables, compression, unknown fields.

local-bigquery gives one stream for every 100,000 rows, a stream as one batch, never compresses, and leaves out selected
fields that it does not know. BigQuery gives a stream or more as its size and the caller's limit ask for, batches of
about a thousand rows, the compression that was asked for, and INVALID_ARGUMENT for unknown fields.
"""

import io

import grpc
import pyarrow as pa
from google.cloud.bigquery_storage_v1 import types

from local_bigquery.catalog import tables
from local_bigquery.grpc import read, server

STREAM_ROWS = 5_000
BATCH_ROWS = 1_000

Codec = types.ArrowSerializationOptions.CompressionCodec
CODECS = {Codec.LZ4_FRAME: "lz4", Codec.ZSTD: "zstd"}
_codecs: dict[str, str] = {}


def _check_fields(session: types.ReadSession) -> None:
    fields = {field.name.casefold() for field in tables.fields(tables.load(*read.table(session.table)))}
    for name in session.read_options.selected_fields:
        if "." in name:
            message = f"the stand-in cannot select inside a record: {name}"
            raise read.StorageError(grpc.StatusCode.UNIMPLEMENTED, message)
        if name.casefold() not in fields:
            message = f"The following selected fields do not exist in the table schema: {name}"
            raise read.StorageError(grpc.StatusCode.INVALID_ARGUMENT, message)


def create_session(request: types.CreateReadSessionRequest) -> types.ReadSession:
    _check_fields(request.read_session)
    session = _create_session(request)
    codec = request.read_session.read_options.arrow_serialization_options.buffer_compression
    for stream in session.streams:
        if codec in CODECS:
            _codecs[stream.name] = CODECS[codec]
    return session


def _message(batch: pa.RecordBatch, codec: str | None) -> bytes:
    """The batch alone, as one message of Arrow's format for streams."""
    if codec is None:
        return batch.serialize().to_pybytes()
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_batch(batch)
    messages = pa.ipc.MessageReader.open_stream(pa.py_buffer(sink.getvalue()))
    messages.read_next_message()  # the schema
    return messages.read_next_message().serialize().to_pybytes()


def read_rows(request: types.ReadRowsRequest):
    stream = read._lookup(request.read_stream)
    codec = _codecs.get(request.read_stream)
    for response in _read_rows(request):
        if stream.avro:
            yield response
            continue
        message = response.arrow_record_batch.serialized_record_batch
        schema = pa.ipc.read_schema(pa.py_buffer(response.arrow_schema.serialized_schema))
        whole = pa.ipc.read_record_batch(pa.py_buffer(message), schema)
        for start in range(0, whole.num_rows, BATCH_ROWS):
            batch = whole.slice(start, BATCH_ROWS)
            # Clients that were cut off go on from the rows that they have.
            stream.allocated = max(stream.allocated, request.offset + start + batch.num_rows)
            yield types.ReadRowsResponse(
                row_count=batch.num_rows,
                arrow_record_batch=types.ArrowRecordBatch(serialized_record_batch=_message(batch, codec)),
                arrow_schema=response.arrow_schema,
            )


def apply() -> None:
    global _create_session, _read_rows
    _create_session, _read_rows = read.create_session, read.read_rows
    read.STREAM_ROWS = STREAM_ROWS
    methods = server.SERVICES["google.cloud.bigquery.storage.v1.BigQueryRead"]
    methods["CreateReadSession"] = server._unary(create_session, types.CreateReadSessionRequest, types.ReadSession)
    methods["ReadRows"] = server._streaming(read_rows, types.ReadRowsRequest, types.ReadRowsResponse)
