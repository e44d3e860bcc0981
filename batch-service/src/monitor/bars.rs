//! The bars of a day's scores, and whether another model gives others.

use super::finding::{Finding, Tile};
use super::histogram;
use super::reference::Reference;
use super::rows::{Row, row};
use super::sample::Sample;
use super::status::{Status, Thresholds};
use crate::metrics::{psi, psi_by_chance};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The bars of a day's scores, of all channels (`all`) and by channel, each with the share that the training had of all.
/// Channels of fewer visitors than `least` are left out.
#[must_use]
pub fn rows(sample: &Sample, reference: Option<&Reference>, day: Date, one_in: u64, least: u64) -> Vec<Row> {
    let all: f64 = reference.map_or(0.0, |r| r.histogram.iter().sum());
    let of_reference = |bar: usize| reference.and_then(|r| r.histogram.get(bar)).map(|w| w / all);
    let mut by_channel: BTreeMap<&str, Vec<f64>> = BTreeMap::from([("all", Vec::new())]);
    let mut people: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for ((score, segment), visitor) in sample.score.iter().zip(&sample.segment).zip(&sample.visitor) {
        by_channel.entry("all").or_default().push(*score);
        by_channel.entry(segment.channel()).or_default().push(*score);
        people.entry(segment.channel()).or_default().insert(*visitor);
    }
    let people = people.into_iter().map(|(channel, visitors)| (channel, visitors.len() as u64 * one_in)).collect();
    for channel in few(people, least) {
        by_channel.remove(channel);
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

/// Groups of fewer people than `least`. One alone would follow from the others, so that the next larger one goes with it.
fn few(people: Vec<(&str, u64)>, least: u64) -> Vec<&str> {
    let mut groups = people;
    groups.sort_by_key(|(name, people)| (*people, *name));
    let small = groups.iter().filter(|(_, people)| *people < least).count();
    let hidden = if small == 1 { 2 } else { small };
    groups.into_iter().take(hidden).map(|(name, _)| name).collect()
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

#[cfg(test)]
mod tests {
    use super::few;

    #[test]
    fn what_is_hidden_does_not_follow_from_the_rest() {
        let groups = || vec![("direct", 900), ("email", 99), ("paid", 120), ("social", 100)];
        assert_eq!(few(groups(), 100), ["email", "social"]);
        assert_eq!(few(groups(), 121), ["email", "social", "paid"]);
        assert!(few(groups(), 99).is_empty());
        assert_eq!(few(vec![("email", 1)], 100), ["email"]);
    }
}
