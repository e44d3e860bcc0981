//! The views: Google's own GoogleSQL finds them right, and gives the rows that a warehouse in a folder gives, of the same
//! tables.

use super::planted::{Planted, quiet};
use batch_service::bigquery::DatasetName;
use batch_service::monitor::rows::{Cell, Row, Table};
use batch_service::monitor::tables::{ACTIVATION, ALERTS, TABLES};
use batch_service::monitor::views::{self, Kind, RUNS, Rows, VIEWS, View, sql, stored};
use batch_service::monitor::{Status, Thresholds};
use batch_service::warehouse::bigquery::DAY;
use batch_service::warehouse::{Fence, RunRow, Warehouse};
use conformance::world::{Folder, checked, right};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

fn dataset() -> DatasetName {
    DatasetName::new("my-project", "inkling").unwrap()
}

fn reporting() -> DatasetName {
    DatasetName::new("my-project", "inkling_reporting").unwrap()
}

fn tables() -> Vec<Value> {
    let described = |table: &Table| {
        let day = json!({"name": DAY, "type": "DATE"});
        let columns = table.columns.iter().map(|c| json!({"name": c.name, "type": stored(c.of).name()}));
        let fields: Vec<Value> = std::iter::once(day).chain(columns).collect();
        json!({"name": dataset().table(table.name).unwrap().to_string(), "fields": fields})
    };
    TABLES.iter().chain([&RUNS]).map(described).collect()
}

fn columns(view: &View) -> Value {
    view.columns.iter().map(|c| json!({"name": c.name, "type": c.kind.name()})).collect()
}

/// The rows of the tables, as BigQuery would have them.
fn contents(warehouse: &dyn Warehouse) -> Map<String, Value> {
    let mut contents = Map::new();
    for table in TABLES {
        let rows = table.read_days(warehouse, Date::MIN, Date::MAX).unwrap();
        let rows = rows.into_iter().map(|(day, row)| {
            let cells = table.columns.iter().map(|c| c.name.to_owned()).zip(row.iter().map(|c| json!(c)));
            std::iter::once((DAY.to_owned(), json!(day.to_string()))).chain(cells).collect::<Map<_, _>>()
        });
        contents.insert(dataset().table(table.name).unwrap().to_string(), rows.map(Value::from).collect());
    }
    let runs = warehouse.runs(Date::MIN, Date::MAX).unwrap();
    let runs = runs.into_iter().map(|run| {
        json!({DAY: run.run_date.to_string(), "run_id": run.run_id, "status": run.status,
            "started_at": run.started_at, "record": run.record})
    });
    contents.insert(dataset().table(RUNS.name).unwrap().to_string(), runs.collect());
    contents
}

/// BigQuery takes descriptions of a view's columns, GoogleSQL by itself does not.
fn without_descriptions(view: &View, create: &str) -> String {
    let mut bare = create.to_owned();
    for column in view.columns {
        let option = format!(" OPTIONS(description = '{}')", column.description.replace('\'', "\\'"));
        assert!(bare.contains(&format!("`{}`{option}", column.name)), "{}.{}", view.name, column.name);
        bare = bare.replacen(&option, "", 1);
    }
    bare
}

#[test]
fn every_view_is_right_and_can_be_made() {
    let thresholds = Thresholds::default();
    let mut statements = Vec::new();
    for view in VIEWS {
        let select = sql::select(view, &dataset(), &thresholds, sql::NOW).unwrap();
        statements.push(json!({"name": view.name, "sql": select, "columns": columns(view)}));
        let create = sql::create(view, &reporting(), &dataset(), &thresholds).unwrap();
        let create = without_descriptions(view, &create);
        statements.push(json!({"name": format!("CREATE {}", view.name), "sql": create}));
    }
    let _ = right(&Folder::fresh("views"), &json!({"tables": tables(), "statements": statements}));
    // A column that is not there is found, wherever it is named.
    let mut wrong = Vec::new();
    for view in VIEWS {
        let select = sql::select(view, &dataset(), &thresholds, sql::NOW).unwrap();
        for column in view.table.columns {
            let quoted = format!("`{}`", column.name);
            if let Some(at) = select.find(&quoted) {
                let mut other = select.clone();
                other.replace_range(at..at + quoted.len(), "`not_there`");
                wrong.push(json!({"name": format!("{}: {quoted}", view.name), "sql": other}));
            }
        }
    }
    assert!(wrong.len() > 80, "{}", wrong.len());
    let said = checked(&Folder::fresh("views-wrong"), &json!({"tables": tables(), "statements": wrong}));
    let passed: Vec<&Value> = said.iter().filter(|said| said["ok"] == true).map(|said| &said["name"]).collect();
    assert!(passed.is_empty(), "{passed:?}");
}

