//! Training rows: features of visitors at moments, and what came true later.

use anyhow::{Result, ensure};
use model_core::{Profile, Schema, Target};

/// Rows by column. All columns have one length.
#[derive(Clone, Debug)]
pub struct Snapshots {
    /// What the label says.
    pub target: Target,
    /// Names of all features of the profile's schema, in its order.
    pub names: Vec<String>,
    /// Values by feature, then by row; missing is NaN.
    pub columns: Vec<Vec<f32>>,
    /// Whether a conversion followed within the target's scope.
    pub label: Vec<bool>,
    /// Local day of the moment, days since 1970-01-01.
    pub day: Vec<i32>,
    /// Number of the visitor; rows of one visitor are drawn together when intervals are computed.
    pub visitor: Vec<u32>,
    /// Session target: number of the page view in its session, from 1. Visitor target: 0.
    pub page_view: Vec<u32>,
}

impl Snapshots {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.label.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.label.is_empty()
    }

    /// Number of the given rows that came true.
    #[must_use]
    pub fn positives(&self, rows: &[usize]) -> usize {
        rows.iter().filter(|r| self.label[**r]).count()
    }

    /// Share of the given rows that came true.
    #[must_use]
    pub fn rate(&self, rows: &[usize]) -> f64 {
        self.positives(rows) as f64 / rows.len() as f64
    }

    /// Shapes, and that the features are those of the profile.
    pub(super) fn check(&self, profile: &Profile) -> Result<()> {
        let schema = Schema::new(profile);
        let n = self.len();
        ensure!(n < u32::MAX as usize, "{n} training rows are more than this build can count");
        ensure!(
            [self.day.len(), self.visitor.len(), self.page_view.len()] == [n; 3]
                && self.columns.iter().all(|c| c.len() == n),
            "columns of the snapshots differ in length"
        );
        ensure!(
            self.names.len() == schema.len() && self.columns.len() == schema.len(),
            "snapshots hold {} features, the profile has {}",
            self.columns.len(),
            schema.len()
        );
        for (i, name) in self.names.iter().enumerate() {
            let expected = schema.name(profile, i).unwrap_or_default();
            ensure!(*name == expected, "feature {i} of the snapshots is {name}, the profile's is {expected}");
        }
        Ok(())
    }

    /// Labels of the given rows as 0 and 1.
    pub(super) fn targets(&self, rows: &[usize]) -> Vec<f64> {
        rows.iter().map(|r| f64::from(u8::from(self.label[*r]))).collect()
    }
}
