//! Cumulative gains and lift by decile.

use super::data::{DashboardData, DecileRow, Metric};
use super::format::{count, percent, short, times};
use super::html::{Answer, Panel, Table};
use super::status::{Status, above};
use super::svg::{Anchor, Scale, Svg, px, ticks};
use super::target::Spoken;
use crate::metrics::wilson;

/// The deciles of a target that can be drawn, highest scores first.
fn deciles<'a>(data: &'a DashboardData, spoken: &Spoken) -> Vec<&'a DecileRow> {
    let mut rows: Vec<&DecileRow> = data
        .deciles
        .iter()
        .filter(|row| row.target == spoken.target && (1..=10).contains(&row.decile) && row.n > 0)
        .filter(|row| row.lift.is_finite() && row.lift >= 0.0 && (0.0..=1.0).contains(&row.rate))
        .filter(|row| (0.0..=1.000_001).contains(&row.cum_conversions_share))
        .collect();
    rows.sort_by_key(|row| row.decile);
    rows.dedup_by_key(|row| row.decile);
    rows
}

fn conversions(rows: &[&DecileRow]) -> u64 {
    rows.iter().fold(0, |sum, row| sum.saturating_add(row.conversions))
}

/// The lift of the top decile, when it can be told.
pub fn top_lift(data: &DashboardData, spoken: &Spoken) -> Option<f64> {
    let rows = deciles(data, spoken);
    rows.first()
        .filter(|row| row.decile == 1 && conversions(&rows) >= data.thresholds.min_conversions)
        .map(|row| row.lift)
}

/// What aiming at the top tenth gains, against the test of the model.
pub fn gain_answer(data: &DashboardData, spoken: &Spoken) -> Answer {
    let rows = deciles(data, spoken);
    let Some(top) = rows.first().filter(|row| row.decile == 1) else {
        return Answer::unknown("No outcomes are complete, so nothing can be said about the top 10%.");
    };
    let total = conversions(&rows);
    if total < data.thresholds.min_conversions {
        return Answer::unknown(&format!("{} conversions so far: too few to judge.", count(total)));
    }
    let mut text = format!(
        "The top 10% of {} hold {} of all conversions, {} what a random tenth would.",
        spoken.noun,
        percent(top.cum_conversions_share),
        times(top.lift)
    );
    let tested = data
        .metrics
        .iter()
        .find(|row| row.target == spoken.target && row.metric == Metric::LiftTopDecile && row.value > 0.0);
    let mut status = if top.lift > 1.0 { Status::Good } else { Status::Alert };
    if let Some(tested) = tested {
        let drop = 1.0 - top.lift / tested.value;
        status = status.max(above(drop, data.thresholds.lift_drop));
        if status > Status::Good {
            text.push_str(&format!(" In the test it was {}.", times(tested.value)));
        }
    }
    Answer::of(status, text)
}

