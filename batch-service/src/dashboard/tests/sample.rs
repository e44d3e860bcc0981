//! Sample pages: a made-up university in good and in bad days.

use jiff::{ToSpan as _, civil::Date, civil::date};
use model_core::{Band, Target};

use crate::dashboard::*;

/// A small generator, so that the sample is the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Uniform in [0, 1).
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub const TODAY: Date = date(2026, 11, 22);

pub fn empty() -> DashboardData {
    DashboardData {
        site: "Northgate University".into(),
        generated_for: TODAY,
        targets: vec![],
        models: vec![],
        metrics: vec![],
        volume: vec![],
        runs: vec![],
        rejected: vec![],
        scores: vec![],
        calibration: vec![],
        deciles: vec![],
        parity: None,
        thresholds: Thresholds::default(),
    }
}

/// Everything in order, except for days that never arrived.
pub fn good(days: i32) -> DashboardData {
    let mut data = empty();
    data.parity = Some(Parity { compared: 18_402, bit_equal: 18_402, max_abs_diff: 0.0 });
    traffic(&mut data, days);
    for (target, horizon, rate, spread) in [(Target::Session, 0, 0.021, 1.0), (Target::Visitor, 7, 0.034, 1.25)] {
        data.targets.push(TargetRow {
            target,
            horizon_days: horizon,
            labels_complete_until: TODAY.checked_sub(i64::from(horizon).days()).ok(),
            labels_open: if horizon == 0 { 312 } else { 61_204 },
        });
        data.models.push(ModelRow {
            target,
            model_version: format!("{}-20261115-ab12cd34", target.as_str()),
            algorithm: "trees".into(),
            train_from: date(2026, 8, 1),
            train_to: date(2026, 10, 31),
            test_from: Some(date(2026, 11, 1)),
            test_to: Some(date(2026, 11, 14)),
            train_rows: 1_482_113,
            positives: 30_917,
        });
        metrics(&mut data, target);
        outcomes(&mut data, target, rate, spread, 1.0);
    }
    data
}

fn traffic(data: &mut DashboardData, days: i32) {
    let mut dice = Dice::new(7);
    for back in (0..days).rev() {
        let day = TODAY.checked_sub(i64::from(back).days()).unwrap();
        let weekend = day.weekday().to_monday_zero_offset() >= 5;
        let season = 1.0 + 0.35 * (f64::from(back) / 29.0).cos();
        let events = 41_000.0 * season * if weekend { 0.62 } else { 1.0 } * (0.94 + 0.12 * dice.roll());
        let present = ![17, 18, 19, 41].contains(&back);
        let visitors = (events / 8.4) as u64;
        data.volume.push(VolumeRow {
            event_date: day,
            events: events as u64,
            visitors,
            visitors_scored: (back < days * 3 / 4).then_some((visitors as f64 * 0.971) as u64),
            rows_rejected: (events * 0.0004) as u64,
            present,
        });
        if back < 60 && present {
            let run_id = format!("{day}-{:06x}", (dice.roll() * 1e7) as u32);
            for (reason, share) in [
                ("no visitor id (consent denied)", 2.6e-4),
                ("duplicate event", 0.9e-4),
                ("timestamp outside its day", 0.4e-4),
            ] {
                let rows = (events * share) as u64;
                data.rejected.push(RejectedRow { run_id: run_id.clone(), reason: reason.into(), rows });
            }
            let failed = back == 33;
            data.runs.push(RunRow {
                run_id,
                run_date: day,
                status: if failed { RunStatus::Failed } else { RunStatus::Done },
                duration_s: if failed { 0.4 } else { events / 900_000.0 + 1.1 + 0.3 * dice.roll() },
                events: events as u64,
                failed_step: failed.then(|| "publish".into()),
            });
        }
    }
}

