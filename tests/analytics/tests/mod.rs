//! The rules of the server itself.

mod admin;
mod data;
mod data_manager;
mod files;
mod measurement;

use super::Server;
use crate::world::http::{Answer, send};
use serde_json::Value;

/// A moment of every test that needs one.
const NOW: &str = "2026-11-20T12:00:00Z";

fn started() -> Server {
    let server = Server::start();
    server.clock.set(NOW.parse().unwrap());
    server
}

fn call(server: &Server, method: &str, path: &str, body: &str) -> Answer {
    send(server.url.strip_prefix("http://").unwrap(), method, path, &[], body.as_bytes())
}

fn json(server: &Server, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = call(server, method, path, &body);
    (answer.status, answer.json())
}

/// Microseconds of the moment, so many hours before.
fn hours_ago(hours: i64) -> i64 {
    crate::world::micros(NOW) - hours * 3_600_000_000
}