/// No column of a view or of its tables can hold who a visitor is.
#[test]
fn views_have_no_visitor_ids() {
    for view in VIEWS {
        let names = view.columns.iter().map(|c| c.name).chain(view.table.columns.iter().map(|c| c.name));
        for name in names {
            assert!(
                !name.contains("pseudo_id") && !name.contains("client_id") || name == "null_client_id_share",
                "{name}"
            );
        }
    }
}

fn same(view: &View, name: &str, kind: Kind, ours: &Cell, theirs: &Value) {
    let place = || format!("{}.{name}: {ours:?} in a folder, {theirs} in BigQuery", view.name);
    match (ours, kind) {
        (Cell::Null, _) => assert!(theirs.is_null(), "{}", place()),
        (Cell::Text(text), Kind::Timestamp) => {
            let theirs = theirs.as_str().unwrap_or_else(|| panic!("{}", place()));
            let theirs = theirs.replace(" UTC", "Z").replace("+00", "Z").replacen(' ', "T", 1);
            assert_eq!(
                text.parse::<Timestamp>().unwrap(),
                theirs.parse::<Timestamp>().unwrap_or_else(|e| panic!("{}: {e}", place()))
            );
        }
        (Cell::Float(ours), _) => assert_eq!(Some(*ours), theirs.as_f64(), "{}", place()),
        (Cell::Int(ours), Kind::Float64) => assert_eq!(Some(*ours as f64), theirs.as_f64(), "{}", place()),
        (ours, _) => assert_eq!(json!(ours), *theirs, "{}", place()),
    }
}

fn compare(planted: &Planted, folder: &str, now: Timestamp, thresholds: &Thresholds) -> Vec<Vec<Row>> {
    let place = planted.place();
    let moment = format!("TIMESTAMP '{}'", now.strftime("%Y-%m-%d %H:%M:%S+00"));
    let statements: Vec<Value> = VIEWS
        .iter()
        .map(|view| {
            let select = sql::select(view, &dataset(), thresholds, &moment).unwrap();
            json!({"name": view.name, "sql": select, "columns": columns(view), "execute": true})
        })
        .collect();
    let document = json!({"tables": tables(), "rows": contents(&*place.warehouse), "statements": statements});
    let said = right(&Folder::fresh(folder), &document);
    let mut all = Vec::new();
    for (view, said) in VIEWS.iter().zip(said) {
        let ours = views::local_rows(view, &*place.warehouse, thresholds, now).unwrap();
        let theirs = said["rows"].as_array().unwrap_or_else(|| panic!("{}: {said}", view.name));
        assert_eq!(ours.len(), theirs.len(), "rows of {}", view.name);
        for (ours, theirs) in ours.iter().zip(theirs) {
            for (column, cell) in view.columns.iter().zip(ours) {
                assert!(views::fits(cell, column.kind), "{}.{}: {cell:?}", view.name, column.name);
                same(view, column.name, column.kind, cell, &theirs[column.name]);
            }
        }
        all.push(ours);
    }
    all
}

/// Leaves the last days of the largest tables: the reference implementation of GoogleSQL takes its time.
fn thin(planted: &Planted) {
    let before = planted.quiet_days().len() - 3;
    for table in ["monitor_scores", "monitor_drift", "monitor_curve"] {
        for day in &planted.quiet_days()[..before] {
            std::fs::remove_dir_all(planted.folder.at(&format!("warehouse/{table}/date={day}"))).unwrap();
        }
    }
}

