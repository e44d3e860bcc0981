//! The Storage Read API: gRPC by hand, on plain HTTP/2.

use super::proto::{
    Any, Bytes as Arrow, CreateReadSessionRequest, ReadRowsRequest, ReadRowsResponse, ReadSession, ReadStream,
    RetryInfo, Seconds, Status,
};
use super::{Fault, Inner, Then, Wrong};
use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use axum::http::{HeaderMap, Request, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use conformance::world::answers;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use prost::Message;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

const SERVICE: &str = "/google.cloud.bigquery.storage.v1.BigQueryRead/";
/// Rows in a message.
const MESSAGE: usize = 3;

pub async fn serve(listener: TcpListener, inner: Arc<Inner>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        // What is dropped is reset, not closed.
        stream.set_zero_linger().unwrap();
        tokio::spawn(connection(stream, Arc::clone(&inner)));
    }
}

async fn connection(stream: TcpStream, inner: Arc<Inner>) {
    let broken = Arc::new(Notify::new());
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    loop {
        let next = tokio::select! {
            () = broken.notified() => return,
            next = connection.accept() => next,
        };
        let Some(Ok((request, respond))) = next else { return };
        tokio::spawn(answer(request, respond, Arc::clone(&inner), Arc::clone(&broken)));
    }
}

async fn answer(request: Request<RecvStream>, respond: SendResponse<Bytes>, inner: Arc<Inner>, broken: Arc<Notify>) {
    let (parts, mut body) = request.into_parts();
    let mut bytes = Vec::new();
    while let Some(Ok(part)) = body.data().await {
        let _ = body.flow_control().release_capacity(part.len());
        bytes.extend_from_slice(&part);
    }
    // A byte tells whether it is compressed, four how long it is.
    let message = &bytes[5..];
    let rows = match parts.uri.path().strip_prefix(SERVICE) {
        Some("CreateReadSession") => None,
        Some("ReadRows") => Some(ReadRowsRequest::decode(message).unwrap()),
        other => panic!("{other:?}"),
    };
    let (call, about) = match &rows {
        None => ("CreateReadSession", String::new()),
        Some(request) => ("ReadRows", format!("{}@{}", request.read_stream, request.offset)),
    };
    let mut out = Out { respond, broken, stream: None };
    let fault = inner.fault(call, about);
    match fault {
        Fault::Status(status) | Fault::RetryAfter(status, _) => return out.foreign(status, "application/json", "{}"),
        Fault::Html(status) => return out.foreign(status, "text/html", answers::PAGE),
        Fault::Grpc(code) => return out.status(code, None),
        Fault::GrpcRetry(code, seconds) => return out.status(code, Some(seconds)),
        Fault::Stall => return std::future::pending().await,
        Fault::Reset => return out.broken.notify_one(),
        _ => {}
    }
    match rows {
        None => {
            let made = session(&inner, CreateReadSessionRequest::decode(message).unwrap());
            if fault == Fault::ResetAfter {
                return out.broken.notify_one();
            }
            let bytes = if fault == Fault::Says("") { Vec::new() } else { made.encode_to_vec() };
            out.send(&bytes);
            out.status(0, None);
        }
        Some(request) => stream(&inner, &request, fault, out).await,
    }
}

fn session(inner: &Inner, request: CreateReadSessionRequest) -> ReadSession {
    let mut state = inner.state.lock().unwrap();
    let mut session = request.read_session.unwrap();
    let options = session.read_options.clone().unwrap_or_default();
    assert_eq!((request.parent.as_str(), session.data_format), ("projects/p", 2), "Arrow");
    state.sessions.push((options.row_restriction, options.selected_fields));
    "projects/p/locations/eu/sessions/s".clone_into(&mut session.name);
    session.arrow_schema = Some(Arrow { bytes: arrow(&state.arrow).0 });
    let name = |number| ReadStream { name: format!("{}/streams/{number}", session.name) };
    session.streams = (0..state.streams).map(name).collect();
    session
}

