//! Which days teach, stop, calibrate and test: always in the order of time.

use super::Snapshots;
use super::coverage::Coverage;
use anyhow::{Result, bail, ensure};
use model_core::Target;
use serde::Serialize;

/// There are too few days or positives for an honest test; more days are the only help.
#[derive(Clone, Debug)]
pub struct TooFew(pub(super) String);

impl std::fmt::Display for TooFew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TooFew {}

/// Positives that a slice needs: to teach, to choose the number of trees, to calibrate, to test.
const MIN_FIT: usize = 30;
const MIN_STOP: usize = 10;
const MIN_CALIBRATE: usize = 10;
const MIN_TEST: usize = 5;
/// Share of a label's horizon that the data must cover.
const MIN_COVERED: f64 = 0.5;

/// Rows of each slice, in the order of the snapshots.
#[derive(Clone, Debug, Default)]
pub struct Split {
    /// Rows that the evaluated model is fitted on.
    pub fit: Vec<usize>,
    /// Rows that choose the number of trees.
    pub stop: Vec<usize>,
    /// Rows that calibration and bands are learnt on. Those of `stop` when days are too few for both.
    pub calibrate: Vec<usize>,
    /// Rows that nothing was learnt from, later than all others.
    pub test: Vec<usize>,
    /// What could not be done as it should be.
    pub notes: Vec<String>,
}

/// A slice as the report shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slice {
    /// What it served for.
    pub name: &'static str,
    /// First and last local day, `YYYY-MM-DD`.
    pub days: [String; 2],
    /// Days with rows.
    pub day_count: usize,
    /// Rows.
    pub rows: usize,
    /// Rows that came true.
    pub positives: usize,
}

impl Split {
    /// Splits by day: about 60 % of the days fit, then 10 % stop, 10 % calibrate, 20 % test; or test is all days from
    /// `test_from` on.
    ///
    /// Labels of the visitor target look `horizon_days` ahead, so that many days before the test are left out: on the
    /// first day of the test nobody would have known their labels. Days of whose horizon the data have less than half are
    /// not learnt from.
    ///
    /// # Errors
    /// [`TooFew`] days or positives for a test that is later in time than the fit.
    pub fn by_time(snapshots: &Snapshots, horizon_days: i32, test_from: Option<i32>) -> Result<Self> {
        let mut days = snapshots.day.clone();
        days.sort_unstable();
        days.dedup();
        ensure!(days.len() >= 3, TooFew(format!("training needs rows of at least 3 days, there are {}", days.len())));
        let test_from = test_from.unwrap_or(days[days.len() - (days.len() / 5).max(1)]);
        let mut split = Self::default();
        let test_at = days.partition_point(|d| *d < test_from);
        ensure!(test_at < days.len(), "no rows on or after {}, where the test begins", super::date(test_from));
        let mut before = days[..test_at].to_vec();
        if snapshots.target == Target::Visitor {
            let known = before.partition_point(|d| *d + horizon_days < test_from);
            if known >= 3 {
                before.truncate(known);
            } else {
                split.notes.push(format!(
                    "too few days to leave out the {horizon_days} before the test: labels of the fit look into the days of the test"
                ));
            }
            let coverage = Coverage::of(snapshots, horizon_days);
            let covered: Vec<i32> = before.iter().copied().filter(|d| coverage.share(*d) >= MIN_COVERED).collect();
            if covered.len() < before.len() {
                split.notes.push(format!(
                    "{} days are not learnt from: of the {horizon_days} days that their labels look ahead the data have less than half",
                    before.len() - covered.len()
                ));
                before = covered;
            }
        }
        let text = || format!("training needs at least 2 days before the test, there are {}", before.len());
        ensure!(before.len() >= 2, TooFew(text()));
        let later = (before.len() / 8).max(1);
        let (stop_at, calibrate_at) = if before.len() >= 3 {
            (before.len() - 2 * later, before.len() - later)
        } else {
            (before.len() - 1, before.len() - 1)
        };
        let (stop_from, calibrate_from) = (before[stop_at], before[calibrate_at]);
        for (row, day) in snapshots.day.iter().enumerate() {
            if *day >= test_from {
                split.test.push(row);
            } else if before.binary_search(day).is_err() {
                // Left out.
            } else if *day >= calibrate_from {
                split.calibrate.push(row);
            } else if *day >= stop_from {
                split.stop.push(row);
            } else {
                split.fit.push(row);
            }
        }
        split.share_if_scarce(snapshots);
        split.check(snapshots)?;
        Ok(split)
    }

    /// With few positives the days that choose the number of trees also calibrate.
    fn share_if_scarce(&mut self, snapshots: &Snapshots) {
        let positives = |rows: &[usize]| snapshots.positives(rows);
        if self.stop.is_empty() || positives(&self.stop) < MIN_STOP || positives(&self.calibrate) < MIN_CALIBRATE {
            self.stop.append(&mut self.calibrate);
            self.stop.sort_unstable();
            self.calibrate = self.stop.clone();
            self.notes.push("few days or positives: the days that chose the number of trees also calibrate".to_owned());
        }
    }

    fn check(&self, snapshots: &Snapshots) -> Result<()> {
        let needs = [
            ("fit", &self.fit, MIN_FIT),
            ("calibration", &self.calibrate, MIN_CALIBRATE),
            ("test", &self.test, MIN_TEST),
        ];
        for (name, rows, least) in needs {
            let positives = snapshots.positives(rows);
            if positives < least {
                bail!(TooFew(format!(
                    "the {} model needs at least {least} positive rows in the days of the {name}, there are {positives} \
                     among {}: give it more days",
                    snapshots.target.as_str(),
                    rows.len()
                )));
            }
            ensure!(positives < rows.len(), "every row in the days of the {name} is positive");
        }
        Ok(())
    }

    /// The slices for the report.
    #[must_use]
    pub fn slices(&self, snapshots: &Snapshots) -> Vec<Slice> {
        let all: [(&str, &[usize]); 4] =
            [("fit", &self.fit), ("stop", &self.stop), ("calibrate", &self.calibrate), ("test", &self.test)];
        all.iter().map(|(name, rows)| slice(name, snapshots, rows)).collect()
    }
}

/// All rows that the released model learns from: those of whose horizon the data cover enough.
pub(super) fn learnable(snapshots: &Snapshots, horizon_days: i32) -> Vec<usize> {
    let coverage = Coverage::of(snapshots, horizon_days);
    let rows =
        (0..snapshots.len()).filter(|row| coverage.share(snapshots.day[*row]) >= MIN_COVERED).collect::<Vec<_>>();
    if rows.is_empty() { (0..snapshots.len()).collect() } else { rows }
}

/// Days and counts of some rows.
pub(super) fn slice(name: &'static str, snapshots: &Snapshots, rows: &[usize]) -> Slice {
    let mut days: Vec<i32> = rows.iter().map(|r| snapshots.day[*r]).collect();
    days.sort_unstable();
    days.dedup();
    let end = |d: Option<&i32>| d.map_or_else(String::new, |d| super::date(*d).to_string());
    Slice {
        name,
        days: [end(days.first()), end(days.last())],
        day_count: days.len(),
        rows: rows.len(),
        positives: snapshots.positives(rows),
    }
}
