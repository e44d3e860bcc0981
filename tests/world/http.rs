//! Plain HTTP, to see what clients of the store hide.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status, such as 404.
    pub status: u16,
    head: String,
    /// What came after the headers.
    pub body: Vec<u8>,
}

impl Answer {
    /// All headers, as name and value.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.lines().filter_map(|line| line.split_once(": "))
    }

    /// A header, without regard to case; empty when there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }
}

/// Sends a request to `127.0.0.1:PORT`.
#[must_use]
pub fn send(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    // With 1.0, the answer is not chunked, and ends with the connection.
    let head =
        format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    // A server that refuses a body may hang up before all of it is sent; what it answered is there all the same.
    let hung_up = |error: &std::io::Error| matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset);
    if let Err(error) = stream.write_all(body) {
        assert!(hung_up(&error), "{error}");
    }
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert!(hung_up(&error), "{error}");
    }
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("the end of the headers");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    let answer = Answer { status, head, body: bytes[end + 4..].to_vec() };
    if let (true, Ok(length)) = (method != "HEAD", answer.header("content-length").parse::<usize>()) {
        assert_eq!(answer.body.len(), length, "{path}: cut off");
    }
    answer
}
