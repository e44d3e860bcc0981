//! Rows of a table as Arrow, by the Storage Read API.

use super::{BigQuery, TableName, advice};
use crate::cloud::failure::judge;
use crate::cloud::patience::Failure;
use anyhow::{Context, Result, anyhow, bail};
use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use google_cloud_bigquery::model::read_session::TableReadOptions;
use google_cloud_bigquery::model::{DataFormat, ReadRowsResponse, ReadSession};
use google_cloud_gax::streaming::ResponseStream;
use tokio::sync::Mutex;

/// Streams that are asked for: BigQuery cuts a table into as many parts.
const STREAMS: i32 = 4;

/// What is read.
#[derive(Clone, Debug)]
pub struct ReadRows<'a> {
    /// The table.
    pub table: &'a TableName,
    /// Its columns; all when there is none.
    pub columns: Vec<String>,
    /// A condition, as after WHERE; empty for all rows.
    pub only: String,
}

/// Where a stream is; a connection that broke goes on from the same row.
struct Position {
    offset: i64,
    open: Option<ResponseStream<ReadRowsResponse>>,
}

impl BigQuery {
    /// Gives the rows to `each`, some thousands at a time, in no particular order; gives their number.
    ///
    /// # Errors
    /// When the table is not there, the call fails, or the error of `each`.
    pub fn read(&self, wanted: &ReadRows<'_>, mut each: impl FnMut(&RecordBatch) -> Result<()>) -> Result<u64> {
        let what = format!("reading table {}", wanted.table);
        let session = self.wait(self.patience.call(&what, || self.session(wanted)))?;
        let schema = session.arrow_schema().with_context(|| format!("{what}: no Arrow schema"))?;
        let mut rows = 0;
        for stream in &session.streams {
            let mut decoder = StreamDecoder::new();
            decode(&mut decoder, schema.serialized_schema.clone(), &mut |_| Ok(()))?;
            let position = Mutex::new(Position { offset: 0, open: None });
            loop {
                let next = self.wait(self.patience.call(&what, || self.next(&stream.name, &position)))?;
                let Some(response) = next else { break };
                let Some(batch) = response.arrow_record_batch() else { bail!("{what}: an answer without Arrow rows") };
                let mut found = 0;
                decode(&mut decoder, batch.serialized_record_batch.clone(), &mut |batch| {
                    found += batch.num_rows() as u64;
                    each(batch)
                })
                .with_context(|| what.clone())?;
                if found != response.row_count.unsigned_abs() {
                    bail!("{what}: {found} rows where {} were announced", response.row_count);
                }
                rows += found;
            }
        }
        Ok(rows)
    }

    async fn session(&self, wanted: &ReadRows<'_>) -> Result<ReadSession, Failure> {
        let options = TableReadOptions::new()
            .set_selected_fields(wanted.columns.clone())
            .set_row_restriction(wanted.only.clone());
        let session = ReadSession::new()
            .set_table(wanted.table.path())
            .set_data_format(DataFormat::Arrow)
            .set_read_options(options);
        let request = self
            .read
            .create_read_session()
            .set_parent(format!("projects/{}", self.project))
            .set_read_session(session)
            .set_max_stream_count(STREAMS);
        let session = request.send().await.map_err(|e| judge(e, advice))?;
        if session.arrow_schema().is_none() {
            return Err(Failure::Passing(anyhow!("the answer has no Arrow schema; is this BigQuery?"), None));
        }
        Ok(session)
    }

    /// The next rows of a stream; `None` at its end. A failure leaves it where it was.
    async fn next(&self, stream: &str, position: &Mutex<Position>) -> Result<Option<ReadRowsResponse>, Failure> {
        let mut position = position.lock().await;
        let mut open = match position.open.take() {
            Some(open) => open,
            None => {
                let request = self.read.read_rows().set_read_stream(stream).set_offset(position.offset);
                request.send().await.map_err(|e| judge(e, advice))?
            }
        };
        match open.next().await {
            Some(Ok(response)) => {
                if response.row_count < 0 {
                    return Err(Failure::Lasting(anyhow!("an answer with {} rows", response.row_count)));
                }
                position.offset += response.row_count;
                position.open = Some(open);
                Ok(Some(response))
            }
            Some(Err(error)) => Err(judge(error, advice)),
            None => Ok(None),
        }
    }
}

/// Decodes one message.
fn decode(
    decoder: &mut StreamDecoder,
    bytes: bytes::Bytes,
    each: &mut dyn FnMut(&RecordBatch) -> Result<()>,
) -> Result<()> {
    let mut buffer = Buffer::from(bytes);
    while !buffer.is_empty() {
        if let Some(batch) = decoder.decode(&mut buffer).context("the rows are not valid Arrow")? {
            each(&batch)?;
        }
    }
    Ok(())
}
