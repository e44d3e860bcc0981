//! SQL that Google's own GoogleSQL looks at, and runs over a few rows. The document is described in
//! `tests/googlesql/check.py`.

use super::folder::{Folder, repository};
use super::python::venv;
use serde_json::Value;
use std::process::Command;

/// What GoogleSQL says of every statement of a document: objects with `name`, `ok`, `error`, `columns` and `rows`.
///
/// The document stays in the folder as `statements.json`.
#[must_use]
pub fn checked(folder: &Folder, document: &Value) -> Vec<Value> {
    let path = folder.write("statements.json", serde_json::to_vec_pretty(document).unwrap());
    let mut command = Command::new(venv().join("bin/python"));
    command.arg("-B").arg(repository().join("tests/googlesql/check.py")).arg(path);
    let output = command.output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).expect("what check.py prints");
    assert_eq!(found.len(), document["statements"].as_array().map_or(0, Vec::len), "statements");
    found
}

/// The same, where every statement must be right. Panics with GoogleSQL's words against those that are not.
#[must_use]
pub fn right(folder: &Folder, document: &Value) -> Vec<Value> {
    let found = checked(folder, document);
    let wrong = found.iter().filter(|statement| statement["ok"] != true);
    let wrong: Vec<String> = wrong.map(|s| format!("{}: {}", s["name"], s["error"])).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    found
}
