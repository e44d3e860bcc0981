//! What a model reads on a day against what it was trained with, feature by feature; its scores are one of them.
//!
//! PSI, Jensen-Shannon and Wasserstein distance are defined in `metrics/`. Missing values are a bin of the first two and
//! left out of the third; their share is a number of its own. A difference that chance explains is green. Features of the
//! calendar are left out: on one day they have one value.

use super::finding::{Finding, Tile, percent};
use super::histogram;
use super::reference::{Difference, Distribution, Kind, Reference, SCORE};
use super::rows::{Row, row};
use super::sample::Sample;
use super::status::{Status, Thresholds};
use crate::metrics::{psi, psi_by_chance};
use jiff::civil::Date;
use model_core::CHANNELS;
use std::collections::BTreeMap;

/// Sentences about features that a mail holds.
const SAID: usize = 3;
/// Medians that differ by this factor may be another unit.
const ANOTHER_UNIT: f64 = 8.0;

/// A feature with its difference.
struct Drifted<'a> {
    distribution: &'a Distribution,
    difference: Difference,
    status: Status,
}

/// The rows of a day, and what they say. Without a reference there are none, and grey.
#[must_use]
pub fn rows(sample: &Sample, reference: Option<&Reference>, day: Date, thresholds: &Thresholds) -> (Vec<Row>, Finding) {
    let mut drifted: Vec<Drifted<'_>> = Vec::new();
    for distribution in reference.iter().flat_map(|r| &r.distributions) {
        let values =
            if distribution.name == SCORE { Some(sample.score.as_slice()) } else { sample.column(&distribution.name) };
        let Some(values) = values else { continue };
        let difference = distribution.compare(values);
        let status = status(&difference, distribution, thresholds);
        drifted.push(Drifted { distribution, difference, status });
    }
    drifted.sort_by(|a, b| {
        let psi = |d: &Drifted<'_>| if d.difference.psi.is_nan() { f64::NEG_INFINITY } else { d.difference.psi };
        psi(b).total_cmp(&psi(a)).then_with(|| a.distribution.name.cmp(&b.distribution.name))
    });
    let rows = drifted.iter().enumerate().map(|(rank, d)| {
        row![
            day,
            sample.model_version.as_str(),
            d.distribution.name.as_str(),
            d.distribution.kind.as_str(),
            d.difference.psi,
            d.difference.js_distance,
            d.difference.wasserstein_norm,
            d.difference.null_share,
            d.distribution.null_share,
            d.difference.median,
            d.difference.ref_median,
            d.difference.n,
            rank + 1,
            d.status,
        ]
    });
    (rows.collect(), finding(&drifted, sample, thresholds))
}

fn status(difference: &Difference, reference: &Distribution, thresholds: &Thresholds) -> Status {
    if (difference.n as u64) < thresholds.small_cell.visitors {
        return Status::Grey;
    }
    let beyond = difference.psi > difference.psi_by_chance;
    let points = (difference.null_share - reference.null_share) * 100.0;
    let shifted =
        Status::above(difference.psi, thresholds.psi).min(Status::above(difference.js_distance, thresholds.js));
    match (beyond, difference.psi.is_nan()) {
        (_, true) => Status::Grey,
        (false, _) => Status::Green,
        (true, _) => shifted.max(Status::above(points, thresholds.null_points)),
    }
}

