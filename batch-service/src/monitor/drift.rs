//! What a model reads on a day against what it was trained with, feature by feature; its scores are one of them.
//!
//! PSI, Jensen-Shannon and Wasserstein distance are defined in `metrics/`. Missing values are a bin of the first two and
//! left out of the third; their share is a number of its own. A difference that chance explains is green: rows of one
//! visitor count as Kish's effective number of rows. Features of the calendar are left out: on one day they have one value.

use super::finding::{Finding, Tile, percent};
use super::reference::{Difference, Distribution, Kind, Reference, SCORE};
use super::rows::{Row, row};
use super::sample::Sample;
use super::status::{Status, Thresholds};
use crate::metrics::psi_by_chance;
use jiff::civil::Date;
use model_core::Target;

/// Sentences about features that a mail holds.
const SAID: usize = 3;
/// Medians that differ by this factor may be another unit.
const ANOTHER_UNIT: f64 = 5.0;
/// Standard deviations that chance stays within, as in `psi_by_chance`.
const SURE: f64 = 4.0;

/// A feature with its difference.
struct Drifted<'a> {
    distribution: &'a Distribution,
    difference: Difference,
    /// What its values say.
    shifted: Status,
    /// What the share of missing ones says.
    missing: Status,
}

/// The rows of a day, and what they say. Without a reference there are none, and grey.
#[must_use]
pub fn rows(sample: &Sample, reference: Option<&Reference>, day: Date, thresholds: &Thresholds) -> (Vec<Row>, Finding) {
    let independent = [reference.map_or(f64::NAN, |r| r.independent), sample.independent()];
    let mut drifted: Vec<Drifted<'_>> = Vec::new();
    for distribution in reference.iter().flat_map(|r| &r.distributions) {
        let values =
            if distribution.name == SCORE { Some(sample.score.as_slice()) } else { sample.column(&distribution.name) };
        let Some(values) = values else { continue };
        drifted.push(Drifted::of(distribution, values, independent, thresholds));
    }
    drifted.sort_by(|a, b| {
        let psi = |d: &Drifted<'_>| if d.difference.psi.is_nan() { f64::NEG_INFINITY } else { d.difference.psi };
        psi(b).total_cmp(&psi(a)).then_with(|| a.distribution.name.cmp(&b.distribution.name))
    });
    let rows = drifted.iter().enumerate().map(|(rank, d)| {
        row![
            day,
            sample.model_version.as_str(),
            d.distribution.name.as_str(),
            d.distribution.kind.as_str(),
            d.difference.psi,
            d.difference.js_distance,
            d.difference.wasserstein_norm,
            d.difference.null_share,
            d.distribution.null_share,
            d.difference.median,
            d.difference.ref_median,
            d.difference.n,
            rank + 1,
            d.status(),
        ]
    });
    (rows.collect(), finding(&drifted, sample, thresholds))
}

impl<'a> Drifted<'a> {
    /// Of today's values; `independent` are effective numbers of rows of the reference and of today.
    fn of(distribution: &'a Distribution, values: &[f64], independent: [f64; 2], thresholds: &Thresholds) -> Self {
        let difference = distribution.compare(values);
        if (difference.n as u64) < thresholds.small_cell.visitors || difference.psi.is_nan() {
            return Self { distribution, difference, shifted: Status::Grey, missing: Status::Grey };
        }
        let [reference, today] = independent;
        let reference = distribution.independent.unwrap_or(reference).min(distribution.rows);
        let beyond = difference.psi > psi_by_chance(difference.bins, reference, today);
        let shifted =
            Status::above(difference.psi, thresholds.psi).min(Status::above(difference.js_distance, thresholds.js));
        let (before, now) = (distribution.null_share, difference.null_share);
        let share = (before * reference + now * today) / (reference + today);
        let by_chance = SURE * (share * (1.0 - share) * (1.0 / reference + 1.0 / today)).max(0.0).sqrt();
        let missing = Status::above((now - before) * 100.0, thresholds.null_points);
        Self {
            distribution,
            difference,
            shifted: if beyond { shifted } else { Status::Green },
            missing: if now - before > by_chance { missing } else { Status::Green },
        }
    }

    fn status(&self) -> Status {
        self.shifted.max(self.missing)
    }

    /// How many times the median is that of the training; none where that says nothing.
    fn ratio(&self) -> Option<f64> {
        let ratio = self.difference.median / self.difference.ref_median;
        (self.distribution.kind == Kind::Number && ratio.is_finite() && ratio > 0.0).then_some(ratio)
    }

    fn is_missing(&self) -> bool {
        self.missing > Status::Green && self.missing >= self.shifted
    }

    fn has_another_unit(&self) -> bool {
        self.ratio().is_some_and(|ratio| !(1.0 / ANOTHER_UNIT..=ANOTHER_UNIT).contains(&ratio))
    }

    fn sentence(&self, target: Target) -> String {
        let name = &self.distribution.name;
        if self.is_missing() {
            let of = if target == Target::Session { "page views" } else { "visitors" };
            let (now, before) = (percent(self.difference.null_share), percent(self.distribution.null_share));
            return format!("{name} is missing for {now} of {of}, in the training for {before}");
        }
        let psi = self.difference.psi;
        match self.ratio().filter(|ratio| (ratio - 1.0).abs() > 0.05) {
            Some(ratio) => {
                let unit = if self.has_another_unit() { ": has its unit changed?" } else { "" };
                format!("{name} has drifted (PSI {psi:.2}): its median is {ratio:.3} times that of the training{unit}")
            }
            None => format!("{name} has drifted (PSI {psi:.2})"),
        }
    }
}

