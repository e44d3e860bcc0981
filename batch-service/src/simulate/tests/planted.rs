//! The planted amounts are in the files exactly as `truth.json` states them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;

use serde_json::Value;

use super::read_back::{Folder, final_days, number, param, param_int, parquet_rows, text};
use super::simulate;

#[derive(Default)]
struct Found(BTreeMap<&'static str, u64>);

impl Found {
    fn add(&mut self, name: &'static str, count: usize) {
        *self.0.entry(name).or_default() += count as u64;
    }
}

#[test]
fn truth_states_what_is_in_the_files() {
    let folder = Folder::new("planted");
    simulate(&folder.0, 7, 4_000, 21, false);
    let truth: Value = serde_json::from_slice(&fs::read(folder.0.join("truth.json")).unwrap()).unwrap();
    let (mut found, mut words) = (Found::default(), BTreeMap::new());
    let (mut sessions, mut seen, mut converted): (HashMap<_, HashSet<String>>, HashSet<String>, HashSet<String>) =
        Default::default();
    for rows in final_days(&folder.0) {
        found.add("rows", rows.len());
        count_rows(&rows, &mut found);
        count_order(&rows, &mut found);
        let mut distinct = HashSet::new();
        for row in &rows {
            count_words(row, &mut words);
            let copy = !distinct.insert(row.to_string());
            found.add("duplicate_rows", usize::from(copy));
            let Some(visitor) = text(row, "user_pseudo_id") else {
                continue;
            };
            seen.insert(visitor.to_owned());
            if let Some(session) = param_int(row, "ga_session_id") {
                let dates = sessions.entry((visitor.to_owned(), session)).or_default();
                dates.insert(text(row, "event_date").unwrap().to_owned());
            }
            if text(row, "event_name") == Some("application_submit") && !copy {
                found.add("repeated_conversions", usize::from(!converted.insert(visitor.to_owned())));
            }
        }
    }
    found.add("identified_visitors", seen.len());
    found.add("converting_visitors", converted.len());
    found.add("sessions", sessions.len());
    found.add("midnight_sessions", sessions.values().filter(|dates| dates.len() == 2).count());
    for (name, count) in &found.0 {
        assert!(*count > 0, "no {name}");
        let stated = truth["counts"].get(name).or_else(|| truth["defects"].get(name)).unwrap();
        assert_eq!(stated, count, "{name}");
    }
    assert_eq!(truth["defects"]["placeholders"], serde_json::to_value(&words).unwrap());
    assert_eq!(words.len(), 3);
    assert!(truth["defects"]["null_int64_columns"].as_array().unwrap().len() > 5);

    let ties = found.0["rows_beyond_first_of_timestamp"] as f64 / (found.0["rows"] - found.0["sessions"]) as f64;
    assert!((0.33..0.43).contains(&ties), "{ties} of the steps within a session take no time");
}

fn count_rows(rows: &[Value], found: &mut Found) {
    for row in rows {
        let identified = text(row, "user_pseudo_id").is_some();
        found.add("page_views", usize::from(text(row, "event_name") == Some("page_view")));
        found.add("conversion_rows", usize::from(text(row, "event_name") == Some("application_submit")));
        found.add("consent_denied_rows", usize::from(!identified));
        found.add("null_session_id_rows", usize::from(identified && param_int(row, "ga_session_id").is_none()));
        let engaged = param(row, "session_engaged").unwrap();
        found.add("session_engaged_int_rows", usize::from(engaged.get("int_value").is_some()));
        found.add("session_engaged_string_rows", usize::from(engaged.get("string_value").is_some()));
        let params = row["event_params"].as_array().unwrap();
        let nulls = params.iter().filter(|param| param["value"].as_object().unwrap().is_empty());
        found.add("null_params", nulls.count());
        let outlier = param_int(row, "engagement_time_msec").is_some_and(|msec| msec > 3_600_000);
        found.add("engagement_outliers", usize::from(outlier));
    }
}

fn count_order(rows: &[Value], found: &mut Found) {
    let mut moments: HashMap<(&str, i64), usize> = HashMap::new();
    for row in rows {
        if let Some(visitor) = text(row, "user_pseudo_id") {
            *moments.entry((visitor, number(row, "event_timestamp").unwrap())).or_default() += 1;
        }
    }
    found.add("tied_rows", moments.values().filter(|count| **count > 1).sum());
    found.add("rows_beyond_first_of_timestamp", moments.values().map(|count| count - 1).sum());
    let times: Vec<i64> = rows.iter().map(|row| number(row, "event_timestamp").unwrap()).collect();
    found.add("unsorted_neighbours", times.windows(2).filter(|pair| pair[1] < pair[0]).count());
}

fn count_words(value: &Value, words: &mut BTreeMap<String, u64>) {
    match value {
        Value::String(text) if ["(not set)", "<Other>", "(data deleted)"].contains(&text.as_str()) => {
            *words.entry(text.clone()).or_default() += 1;
        }
        Value::Array(values) => values.iter().for_each(|value| count_words(value, words)),
        Value::Object(fields) => fields.values().for_each(|value| count_words(value, words)),
        _ => {}
    }
}

#[test]
fn late_rows_are_in_the_rewritten_file_only() {
    let folder = Folder::new("late");
    let summary = simulate(&folder.0, 4, 1_000, 8, false);
    let count = |rows: Vec<Value>| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        rows.iter().for_each(|row| *counts.entry(row.to_string()).or_default() += 1);
        counts
    };
    let first = count(parquet_rows(&folder.0.join("events_20261026.parquet")));
    let rewritten = count(parquet_rows(&folder.0.join("_late/events_20261026.parquet")));
    assert!(first.iter().all(|(row, count)| rewritten.get(row) == Some(count)));
    let late = rewritten.values().sum::<usize>() - first.values().sum::<usize>();
    assert!(late > 0);
    assert_eq!(late as u64, summary.late_rows);
}
