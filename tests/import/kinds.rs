//! Every kind of model from Python, in every file that it can be written to.

use super::compare::{Difference, Rows, compare, numbers};
use super::served;
use batch_service::import::convert;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Converts every file of the manifest that ends as said, compares, prints a table, and tells what breaks a promise.
/// Of the data that `is_stand_in` knows, rows stand in for a table that is not here.
pub fn check(out: &Path, wanted: impl Fn(&str) -> bool, is_stand_in: impl Fn(&str) -> bool) -> Vec<String> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(out.join("manifest.json")).unwrap()).unwrap();
    let mut broken = Vec::new();
    let mut table: BTreeMap<String, (usize, Difference, String)> = BTreeMap::new();
    for model in manifest["models"].as_array().unwrap() {
        let text = |key: &str| model[key].as_str();
        let name = text("name").unwrap();
        let data = &manifest["data"][text("data").unwrap()];
        let rows = Rows::read(
            &out.join(text("rows").or(data["file"].as_str()).unwrap()),
            data["columns"].as_array().unwrap().len(),
        );
        let expected = numbers(&out.join(text("expected").unwrap()), f64::from_le_bytes);
        let leaves = text("leaves").map(|file| numbers(&out.join(file), i32::from_le_bytes));
        let margins = text("margins").map(|file| numbers(&out.join(file), f32::from_le_bytes));
        let limit = if text("kind") == Some("linear") { 1e-12 } else { 1e-9 };
        let mut first = None;
        for file in model["files"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).filter(|f| wanted(f)) {
            let mut plain = match convert(&std::fs::read(out.join(file)).unwrap(), file) {
                Ok(plain) => plain,
                Err(e) => {
                    broken.push(format!("{file}: {e}"));
                    continue;
                }
            };
            plain.source.clear();
            // The files of a model give one and the same; it is compared once.
            if let Some(first) = &first {
                if *first != plain {
                    broken.push(format!("{file}: another model than its first file"));
                }
                table.get_mut(name).unwrap().0 += 1;
                continue;
            }
            let found = compare(&plain, &rows, &expected, leaves.as_deref(), margins.as_deref());
            let within = found.probability <= limit && found.wrong_leaves == 0 && found.other_margins.unwrap_or(0) == 0;
            if !within {
                broken.push(format!("{file}: {found:?}"));
            }
            let served = served::check(name, &plain, &rows, is_stand_in(text("data").unwrap())).unwrap_or_else(|e| {
                broken.push(format!("{file}: {e}"));
                e
            });
            table.insert(name.to_owned(), (1, found, served));
            first = Some(plain);
        }
    }
    eprintln!(
        "| model | files | rows | largest difference | same bits | leaf choices | wrong | margins of other bits | served |"
    );
    eprintln!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, (files, d, served)) in &table {
        let margins = d.other_margins.map_or(String::new(), |n| n.to_string());
        let Difference { rows, probability, same_bits, leaves, wrong_leaves, .. } = d;
        eprintln!(
            "| {name} | {files} | {rows} | {probability:.1e} | {same_bits} | {leaves} | {wrong_leaves} | {margins} | {served} |"
        );
    }
    broken
}
