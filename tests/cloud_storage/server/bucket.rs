//! The objects of the server, and its answers when nothing is wrong.

use super::Fault;
use axum::body::Body;
use axum::http::{HeaderMap, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conformance::world::answers::{long_json, typed};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// An object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    pub bytes: Vec<u8>,
    pub generation: i64,
    pub content_type: String,
    pub cache_control: String,
}

/// All of them, by name.
#[derive(Default)]
pub struct Bucket {
    objects: BTreeMap<String, Object>,
    writes: i64,
}

impl Bucket {
    pub fn get(&self, name: &str) -> Option<Object> {
        self.objects.get(name).cloned()
    }

    pub fn set(&mut self, name: &str, bytes: &[u8]) {
        self.writes += 1;
        // Generations of Cloud Storage are times in microseconds.
        let object =
            Object { bytes: bytes.into(), generation: 1_700_000_000_000_000 + self.writes, ..Object::default() };
        self.objects.insert(name.to_owned(), object);
    }

    /// A multipart upload: metadata in JSON, then the bytes.
    pub fn upload(&mut self, query: &BTreeMap<String, String>, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
        assert_eq!(query["uploadType"], "multipart", "every object is written in one request");
        let kind = headers["content-type"].to_str().unwrap();
        let boundary = kind.split("boundary=").nth(1).expect("a boundary").trim_matches('"');
        let parts = split(body, format!("--{boundary}").as_bytes());
        let content = |part: &[u8]| -> Vec<u8> {
            let start = find(part, b"\r\n\r\n").expect("the headers of a part") + 4;
            part[start..].strip_suffix(b"\r\n").expect("the end of a part").to_vec()
        };
        let metadata: Value = serde_json::from_slice(&content(parts[1])).unwrap();
        let bytes = content(parts[2]);
        let name = query.get("name").cloned().or_else(|| Some(metadata["name"].as_str()?.to_owned())).unwrap();
        let now = self.objects.get(&name).map_or(0, |o| o.generation);
        if query.get("ifGenerationMatch").is_some_and(|expected| expected.parse() != Ok(now)) {
            return typed(412, "application/json", r#"{"error":{"code":412,"message":"conditionNotMet"}}"#);
        }
        self.set(&name, &bytes);
        let object = self.objects.get_mut(&name).unwrap();
        object.content_type = metadata["contentType"].as_str().unwrap_or_default().to_owned();
        object.cache_control = metadata["cacheControl"].as_str().unwrap_or_default().to_owned();
        let answer = json!({
            "kind": "storage#object", "name": name, "bucket": "bucket", "generation": object.generation.to_string(),
            "metageneration": "1", "size": bytes.len().to_string(), "crc32c": STANDARD.encode(crc32c(&bytes)),
        });
        long_json(200, &answer)
    }

    /// The bytes of an object.
    pub fn media(&self, name: &str, fault: Fault) -> Response<Body> {
        let Some(object) = self.objects.get(name) else {
            return typed(404, "text/plain", format!("No such object: bucket/{name}"));
        };
        let mut sum = crc32c(&object.bytes);
        if fault == Fault::WrongChecksum {
            sum[0] ^= 1;
        }
        let mut response = Response::builder()
            .header("content-type", &object.content_type)
            .header("x-goog-generation", object.generation)
            .header("x-goog-metageneration", 1)
            .header("x-goog-stored-content-encoding", "identity");
        // The checksum must be enough.
        if fault != Fault::WrongChecksum {
            response = response.header("x-goog-stored-content-length", object.bytes.len());
        }
        if fault != Fault::NoChecksum {
            response = response.header("x-goog-hash", format!("crc32c={}", STANDARD.encode(sum)));
        }
        response.body(object.bytes.clone().into()).unwrap()
    }

    /// A page of names: two at most, so that clients have to ask on.
    pub fn list(&self, query: &BTreeMap<String, String>) -> Response<Body> {
        assert_eq!(query["delimiter"], "/");
        let prefix = &query["prefix"];
        let below = self.objects.keys().filter_map(|name| name.strip_prefix(prefix.as_str()));
        // Folders end with a slash, files do not.
        let names: BTreeSet<&str> = below.map(|rest| rest.split_inclusive('/').next().unwrap()).collect();
        let from: usize = query.get("pageToken").map_or(0, |token| token.parse().unwrap());
        let page: Vec<String> = names.iter().skip(from).take(2).map(|name| format!("{prefix}{name}")).collect();
        let (folders, files): (Vec<_>, Vec<_>) = page.into_iter().partition(|name| name.ends_with('/'));
        let items: Vec<Value> = files.into_iter().map(|name| json!({"name": name})).collect();
        let mut answer = json!({"kind": "storage#objects", "prefixes": folders, "items": items});
        if names.len() > from + 2 {
            answer["nextPageToken"] = (from + 2).to_string().into();
        }
        long_json(200, &answer)
    }
}

/// The Castagnoli checksum, bit by bit and big-endian, as Cloud Storage shows it.
fn crc32c(bytes: &[u8]) -> [u8; 4] {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    (!crc).to_be_bytes()
}

/// Keys and values of a query.
pub fn query(text: &str) -> BTreeMap<String, String> {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key), decoded(&value.replace('+', " ")))
    };
    text.split('&').filter(|p| !p.is_empty()).map(pair).collect()
}

/// Without percent signs.
pub fn decoded(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == b'%' {
            out.push(u8::from_str_radix(&text[at + 1..at + 3], 16).unwrap());
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

fn split<'a>(mut bytes: &'a [u8], by: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(at) = find(bytes, by) {
        parts.push(&bytes[..at]);
        bytes = &bytes[at + by.len()..];
    }
    parts.push(bytes);
    parts
}

#[test]
fn the_checksum_is_that_of_the_standard() {
    // RFC 3720, appendix B.4.
    assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa_u32.to_be_bytes());
    assert_eq!(crc32c(b"123456789"), 0xe306_9283_u32.to_be_bytes());
}
