//! The new model against the one in service, on rows that neither has learnt from.

use super::Snapshots;
use super::evaluate::{AUC, LOG_LOSS, MEASURES, draw, rank, scores};
use crate::metrics::{Interval, Resamples};
use model_core::Model;
use serde::Serialize;

/// Positives below which a comparison says too little.
const MIN_POSITIVES: usize = 10;

/// One measure of both models on the same rows.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Name of the measure.
    pub name: &'static str,
    /// Value of the new model.
    pub model: f64,
    /// Value of the model in service.
    pub in_service: f64,
    /// New minus in service, visitors drawn alike for both.
    pub difference: Interval,
}

/// The new model beside the one in service.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Version of the model in service.
    pub version: String,
    /// Rows of the test that are later than the last day that the model in service was fitted on.
    pub rows: usize,
    /// Rows of them that came true.
    pub positives: usize,
    /// One entry per measure; empty when the rows hold too few positives.
    pub measures: Vec<Compared>,
}

impl Comparison {
    /// Compares on the rows of the test; `new` are the new model's scores of them.
    pub(super) fn of(
        snapshots: &Snapshots,
        rows: &[usize],
        new: &[f64],
        in_service: &Model,
        resamples: Resamples,
    ) -> Self {
        // A model remembers the days it was fitted on: on them it would look better than it is.
        let learnt = last_day(in_service.version());
        let later = rows.iter().zip(new).filter(|(row, _)| learnt.is_none_or(|day| snapshots.day[**row] > day));
        let (rows, new): (Vec<usize>, Vec<f64>) = later.map(|(row, score)| (*row, *score)).unzip();
        let positives = snapshots.positives(&rows);
        let mut comparison =
            Self { version: in_service.version().to_owned(), rows: rows.len(), positives, measures: Vec::new() };
        if positives < MIN_POSITIVES || positives == rows.len() {
            return comparison;
        }
        let old = draw(&rank(snapshots, &rows, &scores(in_service, snapshots, &rows)), resamples);
        let new = draw(&rank(snapshots, &rows, &new), resamples);
        let (values, old_values, difference) = (new.intervals(), old.intervals(), new.minus(&old).intervals());
        comparison.measures = (0..MEASURES.len())
            .map(|i| Compared {
                name: MEASURES[i].0,
                model: values[i].value,
                in_service: old_values[i].value,
                difference: difference[i],
            })
            .collect();
        comparison
    }

    /// What is worse beyond doubt: the whole interval of the difference lies on the wrong side.
    pub(super) fn worse(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if let (Some(auc), Some(loss)) = (self.measures.get(AUC), self.measures.get(LOG_LOSS)) {
            for (m, wrong) in [(auc, auc.difference.high < 0.0), (loss, loss.difference.low > 0.0)] {
                if wrong {
                    reasons.push(format!(
                        "worse than the model in service, {}: {} {:.4} against {:.4} on the same {} rows",
                        self.version, m.name, m.model, m.in_service, self.rows
                    ));
                }
            }
        }
        reasons
    }
}

/// The day in a version such as `session-20201231-1a2b3c4d`.
fn last_day(version: &str) -> Option<i32> {
    let day = version.split('-').find(|part| part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit()))?;
    let date = jiff::civil::Date::strptime("%Y%m%d", day).ok()?;
    Some(jiff::civil::date(1970, 1, 1).until(date).ok()?.get_days())
}
