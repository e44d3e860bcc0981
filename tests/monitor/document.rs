//! The document that the page is made of is what the views say: page and Looker Studio cannot disagree.

use super::planted::quiet;
use batch_service::monitor::Thresholds;
use batch_service::monitor::rows::Row;
use batch_service::monitor::views::{VIEWS, View, local_rows};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A view's row without the age of the scores, which grows by itself.
fn cells(view: &View, row: &Row) -> Vec<Value> {
    let lasting = view.columns.iter().zip(row).filter(|(column, _)| column.name != "hours_since_score");
    lasting.map(|(_, cell)| json!(cell)).collect()
}

/// A number as the page has it.
fn short(value: &Value, digits: usize) -> Value {
    match value.as_f64().filter(|_| value.is_f64()) {
        Some(number) if number.fract() != 0.0 => {
            // Thousands keep their units, and a share that is not all stays so.
            let units = format!("{:.0}", number.abs()).len();
            let digits = if number.abs() > 0.99 && number.abs() < 1.0 { 6 } else { digits.max(units) };
            let short: f64 = format!("{number:.*e}", digits - 1).parse().unwrap();
            json!(short)
        }
        _ => value.clone(),
    }
}

#[test]
fn document_and_page_are_what_the_views_say() {
    let planted = quiet("document");
    let _ = planted.call(&["dashboard", "data", "--out", "data.json"]);
    let data: Value = serde_json::from_slice(&std::fs::read(planted.folder.at("data.json")).unwrap()).unwrap();
    let page = planted.document();
    assert_eq!(page["as_of"], planted.quiet_days().last().unwrap().to_string());
    let place = planted.place();
    for view in VIEWS {
        let rows = local_rows(view, &*place.warehouse, &Thresholds::default(), Timestamp::now()).unwrap();
        let names: Vec<&str> = view.columns.iter().map(|c| c.name).collect();
        let at = |row: &Value| -> Vec<Value> {
            let row = row.as_array().unwrap().iter().zip(&names);
            row.filter(|(_, name)| **name != "hours_since_score").map(|(cell, _)| cell.clone()).collect()
        };
        let said: Vec<Vec<Value>> = data["views"][view.name]["rows"].as_array().unwrap().iter().map(at).collect();
        let expected: Vec<Vec<Value>> = rows.iter().map(|row| cells(view, row)).collect();
        assert_eq!(said, expected, "{}", view.name);
        // The page has some of these rows, in short numbers, and no others.
        let daily = names.iter().any(|name| ["event_date", "run_date"].contains(name));
        let digits = if daily { 4 } else { 6 };
        let known: BTreeSet<String> = expected
            .iter()
            .map(|row| json!(row.iter().map(|c| short(c, digits)).collect::<Vec<_>>()).to_string())
            .collect();
        let shown = page["views"][view.name]["rows"].as_array().unwrap();
        assert_eq!(shown.is_empty(), expected.is_empty(), "{}", view.name);
        for row in shown.iter().map(at) {
            assert!(known.contains(&json!(row).to_string()), "{}: {row:?}", view.name);
        }
    }
}

/// Older days of drift stand in the page as cells of features.
#[test]
fn the_history_of_drift_is_that_of_the_view() {
    let planted = quiet("history");
    let page = planted.document();
    let place = planted.place();
    let view = VIEWS.iter().find(|view| view.name == "v_drift_daily").unwrap();
    let all = local_rows(view, &*place.warehouse, &Thresholds::default(), Timestamp::now()).unwrap();
    let column = |name: &str| view.columns.iter().position(|c| c.name == name).unwrap();
    let history = &page["views"]["v_drift_daily"]["history"];
    let days = history["days"].as_array().unwrap();
    assert_eq!(days.len(), planted.quiet_days().len() - 1, "the days before the newest");
    let values = history["values"].as_object().unwrap();
    assert_eq!(values.len(), 20);
    for (feature, cells) in values {
        for (i, day) in days.iter().enumerate() {
            let is = |row: &&Row| {
                json!(row[column("event_date")]) == *day
                    && row[column("feature")].text() == feature
                    && row[column("model_version")].text().starts_with("visitor-")
            };
            let row = all.iter().find(is).unwrap_or_else(|| panic!("{feature} of {day}"));
            assert_eq!(short(&json!(row[column("psi")]), 3), cells["psi"][i], "{feature} of {day}");
            assert_eq!(json!(row[column("status")]), cells["status"][i], "{feature} of {day}");
        }
    }
}
