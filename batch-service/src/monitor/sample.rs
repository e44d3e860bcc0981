//! What a model read on a day, for a sample of visitors: values of its features, its score, the segment.

use super::segment::Segment;
use crate::fold::{Offsets, StateReader, VISITOR_STATE};
use crate::jobs::run::ACTIVE_DAYS;
use crate::place::Place;
use crate::scores::Serving;
use crate::shards::Shards;
use crate::warehouse::read::TableReader;
use anyhow::Result;
use jiff::civil::Date;
use model_core::{Schema, Target, Visitor};
use std::collections::BTreeMap;

/// Rows of a day that are looked at, about.
pub const MOST_ROWS: u64 = 20_000;

/// Rows by column.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What was predicted.
    pub target: Target,
    /// Version of the model.
    pub model_version: String,
    /// The model's features.
    pub names: Vec<String>,
    /// Values by feature, then by row; missing is NaN.
    pub columns: Vec<Vec<f64>>,
    /// Scores.
    pub score: Vec<f64>,
    /// Segments.
    pub segment: Vec<Segment>,
    /// Number of the visitor on the day.
    pub visitor: Vec<u32>,
}

impl Sample {
    /// No rows.
    #[must_use]
    pub fn new(target: Target, model_version: &str, names: Vec<String>) -> Self {
        let columns = vec![Vec::new(); names.len()];
        let (score, segment, visitor) = (Vec::new(), Vec::new(), Vec::new());
        Self { target, model_version: model_version.to_owned(), names, columns, score, segment, visitor }
    }

    /// Adds a row.
    pub fn push(&mut self, values: impl Iterator<Item = f32>, score: f64, segment: Segment, visitor: u32) {
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(f64::from(value));
        }
        self.score.push(score);
        self.segment.push(segment);
        self.visitor.push(visitor);
    }

    /// How many rows there would be to learn as much from if no two were of one visitor.
    #[must_use]
    pub fn independent(&self) -> f64 {
        independent(self.visitor.iter().map(|visitor| (*visitor, 1.0)))
    }

    /// The values of a feature.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        let position = self.names.iter().position(|n| n == name)?;
        self.columns.get(position).map(Vec::as_slice)
    }
}

/// Kish's effective number of rows that come in clusters of the same values, by cluster and weight:
/// `(sum of w)^2 / (sum of w^2)` over the clusters' weights `w` (Survey Sampling, 1965); 0 without rows.
#[must_use]
pub fn independent(rows: impl Iterator<Item = (u32, f64)>) -> f64 {
    let mut clusters: BTreeMap<u32, f64> = BTreeMap::new();
    for (cluster, weight) in rows {
        *clusters.entry(cluster).or_default() += weight;
    }
    let (sum, squares) = clusters.values().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// Draws one of so many, by visitor and day, so that other visitors are drawn every day.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    day: u64,
    /// One of so many.
    pub one_in: u64,
}

impl Draw {
    /// Of `rows`, about `most`.
    #[must_use]
    pub fn of(day: Date, rows: u64, most: u64) -> Self {
        let number = (day - jiff::civil::date(1970, 1, 1)).get_days();
        Self { day: u64::from(number.unsigned_abs()), one_in: rows.div_ceil(most.max(1)).max(1) }
    }

    /// Whether a visitor is drawn.
    #[must_use]
    pub fn takes(self, user: &str) -> bool {
        let hash = farmhash::fingerprint64(user.as_bytes()) ^ self.day.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32).is_multiple_of(self.one_in)
    }
}

/// Rows of a partition.
///
/// # Errors
/// When it cannot be read.
pub fn rows_of(place: &Place, table: &str, day: Date) -> Result<u64> {
    let mut rows = 0;
    for path in place.warehouse.files(table, day, Shards::ALL)? {
        rows += TableReader::open(&path)?.total_rows();
    }
    Ok(rows)
}

/// Visitors at the end of a day who are scored and have not converted: those that training learns from, too.
///
/// # Errors
/// When the states cannot be read.
pub fn visitors(place: &Place, day: Date, model: &mut Serving) -> Result<Sample> {
    let profile = &place.site.profile;
    let (end_us, offset) = Offsets::new(&profile.parts().time_zone)?.end_of(day)?;
    let refs = model.model()?.feature_refs(&Schema::new(profile))?;
    let (version, names) = (model.model()?.version().to_owned(), model.model()?.feature_names(profile));
    let mut sample = Sample::new(Target::Visitor, &version, names);
    let draw = Draw::of(day, rows_of(place, VISITOR_STATE, day)?, MOST_ROWS);
    let (mut states, mut row) = (StateReader::open(&*place.warehouse, day)?, Default::default());
    let (mut visitor, mut values) = (Visitor::new(profile), vec![f32::NAN; refs.len()]);
    let active = end_us - ACTIVE_DAYS * 86_400_000_000;
    while states.read(&mut row)? {
        if row.last_event_us < active || row.last_conversion_us.is_some() || !draw.takes(&row.user) {
            continue;
        }
        visitor.restore_from(&row.state)?;
        let score = model.score(&mut visitor, end_us, offset)?;
        visitor.features(&refs, end_us, offset, &mut values);
        let segment = Segment::of_visitor(&mut visitor, end_us, offset);
        let number = sample.score.len() as u32;
        sample.push(values.iter().copied(), score, segment, number);
    }
    Ok(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_visitor_count_as_fewer() {
        let near = |rows: &[(u32, f64)], expected: f64| (independent(rows.iter().copied()) - expected).abs() < 1e-12;
        assert!(near(&[], 0.0));
        assert!(near(&[(0, 1.0), (1, 1.0), (2, 1.0)], 3.0));
        assert!(near(&[(0, 1.0), (0, 1.0), (1, 1.0), (1, 1.0)], 2.0));
        // (3 + 1)^2 / (9 + 1)
        assert!(near(&[(7, 1.0), (7, 2.0), (9, 1.0)], 1.6));
    }
}