fn metrics(data: &mut DashboardData, target: Target) {
    let rows = match target {
        Target::Session => [
            (Metric::Auc, 0.873, 0.861, 0.884, 0.5),
            (Metric::PrAuc, 0.214, 0.192, 0.238, 0.021),
            (Metric::LogLoss, 0.0812, 0.0781, 0.0844, 0.1018),
            (Metric::Brier, 0.0189, 0.0180, 0.0198, 0.0206),
            (Metric::LiftTopDecile, 6.1, 5.7, 6.5, 1.0),
        ],
        Target::Visitor => [
            (Metric::Auc, 0.908, 0.895, 0.920, 0.5),
            (Metric::PrAuc, 0.301, 0.269, 0.334, 0.034),
            (Metric::LogLoss, 0.1097, 0.1051, 0.1144, 0.1482),
            (Metric::Brier, 0.0281, 0.0267, 0.0296, 0.0328),
            (Metric::LiftTopDecile, 7.3, 6.8, 7.8, 1.0),
        ],
    };
    for (metric, value, ci_low, ci_high, prior) in rows {
        data.metrics.push(MetricRow { target, metric, value, ci_low, ci_high, prior: Some(prior) });
    }
}

/// Histogram, calibration and deciles that fit each other; `bias` over 1 makes the score too high.
pub fn outcomes(data: &mut DashboardData, target: Target, rate: f64, spread: f64, bias: f64) {
    let mut dice = Dice::new(11 + target as u64);
    data.scores.retain(|row| row.target != target);
    data.calibration.retain(|row| row.target != target);
    data.deciles.retain(|row| row.target != target);
    for i in 0..24 {
        let edge = |i: i32| 10f64.powf(-4.0 + f64::from(i) / 6.0);
        let z = ((edge(i) * edge(i + 1)).sqrt() / (rate * 0.35)).ln() / spread;
        let visitors = (3_900.0 * (-z * z / 2.0).exp() * (0.93 + 0.14 * dice.roll())) as u64;
        let band = if edge(i) < 0.0214 {
            Band::Low
        } else if edge(i) < 0.09 {
            Band::Medium
        } else {
            Band::High
        };
        data.scores.push(ScoreBin { target, bin_low: edge(i), bin_high: edge(i + 1).min(1.0), visitors, band });
    }
    let edges = [0.0, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.12, 0.22, 0.4, 0.7];
    let sizes = match target {
        Target::Session => [34_200, 21_800, 12_400, 7_100, 3_600, 1_900, 870, 310, 92, 24],
        Target::Visitor => [14_200, 11_800, 9_400, 7_100, 4_600, 2_700, 1_300, 560, 210, 48],
    };
    for (i, n) in sizes.into_iter().enumerate() {
        let middle = (edges[i] + edges[i + 1]) / 2.0;
        let conversions = (middle / bias * n as f64 * (0.93 + 0.14 * dice.roll())).round() as u64;
        let range = (edges[i], edges[i + 1]);
        data.calibration.push(CalibrationBin::counted(target, range, n, middle, conversions, true));
    }
    let shares = match target {
        Target::Session => [0.598, 0.158, 0.087, 0.055, 0.037, 0.025, 0.017, 0.011, 0.008, 0.004],
        Target::Visitor => [0.704, 0.131, 0.063, 0.038, 0.024, 0.016, 0.010, 0.007, 0.004, 0.003],
    };
    let mut cum = 0.0;
    for (i, share) in shares.into_iter().enumerate() {
        let n = 5_190;
        let conversions = (share * rate * 51_900.0) as u64;
        cum += share;
        data.deciles.push(DecileRow {
            target,
            decile: i as u8 + 1,
            n,
            conversions,
            rate: conversions as f64 / n as f64,
            lift: share * 10.0,
            cum_conversions_share: cum.min(1.0),
        });
    }
}

/// The last run failed, half a day is missing, the score is too high, one browser score differs.
pub fn bad(days: i32) -> DashboardData {
    let mut data = good(days);
    if let Some(run) = data.runs.last_mut() {
        run.status = RunStatus::Failed;
        run.failed_step = Some("check rejected rows".into());
        run.duration_s = 0.7;
    }
    if let Some(day) = data.volume.last_mut() {
        day.events /= 2;
        day.visitors /= 2;
        day.visitors_scored = None;
    }
    outcomes(&mut data, Target::Visitor, 0.034, 1.25, 1.4);
    if let Some(bin) = data.calibration.last_mut() {
        bin.matured = false;
    }
    data.parity = Some(Parity { compared: 18_402, bit_equal: 18_401, max_abs_diff: 0.031 });
    data
}