/// The first decile that converts more than the one above it by more than chance.
fn out_of_order(rows: &[&DecileRow]) -> Option<u8> {
    rows.windows(2).find_map(|pair| {
        let [upper, lower] = pair else { return None };
        let (n1, n2) = (upper.n as f64, lower.n as f64);
        let pooled = (upper.rate * n1 + lower.rate * n2) / (n1 + n2);
        let spread = (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
        (lower.rate - upper.rate > 1.96 * spread && spread > 0.0).then_some(lower.decile)
    })
}

fn order_answer(data: &DashboardData, spoken: &Spoken) -> Answer {
    let rows = deciles(data, spoken);
    if rows.len() < 2 || conversions(&rows) < data.thresholds.min_conversions {
        return Answer::unknown("Too few conversions to compare the tenths.");
    }
    if let Some(decile) = out_of_order(&rows) {
        let text = format!("Not everywhere: tenth {decile} converts more than the tenth above it, beyond chance.");
        return Answer::of(Status::Watch, text);
    }
    let (first, last) = (rows[0], rows[rows.len() - 1]);
    let text = format!(
        "Yes: {} of the top tenth converted and {} of the bottom one.",
        percent(first.rate),
        percent(last.rate)
    );
    Answer::of(Status::Good, text)
}

fn table(rows: &[&DecileRow], caption: String) -> Table {
    let mut table = Table::new(
        &caption,
        &[
            ("Tenth", false),
            ("Number", true),
            ("Conversions", true),
            ("Rate", true),
            ("Lift", true),
            ("Share of conversions up to here", true),
        ],
    );
    for row in rows {
        let share = percent(row.cum_conversions_share);
        let name = if row.decile == 1 { "1 (highest)".into() } else { row.decile.to_string() };
        table.row([name, count(row.n), count(row.conversions), percent(row.rate), times(row.lift), share]);
    }
    table
}

/// Cumulative gains of one target.
pub fn gain_panel(data: &DashboardData, spoken: &Spoken) -> Panel {
    let rows = deciles(data, spoken);
    let answer = gain_answer(data, spoken);
    Panel {
        eyebrow: spoken.title.clone(),
        question: "What do I gain by aiming at the top 10%?".into(),
        chart_html: if rows.is_empty() { String::new() } else { gain_chart(&rows, &answer.text, spoken.noun) },
        table: Some(table(&rows, format!("Cumulative gains, {}", spoken.title.to_lowercase()))),
        answer,
    }
}

/// Lift by decile of one target.
pub fn lift_panel(data: &DashboardData, spoken: &Spoken) -> Panel {
    let rows = deciles(data, spoken);
    let answer = order_answer(data, spoken);
    Panel {
        eyebrow: spoken.title.clone(),
        question: "Does a higher score convert more?".into(),
        chart_html: if rows.is_empty() { String::new() } else { lift_chart(&rows, &answer.text) },
        table: Some(table(&rows, format!("Lift by tenth, {}", spoken.title.to_lowercase()))),
        answer,
    }
}

const WIDTH: f64 = 500.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 488.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 270.0;

fn gain_chart(rows: &[&DecileRow], answer: &str, noun: &str) -> String {
    let x = Scale::linear((0.0, 1.0), (LEFT, RIGHT));
    let y = Scale::linear((0.0, 1.0), (BOTTOM, TOP));
    let mut svg = Svg::new(WIDTH, HEIGHT);
    for i in 0..=5 {
        let share = f64::from(i) / 5.0;
        let text = format!("{}%", i * 20);
        svg.line("grid", (LEFT, y.at(share)), (RIGHT, y.at(share)));
        svg.text("tick", LEFT - 8.0, y.at(share) + 4.0, Anchor::End, &text);
        svg.text("tick", x.at(share), BOTTOM + 18.0, Anchor::Middle, &text);
    }
    svg.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
    let label = format!("share of {noun}, highest scores first");
    svg.text("label", (LEFT + RIGHT) / 2.0, HEIGHT - 8.0, Anchor::Middle, &label);

    let points: Vec<(f64, f64)> = std::iter::once((0.0, 0.0))
        .chain(rows.iter().map(|row| (f64::from(row.decile) / 10.0, row.cum_conversions_share)))
        .map(|(share, held)| (x.at(share), y.at(held)))
        .collect();
    let curve: Vec<String> = points.iter().map(|(px_x, px_y)| format!("{} {}", px(*px_x), px(*px_y))).collect();
    let end = points.last().map_or(LEFT, |point| point.0);
    svg.path("area", &format!("M{}L{} {}Z", curve.join("L"), px(end), px(BOTTOM)));
    svg.line("ref", (LEFT, BOTTOM), (RIGHT, TOP));
    svg.path("series", &format!("M{}", curve.join("L")));
    svg.text("tick", x.at(0.74), y.at(0.64), Anchor::Start, "picked at random");
    for row in rows {
        let share = f64::from(row.decile) / 10.0;
        let title = format!("top {} hold {} of conversions", percent(share), percent(row.cum_conversions_share));
        let radius = if row.decile == 1 { 6.0 } else { 3.0 };
        svg.circle("dot", x.at(share), y.at(row.cum_conversions_share), radius, &title);
    }
    if let Some(top) = rows.first().filter(|row| row.decile == 1) {
        let (at_x, at_y) = (x.at(0.1), y.at(top.cum_conversions_share));
        svg.path("guide", &format!("M{} {}H{}V{}", px(LEFT), px(at_y), px(at_x), px(BOTTOM)));
        // Below the diagonal there is always room.
        let (text_x, text_y) = (x.at(0.47), y.at(0.2));
        svg.text("callout", text_x, text_y, Anchor::Start, &percent(top.cum_conversions_share));
        svg.text("tick", text_x, text_y + 18.0, Anchor::Start, "of conversions are in the top 10%");
    }
    svg.finish("chart", &format!("Cumulative gains curve. {answer}"))
}

fn lift_chart(rows: &[&DecileRow], answer: &str) -> String {
    let n = rows.iter().map(|row| row.n as f64).sum::<f64>().max(1.0);
    let base = rows.iter().map(|row| row.conversions as f64).sum::<f64>() / n;
    let interval = |row: &DecileRow| {
        let [low, high] = wilson(row.conversions as f64 / row.n as f64, row.n as f64);
        if base > 0.0 { (low / base, high / base) } else { (row.lift, row.lift) }
    };
    let highest = rows.iter().map(|row| row.lift).fold(1.0, f64::max);
    let steps = ticks(highest * 1.12, 5);
    let max = steps.last().copied().unwrap_or(1.0);
    let y = Scale::linear((0.0, max), (BOTTOM, TOP));
    let step = (RIGHT - LEFT) / 10.0;
    let mut svg = Svg::new(WIDTH, HEIGHT);
    for tick in &steps {
        svg.line("grid", (LEFT, y.at(*tick)), (RIGHT, y.at(*tick)));
        let text = format!("{}\u{d7}", short(*tick));
        svg.text("tick", LEFT - 8.0, y.at(*tick) + 4.0, Anchor::End, &text);
    }
    for row in rows {
        let middle = LEFT + step * (f64::from(row.decile) - 0.5);
        let top = y.at(row.lift);
        let title = format!(
            "tenth {}: {} of {} converted ({}), lift {}",
            row.decile,
            count(row.conversions),
            count(row.n),
            percent(row.rate),
            times(row.lift)
        );
        let class = if row.lift >= 1.0 { "bar" } else { "bar pale" };
        svg.rect(class, middle - step * 0.36, top, step * 0.72, BOTTOM - top, &title);
        let (low, high) = interval(row);
        svg.line("whisker", (middle, y.at(low)), (middle, y.at(high)));
        let value = if row.lift < 1e4 { times(row.lift) } else { format!("{:.0e}", row.lift) };
        svg.text("bar-value", middle, y.at(high.max(row.lift)) - 6.0, Anchor::Middle, &value);
        svg.text("tick", middle, BOTTOM + 18.0, Anchor::Middle, &row.decile.to_string());
    }
    svg.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
    svg.line("ref", (LEFT, y.at(1.0)), (RIGHT, y.at(1.0)));
    svg.text("tick", RIGHT, TOP + 14.0, Anchor::End, "dashed: everybody's average");
    svg.text("label", (LEFT + RIGHT) / 2.0, HEIGHT - 8.0, Anchor::Middle, "tenth by score, 1 is the highest");
    svg.finish("chart", &format!("Lift by tenth of scores, bars with 95% intervals. {answer}"))
}
