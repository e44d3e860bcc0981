//! The new model against the one in service, on rows that neither has learnt from.

use super::Snapshots;
use super::evaluate::{AUC, LOG_LOSS, MEASURES, draw, rank, scores};
use super::split::slice;
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
    /// Its 95 % confidence interval; NaN (null in JSON) without resamples.
    pub model_interval: [f64; 2],
    /// Value of the model in service.
    pub in_service: f64,
    /// Its 95 % confidence interval.
    pub in_service_interval: [f64; 2],
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
    /// Their first and last local day, `YYYY-MM-DD`; empty without rows.
    pub days: [String; 2],
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
        let old = scores(in_service, snapshots, &rows);
        Self::between(snapshots, &rows, [&new, &old], in_service.version(), resamples)
    }

    /// Compares a challenger with the model in service on all rows.
    #[must_use]
    pub fn of_both(snapshots: &Snapshots, challenger: &Model, in_service: &Model, resamples: Resamples) -> Self {
        let rows: Vec<usize> = (0..snapshots.len()).collect();
        let [new, old] = [challenger, in_service].map(|model| scores(model, snapshots, &rows));
        Self::between(snapshots, &rows, [&new, &old], in_service.version(), resamples)
    }

    /// Compares scores of the same rows, the new ones first; `version` gave the others.
    pub(super) fn between(
        snapshots: &Snapshots,
        rows: &[usize],
        [new, old]: [&[f64]; 2],
        version: &str,
        resamples: Resamples,
    ) -> Self {
        let positives = snapshots.positives(rows);
        let days = slice("compared", snapshots, rows).days;
        let mut comparison =
            Self { version: version.to_owned(), rows: rows.len(), days, positives, measures: Vec::new() };
        if positives < MIN_POSITIVES || positives == rows.len() {
            return comparison;
        }
        let old = draw(&rank(snapshots, rows, old), resamples);
        let new = draw(&rank(snapshots, rows, new), resamples);
        let (values, old_values, difference) = (new.intervals(), old.intervals(), new.minus(&old).intervals());
        comparison.measures = (0..MEASURES.len())
            .map(|i| Compared {
                name: MEASURES[i].0,
                model: values[i].value,
                model_interval: [values[i].low, values[i].high],
                in_service: old_values[i].value,
                in_service_interval: [old_values[i].low, old_values[i].high],
                difference: difference[i],
            })
            .collect();
        comparison
    }

    /// The difference of a measure by its position in [`MEASURES`].
    pub(super) fn difference(&self, measure: usize) -> Option<Interval> {
        self.measures.get(measure).map(|m| m.difference)
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

/// The last day that a model learnt from, days since 1970-01-01: the one in a version such as
/// `session-20201231-1a2b3c4d`; `None` for another name.
#[must_use]
pub fn last_day(version: &str) -> Option<i32> {
    let day = version.split('-').find(|part| part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit()))?;
    let date = jiff::civil::Date::strptime("%Y%m%d", day).ok()?;
    Some(jiff::civil::date(1970, 1, 1).until(date).ok()?.get_days())
}
