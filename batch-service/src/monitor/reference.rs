//! What a model was trained with: the distribution of its features and of its scores, kept beside the model.

use super::bins::{Bins, quantile};
use super::sample;
use crate::metrics::{Weighted, jensen_shannon, psi, wasserstein_normed};
use crate::store::{ObjectStore, registry};
use crate::training::{Snapshots, scores};
use anyhow::{Context, Result};
use model_core::{FAMILIES, Model, Profile, Schema, Unit};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Name of the file beside the model.
pub const FILE: &str = "reference.json";
/// Name of the scores among the features.
pub const SCORE: &str = "score";
/// Days of the training, the last ones, that are the reference: whole weeks, as close to today as there are.
const DAYS: i32 = 28;
/// Values that a distribution is kept as: all where there are no more, else so many of equal mass.
pub const POINTS: usize = 2_000;

/// What a feature's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Their order means something.
    Number,
    /// Each stands for itself.
    Category,
}

impl Kind {
    /// The word of the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Category => "category",
        }
    }
}

/// Distribution of one feature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Distribution {
    /// The feature, or [`SCORE`].
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Rows, by weight, with those where it is missing.
    pub rows: f64,
    /// Share of the rows where it is missing.
    pub null_share: f64,
    /// Standard deviation of the values that are there.
    pub deviation: f64,
    /// As [`Reference::independent`], where these rows are others than those of the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub independent: Option<f64>,
    /// Values with their weights, ascending.
    pub points: Vec<Weighted>,
    /// Bins of all values, where the points are fewer than they.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bins: Option<Bins>,
}

/// Distributions of the rows that a model was trained with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reference {
    /// The model.
    pub model_version: String,
    /// First and last local day of the rows, days since 1970-01-01.
    pub days: [i32; 2],
    /// How many rows there would be to learn as much from if no two were of one visitor; all of them in a file of an
    /// earlier version.
    #[serde(default = "infinite")]
    pub independent: f64,
    /// The scores, then the model's features but those of the calendar, which every day has only one value of.
    pub distributions: Vec<Distribution>,
    /// Weight of the rows whose score is in each bin of [`super::histogram::EDGES`].
    pub histogram: Vec<f64>,
}

/// How today's values differ from the reference.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// Population stability index over ten bins of equal mass of the reference, or the categories, and one of missing
    /// values.
    pub psi: f64,
    /// Bins that it is over, but those that nobody is in on either side.
    pub bins: usize,
    /// Jensen-Shannon distance over the same bins.
    pub js_distance: f64,
    /// Wasserstein distance in standard deviations of the reference, missing values left out; NaN for categories.
    pub wasserstein_norm: f64,
    /// Share of rows where it is missing.
    pub null_share: f64,
    /// Median of the values that are there; NaN for categories, and when there is none.
    pub median: f64,
    /// The same of the reference.
    pub ref_median: f64,
    /// Rows.
    pub n: usize,
}

impl Reference {
    /// Of the last weeks of the rows that `model` was trained with.
    #[must_use]
    pub fn of(snapshots: &Snapshots, profile: &Profile, model: &Model) -> Self {
        let last = snapshots.day.iter().copied().max().unwrap_or_default();
        let first = last - DAYS + 1;
        let rows: Vec<usize> = (0..snapshots.len()).filter(|row| snapshots.day[*row] >= first).collect();
        let weight: Vec<f64> = rows.iter().map(|row| f64::from(snapshots.weight[*row])).collect();
        let scored = scores(model, snapshots, &rows);
        let mut distributions = vec![Distribution::of(SCORE, Kind::Number, &scored, &weight)];
        let schema = Schema::new(profile);
        for position in model.feature_positions().iter().map(|p| usize::from(*p)) {
            let Some(kind) = kind_of(&schema, position) else { continue };
            let values: Vec<f64> = rows.iter().map(|row| f64::from(snapshots.columns[position][*row])).collect();
            distributions.push(Distribution::of(&snapshots.names[position], kind, &values, &weight));
        }
        let histogram = super::histogram::counted(scored.iter().copied().zip(weight.iter().copied()));
        let days = [rows.iter().map(|row| snapshots.day[*row]).min().unwrap_or(last), last];
        let visitors = rows.iter().map(|row| snapshots.visitor[*row]).zip(weight.iter().copied());
        let independent = sample::independent(visitors);
        Self { model_version: model.version().to_owned(), days, independent, distributions, histogram }
    }

    /// Keeps it beside its model.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keep(&self, store: &dyn ObjectStore) -> Result<()> {
        registry::put_text(store, &self.model_version, FILE, &serde_json::to_string(self)?)
    }

    /// That of a model; `None` for a model that was not trained here.
    ///
    /// # Errors
    /// When the store fails, or it does not parse.
    pub fn load(store: &dyn ObjectStore, version: &str) -> Result<Option<Self>> {
        let Some(text) = registry::text_if_there(store, version, FILE)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).with_context(|| format!("{FILE} of model {version}"))
    }

    /// The distribution of a feature.
    #[must_use]
    pub fn distribution(&self, name: &str) -> Option<&Distribution> {
        self.distributions.iter().find(|d| d.name == name)
    }
}

