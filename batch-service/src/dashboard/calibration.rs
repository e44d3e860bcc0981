//! Calibration: predicted against observed, with Wilson intervals and the diagonal.

use model_core::Target;

use super::data::{CalibrationBin, DashboardData};
use super::format::{count, percent, percent_tick, thousands};
use super::html::{Answer, Panel, Table};
use super::status::{Status, Thresholds, above};
use super::svg::{Anchor, Scale, Svg, px};
use super::target::Spoken;
use crate::metrics::wilson;

impl CalibrationBin {
    /// A bin from its counts, with Wilson's interval.
    #[must_use]
    pub fn counted(
        target: Target,
        (score_low, score_high): (f64, f64),
        n: u64,
        predicted_mean: f64,
        conversions: u64,
        matured: bool,
    ) -> Self {
        let [ci_low, ci_high] = wilson(conversions as f64 / n as f64, n as f64);
        let observed_rate = if n == 0 { 0.0 } else { conversions as f64 / n as f64 };
        Self { target, score_low, score_high, n, predicted_mean, observed_rate, ci_low, ci_high, matured }
    }

    fn usable(&self) -> bool {
        self.n > 0 && [self.predicted_mean, self.observed_rate].iter().all(|v| (0.0..=1.0).contains(v))
    }
}

/// Sums over the bins whose labels are complete.
pub struct Overall {
    pub n: f64,
    pub predicted: f64,
    pub observed: f64,
    pub interval: [f64; 2],
}

/// `None` without a usable, matured bin.
pub fn overall(data: &DashboardData, target: Target) -> Option<Overall> {
    let bins = data.calibration.iter().filter(|bin| bin.target == target && bin.matured && bin.usable());
    let (n, predicted, observed) = bins.fold((0.0, 0.0, 0.0), |(n, p, o), bin| {
        let weight = bin.n as f64;
        (n + weight, p + weight * bin.predicted_mean, o + weight * bin.observed_rate)
    });
    (n > 0.0).then(|| Overall {
        n,
        predicted: predicted / n,
        observed: observed / n,
        interval: wilson(observed / n, n),
    })
}

impl Overall {
    /// Too high or too low counts alike, and only when chance does not explain it.
    fn status(&self, limits: &Thresholds) -> Status {
        if self.observed * self.n < limits.min_conversions as f64 {
            return Status::Unknown;
        }
        let ratio = self.predicted / self.observed;
        let inside = (self.interval[0]..=self.interval[1]).contains(&self.predicted);
        if inside { Status::Good } else { above(ratio.max(1.0 / ratio), limits.calibration_ratio) }
    }
}

/// The answer for one target.
pub fn answer(data: &DashboardData, spoken: &Spoken) -> Answer {
    let Some(sum) = overall(data, spoken.target) else {
        return Answer::unknown("No outcomes are complete, so the scores cannot be compared with them.");
    };
    let status = sum.status(&data.thresholds);
    let facts = format!(
        "over {} {} the score predicted {} and {} converted (95% interval {} to {})",
        thousands(sum.n, 0),
        spoken.noun,
        percent(sum.predicted),
        percent(sum.observed),
        percent(sum.interval[0]),
        percent(sum.interval[1])
    );
    let error = sum.predicted / sum.observed - 1.0;
    let side = if error > 0.0 { "too high" } else { "too low" };
    let text = match status {
        Status::Unknown => {
            format!("Fewer than {} conversions so far: {facts}.", count(data.thresholds.min_conversions))
        }
        Status::Good => format!("Yes: {facts}."),
        _ => format!("Not quite: {facts}, so scores are {} {side} on average.", percent(error.abs())),
    };
    Answer::of(status, text)
}

/// The panel for one target.
pub fn panel(data: &DashboardData, spoken: &Spoken) -> Panel {
    let answer = answer(data, spoken);
    let mut bins: Vec<&CalibrationBin> = data.calibration.iter().filter(|bin| bin.target == spoken.target).collect();
    bins.sort_by(|a, b| a.score_low.total_cmp(&b.score_low));
    let mut table = Table::new(
        &format!("Calibration, {}", spoken.title.to_lowercase()),
        &[
            ("Scores from", true),
            ("to", true),
            ("Number", true),
            ("Predicted", true),
            ("Converted", true),
            ("95% low", true),
            ("95% high", true),
            ("Outcomes", false),
        ],
    );
    for bin in &bins {
        let outcome = if bin.matured { "complete" } else { "still open" };
        let [low, high, predicted, observed, ci_low, ci_high] =
            [bin.score_low, bin.score_high, bin.predicted_mean, bin.observed_rate, bin.ci_low, bin.ci_high]
                .map(percent);
        table.row([low, high, count(bin.n), predicted, observed, ci_low, ci_high, outcome.into()]);
    }
    bins.retain(|bin| bin.usable());
    let chart_html = if bins.is_empty() { String::new() } else { chart(&bins, &answer.text) };
    Panel {
        eyebrow: spoken.title.clone(),
        question: "When the score says 30%, do 30% convert?".into(),
        answer,
        chart_html,
        table: Some(table),
    }
}

