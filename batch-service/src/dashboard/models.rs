//! The models in service, and their test metrics beside the prior's.

use std::fmt::Write as _;

use super::data::{DashboardData, Metric, MetricRow, ModelRow};
use super::format::{NONE, count, percent, plural, span, thousands, times};
use super::html::{Answer, Panel, Table, words};
use super::status::Status;
use super::svg::{Anchor, Scale, Svg};
use super::target::Spoken;

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::Auc => "AUC",
            Self::PrAuc => "PR-AUC",
            Self::LogLoss => "Log-loss",
            Self::Brier => "Brier score",
            Self::CalibrationError => "Calibration error",
            Self::LiftTopDecile => "Lift of the top 10%",
        }
    }

    fn higher_is_better(self) -> bool {
        matches!(self, Self::Auc | Self::PrAuc | Self::LiftTopDecile)
    }

    fn show(self, value: f64) -> String {
        match self {
            Self::LiftTopDecile => times(value),
            Self::Auc | Self::PrAuc => thousands(value, 3),
            _ => thousands(value, 4),
        }
    }
}

fn metrics<'a>(data: &'a DashboardData, spoken: &Spoken) -> Vec<&'a MetricRow> {
    data.metrics.iter().filter(|row| row.target == spoken.target && row.value.is_finite()).collect()
}

/// Better than the prior beyond the interval: good; only within it: watch; worse: alert.
fn against_prior(row: &MetricRow) -> Option<Status> {
    let prior = row.prior.filter(|prior| prior.is_finite())?;
    let (gain, sure) = if row.metric.higher_is_better() {
        (row.value - prior, row.ci_low > prior)
    } else {
        (prior - row.value, row.ci_high < prior)
    };
    Some(match gain {
        g if g <= 0.0 => Status::Alert,
        _ if sure => Status::Good,
        _ => Status::Watch,
    })
}

fn answer(data: &DashboardData, spoken: &Spoken) -> Answer {
    let rows = metrics(data, spoken);
    let judged =
        |metric| rows.iter().find(|row| row.metric == metric).and_then(|row| against_prior(row).map(|s| (*row, s)));
    let (auc, loss) = (judged(Metric::Auc), judged(Metric::LogLoss));
    let Some(status) = auc.into_iter().chain(loss).map(|(_, status)| status).max() else {
        return Answer::unknown("No test on later days has been made.");
    };
    let mut text: String = match status {
        Status::Good => "Yes".into(),
        Status::Watch => "Probably, but the interval reaches the prior".into(),
        _ => "No, not on every measure".into(),
    };
    if let Some((row, _)) = auc {
        let _ = write!(
            text,
            ": AUC {} (95% interval {} to {}), where guessing gives {}",
            row.metric.show(row.value),
            row.metric.show(row.ci_low),
            row.metric.show(row.ci_high),
            row.prior.map_or(NONE.into(), |prior| row.metric.show(prior))
        );
    }
    if let Some((row, _)) = loss
        && let Some(prior) = row.prior.filter(|prior| *prior > 0.0)
    {
        let change = row.value / prior - 1.0;
        let side = if change < 0.0 { "lower" } else { "higher" };
        let _ = write!(
            text,
            "{} log-loss {} {side} than the prior's",
            if auc.is_some() { ";" } else { ":" },
            percent(change.abs())
        );
    }
    text.push('.');
    Answer::of(status, text)
}

/// The panel for one target.
pub fn panel(data: &DashboardData, spoken: &Spoken) -> Panel {
    let answer = answer(data, spoken);
    let rows = metrics(data, spoken);
    let mut table = Table::new(
        &format!("Test metrics, {}", spoken.title.to_lowercase()),
        &[
            ("Metric", false),
            ("Model", true),
            ("95% low", true),
            ("95% high", true),
            ("Prior", true),
            ("Better is", false),
        ],
    );
    for row in &rows {
        let better = if row.metric.higher_is_better() { "higher" } else { "lower" };
        let prior = row.prior.map_or(NONE.into(), |prior| row.metric.show(prior));
        let [value, low, high] = [row.value, row.ci_low, row.ci_high].map(|v| row.metric.show(v));
        table.row([row.metric.name().into(), value, low, high, prior, better.into()]);
    }
    let mut chart_html = data.models.iter().filter(|row| row.target == spoken.target).map(facts).collect::<String>();
    if !rows.is_empty() {
        chart_html.push_str(&chart(&rows, &answer.text));
    }
    Panel {
        eyebrow: spoken.title.clone(),
        question: "Is the model better than guessing?".into(),
        answer,
        chart_html,
        table: Some(table),
    }
}

