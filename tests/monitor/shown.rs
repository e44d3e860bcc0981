//! The rows of the views are what scikit-learn and numpy make of the table `monitor_outcomes`: of quiet days, and of samples
//! with weights, many equal scores, another model, and more days than a window has.

use super::planted::{Planted, quiet};
use batch_service::monitor::Thresholds;
use batch_service::monitor::outcomes::{self, Outcome, Outcomes, TABLE};
use batch_service::monitor::rows::Row;
use batch_service::monitor::tables::PERFORMANCE;
use batch_service::monitor::views::{self, VIEWS, View};
use batch_service::place::Place;
use batch_service::store::registry;
use batch_service::warehouse::Fence;
use conformance::world::{measures_python, repository};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use model_core::Target;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Views, and those of their columns that are compared.
type Columns = &'static [(&'static str, &'static [&'static str])];

const OF_WINDOWS: Columns = &[
    (
        "v_calibration",
        &[
            "model_version",
            "window_start",
            "window_end",
            "bin",
            "score_low",
            "score_high",
            "visitors",
            "predicted_mean",
            "observed_rate",
            "ci_low",
            "ci_high",
            "labels_mature",
        ],
    ),
    (
        "v_gains_deciles",
        &[
            "model_version",
            "window_start",
            "window_end",
            "decile",
            "visitors",
            "conversions",
            "conversion_rate",
            "lift",
            "cum_visitors_share",
            "cum_conversions_share",
            "base_rate",
        ],
    ),
    (
        "v_roc_pr_points",
        &[
            "model_version",
            "window_start",
            "window_end",
            "threshold",
            "tp",
            "fp",
            "tn",
            "fn",
            "tpr",
            "fpr",
            "precision",
            "recall",
            "flagged_share",
        ],
    ),
    (
        "v_segment_performance",
        &[
            "model_version",
            "window_end",
            "dimension",
            "segment",
            "visitors",
            "conversions",
            "conversion_rate",
            "mean_score",
            "calibration_ratio",
            "lift_top10",
            "auc",
            "suppressed",
        ],
    ),
    ("v_health_today", &["model_version", "calibration_ratio", "auc_realised"]),
];
const OF_DAYS: Columns = &[
    (
        "v_performance_daily",
        &[
            "event_date",
            "model_version",
            "metric",
            "value_realised",
            "value_estimated",
            "ref_mean",
            "low",
            "high",
            "labels",
            "labels_mature",
        ],
    ),
    ("v_conversions_by_decile_daily", &["event_date", "model_version", "decile", "visitors", "conversions"]),
];

/// What docs/MONITOR.md says.
const BINS: u8 = 10;
const WINDOW_DAYS: i32 = 28;

/// Rows by column, as the page gets them.
type Shown = Vec<Map<String, Value>>;

fn named(names: impl Iterator<Item = &'static str>, rows: Vec<Row>) -> Shown {
    let names: Vec<&str> = names.collect();
    let row = |row: Row| names.iter().map(|name| (*name).to_owned()).zip(row.iter().map(|cell| json!(cell))).collect();
    rows.into_iter().map(row).collect()
}

fn view(name: &str) -> &'static View {
    VIEWS.iter().find(|view| view.name == name).unwrap()
}

/// What a view shows of scores whose outcomes are known.
fn shown(place: &Place, name: &str) -> Shown {
    let view = view(name);
    let rows = views::local_rows(view, &*place.warehouse, &Thresholds::default(), Timestamp::now()).unwrap();
    let mut rows = named(view.columns.iter().map(|column| column.name), rows);
    rows.retain(|row| row.get("labels_mature") != Some(&json!(false)));
    rows
}

