//! What a file is, by the ending of its name.

use std::path::Path;

/// The ending of files that are compressed for browsers; what is compressed has its own ending before it.
pub const BROTLI: &str = ".br";

/// What browsers are told that a file is; of a compressed file, what it is once it is not.
#[must_use]
pub fn content_type(path: &Path) -> &'static str {
    let name = path.to_str().unwrap_or_default();
    match Path::new(name.strip_suffix(BROTLI).unwrap_or(name)).extension().and_then(|e| e.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

/// How browsers are told that a file is compressed.
#[must_use]
pub fn content_encoding(path: &Path) -> Option<&'static str> {
    path.to_str().is_some_and(|name| name.ends_with(BROTLI)).then_some("br")
}
