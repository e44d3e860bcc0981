//! Score histogram on a log axis, by band.

use model_core::Band;

use super::data::{DashboardData, ScoreBin};
use super::format::{count, percent, percent_tick, short};
use super::html::{Answer, Panel, Table};
use super::svg::{Anchor, Scale, Svg, ticks};
use super::target::Spoken;

const BANDS: [Band; 3] = [Band::Low, Band::Medium, Band::High];

fn total(bins: &[&ScoreBin], band: Option<Band>) -> u64 {
    bins.iter()
        .filter(|bin| band.is_none_or(|band| band == bin.band))
        .fold(0, |sum, bin| sum.saturating_add(bin.visitors))
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Where a band begins.
fn start(bins: &[&ScoreBin], band: Band) -> Option<f64> {
    bins.iter().filter(|bin| bin.band == band).map(|bin| bin.bin_low).min_by(f64::total_cmp)
}

fn answer(bins: &[&ScoreBin], noun: &str) -> Answer {
    let all = total(bins, None);
    if all == 0 {
        return Answer::unknown("Nothing has been scored.");
    }
    let part = |band| {
        let n = total(bins, Some(band));
        format!("{} ({})", count(n), percent(share(n, all)))
    };
    let from = start(bins, Band::High).map_or(String::new(), |low| format!(", which begins at {}", percent(low)));
    Answer::plain(format!(
        "Of {} {noun}, {} are in the high band{from}; {} are in the medium one.",
        count(all),
        part(Band::High),
        part(Band::Medium)
    ))
}

/// The panel for one target.
pub fn panel(data: &DashboardData, spoken: &Spoken) -> Panel {
    let mut bins: Vec<&ScoreBin> = data
        .scores
        .iter()
        .filter(|bin| bin.target == spoken.target)
        .filter(|bin| bin.bin_low >= 0.0 && bin.bin_low < bin.bin_high && bin.bin_high <= 1.000_001)
        .collect();
    bins.sort_by(|a, b| a.bin_low.total_cmp(&b.bin_low));
    let answer = answer(&bins, spoken.noun);
    let mut table = Table::new(
        &format!("Scores, {}", spoken.title.to_lowercase()),
        &[("Score from", true), ("to", true), ("Number", true), ("Share", true), ("Band", false)],
    );
    let all = total(&bins, None);
    for bin in &bins {
        table.row([
            percent(bin.bin_low),
            percent(bin.bin_high),
            count(bin.visitors),
            percent(share(bin.visitors, all)),
            bin.band.as_str().into(),
        ]);
    }
    let chart_html = if all == 0 { String::new() } else { chart(&bins, &answer.text, spoken.noun) };
    Panel {
        eyebrow: spoken.title.clone(),
        question: "How many are likely to convert?".into(),
        answer,
        chart_html,
        table: Some(table),
    }
}

const WIDTH: f64 = 500.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 488.0;
const TOP: f64 = 58.0;
const BOTTOM: f64 = 270.0;

/// Left end of a bin on the log axis; zero has none, so the first bin gets a decade.
fn low_end(bin: &ScoreBin) -> f64 {
    if bin.bin_low > 0.0 { bin.bin_low } else { bin.bin_high / 10.0 }
}

fn chart(bins: &[&ScoreBin], answer: &str, noun: &str) -> String {
    let low = bins.iter().map(|bin| low_end(bin)).fold(1.0, f64::min).clamp(1e-6, 0.5);
    let high = bins.iter().map(|bin| bin.bin_high).fold(0.0, f64::max).clamp(low * 2.0, 1.0);
    let x = Scale::log((low, high), (LEFT, RIGHT));
    let most = bins.iter().map(|bin| bin.visitors).max().unwrap_or(1) as f64;
    let steps = ticks(most, 4);
    let y = Scale::linear((0.0, steps.last().copied().unwrap_or(1.0)), (BOTTOM, TOP));
    let mut svg = Svg::new(WIDTH, HEIGHT);
    for tick in &steps {
        svg.line("grid", (LEFT, y.at(*tick)), (RIGHT, y.at(*tick)));
        svg.text("tick", LEFT - 8.0, y.at(*tick) + 4.0, Anchor::End, &short(*tick));
    }
    let all = total(bins, None);
    let mut left = LEFT;
    for band in BANDS {
        svg.rect(&format!("band-{}", band.as_str()), left, 10.0, 12.0, 12.0, "");
        svg.text("value", left + 18.0, 20.0, Anchor::Start, band.as_str());
        let n = total(bins, Some(band));
        svg.text(
            "tick",
            left + 18.0,
            37.0,
            Anchor::Start,
            &format!("{} \u{b7} {}", short(n as f64), percent(share(n, all))),
        );
        left += 146.0;
    }
    for bin in bins.iter().filter(|bin| bin.visitors > 0) {
        let (from, to) = (x.at(low_end(bin)), x.at(bin.bin_high));
        // A single visitor among a million must still be seen.
        let top = y.at(bin.visitors as f64).min(BOTTOM - 1.5);
        let title = format!("{} to {}: {} {noun}", percent(bin.bin_low), percent(bin.bin_high), count(bin.visitors));
        let class = format!("band-{}", bin.band.as_str());
        svg.rect(&class, from + 0.75, top, (to - from - 1.5).max(0.8), BOTTOM - top, &title);
    }
    for band in [Band::Medium, Band::High] {
        if let Some(begin) = start(bins, band).filter(|begin| *begin > low) {
            svg.line("ref", (x.at(begin), TOP - 6.0), (x.at(begin), BOTTOM));
        }
    }
    let mut last = f64::NEG_INFINITY;
    for tick in [1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0] {
        let at = x.at(tick);
        if (low * 0.99..=high * 1.01).contains(&tick) && at - last > 38.0 {
            svg.line("axis", (at, BOTTOM), (at, BOTTOM + 4.0));
            svg.text("tick", at.min(RIGHT - 12.0), BOTTOM + 18.0, Anchor::Middle, &percent_tick(tick));
            last = at;
        }
    }
    svg.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
    svg.text(
        "label",
        (LEFT + RIGHT) / 2.0,
        HEIGHT - 8.0,
        Anchor::Middle,
        "score (each step is about three times the last)",
    );
    svg.finish("chart", &format!("Histogram of scores by band. {answer}"))
}