/// What scikit-learn and numpy say the views show.
fn computed(planted: &Planted, place: &Place) -> Value {
    let all = outcomes::load(&*place.warehouse, Date::MIN, Date::MAX).unwrap();
    let of_day = |of: &Outcomes| {
        let words = |dimension: &str| (0..of.len()).map(|at| json!(of.word(dimension, at))).collect::<Value>();
        json!({
            "day": of.day.to_string(), "target": of.target.as_str(), "model": of.model_version, "score": of.score,
            "label": of.label, "weight": of.weight, "decile": of.decile, "cluster": of.cluster,
            "device": words("device"), "channel": words("channel"), "visitor": words("visitor"),
            "country": words("country"),
        })
    };
    let mut thresholds: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in shown(place, "v_roc_pr_points") {
        let model = row["model_version"].as_str().unwrap().to_owned();
        thresholds.entry(model).or_default().push(row["threshold"].clone());
    }
    let models: BTreeSet<&str> = all.iter().map(|of| of.model_version.as_str()).collect();
    let report = |model: &&str| {
        let text = registry::text_if_there(&*place.store, model, "report.json").unwrap()?;
        let report: Value = serde_json::from_str(&text).unwrap();
        Some(((*model).to_owned(), report["test"]["all"]["measures"].clone()))
    };
    let document = json!({
        "outcomes": all.iter().map(of_day).collect::<Value>(), "thresholds": thresholds,
        "reports": models.iter().filter_map(report).collect::<Map<_, _>>(),
        "serving": shown(place, "v_health_today")[0]["model_version"], "bins": BINS, "window_days": WINDOW_DAYS,
        "horizon_days": place.site.profile.parts().horizon_days, "least": Thresholds::default().small_cell,
    });
    let path = planted.folder.write("shown.json", document.to_string());
    let output = measures_python().arg(repository().join("tests/monitor/shown.py")).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("what shown.py prints")
}

fn same(name: &str, ours: &Value, theirs: &Value) {
    match (ours.as_f64(), theirs.as_f64()) {
        (Some(a), Some(b)) => assert!((a - b).abs() <= 1e-9, "{name}: {a} is shown, {b} is right"),
        _ => assert_eq!(ours, theirs, "{name}"),
    }
}

/// Compares the named columns of views; each must have a value in some row.
fn compare(place: &Place, said: &Value, of: Columns) {
    for (name, columns) in of {
        let (ours, theirs) = (shown(place, name), said[name].as_array().expect(name));
        assert_eq!(ours.len(), theirs.len(), "rows of {name}");
        let mut compared: BTreeMap<&str, usize> = columns.iter().map(|column| (*column, 0)).collect();
        for (ours, theirs) in ours.iter().zip(theirs) {
            let theirs = theirs.as_object().unwrap();
            let known: BTreeSet<&str> = theirs.keys().map(String::as_str).collect();
            assert_eq!(known, columns.iter().copied().collect(), "columns of {name}");
            for column in *columns {
                same(&format!("{name}.{column} of {ours:?}"), &ours[*column], &theirs[*column]);
                *compared.get_mut(column).unwrap() += usize::from(!ours[*column].is_null());
            }
        }
        assert!(compared.values().all(|rows| *rows > 0), "{name}: {compared:?}");
        // No figure is left out but that of the day, which has others than those of scores and outcomes.
        let left = view(name).columns.iter().map(|column| column.name).filter(|column| !columns.contains(column));
        let left: Vec<&str> = left.collect();
        assert!(left.is_empty() || left == ["status"] || *name == "v_health_today", "{name}: {left:?}");
    }
}

/// What was told of a day before its outcomes were known holds once they are: scores are the same.
fn compare_estimates(place: &Place, said: &Value) {
    let mut compared = 0;
    for later in said["v_performance_daily"].as_array().unwrap() {
        let day: Date = later["event_date"].as_str().unwrap().parse().unwrap();
        let told = named(PERFORMANCE.columns.iter().map(|c| c.name), PERFORMANCE.read(&*place.warehouse, day).unwrap());
        let before = ["event_date", "model_version", "metric"];
        let is =
            |row: &&Map<_, _>| row["labels_mature"] == false && before.iter().all(|name| row[*name] == later[*name]);
        let Some(row) = told.iter().find(is) else { continue };
        for column in ["value_estimated", "ref_mean", "labels"] {
            same(&format!("{column} of {row:?}"), &row[column], &later[column]);
        }
        assert!(["value_realised", "low", "high"].iter().all(|column| row[*column].is_null()), "{row:?}");
        compared += 1;
    }
    assert!(compared >= 14, "{compared}");
}