/// What can be said of a cause comes first: what is missing, then what has another unit.
fn finding(drifted: &[Drifted<'_>], sample: &Sample, thresholds: &Thresholds) -> Finding {
    let worst = drifted.iter().map(Drifted::status).max().unwrap_or_default();
    let mut of_worst: Vec<&Drifted<'_>> = drifted.iter().filter(|d| d.status() == worst).collect();
    of_worst.sort_by_key(|d| (!d.is_missing(), !d.has_another_unit()));
    let mut said: Vec<String> = of_worst.iter().take(SAID).map(|d| d.sentence(sample.target)).collect();
    if of_worst.len() > SAID {
        said.push(format!("and {} more features", of_worst.len() - SAID));
    }
    let (value, threshold) = match of_worst.first() {
        Some(first) if first.is_missing() => {
            ((first.difference.null_share - first.distribution.null_share) * 100.0, thresholds.null_points[1])
        }
        first => (first.map_or(f64::NAN, |d| d.difference.psi), thresholds.psi[1]),
    };
    let cause = if worst > Status::Green { said.join("; ") } else { String::new() };
    Finding {
        rule: format!("drift:{}", sample.target.as_str()),
        tile: Tile::Drift,
        status: worst,
        value,
        threshold,
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::super::segment::Segment;
    use super::*;
    use jiff::civil::date;

    /// A model of one feature whose values were 0 to 9 in the training, and missing for a third.
    fn reference() -> Reference {
        let values: Vec<f64> = (0..30_000).map(|i| if i % 3 == 0 { f64::NAN } else { f64::from(i % 10) }).collect();
        let of_feature = Distribution::of("session.pages", Kind::Number, &values, &vec![1.0; values.len()]);
        let histogram = vec![1.0; 19];
        Reference {
            model_version: "session-a".into(),
            days: [0, 27],
            independent: 10_000.0,
            distributions: vec![of_feature],
            histogram,
        }
    }

    /// 900 page views of so many visitors each.
    fn sample(views_each: usize, value: impl Fn(usize) -> f32) -> Sample {
        let mut sample = Sample::new(Target::Session, "session-a", vec!["session.pages".to_owned()]);
        for at in 0..900 {
            let visitor = at / views_each;
            sample.push(std::iter::once(value(visitor)), 0.1, Segment::of(&[]), visitor as u32);
        }
        sample
    }

    fn found(sample: &Sample) -> (Status, String) {
        let (rows, finding) = rows(sample, Some(&reference()), date(2026, 11, 1), &Thresholds::default());
        assert_eq!(rows.len(), 1);
        (finding.status, finding.cause)
    }

    #[test]
    fn what_is_missing_is_said_unless_chance_explains_it() {
        let missing_for = |one_in: usize| {
            move |v: usize| if v.is_multiple_of(one_in) { f32::NAN } else { (v / one_in * 7 % 10) as f32 }
        };
        assert_eq!(found(&sample(1, missing_for(3))).0, Status::Green);
        // Half of 900 visitors is beyond chance; half of 30, with 30 page views each, is not.
        let (status, cause) = found(&sample(1, missing_for(2)));
        assert_eq!(
            (status, cause.as_str()),
            (Status::Red, "session.pages is missing for 50 % of page views, in the training for 33 %")
        );
        assert_eq!(found(&sample(30, missing_for(2))), (Status::Green, String::new()));
    }

    #[test]
    fn a_distribution_of_few_rows_counts_by_its_own() {
        let half = sample(1, |v| if v % 2 == 0 { f32::NAN } else { (v / 2 * 7 % 10) as f32 });
        let status = |independent: Option<f64>| {
            let mut reference = reference();
            reference.distributions[0].independent = independent;
            rows(&half, Some(&reference), date(2026, 11, 1), &Thresholds::default()).1.status
        };
        assert_eq!([status(None), status(Some(30.0))], [Status::Red, Status::Green]);
    }

    #[test]
    fn another_unit_is_asked_for() {
        let (status, cause) = found(&sample(1, |v| if v % 3 == 0 { f32::NAN } else { (v * 7 % 10) as f32 * 1_000.0 }));
        assert_eq!(status, Status::Red);
        assert!(cause.ends_with("its median is 1000.000 times that of the training: has its unit changed?"), "{cause}");
        // Twice as much is no other unit.
        let (status, cause) = found(&sample(1, |v| if v % 3 == 0 { f32::NAN } else { (v * 7 % 10) as f32 * 2.0 }));
        assert_eq!(status, Status::Red);
        assert!(cause.ends_with("times that of the training"), "{cause}");
    }

    #[test]
    fn without_a_reference_or_with_few_rows_nothing_is_said() {
        let few = sample(1, |v| v as f32);
        let (none, finding) = rows(&few, None, date(2026, 11, 1), &Thresholds::default());
        assert!(none.is_empty() && finding.status == Status::Grey);
        let mut strict = Thresholds::default();
        strict.small_cell.visitors = 1_000;
        let (_, finding) = rows(&few, Some(&reference()), date(2026, 11, 1), &strict);
        assert_eq!(finding.status, Status::Grey);
    }
}
