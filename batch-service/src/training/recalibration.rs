//! Which days a recalibration is fitted and judged on, and what is measured of the old calibration.

use super::coverage::Coverage;
use super::evaluate::rank;
use super::recalibrate::day_text;
use super::split::slice;
use super::{PAGE_VIEWS, Slice, Snapshots, TooFew};
use crate::metrics::EqualMassBins;
use anyhow::{Result, bail, ensure};
use model_core::Target;
use serde::Serialize;
use std::collections::BTreeSet;

/// Visitors with a conversion that the days of the fit must have: of fewer, chance moves the share by a seventh and more.
pub const MIN_FIT_VISITORS: usize = 50;
/// The same of the judged days.
pub const MIN_JUDGE_VISITORS: usize = 20;
/// Visitors with a conversion with which no older week is asked: chance moves their share by a fourteenth. What is older
/// says less of today.
const ENOUGH_VISITORS: usize = 200;
/// Of the days so many are judged on: one in three, the newest.
const JUDGED: usize = 3;
/// Days with labels that it takes.
const MIN_DAYS: usize = 4;

/// Rows by what they serve for.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Rows that the judged calibration is fitted on.
    pub fit: Vec<usize>,
    /// Rows that it is judged on, later than those of the fit and their horizon.
    pub judge: Vec<usize>,
    /// Rows that the given calibration is fitted on: those, and the ones between them.
    pub all: Vec<usize>,
    /// The same as the report shows them.
    pub slices: Vec<Slice>,
    /// Visitors with a conversion in the fit and in the judged days.
    pub converting_visitors: [usize; 2],
    /// What could not be done as it should be.
    pub notes: Vec<String>,
}

impl Parts {
    /// Of the latest days with rows that are later than `learnt`: as few weeks as hold enough conversions, `days` days at
    /// most.
    ///
    /// # Errors
    /// [`TooFew`] days, or visitors with a conversion.
    pub(super) fn of(snapshots: &Snapshots, horizon: i32, learnt: Option<i32>, days: i32) -> Result<Self> {
        let look = Look::new(snapshots, horizon, learnt, days);
        let newest = look.usable.last().copied().unwrap_or_default();
        for weeks in 1..=(days.max(1) + 6) / 7 {
            let parts = look.parts(&look.later_than(newest - (7 * weeks).min(days)));
            let enough = parts.as_ref().is_ok_and(|p| p.converting_visitors.iter().sum::<usize>() >= ENOUGH_VISITORS);
            if enough || 7 * weeks >= days {
                return parts;
            }
        }
        look.parts(&look.usable)
    }
}

/// What the rows offer.
struct Look<'a> {
    snapshots: &'a Snapshots,
    /// 0 for the session target.
    horizon: i32,
    learnt: Option<i32>,
    /// Days whose labels are known in full, ascending.
    usable: Vec<i32>,
    notes: Vec<String>,
}

impl<'a> Look<'a> {
    fn new(snapshots: &'a Snapshots, horizon: i32, learnt: Option<i32>, days: i32) -> Self {
        let horizon = if snapshots.target == Target::Visitor { horizon } else { 0 };
        let coverage = Coverage::of(snapshots, horizon);
        let last = snapshots.day.iter().copied().max().unwrap_or_default();
        let recent = |day: i32| day > last - days && learnt.is_none_or(|learnt| day > learnt);
        let there: BTreeSet<i32> = snapshots.day.iter().copied().filter(|day| recent(*day)).collect();
        let usable: Vec<i32> = there.iter().copied().filter(|day| coverage.share(*day) >= 1.0).collect();
        let mut notes = snapshots.notes.clone();
        if usable.len() < there.len() {
            notes.push(format!(
                "{} days are left out: of the {horizon} days that their labels look ahead the data lack some",
                there.len() - usable.len()
            ));
        }
        Self { snapshots, horizon, learnt, usable, notes }
    }

    fn later_than(&self, day: i32) -> Vec<i32> {
        self.usable.iter().copied().filter(|d| *d > day).collect()
    }