#[test]
fn views_show_what_scikit_learn_makes_of_the_outcomes() {
    let planted = quiet("shown");
    let place = planted.place();
    let said = computed(&planted, &place);
    compare(&place, &said, OF_WINDOWS);
    compare(&place, &said, OF_DAYS);
    compare_estimates(&place, &said);
}

/// A sample of outcomes as if of many, with scores in so many steps: one of so many visitors is drawn; of the visitor
/// target all who convert are.
fn drawn(all: &Outcomes, model_version: &str, one_in: u32, steps: f64) -> Outcomes {
    let mut drawn = Outcomes::new(all.day, all.target, model_version);
    for at in 0..all.len() {
        let (label, cluster) = (all.label[at], all.cluster[at]);
        let kept = label && all.target == Target::Visitor;
        if !kept && !cluster.is_multiple_of(one_in) {
            continue;
        }
        drawn.push(Outcome {
            score: (all.score[at] * steps).round().max(1.0) / steps,
            label,
            weight: if kept { 1.0 } else { f64::from(one_in) },
            decile: all.decile[at],
            segment: all.segment[at].clone(),
            country: all.word("country", at),
            cluster,
        });
    }
    drawn
}

#[test]
fn views_show_it_of_samples_too_and_of_the_last_four_weeks() {
    let planted = quiet("shown-sampled");
    let (place, day) = (planted.place(), planted.next_days()[0]);
    let publish = |known: Date, all: &[Outcomes]| {
        let staged = outcomes::stage(&*place.warehouse, known, all).unwrap();
        place.warehouse.publish(vec![staged], &Fence::none()).unwrap();
    };
    let mut last = Vec::new();
    for (number, known) in place.warehouse.partitions(TABLE).unwrap().into_iter().enumerate() {
        last = outcomes::load(&*place.warehouse, known, known).unwrap();
        // Only some days have so many scores that a sample is drawn.
        let one_in = if number % 2 == 0 { 3 } else { 1 };
        let mut all: Vec<Outcomes> = last.iter().map(|of| drawn(of, &of.model_version, one_in, 200.0)).collect();
        all.extend(last.iter().map(|of| drawn(of, &format!("{}-before", of.target.as_str()), one_in + 1, 20.0)));
        publish(known, &all);
    }
    assert_eq!(last.len(), 2, "both targets have outcomes");
    // The first day of the windows, and the one before, which counts no more.
    for back in [WINDOW_DAYS - 1, WINDOW_DAYS] {
        let known = day.checked_sub(back.days()).unwrap();
        let horizon = |of: &Outcomes| if of.target == Target::Visitor { 7 } else { 0 };
        let of_day = |of: &Outcomes| Outcomes { day: known.checked_sub(horizon(of).days()).unwrap(), ..of.clone() };
        publish(known, &last.iter().map(of_day).collect::<Vec<_>>());
    }
    let _ = planted.run(day);
    let said = computed(&planted, &place);
    compare(&place, &said, OF_WINDOWS);
    let windows: BTreeSet<(String, String)> = shown(&place, "v_gains_deciles")
        .iter()
        .map(|row| [&row["window_start"], &row["window_end"]].map(|day| day.as_str().unwrap().to_owned()).into())
        .collect();
    let whole = [7, 0].map(|horizon| {
        let last = day.checked_sub(horizon.days()).unwrap();
        (last.checked_sub((WINDOW_DAYS - 1).days()).unwrap().to_string(), last.to_string())
    });
    assert!(whole.iter().all(|window| windows.contains(window)) && windows.len() == 4, "{windows:?}");
}
