//! Names of roles and files as parts of addresses and file names.

use super::roles::TargetFile;
use super::trusted::Trusted;
use std::fmt::Write;

/// Percent-encoded but for letters, digits and `_.-~`: no name leaves its folder or begins a query.
#[must_use]
pub fn quoted(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Where the repository has a file: with its hash in front of its name, if the repository is consistent (6.2).
#[must_use]
pub fn target_file(trusted: &Trusted, path: &str, file: &TargetFile) -> String {
    match file.hashes.get("sha256") {
        Some(hash) if trusted.root().consistent_snapshot => match path.rsplit_once('/') {
            Some((folder, name)) => format!("{folder}/{hash}.{name}"),
            None => format!("{hash}.{path}"),
        },
        _ => path.to_owned(),
    }
}