    fn parts(&self, usable: &[i32]) -> Result<Parts> {
        let Self { snapshots, horizon, learnt, .. } = *self;
        let target = snapshots.target.as_str();
        let after = learnt
            .map_or_else(String::new, |day| format!(" after {}, the last that the model learnt from", day_text(day)));
        let few = format!("recalibrating the {target} model needs labels of at least {MIN_DAYS} days{after}");
        ensure!(usable.len() >= MIN_DAYS, TooFew(format!("{few}; there are {}: wait for more", usable.len())));
        let judge_from = usable[usable.len() - usable.len() / JUDGED];
        // On the first judged day nobody would have known the labels of later ones.
        let known = |day: i32| day + horizon < judge_from;
        ensure!(
            known(usable[0]),
            TooFew(format!(
                "{few}, and of the {horizon} that labels look ahead before the newest third: wait for more"
            ))
        );
        let rows = |keep: &dyn Fn(i32) -> bool| -> Vec<usize> {
            let day = |row: &usize| snapshots.day[*row];
            (0..snapshots.len()).filter(|row| usable.binary_search(&day(row)).is_ok() && keep(day(row))).collect()
        };
        let (fit, judge, all) = (rows(&known), rows(&|day| day >= judge_from), rows(&|_| true));
        let converting_visitors =
            [self.enough("fit", &fit, MIN_FIT_VISITORS)?, self.enough("judgement", &judge, MIN_JUDGE_VISITORS)?];
        let slices =
            vec![slice("fit", snapshots, &fit), slice("judged", snapshots, &judge), slice("all", snapshots, &all)];
        Ok(Parts { fit, judge, all, slices, converting_visitors, notes: self.notes.clone() })
    }

    /// Visitors with a conversion in some rows, if they are enough.
    fn enough(&self, name: &'static str, rows: &[usize], least: usize) -> Result<usize> {
        let snapshots = self.snapshots;
        let visitors: BTreeSet<u32> =
            rows.iter().filter(|row| snapshots.label[**row]).map(|row| snapshots.visitor[*row]).collect();
        let Slice { days: [from, to], positives, .. } = slice(name, snapshots, rows);
        if visitors.len() < least {
            bail!(TooFew(format!(
                "recalibrating the {} model needs at least {least} visitors with a conversion in the days of the {name}, \
                 there are {} from {from} to {to}: wait for more, or look at more days (`--days`)",
                snapshots.target.as_str(),
                visitors.len()
            )));
        }
        ensure!(positives < rows.len(), "every row in the days of the {name} came true");
        Ok(visitors.len())
    }
}

/// The old calibration on the judged days.
#[derive(Clone, Debug, Serialize)]
pub struct Before {
    /// Mean score, by weight.
    pub mean_score: f64,
    /// Calibration of the rows of each page view of [`PAGE_VIEWS`]; empty for the visitor target.
    pub by_page_view: Vec<BeforeAt>,
}

/// The old calibration at a page view of the sessions.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BeforeAt {
    /// Number of the page view in its session.
    pub page_view: u32,
    /// Mean score; NaN (null in JSON) without rows.
    pub mean_score: f64,
    /// Calibration error in ten bins of equal mass.
    pub calibration_error: f64,
}

impl Before {
    pub(super) fn of(snapshots: &Snapshots, rows: &[usize], scores: &[f64]) -> Self {
        let at = |page_view: Option<u32>| {
            let of = |row: usize| page_view.is_none_or(|n| snapshots.page_view[row] == n);
            let kept = rows.iter().zip(scores).filter(|(row, _)| of(**row));
            let (rows, scores): (Vec<usize>, Vec<f64>) = kept.map(|(row, score)| (*row, *score)).unzip();
            let ranked = rank(snapshots, &rows, &scores);
            let error = EqualMassBins::new(&ranked, super::evaluate::BINS).error(&ranked, &ranked.weight);
            (ranked.mean(&ranked.weight, |i| ranked.score[i]), error)
        };
        let page_views: &[u32] = if snapshots.target == Target::Session { &PAGE_VIEWS } else { &[] };
        let by_page_view = page_views.iter().map(|page_view| {
            let (mean_score, calibration_error) = at(Some(*page_view));
            BeforeAt { page_view: *page_view, mean_score, calibration_error }
        });
        Self { mean_score: at(None).0, by_page_view: by_page_view.collect() }
    }
}