/// What quiet days do not have: a run that failed, uploads, and alerts of which one is closed.
fn trouble(planted: &Planted) {
    let warehouse = &*planted.place().warehouse;
    let [.., before, last] = planted.quiet_days() else { panic!("{:?}", planted.days) };
    let started_at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (run_id, run_date) = ("failed-1".to_owned(), planted.next_days()[0]);
    let record = json!({
        "run_id": run_id, "run_date": run_date.to_string(), "status": "failed", "started_at": started_at, "seconds": 1.5,
        "steps": [], "input_fingerprint": "", "state_fingerprint": "", "events": 0, "visitors": 0, "scored": 0,
        "visitors_scored": 0, "dropped": [], "models": [], "error": "no such file", "failed_step": "export",
        "error_id": "broken-export", "trigger": "command", "rows_read": 0, "conversions": 0, "code_version": "1",
        "bytes_billed": 10_485_760,
    });
    let record = record.to_string();
    warehouse.add_run(&RunRow { run_date, run_id, status: "failed".into(), started_at, record }).unwrap();
    let runs = warehouse.runs(*last, *last).unwrap();
    let alert = |id: &str, closed: Option<&str>| -> Row {
        let texts = |text: &str| Cell::from(text);
        let at = |hour: u8| format!("{last}T{hour:02}:00:00Z").into();
        vec![
            texts(id),
            at(7),
            closed.map(str::to_owned).into(),
            texts("red"),
            texts("tag"),
            0.25.into(),
            Cell::Null,
            texts(&runs[0].run_id),
            1_u64.into(),
            closed.map(|_| format!("{last}T09:00:00Z")).into(),
            texts("a sentence"),
        ]
    };
    let alerts = [alert("tag-1", None), alert("tag-2", Some("2026-11-01T06:00:00Z"))];
    let upload = |day: Date, destination: &str, accepted: u64| -> Row {
        let share = accepted as f64 / 100.0;
        vec![
            day.into(),
            destination.into(),
            100_u64.into(),
            accepted.into(),
            (100 - accepted).into(),
            share.into(),
            1_500.0.into(),
            "red".into(),
        ]
    };
    // The day before is looked at once more with the last one.
    let earlier = [upload(*before, "data-manager", 90)];
    let later =
        [upload(*before, "data-manager", 91), upload(*last, "data-manager", 92), upload(*last, "data-import", 7)];
    let staged = [(&ALERTS, *last, &alerts[..]), (&ACTIVATION, *before, &earlier), (&ACTIVATION, *last, &later)];
    let contents = staged.map(|(table, day, rows)| table.stage(warehouse, day, rows).unwrap());
    warehouse.publish(contents.into(), &Fence::none()).unwrap();
}

#[test]
fn views_say_in_bigquery_what_they_say_in_a_folder() {
    let planted = quiet("views");
    thin(&planted);
    trouble(&planted);
    let thresholds = Thresholds::default();
    let ended: Timestamp = Timestamp::now();
    let all = compare(&planted, "views-rows", ended, &thresholds);
    let rows = |name: &str| &all[VIEWS.iter().position(|view| view.name == name).unwrap()];
    for (view, rows) in VIEWS.iter().zip(&all) {
        assert!(!rows.is_empty(), "{}", view.name);
    }
    let runs = VIEWS.iter().find(|view| view.rows == Rows::Runs).unwrap();
    let at = |row: &Row, name: &str| row[runs.columns.iter().position(|c| c.name == name).unwrap()].clone();
    let history = rows("v_run_history");
    let failed = history.iter().find(|row| at(row, "status").text() == "failed").unwrap();
    assert_eq!((at(failed, "rows_rejected"), at(failed, "rows_activated")), (Cell::Int(0), Cell::Null));
    assert_eq!(at(failed, "bytes_billed"), Cell::Int(10_485_760));
    let of = |day: Date| history.iter().find(|row| at(row, "run_date") == Cell::Date(day)).unwrap();
    let [.., before, last] = planted.quiet_days() else { panic!("{:?}", planted.days) };
    assert_eq!([*before, *last].map(|day| at(of(day), "rows_activated")), [Cell::Int(91), Cell::Int(99)]);
    assert_eq!(at(of(*last), "alert_sent_at").text(), format!("{last}T07:00:00Z"));
    assert_eq!(at(of(*before), "alert_sent_at"), Cell::Null);
    let health = |rows: &[Row], name: &str| {
        let view = VIEWS.iter().find(|view| view.rows == Rows::Health).unwrap();
        rows[0][view.columns.iter().position(|c| c.name == name).unwrap()].clone()
    };
    assert_eq!(health(rows("v_health_today"), "status_freshness"), Status::Green.into());
    assert_eq!(health(rows("v_health_today"), "last_run_status").text(), "failed");
    assert_ne!(health(rows("v_health_today"), "status"), Status::Green.into());
    let suppressed = VIEWS.iter().position(|view| view.name == "v_segment_performance").unwrap();
    let hidden = all[suppressed].iter().filter(|row| row[11] == Cell::Bool(true)).collect::<Vec<_>>();
    assert!(!hidden.is_empty() && hidden.len() < all[suppressed].len(), "{} hidden", hidden.len());
    assert!(hidden.iter().all(|row| row[4..11].iter().all(|cell| *cell == Cell::Null)), "{hidden:?}");

    // Scores become old by themselves, and other limits hide other groups.
    let later = ended.checked_add(SignedDuration::from_hours(60)).unwrap();
    let mut strict = thresholds;
    strict.small_cell.visitors = 1_000_000;
    let all = compare(&planted, "views-rows-later", later, &strict);
    let old = health(&all[0], "status_reason");
    assert!(old.text().starts_with("the last scores are 6"), "{old:?}");
    assert_eq!(health(&all[0], "status"), Status::Red.into());
    assert!(all[suppressed].iter().all(|row| row[11] == Cell::Bool(true)));
}
