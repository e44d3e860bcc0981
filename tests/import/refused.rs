//! Refusals: each names what it is about, and says what to do.

use batch_service::import::convert;
use serde_json::Value;
use std::path::Path;

/// What is not refused, or not by name.
pub fn check(out: &Path) -> Vec<String> {
    let listed: Value = serde_json::from_slice(&std::fs::read(out.join("refused.json")).unwrap()).unwrap();
    let mut broken = Vec::new();
    for case in listed.as_array().unwrap() {
        let (file, names) = (case["file"].as_str().unwrap(), case["names"].as_str().unwrap());
        match convert(&std::fs::read(out.join(file)).unwrap(), file) {
            Err(e) if e.to_string().contains(names) => eprintln!("{file}: {e}"),
            Err(e) => broken.push(format!("{file}: refused without naming {names:?}: {e}")),
            Ok(plain) => broken.push(format!("{file}: taken as {}", plain.source)),
        }
    }
    broken
}
