//! What a page is given of a document.

mod document;

use super::*;
use document::{Made, at, made};
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const LAST: Date = date(2026, 11, 24);

fn page_of(made: &Made, selection: Option<&Selection>) -> Value {
    serde_json::to_value(shown(&made.document, selection)).unwrap()
}

/// The different values of a column.
fn values(page: &Value, view: &str, column: &str) -> BTreeSet<String> {
    let rows = page["views"][view]["rows"].as_array().unwrap();
    rows.iter().map(|row| row[at(view, column)].to_string().replace('"', "")).collect()
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn daily_views_have_all_days_of_the_versions_that_predict_the_same() {
    let made = made(40);
    let page = page_of(&made, None);
    assert_eq!(values(&page, "v_performance_daily", "event_date").len(), 39);
    assert_eq!(
        values(&page, "v_performance_daily", "model_version"),
        set(&["visitor-20260901-aaa", "visitor-20261101-bbb"])
    );
    assert_eq!(values(&page, "v_volume_daily", "event_date").len(), 39);
    // A score of a browser is one of its session.
    assert_eq!(values(&page, "v_parity_daily", "model_version"), set(&["session-20261101-ccc"]));
    assert_eq!(values(&page, "v_model_versions", "model_version").len(), 3);
    assert_eq!(page["selection"], Value::Null);
    assert_eq!(page["as_of"], "2026-11-24");
    let view = &page["views"]["v_volume_daily"];
    assert!(view["sql"].as_str().unwrap().contains("monitor_volume"));
    assert_eq!(view["columns"][0]["type"], "DATE");
}

#[test]
fn windows_are_those_of_the_model_and_the_histogram_is_that_of_the_newest_day() {
    let made = made(40);
    let page = page_of(&made, None);
    for view in ["v_calibration", "v_gains_deciles", "v_roc_pr_points", "v_segment_performance"] {
        assert_eq!(values(&page, view, "model_version"), set(&["visitor-20261101-bbb"]), "{view}");
    }
    assert_eq!(values(&page, "v_score_histogram", "event_date"), set(&["2026-11-24"]));
    assert_eq!(values(&page, "v_score_histogram", "model_version"), set(&["visitor-20261101-bbb"]));
    // A model that has no window yet.
    let mut young = made.clone();
    young.keep("v_calibration", |row| row["model_version"] != "visitor-20261101-bbb");
    let page = page_of(&young, None);
    assert_eq!(values(&page, "v_calibration", "model_version"), set(&["visitor-20260901-aaa"]));
}

#[test]
fn drift_is_whole_for_the_newest_day_and_short_for_older_ones() {
    let made = made(40);
    let page = page_of(&made, None);
    let drift = &page["views"]["v_drift_daily"];
    assert_eq!(values(&page, "v_drift_daily", "event_date"), set(&["2026-11-24"]));
    assert_eq!(drift["rows"].as_array().unwrap().len(), document::FEATURES);
    let history = &drift["history"];
    assert_eq!((&history["by"], history["days"].as_array().unwrap().len()), (&json!("feature"), 38));
    let values = history["values"].as_object().unwrap();
    assert_eq!(values.len(), 20);
    assert!(values.contains_key("feature.0") && !values.contains_key("feature.24"), "the farthest");
    for cells in values.values() {
        let kinds: Vec<&String> = cells.as_object().unwrap().keys().collect();
        assert_eq!(kinds, ["psi", "status"]);
        assert!(cells["psi"].as_array().unwrap().iter().all(|psi| psi.to_string().len() <= 9), "{cells}");
        assert_eq!(cells["psi"].as_array().unwrap().len(), 38);
    }
    // The day on which the export was not there, and a feature that an older model has not.
    assert!(!history["days"].as_array().unwrap().contains(&json!(document::MISSING.to_string())));
    assert_eq!(values["feature.3"]["psi"][0], Value::Null);
    // Where two versions scored on a day, the one that is shown counts: its index is that of the days from 1 November on.
    let november = history["days"].as_array().unwrap().iter().position(|day| day == "2026-11-02").unwrap();
    assert_eq!(values["feature.0"]["psi"][november], json!(0.0123));
}

#[test]
fn numbers_are_short_and_counts_are_not() {
    let made = made(2);
    let page = page_of(&made, None);
    let row = &page["views"]["v_performance_daily"]["rows"][0];
    assert_eq!(row[at("v_performance_daily", "value_realised")], json!(0.8123));
    assert_eq!(row[at("v_performance_daily", "labels")], json!(12_345_678));
    let row = &page["views"]["v_gains_deciles"]["rows"][0];
    assert_eq!(row[at("v_gains_deciles", "lift")], json!(0.812_346));
}

#[test]
fn a_selection_bounds_days_and_names_the_model() {
    let made = made(40);
    let asked = Selection::parse("from=2026-10-20&to=2026-11-10&model=visitor-20260901-aaa").unwrap();
    let page = page_of(&made, Some(&asked));
    let days = values(&page, "v_volume_daily", "event_date");
    assert_eq!((days.first().unwrap().as_str(), days.last().unwrap().as_str()), ("2026-10-20", "2026-11-10"));
    assert_eq!(values(&page, "v_run_history", "run_date"), days);
    assert_eq!(values(&page, "v_calibration", "model_version"), set(&["visitor-20260901-aaa"]));
    assert_eq!(values(&page, "v_drift_daily", "event_date"), set(&["2026-11-10"]));
    assert_eq!(
        page["selection"],
        json!({
            "from": "2026-10-20", "to": "2026-11-10", "model": "visitor-20260901-aaa",
            "models": ["visitor-20261101-bbb", "session-20261101-ccc", "visitor-20260901-aaa"],
        })
    );
    // Days without anything, and a model that predicts something else.
    let before = Selection::parse("to=2020-01-01").unwrap();
    let page = page_of(&made, Some(&before));
    assert!(
        values(&page, "v_drift_daily", "event_date").is_empty()
            && values(&page, "v_run_history", "run_date").is_empty()
    );
    let session = Selection::parse("model=session-20261101-ccc").unwrap();
    let page = page_of(&made, Some(&session));
    assert_eq!(values(&page, "v_performance_daily", "model_version"), set(&["session-20261101-ccc"]));
}

#[test]
fn a_document_without_rows_gives_a_page_without_rows() {
    let mut made = made(1);
    for view in made.document.views.values_mut() {
        view.rows.clear();
    }
    let page = page_of(&made, Some(&Selection::default()));
    assert_eq!(page["selection"]["models"], json!([]));
    for (name, view) in page["views"].as_object().unwrap() {
        assert_eq!(view["rows"], json!([]), "{name}");
    }
}

#[test]
fn runs_are_those_of_the_last_months() {
    let made = made(300);
    let days = values(&page_of(&made, None), "v_run_history", "run_date");
    assert_eq!((days.len(), days.last().unwrap().clone()), (119, LAST.to_string()));
}

#[test]
fn the_link_names_every_view() {
    use crate::bigquery::DatasetName;
    let dataset = DatasetName::new("my-project", "inkling_reporting").unwrap();
    let link = report_link(Some(" 1a2B-c_d "), "northgate & sons", &dataset).unwrap();
    let expected = include_str!("link.txt");
    assert_eq!(link.replace('&', "\n&") + "\n", expected, "see tests/link.txt");
    assert!(link.len() < 8_000, "{} characters; browsers and servers take 8,000", link.len());
    let empty = report_link(None, "x", &dataset).unwrap();
    assert!(!empty.contains("c.reportId") && empty == report_link(Some(""), "x", &dataset).unwrap());
    let error =
        report_link(Some("https://lookerstudio.google.com/reporting/1"), "x", &dataset).unwrap_err().to_string();
    assert!(error.contains(REPORT) && error.contains("/reporting/"), "{error}");
}
