//! The rows of the page, from the tables of the warehouse and the reports of the models in service.

use super::data::{
    CalibrationBin, DashboardData, DecileRow, Metric, MetricRow, ModelRow, RejectedRow, RunRow, RunStatus, ScoreBin,
    TargetRow, VolumeRow,
};
use super::status::Thresholds;
use crate::fold::{Offsets, StateReader, VISITOR_STATE};
use crate::jobs::{RunRecord, read_runs};
use crate::metrics::{Decile, EqualMassBins, Ranked, deciles};
use crate::place::Place;
use crate::scores;
use crate::store::registry;
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use model_core::Target;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// Bars of the score histogram.
const BARS: usize = 20;
const BINS: u8 = 10;
/// Days of matured scores that calibration and gains are about.
const MATURED_DAYS: usize = 28;

/// Reads everything that the page shows.
///
/// # Errors
/// When a table or a report cannot be read.
pub fn collect(place: &Place) -> Result<DashboardData> {
    let profile = place.site.profile.parts();
    let runs = read_runs(&*place.warehouse)?;
    let folded = place.warehouse.partitions(VISITOR_STATE)?;
    let scored = place.warehouse.partitions(scores::TABLE)?;
    let last = folded.last().copied().unwrap_or_else(|| jiff::Zoned::now().date());
    let horizon = i64::from(profile.horizon_days);
    let mut data = DashboardData {
        site: profile.name.clone(),
        generated_for: last,
        targets: vec![
            TargetRow {
                target: Target::Session,
                horizon_days: 0,
                labels_complete_until: folded.last().copied(),
                labels_open: 0,
            },
            TargetRow {
                target: Target::Visitor,
                horizon_days: u32::from(profile.horizon_days),
                labels_complete_until: folded.last().map(|d| *d - horizon.days()),
                labels_open: 0,
            },
        ],
        models: Vec::new(),
        metrics: Vec::new(),
        volume: volume(&runs, &folded),
        runs: Vec::new(),
        rejected: Vec::new(),
        scores: Vec::new(),
        calibration: Vec::new(),
        deciles: Vec::new(),
        parity: None,
        thresholds: Thresholds::default(),
    };
    for run in &runs {
        add_run(&mut data, run)?;
    }
    for target in Target::ALL {
        if let Some(version) = registry::in_service(&place.store, target)? {
            let report = registry::text(&place.store, &version, "report.json")?;
            let report: Value = serde_json::from_str(&report).with_context(|| format!("report of model {version}"))?;
            add_report(&mut data, target, &version, &report)?;
        }
    }
    if let Some(day) = scored.last() {
        add_histogram(&mut data, place, *day)?;
    }
    add_matured(&mut data, place, &scored, &folded, horizon)?;
    Ok(data)
}

fn volume(runs: &[RunRecord], folded: &[Date]) -> Vec<VolumeRow> {
    let mut latest: BTreeMap<&str, &RunRecord> = BTreeMap::new();
    let mut scored: BTreeMap<&str, u64> = BTreeMap::new();
    for run in runs.iter().filter(|r| r.status == "done") {
        latest.insert(&run.run_date, run);
        if run.visitors_scored > 0 {
            scored.insert(&run.run_date, run.visitors_scored);
        }
    }
    let (Some(first), Some(last)) = (folded.first(), folded.last()) else { return Vec::new() };
    first
        .series(1.day())
        .take_while(|d| d <= last)
        .map(|day| {
            let text = day.to_string();
            let run = latest.get(text.as_str());
            VolumeRow {
                event_date: day,
                events: run.map_or(0, |r| r.events),
                visitors: run.map_or(0, |r| r.visitors),
                visitors_scored: scored.get(text.as_str()).copied(),
                rows_rejected: run.map_or(0, |r| r.rejected()),
                present: run.is_some(),
            }
        })
        .collect()
}