const WIDTH: f64 = 500.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 488.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 290.0;

fn chart(bins: &[&CalibrationBin], answer: &str) -> String {
    // The axis ends a little above the largest rate; the whisker of a thin bin may run out of the picture.
    let largest = bins.iter().map(|bin| bin.predicted_mean.max(bin.observed_rate)).fold(0.0, f64::max);
    let max = (largest * 1.2).clamp(0.001, 1.0);
    let x = Scale::root((0.0, max), (LEFT, RIGHT));
    let y = Scale::root((0.0, max), (BOTTOM, TOP));
    let mut svg = Svg::new(WIDTH, HEIGHT);
    let (mut last_x, mut last_y) = (f64::NEG_INFINITY, f64::INFINITY);
    for tick in [0.0, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    {
        if tick > max {
            break;
        }
        let (tick_x, tick_y) = (x.at(tick), y.at(tick));
        if last_y - tick_y >= 24.0 {
            svg.line("grid", (LEFT, tick_y), (RIGHT, tick_y));
            svg.text("tick", LEFT - 8.0, tick_y + 4.0, Anchor::End, &percent_tick(tick));
            last_y = tick_y;
        }
        if tick_x - last_x >= 42.0 {
            svg.text("tick", tick_x, BOTTOM + 18.0, Anchor::Middle, &percent_tick(tick));
            last_x = tick_x;
        }
    }
    svg.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
    svg.line("ref", (LEFT, BOTTOM), (RIGHT, TOP));
    svg.text("label", (LEFT + RIGHT) / 2.0, HEIGHT - 8.0, Anchor::Middle, "predicted");
    svg.text("label", LEFT + 6.0, TOP + 4.0, Anchor::Start, "converted");

    let most = bins.iter().map(|bin| bin.n).max().unwrap_or(1) as f64;
    let mut line = String::new();
    for bin in bins.iter().filter(|bin| bin.matured) {
        let verb = if line.is_empty() { 'M' } else { 'L' };
        line.push_str(&format!("{verb}{} {}", px(x.at(bin.predicted_mean)), px(y.at(bin.observed_rate))));
    }
    svg.path("series thin", &line);
    for bin in bins {
        let at = x.at(bin.predicted_mean);
        if bin.ci_low.is_finite() && bin.ci_high.is_finite() {
            svg.line("whisker", (at, y.at(bin.ci_low)), (at, y.at(bin.ci_high)));
        }
        let radius = 3.5 + 3.5 * (bin.n as f64 / most).sqrt();
        let class = if bin.matured { "dot" } else { "dot open" };
        let title = format!(
            "{} scores around {}: {} converted ({} to {}){}",
            count(bin.n),
            percent(bin.predicted_mean),
            percent(bin.observed_rate),
            percent(bin.ci_low),
            percent(bin.ci_high),
            if bin.matured { "" } else { ", outcomes still open" }
        );
        svg.circle(class, at, y.at(bin.observed_rate), radius, &title);
    }
    legend(&mut svg, bins.iter().any(|bin| !bin.matured));
    svg.finish("chart", &format!("Calibration chart, {} groups of scores. {answer}", bins.len()))
}

fn legend(svg: &mut Svg, open: bool) {
    let x = RIGHT - 168.0;
    let mut y = BOTTOM - if open { 52.0 } else { 32.0 };
    svg.rect("backing", x - 10.0, y - 14.0, 178.0, if open { 62.0 } else { 42.0 }, "");
    svg.line("whisker", (x + 7.0, y - 8.0), (x + 7.0, y + 8.0));
    svg.circle("dot", x + 7.0, y, 4.5, "");
    svg.text("tick", x + 24.0, y + 4.0, Anchor::Start, "converted, 95% interval");
    if open {
        y += 20.0;
        svg.circle("dot open", x + 7.0, y, 4.5, "");
        svg.text("tick", x + 24.0, y + 4.0, Anchor::Start, "outcomes still open");
    }
    y += 20.0;
    svg.line("ref", (x - 4.0, y), (x + 17.0, y));
    svg.text("tick", x + 24.0, y + 4.0, Anchor::Start, "predicted = converted");
}
