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
    /// How many rows each row stands for; rows without a conversion may be a sample.
    pub weight: Vec<f32>,
    /// Local day of the moment, days since 1970-01-01.
    pub day: Vec<i32>,
    /// Number of the visitor; rows of one visitor are drawn together when intervals are computed.
    pub visitor: Vec<u32>,
    /// Session target: number of the page view in its session, from 1. Visitor target: 0.
    pub page_view: Vec<u32>,
    /// Session target: `ga_session_id`. 0 = none.
    pub session_id: Vec<i64>,
    /// The moment, microseconds since 1970-01-01 UTC.
    pub moment_us: Vec<i64>,
    /// What a reader of the report must know about the rows.
    pub notes: Vec<String>,
}

/// The training rows of both targets.
#[derive(Clone, Debug)]
pub struct TrainingRows {
    /// Rows at page views.
    pub session: Snapshots,
    /// Rows at ends of days.
    pub daily: Snapshots,
    /// `user_pseudo_id` by number of the visitor.
    pub users: Vec<Box<str>>,
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

    /// Weighted share of the given rows that came true.
    #[must_use]
    pub fn rate(&self, rows: &[usize]) -> f64 {
        let weight = |r: &usize| f64::from(self.weight[*r]);
        let positive: f64 = rows.iter().filter(|r| self.label[**r]).map(weight).sum();
        positive / rows.iter().map(weight).sum::<f64>()
    }

    /// Drops the rows whose weight is 0.
    pub fn retain_weighted(&mut self) {
        let keep: Vec<bool> = self.weight.iter().map(|w| *w > 0.0).collect();
        for column in &mut self.columns {
            retain(column, &keep);
            column.shrink_to_fit();
        }
        retain(&mut self.label, &keep);
        retain(&mut self.weight, &keep);
        retain(&mut self.day, &keep);
        retain(&mut self.visitor, &keep);
        retain(&mut self.page_view, &keep);
        retain(&mut self.session_id, &keep);
        retain(&mut self.moment_us, &keep);
    }

    /// Shapes, and that the features are those of the profile.
    pub(super) fn check(&self, profile: &Profile) -> Result<()> {
        let schema = Schema::new(profile);
        let n = self.len();
        ensure!(n < u32::MAX as usize, "{n} training rows are more than this build can count");
        ensure!(
            [self.weight.len(), self.day.len(), self.visitor.len(), self.page_view.len()] == [n; 4]
                && [self.session_id.len(), self.moment_us.len()] == [n; 2]
                && self.columns.iter().all(|c| c.len() == n),
            "columns of the snapshots differ in length"
        );
        ensure!(self.weight.iter().all(|w| *w > 0.0 && w.is_finite()), "weights of rows must be above 0");
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

fn retain<T>(list: &mut Vec<T>, keep: &[bool]) {
    let mut at = 0;
    list.retain(|_| {
        at += 1;
        keep[at - 1]
    });
}