/// What the values of a feature are; none for those of the calendar.
#[must_use]
pub fn kind_of(schema: &Schema, position: usize) -> Option<Kind> {
    let family = FAMILIES.get(schema.feature(position)?.family as usize)?;
    match family.unit {
        Unit::Hour | Unit::Weekday => None,
        Unit::Code | Unit::Flag => Some(Kind::Category),
        _ => Some(Kind::Number),
    }
}

impl Distribution {
    /// Of values with their weights; NaN is missing.
    #[must_use]
    pub fn of(name: &str, kind: Kind, values: &[f64], weight: &[f64]) -> Self {
        let rows: f64 = weight.iter().sum();
        let there = sorted(values.iter().copied().zip(weight.iter().copied()));
        let present: f64 = there.iter().map(|(_, w)| w).sum();
        let mean = there.iter().map(|(v, w)| v * w).sum::<f64>() / present;
        let variance = there.iter().map(|(v, w)| w * (v - mean) * (v - mean)).sum::<f64>() / present;
        let null_share = if rows > 0.0 { 1.0 - present / rows } else { 0.0 };
        let deviation = if variance.is_finite() { variance.sqrt() } else { 0.0 };
        let many = kind == Kind::Number && there.len() > POINTS;
        let bins = many.then(|| Bins::of(&there));
        let points = if many { thinned(&there, present) } else { there };
        let (name, null_share) = (name.to_owned(), null_share.max(0.0));
        Self { name, kind, rows, null_share, deviation, independent: None, points, bins }
    }

    /// How values of today differ; NaN is missing.
    #[must_use]
    pub fn compare(&self, values: &[f64]) -> Difference {
        let today = sorted(values.iter().map(|v| (*v, 1.0)));
        let present: f64 = today.iter().map(|(_, w)| w).sum();
        let n = values.len();
        let bins = (self.kind == Kind::Number).then(|| self.bins());
        let (mut reference, mut counts) = match &bins {
            Some(bins) => (bins.rows.clone(), bins.count(&today)),
            None => self.by_value(&today),
        };
        reference.push(self.rows * self.null_share);
        counts.push(n as f64 - present);
        // A bin that nobody is in on either side says nothing.
        let kept: Vec<usize> = (0..counts.len()).filter(|i| reference[*i] > 0.0 || counts[*i] > 0.0).collect();
        let reference: Vec<f64> = kept.iter().map(|i| reference[*i]).collect();
        let counts: Vec<f64> = kept.iter().map(|i| counts[*i]).collect();
        let number = bins.is_some();
        Difference {
            psi: psi(&reference, &counts),
            bins: counts.len(),
            js_distance: jensen_shannon(&reference, &counts),
            wasserstein_norm: if number { wasserstein_normed(&self.points, self.deviation, &today) } else { f64::NAN },
            null_share: if n == 0 { f64::NAN } else { 1.0 - present / n as f64 },
            median: if number { quantile(&today, 0.5) } else { f64::NAN },
            ref_median: bins.map_or(f64::NAN, |bins| bins.median),
            n,
        }
    }

    /// The bins of a number's values.
    #[must_use]
    pub fn bins(&self) -> Cow<'_, Bins> {
        self.bins.as_ref().map_or_else(|| Cow::Owned(Bins::of(&self.points)), Cow::Borrowed)
    }

    fn by_value(&self, today: &[Weighted]) -> (Vec<f64>, Vec<f64>) {
        let mut values: Vec<f64> = self.points.iter().chain(today).map(|(value, _)| *value).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let count = |sample: &[Weighted]| {
            let mut bins = vec![0.0; values.len()];
            for (value, weight) in sample {
                bins[values.partition_point(|v| v < value)] += weight;
            }
            bins
        };
        (count(&self.points), count(today))
    }
}

fn infinite() -> f64 {
    f64::INFINITY
}

/// The values that are there, ascending, each once.
fn sorted(values: impl Iterator<Item = Weighted>) -> Vec<Weighted> {
    let mut all: Vec<Weighted> = values.filter(|(value, _)| !value.is_nan()).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<Weighted> = Vec::new();
    for (value, weight) in all {
        match merged.last_mut() {
            Some(last) if last.0 == value => last.1 += weight,
            _ => merged.push((value, weight)),
        }
    }
    merged
}

/// Means of parts of equal mass, each with what lies in it: mass and mean of all stay what they are.
fn thinned(sample: &[Weighted], all: f64) -> Vec<Weighted> {
    let each = all / POINTS as f64;
    let mut points: Vec<Weighted> = Vec::with_capacity(POINTS);
    let (mut below, mut part) = (0.0, None);
    for (value, weight) in sample {
        let of = ((below + weight / 2.0) / each).floor();
        below += weight;
        match points.last_mut().filter(|_| part == Some(of)) {
            Some((mean, mass)) => {
                *mass += weight;
                *mean += (value - *mean) * weight / *mass;
            }
            None => points.push((*value, *weight)),
        }
        part = Some(of);
    }
    points
}