/// The rows of a stream from an offset on, some at a time.
async fn stream(inner: &Inner, request: &ReadRowsRequest, fault: Fault, mut out: Out) {
    let number: usize = request.read_stream.rsplit('/').next().unwrap().parse().unwrap();
    let rest = {
        let state = inner.state.lock().unwrap();
        let (rows, streams) = (state.arrow.num_rows(), state.streams);
        let (first, end) = (rows * number / streams, rows * (number + 1) / streams);
        let first = first + usize::try_from(request.offset).unwrap();
        assert!(first <= end, "an offset behind the end");
        state.arrow.slice(first, end - first)
    };
    let mut at = 0;
    while at < rest.num_rows() {
        let rows = rest.slice(at, MESSAGE.min(rest.num_rows() - at));
        at += rows.num_rows();
        let mut message = ReadRowsResponse { row_count: rows.num_rows() as i64, arrow_record_batch: None };
        let mut bytes = arrow(&rows).1;
        match fault {
            Fault::Rows(Wrong::OneMore) => message.row_count += 1,
            Fault::Rows(Wrong::Negative) => message.row_count = -1,
            Fault::Rows(Wrong::CutArrow) => bytes.truncate(bytes.len() - 8),
            Fault::Rows(Wrong::NoArrow) => bytes = b"not Arrow at all".to_vec(),
            // The head of the message: behind four bytes of mark and four of length.
            Fault::Rows(Wrong::BadArrow) => bytes[8..40].fill(0xff),
            _ => {}
        }
        message.arrow_record_batch = (fault != Fault::Rows(Wrong::Empty)).then_some(Arrow { bytes });
        let message = message.encode_to_vec();
        match fault {
            Fault::Rows(Wrong::NoMessage) => out.send(&[0xff; 30]),
            Fault::Truncated => {
                out.send_cut(&message);
                return;
            }
            _ => out.send(&message),
        }
        if let Fault::After(then) = fault {
            // The client must have seen the rows.
            tokio::time::sleep(Duration::from_millis(100)).await;
            match then {
                Then::Grpc(code) => out.status(code, None),
                Then::Reset => out.broken.notify_one(),
                Then::Cancel => out.stream().send_reset(Reason::CANCEL),
                Then::NoStatus => out.stream().send_data(Bytes::new(), true).unwrap(),
                Then::HalfMessage => out.send_cut(&message),
                Then::Stall => std::future::pending().await,
            }
            return;
        }
    }
    if fault == Fault::ResetAfter {
        return out.broken.notify_one();
    }
    out.status(0, None);
}

/// The schema and the rows as messages of Arrow's stream format.
fn arrow(rows: &RecordBatch) -> (Vec<u8>, Vec<u8>) {
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema()).unwrap();
    let schema = writer.get_ref().len();
    writer.write(rows).unwrap();
    let mut bytes = writer.get_ref().clone();
    let rows = bytes.split_off(schema);
    (bytes, rows)
}

/// An answer on its way.
struct Out {
    respond: SendResponse<Bytes>,
    broken: Arc<Notify>,
    stream: Option<SendStream<Bytes>>,
}

impl Out {
    fn stream(&mut self) -> &mut SendStream<Bytes> {
        let respond = &mut self.respond;
        self.stream.get_or_insert_with(|| {
            let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
            respond.send_response(head, false).unwrap()
        })
    }

    fn send(&mut self, message: &[u8]) {
        self.stream().send_data(framed(message), false).unwrap();
    }

    /// Half of a message, and the end without a status.
    fn send_cut(&mut self, message: &[u8]) {
        let mut bytes = framed(message);
        bytes.truncate(bytes.len() / 2);
        self.stream().send_data(bytes, true).unwrap();
    }

    /// The end.
    fn status(&mut self, code: u8, retry: Option<u32>) {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", u32::from(code).into());
        trailers.insert("grpc-message", "as%20planned".parse().unwrap());
        if let Some(seconds) = retry {
            let delay = RetryInfo { retry_delay: Some(Seconds { seconds: seconds.into() }) };
            let detail =
                Any { type_url: "type.googleapis.com/google.rpc.RetryInfo".into(), value: delay.encode_to_vec() };
            let status = Status { code: code.into(), message: "as planned".into(), details: vec![detail] };
            let encoded = STANDARD_NO_PAD.encode(status.encode_to_vec());
            trailers.insert("grpc-status-details-bin", encoded.parse().unwrap());
        }
        // The client may have gone.
        let _ = self.stream().send_trailers(trailers);
    }

    /// An answer that is not gRPC.
    fn foreign(&mut self, status: u16, kind: &str, body: &'static str) {
        let head = Response::builder().status(status).header("content-type", kind).body(()).unwrap();
        let mut stream = self.respond.send_response(head, false).unwrap();
        stream.send_data(Bytes::from_static(body.as_bytes()), true).unwrap();
    }
}

fn framed(message: &[u8]) -> Bytes {
    let mut bytes = vec![0];
    bytes.extend_from_slice(&(message.len() as u32).to_be_bytes());
    bytes.extend_from_slice(message);
    bytes.into()
}