fn finding(drifted: &[Drifted<'_>], sample: &Sample, thresholds: &Thresholds) -> Finding {
    let worst = drifted.iter().map(|d| d.status).max().unwrap_or_default();
    let of_worst: Vec<&Drifted<'_>> = drifted.iter().filter(|d| d.status == worst).collect();
    let mut said: Vec<String> = of_worst.iter().take(SAID).map(|d| sentence(d)).collect();
    if of_worst.len() > SAID {
        said.push(format!("and {} more features", of_worst.len() - SAID));
    }
    Finding {
        rule: format!("drift:{}", sample.target.as_str()),
        tile: Tile::Drift,
        status: worst,
        value: of_worst.first().map_or(f64::NAN, |d| d.difference.psi),
        threshold: thresholds.psi[1],
        cause: said.join("; "),
    }
}

fn sentence(drifted: &Drifted<'_>) -> String {
    let Drifted { distribution, difference, .. } = drifted;
    let name = &distribution.name;
    let (nulls, usual) = (difference.null_share, distribution.null_share);
    if nulls - usual > 0.05 {
        return format!("{name} is missing for {} of visitors, in the training for {}", percent(nulls), percent(usual));
    }
    let ratio = difference.median / difference.ref_median;
    let unit = if ratio > ANOTHER_UNIT || ratio < 1.0 / ANOTHER_UNIT { ": has its unit changed?" } else { "" };
    match distribution.kind {
        Kind::Number if ratio.is_finite() && ratio > 0.0 => format!(
            "{name} has drifted (PSI {:.2}): its median is {:.3} times that of the training{unit}",
            difference.psi, ratio
        ),
        _ => format!("{name} has drifted (PSI {:.2})", difference.psi),
    }
}

/// The bars of a day's scores, of all channels (`all`) and by channel, each with the share that the training had of all.
#[must_use]
pub fn bars(sample: &Sample, reference: Option<&Reference>, day: Date, one_in: u64) -> Vec<Row> {
    let all: f64 = reference.map_or(0.0, |r| r.histogram.iter().sum());
    let of_reference = |bar: usize| reference.and_then(|r| r.histogram.get(bar)).map(|w| w / all);
    let mut by_channel: BTreeMap<&str, Vec<f64>> = BTreeMap::from([("all", Vec::new())]);
    for (score, segment) in sample.score.iter().zip(&sample.segment) {
        by_channel.entry("all").or_default().push(*score);
        by_channel
            .entry(CHANNELS.get(usize::from(segment.channel)).copied().unwrap_or("unknown"))
            .or_default()
            .push(*score);
    }
    let mut rows = Vec::new();
    for (channel, scores) in by_channel {
        let bars = histogram::counted(scores.iter().map(|s| (*s, 1.0)));
        let total: f64 = bars.iter().sum();
        for (bar, count) in
            bars.iter().enumerate().filter(|(bar, n)| **n > 0.0 || (channel == "all" && of_reference(*bar) > Some(0.0)))
        {
            rows.push(row![
                day,
                sample.model_version.as_str(),
                channel,
                histogram::EDGES[bar],
                histogram::EDGES[bar + 1],
                (*count as u64) * one_in,
                count / total,
                of_reference(bar),
            ]);
        }
    }
    rows
}

/// Whether another model serves than on the day before, and gives other scores. `before` are the bars of the day before.
#[must_use]
pub fn swapped(sample: &Sample, before: Option<&Bars>, thresholds: &Thresholds) -> Finding {
    let mut finding = Finding {
        rule: format!("model:{}", sample.target.as_str()),
        tile: Tile::Drift,
        status: Status::Grey,
        value: f64::NAN,
        threshold: thresholds.psi[1],
        cause: String::new(),
    };
    let Some(before) = before else { return finding };
    finding.status = Status::Green;
    if before.model_version == sample.model_version {
        return finding;
    }
    let bars = histogram::counted(sample.score.iter().map(|s| (*s, 1.0)));
    let (rows, rows_before) = (bars.iter().sum::<f64>(), before.bars.iter().sum::<f64>());
    finding.value = psi(&before.bars, &bars);
    if finding.value > psi_by_chance(bars.len(), rows_before, rows) {
        finding.status = Status::above(finding.value, thresholds.psi);
    }
    finding.cause = format!(
        "model {} serves in place of {}, and its scores are not as before (PSI {:.2})",
        sample.model_version, before.model_version, finding.value
    );
    finding
}

/// A day's scores by one model.
#[derive(Clone, Debug)]
pub struct Bars {
    /// The model.
    pub model_version: String,
    /// Visitors by bar.
    pub bars: Vec<f64>,
}

impl Bars {
    /// Of rows of the table, those of models for `target`; `None` when there are none.
    #[must_use]
    pub fn of(rows: &[Row], target: &str) -> Option<Self> {
        let mut found: Option<Self> = None;
        for row in rows.iter().filter(|row| row.get(2).is_some_and(|c| c.text() == "all")) {
            let version = row.get(1).map(|c| c.text()).unwrap_or_default();
            let (Some(low), Some(visitors)) =
                (row.get(3).and_then(|c| c.number()), row.get(5).and_then(|c| c.number()))
            else {
                continue;
            };
            if !version.starts_with(target) {
                continue;
            }
            let bars = found.get_or_insert_with(|| Self {
                model_version: version.to_owned(),
                bars: vec![0.0; histogram::EDGES.len() - 1],
            });
            if let Some(bar) =
                histogram::EDGES.iter().position(|edge| *edge == low).filter(|bar| *bar < bars.bars.len())
            {
                bars.bars[bar] += visitors;
            }
        }
        found
    }
}
