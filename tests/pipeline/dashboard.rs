//! The dashboard's page as the program builds it.

use super::start::{DAY, LAST, copy};
use batch_service::config::CloudConfig;
use batch_service::jobs::RunRecord;
use batch_service::monitor::rows::{Cell, Row, Table};
use batch_service::monitor::tables::{ALERTS, TABLES};
use batch_service::place::Place;
use batch_service::warehouse::{Fence, RunRow};
use conformance::world::page::{brotli, document_of, rows_of};
use conformance::world::{Folder, Random, web};
use flate2::read::MultiGzDecoder;
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;

/// Bytes of the page in Brotli, with a year of days.
const HEAVIEST: usize = 160_000;
const YEAR: i64 = 365;

fn rows<'a>(document: &'a Value, view: &str) -> &'a Vec<Value> {
    document["views"][view]["rows"].as_array().unwrap_or_else(|| panic!("{view}"))
}

#[test]
fn the_page_is_the_built_one_with_the_rows_of_the_views() {
    let (folder, inkling) = copy("page");
    let run = |day: &str| {
        let ran = inkling.call(&["run", "--date", day]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    };
    run(DAY);
    let keys = inkling.json(&["release", "keys", "init"]);
    let released = inkling.json(&["release", "publish"]);
    run(LAST);
    let built = inkling.json(&["dashboard", "build"]);
    assert_eq!(built["page"], "warehouse/dashboard.html");
    let page = std::fs::read_to_string(folder.at("warehouse/dashboard.html")).unwrap();
    let template = std::fs::read_to_string(web().join("dashboard.html")).unwrap();
    let (before, after) = template.split_once("<!--inkling:data-->").unwrap();
    assert!(page.starts_with(before) && page.ends_with(after), "nothing else of the page is changed");
    let document = document_of(&page);
    assert_eq!((&document["as_of"], &document["site"]), (&LAST.into(), &"northgate-small".into()));
    assert_eq!((&document["dataset"], &document["selection"]), (&Value::Null, &Value::Null));
    for view in
        ["v_health_today", "v_volume_daily", "v_run_history", "v_model_versions", "v_score_histogram", "v_drift_daily"]
    {
        assert!(!rows(&document, view).is_empty(), "{view}");
    }
    let stable = &released["channels"]["stable"];
    let (in_release, others): (Vec<_>, Vec<_>) = rows_of(&document, "v_model_versions")
        .into_iter()
        .partition(|row| row["model_version"] == stable["model_version"]);
    assert_eq!((in_release.len(), &in_release[0]["released_at"]), (1, &stable["released_at"]));
    assert!(keys.to_string().contains(in_release[0]["key_id"].as_str().unwrap()), "{in_release:?} in {keys}");
    assert!(!others.is_empty() && others.iter().all(|row| row["released_at"].is_null()), "models of no release");
    // What a page is given is there in full, too.
    let data = inkling.json(&["dashboard", "data", "--out", "views.json"]);
    let full: Value = serde_json::from_slice(&std::fs::read(folder.at("views.json")).unwrap()).unwrap();
    assert!(data["rows"].as_u64().unwrap() > 0);
    for (name, view) in document["views"].as_object().unwrap() {
        assert!(view["rows"].as_array().unwrap().len() <= rows(&full, name).len(), "{name}");
    }
    // No visitor.
    let export = folder.files("export/_json").into_keys().find(|name| name.contains("events_")).unwrap();
    let export = std::fs::File::open(folder.at(&export)).unwrap();
    let export = std::io::read_to_string(MultiGzDecoder::new(export)).unwrap();
    let ids = export.lines().take(400).filter_map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        row["user_pseudo_id"].as_str().map(str::to_owned)
    });
    let ids: Vec<String> = ids.collect();
    assert!(ids.len() > 50 && ids.iter().all(|id| id.len() > 8 && !page.contains(id.as_str())));
}

