//! Visitors behave as described: days, identifiers, sessions, planted effects.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::read_back::{Folder, final_days, number, param, param_int, param_text, text};
use super::simulate;
use crate::simulate::intent::{EFFECTS, QUANTITIES};

const HOUR: i64 = 3_600_000_000;

#[test]
fn rows_keep_the_rules_of_an_export() {
    let folder = Folder::new("rules");
    simulate(&folder.0, 4, 1_500, 3, false);
    // Midnights in Europe/London; 25 October 2026 has 25 hours.
    let midnight = |day: i64| 1_792_710_000_000_000 + day * 24 * HOUR + if day > 2 { HOUR } else { 0 };
    let mut sessions: BTreeMap<(String, i64), (i64, i64, i64)> = BTreeMap::new();
    let (mut with_campaign, mut with_item) = (0, 0);
    for (day, rows) in final_days(&folder.0).iter().enumerate() {
        for row in rows {
            let time = number(row, "event_timestamp").unwrap();
            assert!((midnight(day as i64)..midnight(day as i64 + 1)).contains(&time));
            assert_eq!(text(row, "event_date"), Some(["20261023", "20261024", "20261025", "20261026"][day]));
            let location = param_text(row, "page_location").unwrap();
            assert!(location.starts_with("https://www.northgate.example/"));
            assert_eq!(param(row, "medium").is_some(), location.contains("utm_medium="));
            with_campaign += usize::from(param(row, "medium").is_some());
            let name = text(row, "event_name").unwrap();
            if name == "application_submit" {
                assert!(location.ends_with("/apply/thank-you"));
            }
            if name == "view_item" {
                assert!(row["items"][0]["price"].as_str().unwrap().parse::<f64>().unwrap() > 1_000.0);
                with_item += 1;
            }
            let Some(visitor) = text(row, "user_pseudo_id") else {
                assert!(param(row, "ga_session_id").is_none() && row.get("user_first_touch_timestamp").is_none());
                continue;
            };
            let first_touch = number(row, "user_first_touch_timestamp").unwrap();
            assert!(visitor.ends_with(&format!(".{}", first_touch / 1_000_000)) && first_touch <= time);
            if let Some(id) = param_int(row, "ga_session_id") {
                let session_number = param_int(row, "ga_session_number").unwrap();
                let session = sessions.entry((visitor.to_owned(), id)).or_insert((time, time, session_number));
                assert_eq!(session.2, session_number);
                *session = (session.0.min(time), session.1.max(time), session_number);
            }
        }
    }
    assert!(with_campaign > 100 && with_item > 100);
    let sessions: Vec<_> = sessions.into_iter().collect();
    let mut returns = 0;
    for (((visitor, id), (start, ..)), ((next_visitor, _), (next_start, _, next_number))) in
        sessions.iter().zip(sessions.iter().skip(1))
    {
        assert!(*start / 1_000_000 >= *id);
        if visitor == next_visitor {
            let (_, (_, end, before)) = &sessions[sessions.partition_point(|((v, i), _)| (v, i) < (visitor, id))];
            assert!(next_number > before && next_start - end > HOUR / 2);
            returns += 1;
        }
    }
    assert!(returns > 50);
}

#[test]
fn planted_effects_show() {
    let folder = Folder::new("effects");
    let summary = simulate(&folder.0, 25, 6_000, 2, false);
    let rate = summary.converting_visitors as f64 / summary.identified_visitors as f64;
    assert!((0.02..0.045).contains(&rate), "visitor conversion {rate}");

    let mut facts: HashMap<String, (HashSet<&str>, bool)> = HashMap::new();
    for row in final_days(&folder.0).iter().flatten() {
        let Some(visitor) = text(row, "user_pseudo_id") else {
            continue;
        };
        let (traits, converted) = facts.entry(visitor.to_owned()).or_default();
        traits.insert(trait_of(row));
        traits.insert(if row["device"]["category"] == "mobile" { "mobile" } else { "large screen" });
        *converted |= text(row, "event_name") == Some("application_submit");
    }
    let rate = |wanted: &str, present: bool| {
        let group: Vec<_> = facts.values().filter(|(traits, _)| traits.contains(wanted) == present).collect();
        group.iter().filter(|(_, converted)| *converted).count() as f64 / group.len() as f64
    };
    assert!(rate("fees", true) > 2.0 * rate("fees", false));
    assert!(rate("prospectus", true) > 2.0 * rate("prospectus", false));
    assert!(rate("mobile", true) < 0.8 * rate("mobile", false));
}

fn trait_of(row: &Value) -> &'static str {
    match (text(row, "event_name"), param_text(row, "page_location")) {
        (Some("generate_lead"), _) => "prospectus",
        (_, Some("https://www.northgate.example/fees")) => "fees",
        _ => "",
    }
}

#[test]
fn each_quantity_has_one_row_of_coefficients() {
    let named: HashSet<&str> = EFFECTS.iter().map(|effect| effect.name).collect();
    assert_eq!(named.len(), QUANTITIES);
    for (index, effect) in EFFECTS.iter().enumerate() {
        assert_eq!(effect.quantity as usize, index);
    }
}
