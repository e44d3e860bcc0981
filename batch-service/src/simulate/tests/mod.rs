//! What the simulator promises, read back from its files.

#![allow(clippy::unwrap_used, clippy::panic)]

mod behaviour;
mod leaves;
mod planted;
mod read_back;

use std::fs::{self, File};
use std::path::Path;

use jiff::civil::date;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::{SimulateOptions, SimulateSummary, run};
use leaves::LEAVES;
use read_back::{Folder, files, json_rows, parquet_rows};

/// A simulation that holds the end of summer time (25 October) on its third day.
fn simulate(out: &Path, days: usize, visitors: u64, seed: u64, json: bool) -> SimulateSummary {
    run(&SimulateOptions { out: out.to_owned(), days, visitors, seed, start: date(2026, 10, 23), json }).unwrap()
}

#[test]
fn same_options_give_the_same_bytes() {
    let (first, second, other) = (Folder::new("first"), Folder::new("second"), Folder::new("other"));
    simulate(&first.0, 5, 300, 11, true);
    simulate(&second.0, 5, 300, 11, true);
    simulate(&other.0, 5, 300, 12, true);
    let written = files(&first.0);
    assert_eq!(written.keys().filter(|name| name.ends_with(".parquet")).count(), 6);
    assert_eq!(written.keys().filter(|name| name.ends_with(".json.gz")).count(), 5);
    assert!(written == files(&second.0));
    assert!(written.iter().all(|(name, bytes)| files(&other.0).get(name) != Some(bytes)));
}

#[test]
fn columns_are_those_of_a_real_export() {
    let folder = Folder::new("columns");
    simulate(&folder.0, 1, 50, 1, false);
    let file = File::open(folder.0.join("events_20261023.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let columns = reader.metadata().file_metadata().schema_descr().columns().to_vec();
    let found: Vec<_> = columns
        .iter()
        .map(|column| {
            let kind = column.physical_type().to_string();
            (column.path().string(), kind, column.max_def_level(), column.max_rep_level())
        })
        .collect();
    let expected =
        LEAVES.map(|(path, kind, definition, repetition)| (path.to_owned(), kind.to_owned(), definition, repetition));
    assert_eq!(found, expected);
}

#[test]
fn json_and_parquet_say_the_same() {
    let folder = Folder::new("formats");
    simulate(&folder.0, 2, 200, 5, true);
    for day in ["20261023", "20261024"] {
        let parquet = parquet_rows(&folder.0.join(format!("events_{day}.parquet")));
        assert!(!parquet.is_empty());
        let json = json_rows(&folder.0.join(format!("_json/events_{day}.json.gz")));
        assert_eq!(parquet.len(), json.len());
        for (parquet, json) in parquet.iter().zip(&json) {
            assert_eq!(parquet, json);
        }
    }
}

#[test]
fn a_new_simulation_replaces_an_old_one_and_nothing_else() {
    let folder = Folder::new("replace");
    simulate(&folder.0, 3, 50, 1, true);
    simulate(&folder.0, 1, 50, 1, false);
    let names: Vec<String> = files(&folder.0).into_keys().collect();
    assert_eq!(names, ["_late/events_20261023.parquet", "events_20261023.parquet", "truth.json"]);

    let foreign = Folder::new("foreign");
    fs::write(foreign.0.join("events_20260101.parquet"), b"somebody's").unwrap();
    let options =
        SimulateOptions { out: foreign.0.clone(), days: 1, visitors: 1, seed: 1, start: date(2026, 1, 1), json: false };
    assert!(run(&options).unwrap_err().to_string().contains("choose another folder"));
    assert_eq!(fs::read(foreign.0.join("events_20260101.parquet")).unwrap(), b"somebody's");
}
