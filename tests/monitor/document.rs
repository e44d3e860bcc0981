//! The document of the page holds what the views say, rounded: page and Looker Studio cannot disagree.

use super::planted::quiet;
use batch_service::monitor::Thresholds;
use batch_service::monitor::rows::{Cell, Row};
use batch_service::monitor::views::{VIEWS, View, local_rows};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Views of which the page shows the models that predict the same.
const OF_MODELS: [&str; 8] = [
    "v_calibration",
    "v_gains_deciles",
    "v_roc_pr_points",
    "v_performance_daily",
    "v_score_histogram",
    "v_drift_daily",
    "v_segment_performance",
    "v_conversions_by_decile_daily",
];

fn near(ours: &Cell, shown: &Value, digits: i32) -> bool {
    match (ours, shown.as_f64()) {
        (Cell::Float(ours), Some(shown)) => (ours - shown).abs() <= 0.5 * 10_f64.powi(1 - digits) * ours.abs().max(1e-300),
        _ => json!(ours) == *shown,
    }
}

fn at(view: &View, column: &str) -> Option<usize> {
    view.columns.iter().position(|c| c.name == column)
}

/// The rows of a view that the page should show.
fn expected(view: &View, mut rows: Vec<Row>) -> Vec<Row> {
    if let (true, Some(model)) = (OF_MODELS.contains(&view.name), at(view, "model_version")) {
        rows.retain(|row| row[model].text().starts_with("visitor-"));
    }
    if let (true, Some(day)) = (["v_score_histogram", "v_drift_daily"].contains(&view.name), at(view, "event_date")) {
        let newest = rows.iter().filter_map(|row| row[day].day()).max();
        rows.retain(|row| row[day].day() == newest);
    }
    rows
}

#[test]
fn the_document_is_the_views_rounded() {
    let planted = quiet("document");
    let document = planted.document();
    let place = planted.place();
    let last = planted.quiet_days().last().unwrap();
    assert_eq!(document["as_of"], last.to_string());
    let mut long = 0;
    for view in VIEWS {
        let all = local_rows(view, &*place.warehouse, &Thresholds::default(), Timestamp::now()).unwrap();
        let said = &document["views"][view.name];
        let shown = said["rows"].as_array().unwrap();
        let expected = expected(view, all.clone());
        assert_eq!(shown.len(), expected.len(), "{}", view.name);
        for (ours, shown) in expected.iter().zip(shown) {
            for (at, column) in view.columns.iter().enumerate() {
                // Time goes on.
                let passing = column.name == "hours_since_score";
                assert!(passing || near(&ours[at], &shown[at], 6), "{}.{}: {:?} {}", view.name, column.name, ours[at], shown[at]);
                long += usize::from(shown[at].is_f64() && shown[at].to_string().len() > 12);
            }
        }
        assert_eq!(said.get("history").is_some(), view.name == "v_drift_daily", "{}", view.name);
        if let Some(history) = said.get("history") {
            drift(view, &all, history);
        }
    }
    assert_eq!(long, 0, "numbers with many digits");
}

fn drift(view: &View, all: &[Row], history: &Value) {
    let column = |name: &str| at(view, name).unwrap();
    let days = history["days"].as_array().unwrap();
    assert_eq!(days.len(), 11, "the days before the newest");
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
            assert!(near(&row[column("psi")], &cells["psi"][i], 3), "{feature} of {day}");
            assert_eq!(json!(row[column("status")]), cells["status"][i], "{feature} of {day}");
        }
    }
}