fn add_run(data: &mut DashboardData, run: &RunRecord) -> Result<()> {
    data.runs.push(RunRow {
        run_id: run.run_id.clone(),
        run_date: run.run_date.parse()?,
        status: if run.status == "done" { RunStatus::Done } else { RunStatus::Failed },
        duration_s: run.seconds,
        events: run.events,
        failed_step: run
            .error
            .as_ref()
            .map(|_| run.steps.last().map_or("read".into(), |s| format!("after {}", s.step))),
    });
    for dropped in run.dropped.iter().filter(|d| d.fault && d.rows > 0) {
        data.rejected.push(RejectedRow {
            run_id: run.run_id.clone(),
            reason: dropped.reason.clone(),
            rows: dropped.rows,
        });
    }
    Ok(())
}

/// What the training measured; for the session target also its calibration and deciles, because a day's scores of it
/// are given at the end of sessions, when there is nothing left to predict.
fn add_report(data: &mut DashboardData, target: Target, version: &str, report: &Value) -> Result<()> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let day = |value: &Value| value.as_str().context("a day in a report")?.parse::<Date>().context("a day in a report");
    let test_slice =
        report["split"].as_array().and_then(|s| s.iter().find(|s| s["name"] == "test")).unwrap_or(&Value::Null);
    data.models.push(ModelRow {
        target,
        model_version: version.to_owned(),
        algorithm: text(&report["model"]["kind"]),
        train_from: day(&report["data"]["days"][0])?,
        train_to: day(&report["data"]["days"][1])?,
        test_from: day(&test_slice["days"][0]).ok(),
        test_to: day(&test_slice["days"][1]).ok(),
        train_rows: report["data"]["rows"].as_u64().unwrap_or_default(),
        positives: report["data"]["positives"].as_u64().unwrap_or_default(),
    });
    let metrics = [
        ("auc", Metric::Auc),
        ("pr_auc", Metric::PrAuc),
        ("log_loss", Metric::LogLoss),
        ("brier", Metric::Brier),
        ("calibration_error", Metric::CalibrationError),
        ("top_decile_lift", Metric::LiftTopDecile),
    ];
    for measure in report["test"]["all"]["measures"].as_array().into_iter().flatten() {
        let Some((_, metric)) = metrics.iter().find(|(name, _)| measure["name"] == *name) else { continue };
        let model = &measure["model"];
        if let (Some(value), Some(ci_low), Some(ci_high)) =
            (model["value"].as_f64(), model["low"].as_f64(), model["high"].as_f64())
        {
            data.metrics.push(MetricRow {
                target,
                metric: *metric,
                value,
                ci_low,
                ci_high,
                prior: measure["prior"].as_f64(),
            });
        }
    }
    if target == Target::Session {
        let number = |row: &Value, name: &str| row[name].as_f64().unwrap_or_default();
        for bin in report["test"]["calibration"].as_array().into_iter().flatten() {
            data.calibration.push(CalibrationBin {
                target,
                score_low: number(bin, "score_low"),
                score_high: number(bin, "score_high"),
                n: bin["rows"].as_u64().unwrap_or_default(),
                predicted_mean: number(bin, "score"),
                observed_rate: number(bin, "observed"),
                ci_low: bin["interval"][0].as_f64().unwrap_or_default(),
                ci_high: bin["interval"][1].as_f64().unwrap_or_default(),
                matured: true,
            });
        }
        let rows = report["test"]["all"]["rows"].as_f64().unwrap_or_default();
        for (i, row) in report["test"]["deciles"].as_array().into_iter().flatten().enumerate() {
            let [positives, lift, gain] = ["positives", "lift", "gain"].map(|name| number(row, name));
            data.deciles.push(decile(target, i, rows, &Decile { positives, lift, gain }));
        }
    }
    Ok(())
}

/// Decile number `i` from 0 of `rows` rows in all.
fn decile(target: Target, i: usize, rows: f64, measured: &Decile) -> DecileRow {
    let n = rows / 10.0;
    DecileRow {
        target,
        decile: i as u8 + 1,
        n: n.round() as u64,
        conversions: measured.positives.round() as u64,
        rate: measured.positives / n,
        lift: measured.lift,
        cum_conversions_share: measured.gain,
    }
}

