//! A university with forty days of export, of which the models know four weeks; each test gets a copy and its own rest.

use conformance::world::{Folder, Inkling, repository};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::Value;
use std::sync::OnceLock;

/// The first day of the export.
const FIRST: Date = date(2026, 10, 1);
/// Days of the export, and of them those that the models know.
const DAYS: i64 = 40;
pub const LEARNT: i64 = 28;

/// A day by its number, from 1.
pub fn day(number: i64) -> String {
    FIRST.checked_add((number - 1).days()).unwrap().to_string()
}

/// The events that are conversions here: more than by the built-in profile, so that a small export has enough.
const CONVERSIONS: [&str; 3] = ["application_submit", "generate_lead", "sign_up"];

fn profile() -> String {
    let path = repository().join("batch-service/profiles/northgate-university.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let events = format!("events = {CONVERSIONS:?}");
    let changes = [
        ("name = \"northgate-university\"", "name = \"northgate-models\""),
        ("horizon_days = 7", "horizon_days = 2"),
        ("events = [\"application_submit\"]", events.as_str()),
        ("pages = [\"applied\"]", "pages = []"),
    ];
    changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

fn filled() -> &'static Folder {
    static FILLED: OnceLock<Folder> = OnceLock::new();
    FILLED.get_or_init(|| {
        let folder = Folder::fresh("models-filled");
        let inkling = Inkling::new(&folder);
        folder.write("site.toml", profile());
        folder.write("inkling.toml", "events = [\"export\"]\nwarehouse = \"warehouse\"\nprofile = \"site.toml\"\n");
        let days = DAYS.to_string();
        let _ = inkling.json(&["simulate", "--out", "export", "--days", &days, "--visitors", "16000", "--json"]);
        let _ = inkling.json(&["backfill", "--to", &day(LEARNT)]);
        let trained = inkling.json(&["train", "--algorithm", "linear"]);
        assert!(trained.as_array().unwrap().iter().all(|t| t["in_service"] == true), "{trained}");
        folder
    })
}

/// A copy of the filled folder.
pub fn copy(name: &str) -> (Folder, Inkling) {
    let folder = filled().copy(&format!("models-{name}"));
    let inkling = Inkling::new(&folder);
    (folder, inkling)
}

/// Changes the rows of the days that the models do not know. `None` drops a row.
pub fn change(folder: &Folder, change: impl Fn(Value) -> Option<Value>) {
    for number in LEARNT + 1..=DAYS {
        let digits = day(number).replace('-', "");
        let bytes = std::fs::read(folder.at(&format!("export/_json/events_{digits}.json.gz"))).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(&bytes[..]), &mut text).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let changed: String = rows.filter_map(&change).map(|row: Value| format!("{row}\n")).collect();
        std::fs::remove_file(folder.at(&format!("export/events_{digits}.parquet"))).unwrap();
        folder.write(&format!("export/events_{digits}.json"), changed);
    }
}

/// On the days that the models do not know only so many of 100 visitors convert as before.
pub fn fewer_conversions(folder: &Folder, percent: u32) {
    change(folder, |row| {
        let user = row["user_pseudo_id"].as_str().unwrap_or_default();
        let hash = user.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        let conversion = CONVERSIONS.contains(&row["event_name"].as_str().unwrap_or_default());
        (!conversion || (hash >> 8) % 100 < percent).then_some(row)
    });
}

/// The version in service of the session target.
pub fn serving(inkling: &Inkling) -> String {
    inkling.json(&["model", "list"])["in_service"][0].as_str().unwrap().to_owned()
}
