//! The bars of a day's scores, and whether another model gives others.

use super::finding::{Finding, Tile};
use super::histogram;
use super::reference::Reference;
use super::rows::{Row, row};
use super::sample::Sample;
use super::status::{Status, Thresholds};
use crate::metrics::{psi, psi_by_chance};
use jiff::civil::Date;
use model_core::CHANNELS;
use std::collections::BTreeMap;

/// The bars of a day's scores, of all channels (`all`) and by channel, each with the share that the training had of all.
#[must_use]
pub fn rows(sample: &Sample, reference: Option<&Reference>, day: Date, one_in: u64) -> Vec<Row> {
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

/// Whether another model serves than on the day before, and gives other scores. `before` are the bars of the day before; `of`
/// is the model whose calibration was fitted anew for this one, which is meant to give other scores.
#[must_use]
pub fn swapped(sample: &Sample, before: Option<&Bars>, of: Option<&str>, thresholds: &Thresholds) -> Finding {
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
    if before.model_version == sample.model_version || of == Some(&before.model_version) {
        return finding;
    }
    let bars = histogram::counted(sample.score.iter().map(|s| (*s, 1.0)));
    let visitors = sample.independent();
    finding.value = psi(&before.bars, &bars);
    if finding.value > psi_by_chance(bars.len(), visitors, visitors) {
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
