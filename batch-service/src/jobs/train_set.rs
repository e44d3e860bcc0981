//! The training rows of a target as a Parquet file, for a model that is made elsewhere.

use super::train::snapshots;
use crate::place::Place;
use crate::training::{self, Slice, TrainSet, TrainingRows};
use anyhow::{Context, Result};
use jiff::civil::Date;
use model_core::{Schema, Target};
use serde::Serialize;
use std::fmt::{Display, Formatter};
use std::path::Path;

/// What was written.
#[derive(Debug, Serialize)]
pub struct TrainSetSummary {
    /// The file.
    pub file: String,
    /// `session` or `visitor`.
    pub target: &'static str,
    /// Days ahead that a label of the visitor target looks.
    pub horizon_days: u8,
    /// Rows.
    pub rows: usize,
    /// Rows that came true.
    pub positives: usize,
    /// Visitors.
    pub visitors: usize,
    /// First and last day with rows.
    pub days: [String; 2],
    /// Days with rows.
    pub day_count: usize,
    /// Rows by part of the split, as the column `split` names it; `refit` are those without one.
    pub split: Vec<Slice>,
    /// Names of the columns, in their order.
    pub columns: Vec<String>,
    /// Columns that are features: the last ones.
    pub features: usize,
    /// The schema's hash as bundles carry it, 16 hexadecimal digits.
    pub schema_hash: String,
    /// Name of the site profile.
    pub profile: String,
    /// What a reader of the rows must know.
    pub notes: Vec<String>,
}

/// Writes the rows of a target that `inkling train` would learn from on the days from `from` to `to`.
///
/// # Errors
/// When the warehouse has no days in the range, or too few days or conversions for a training; when the warehouse cannot
/// be read, or the file not be written.
pub fn export(place: &Place, target: Target, from: Option<Date>, to: Date, out: &Path) -> Result<TrainSetSummary> {
    let TrainingRows { session, daily, .. } = snapshots(place, from, to)?;
    // The other target's rows are as many again.
    let rows = if target == Target::Session { session } else { daily };
    let profile = &place.site.profile;
    let TrainSet { data, parts, columns, visitors, notes } = training::export(&rows, profile, out)
        .with_context(|| format!("training rows of the target {}", target.as_str()))?;
    Ok(TrainSetSummary {
        file: out.display().to_string(),
        target: target.as_str(),
        horizon_days: profile.parts().horizon_days,
        rows: data.rows,
        positives: data.positives,
        visitors,
        days: data.days,
        day_count: data.day_count,
        split: parts,
        columns,
        features: rows.names.len(),
        schema_hash: format!("{:016x}", Schema::new(profile).hash(profile)),
        profile: profile.parts().name.clone(),
        notes,
    })
}

impl Display for TrainSetSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {} rows of {} visitors, {} positive, {} to {}, {} features (schema {})",
            self.file,
            self.rows,
            self.visitors,
            self.positives,
            self.days[0],
            self.days[1],
            self.features,
            self.schema_hash
        )?;
        for s in &self.split {
            write!(
                f,
                "\n  {:<11} {} to {}  {:>3} days {:>9} rows {:>7} positive",
                s.name, s.days[0], s.days[1], s.day_count, s.rows, s.positives
            )?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n  note: {note}"))
    }
}