fn facts(row: &ModelRow) -> String {
    let days = row.train_from.until(row.train_to).map_or(0, |span| span.get_days()).max(0) as u64 + 1;
    let trained = format!("{} ({})", span(row.train_from, row.train_to), plural(days, "day", "days"));
    let tested = match (row.test_from, row.test_to) {
        (Some(from), Some(to)) => span(from, to),
        _ => NONE.into(),
    };
    format!(
        r#"<dl class="facts"><div><dt>Version</dt><dd><bdi class="id">{}</bdi></dd></div><div><dt>Kind</dt><dd><bdi>{}</bdi></dd></div><div><dt>Trained on</dt><dd>{trained}</dd></div><div><dt>Tested on</dt><dd>{tested}</dd></div><div><dt>Training rows</dt><dd>{}</dd></div><div><dt>Conversions among them</dt><dd>{}</dd></div></dl>"#,
        words(&row.model_version),
        words(&row.algorithm),
        count(row.train_rows),
        count(row.positives)
    )
}

const WIDTH: f64 = 500.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 400.0;
const PITCH: f64 = 36.0;

fn chart(rows: &[&MetricRow], answer: &str) -> String {
    let mut svg = Svg::new(WIDTH, PITCH * rows.len() as f64 + 40.0);
    for (i, row) in rows.iter().enumerate() {
        let y = PITCH * i as f64 + 18.0;
        // Each metric has its own scale, turned so that better is always to the right.
        let ends: Vec<f64> = [Some(row.value), Some(row.ci_low), Some(row.ci_high), row.prior]
            .into_iter()
            .flatten()
            .filter(|v| v.is_finite())
            .collect();
        let (low, high) = ends.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        let span = if row.metric.higher_is_better() { (low, high) } else { (high, low) };
        let x = Scale::linear(span, (LEFT + 12.0, RIGHT - 12.0));
        svg.text("name", 0.0, y + 4.0, Anchor::Start, row.metric.name());
        svg.line("grid", (LEFT, y), (RIGHT, y));
        if row.ci_low.is_finite() && row.ci_high.is_finite() {
            svg.line("interval", (x.at(row.ci_low), y), (x.at(row.ci_high), y));
        }
        if let Some(prior) = row.prior.filter(|prior| prior.is_finite()) {
            let at = x.at(prior);
            svg.path("prior", &format!("M{:.1} {:.1}l6 6l-6 6l-6 -6z", at, y - 6.0));
        }
        svg.circle("dot", x.at(row.value), y, 5.0, &format!("{} {}", row.metric.name(), row.metric.show(row.value)));
        svg.text("value", WIDTH - 4.0, y + 4.0, Anchor::End, &row.metric.show(row.value));
    }
    let y = PITCH * rows.len() as f64 + 24.0;
    svg.path("prior", &format!("M{:.1} {:.1}l6 6l-6 6l-6 -6z", LEFT + 8.0, y - 10.0));
    svg.text("tick", LEFT + 20.0, y, Anchor::Start, "prior");
    svg.line("interval", (LEFT + 62.0, y - 4.0), (LEFT + 86.0, y - 4.0));
    svg.circle("dot", LEFT + 74.0, y - 4.0, 5.0, "");
    svg.text("tick", LEFT + 92.0, y, Anchor::Start, "model, 95% interval");
    svg.text("tick", WIDTH - 4.0, y, Anchor::End, "better \u{2192}");
    svg.finish("chart", &format!("Test metrics with intervals beside the prior's. {answer}"))
}