/// Bars of equal width, cut where a band begins.
fn add_histogram(data: &mut DashboardData, place: &Place, day: Date) -> Result<()> {
    let written = scores::load(&*place.warehouse, day)?;
    for target in Target::ALL {
        let Some(version) = registry::in_service(&place.store, target)? else { continue };
        let stored = registry::load(&place.store, &version)?;
        let Some(model) = stored.bundle.model(target) else { continue };
        let mut edges: Vec<f64> = (0..=BARS).map(|i| i as f64 / BARS as f64).chain(model.bands()).collect();
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let mut visitors = vec![0u64; edges.len()];
        for row in written.iter().filter(|r| r.target == target.as_str()) {
            visitors[edges.partition_point(|e| *e <= row.score).clamp(1, edges.len() - 1) - 1] += 1;
        }
        data.scores.extend(edges.windows(2).zip(visitors).filter(|(_, n)| *n > 0).map(|(bar, visitors)| ScoreBin {
            target,
            bin_low: bar[0],
            bin_high: bar[1],
            visitors,
            band: model.band(bar[0]),
        }));
    }
    Ok(())
}

/// Scores of the visitor target whose outcome is known, against the outcome.
fn add_matured(data: &mut DashboardData, place: &Place, scored: &[Date], folded: &[Date], horizon: i64) -> Result<()> {
    let offsets = Offsets::new(&place.site.profile.parts().time_zone)?;
    let target = Target::Visitor;
    let (mut values, mut labels, mut visitors, mut open) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut ids: BTreeMap<String, u32> = BTreeMap::new();
    for day in scored.iter().rev().take(MATURED_DAYS) {
        let written = scores::load(&*place.warehouse, *day)?;
        let rows = written.into_iter().filter(|r| r.target == target.as_str());
        let until = *day + horizon.days();
        if folded.last().is_none_or(|last| until > *last) {
            open += rows.count() as u64;
            continue;
        }
        // The states at the end of the horizon know the last conversion before it.
        let Some(state_day) = folded.iter().rfind(|d| **d <= until) else { continue };
        let converted = converted_after(place, *state_day, offsets.end_of(*day)?.0)?;
        // Like the training: a visitor who has converted has nothing left to predict.
        let before = converted_after(place, *day, 0)?;
        for row in rows.filter(|r| !before.contains(&r.user)) {
            labels.push(converted.contains(&row.user));
            values.push(row.score);
            let next = ids.len() as u32;
            visitors.push(*ids.entry(row.user).or_insert(next));
        }
    }
    if let Some(row) = data.targets.iter_mut().find(|t| t.target == target) {
        row.labels_open = open;
    }
    let ranked = Ranked::new(&values, &labels, &vec![1.0; values.len()], &visitors);
    if !ranked.has_both() {
        return Ok(());
    }
    for bin in EqualMassBins::new(&ranked, BINS).table(&ranked) {
        data.calibration.push(CalibrationBin {
            target,
            score_low: bin.score_low,
            score_high: bin.score_high,
            n: bin.rows as u64,
            predicted_mean: bin.score,
            observed_rate: bin.observed,
            ci_low: bin.interval[0],
            ci_high: bin.interval[1],
            matured: true,
        });
    }
    for (i, row) in deciles(&ranked).iter().enumerate() {
        data.deciles.push(decile(target, i, ranked.len() as f64, row));
    }
    Ok(())
}

fn converted_after(place: &Place, day: Date, moment_us: i64) -> Result<HashSet<String>> {
    let mut states = StateReader::open(&*place.warehouse, day)?;
    let mut converted = HashSet::new();
    while let Some(row) = states.next()? {
        if row.last_conversion_us.is_some_and(|t| t > moment_us) {
            converted.insert(row.user);
        }
    }
    Ok(converted)
}