#[test]
fn what_is_missing_is_said_with_what_to_do() {
    let (folder, inkling) = copy("no-page");
    let said = inkling.refused(&["dashboard", "build", "--web", "nowhere"], 2);
    assert!(said.contains("nowhere/dashboard.html") && said.contains("scripts/build-web"), "{said}");
    folder.write("nowhere/dashboard.html", "<p>something else</p>");
    let said = inkling.refused(&["dashboard", "build", "--web", "nowhere"], 2);
    assert!(said.contains("nowhere/dashboard.html") && said.contains("no page"), "{said}");
    let said = inkling.refused(&["dashboard", "link"], 2);
    assert!(said.contains("warehouse in a folder") && said.contains("dashboard build"), "{said}");
    folder.write("report.toml", "[dashboard]\nreports = \"x\"\n");
    let said = inkling.refused(&["dashboard", "link", "--config", "report.toml"], 2);
    assert!(said.contains("did you mean `dashboard.report`?"), "{said}");
    // A warehouse that no run has worked on has a page, too.
    let built = inkling.json(&["dashboard", "build", "--out", "empty.html"]);
    assert_eq!(built["page"], "empty.html");
    let document = document_of(&std::fs::read_to_string(folder.at("empty.html")).unwrap());
    assert!(rows(&document, "v_health_today").is_empty() && document["as_of"].is_null());
}

/// A row of another day: its dates moved, what was measured a little different, so that it cannot be packed better than true
/// numbers; what it is compared with stays. Counts of a day go up and down together.
fn moved(table: &Table, row: &Row, (by, day): (i64, f64), random: &mut Random) -> Row {
    let compared = |name: &str| name.starts_with("ref_") || ["low", "high"].contains(&name);
    let cell = |name: &str, cell: &Cell, random: &mut Random| match cell {
        Cell::Date(day) => Cell::Date(*day - by.days()),
        Cell::Float(number) if number.fract() != 0.0 && !compared(name) => {
            Cell::Float(number * (0.95 + 0.1 * random.draw()))
        }
        Cell::Int(number) if *number > 100 => Cell::Int((*number as f64 * day) as i64),
        other => other.clone(),
    };
    table.columns.iter().zip(row).map(|(column, one)| cell(column.name, one, random)).collect()
}

/// Days before a day, like it.
fn year_before(folder: &Folder, last: Date) {
    let place =
        Place::look(&folder.at("warehouse"), None, None, &CloudConfig::default(), || panic!("a profile")).unwrap();
    let warehouse = &*place.warehouse;
    let mut random = Random::of(3);
    // Windows are read of the newest day alone, and alerts are few.
    let daily: Vec<&Table> = TABLES.iter().filter(|table| table.name != ALERTS.name).collect();
    let found: Vec<Vec<Row>> = daily.iter().map(|table| table.read(warehouse, last).unwrap()).collect();
    assert!(found.iter().filter(|rows| !rows.is_empty()).count() > 5);
    let run = warehouse.runs(last, last).unwrap().pop().unwrap();
    for by in 1..YEAR {
        let day = last - by.days();
        let busy = 0.9 + 0.2 * random.draw();
        let contents = daily.iter().zip(&found).map(|(table, rows)| {
            let rows: Vec<Row> = rows.iter().map(|row| moved(table, row, (by, busy), &mut random)).collect();
            table.stage(warehouse, day, &rows).unwrap()
        });
        warehouse.publish(contents.collect(), &Fence::none()).unwrap();
        let record: RunRecord = serde_json::from_str(&run.record).unwrap();
        let id = format!("{:x}", (random.draw() * 1e17) as u64);
        let record =
            RunRecord { run_id: id.clone(), run_date: day.to_string(), seconds: random.draw() * 99.0, ..record };
        let record = serde_json::to_string(&record).unwrap();
        warehouse.add_run(&RunRow { run_date: day, run_id: id, record, ..run.clone() }).unwrap();
    }
}

#[test]
fn a_year_of_days_stays_within_its_weight() {
    let (folder, inkling) = copy("year");
    assert_eq!(inkling.call(&["run", "--date", LAST]).code, 0);
    let last: Date = LAST.parse().unwrap();
    year_before(&folder, last);
    let before = std::time::Instant::now();
    let _ = inkling.json(&["dashboard", "build"]);
    let seconds = before.elapsed().as_secs_f64();
    let page = std::fs::read_to_string(folder.at("warehouse/dashboard.html")).unwrap();
    let document = document_of(&page);
    assert_eq!(rows(&document, "v_volume_daily").len() as i64, YEAR);
    assert_eq!(document["views"]["v_drift_daily"]["history"]["days"].as_array().unwrap().len() as i64, YEAR - 1);
    let (size, plain) = (brotli(&page), page.len());
    println!("a year of days: {size} bytes in Brotli, {plain} as they are (limit {HEAVIEST}), built in {seconds:.1} s");
    assert!(size <= HEAVIEST, "{size} bytes");
}
