"""Reads a table by Google's own client of the Storage Read API, to see what other readers should see.

    python read.py HOST:PORT projects/P/datasets/D/tables/T '{"row_restriction": "…", "selected_fields": ["…"],
                                                              "streams": 3, "compression": "ZSTD"}'

All of the JSON may be left out. Prints {"streams": […], "batches": […], "types": {…}, "rows": [{…}]}: the rows of every
stream and batch, Arrow's types, and the rows with bytes as hexadecimal and dates and times as text. An error is
{"error": CODE, "message": …}.
"""

import json
import sys

import grpc
import pyarrow as pa
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.bigquery_storage_v1 import BigQueryReadClient, types
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport


def read(address: str, table: str, options: dict) -> dict:
    channel = grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", -1)])
    client = BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))
    session = types.ReadSession(table=table, data_format=types.DataFormat.ARROW)
    session.read_options.row_restriction = options.get("row_restriction", "")
    session.read_options.selected_fields.extend(options.get("selected_fields", []))
    if codec := options.get("compression"):
        codec = types.ArrowSerializationOptions.CompressionCodec[codec]
        session.read_options.arrow_serialization_options.buffer_compression = codec
    project = "/".join(table.split("/")[:2])
    session = client.create_read_session(
        parent=project, read_session=session, max_stream_count=options.get("streams", 0)
    )
    schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
    found = {"streams": [], "batches": [], "bytes": 0, "types": {f.name: str(f.type) for f in schema}, "rows": []}
    for stream in session.streams:
        count = 0
        for response in client.read_rows(stream.name, 0):
            message = response.arrow_record_batch.serialized_record_batch
            batch = pa.ipc.read_record_batch(pa.py_buffer(message), schema)
            found["rows"] += batch.to_pylist()
            found["batches"].append(batch.num_rows)
            found["bytes"] += len(message)
            count += batch.num_rows
        found["streams"].append(count)
    return found


def text(value) -> str:
    return value.hex() if isinstance(value, bytes) else value.isoformat()


def main() -> None:
    options = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    try:
        found = read(sys.argv[1], sys.argv[2], options)
    except GoogleAPICallError as error:
        found = {"error": error.grpc_status_code.name, "message": error.message}
    print(json.dumps(found, default=text))


if __name__ == "__main__":
    main()
