//! Events, visitors and scored visitors per day. A missing day is a gap, and is named.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::data::{DashboardData, VolumeRow};
use super::format::{NONE, count, date, day_month, month, percent, plural, short, stretches, weekday};
use super::html::{Answer, Panel, Table, sideways};
use super::status::{Status, above};
use super::svg::{Anchor, Scale, Svg, px, ticks};

/// The page looks back a little over a year.
const LONGEST: usize = 400;

/// A day of the window; `None` when its data are missing.
type Day<'a> = (Date, Option<&'a VolumeRow>);

/// Every day from the first known one to the day of the page, oldest first.
pub fn days(data: &DashboardData) -> Vec<Day<'_>> {
    let known: BTreeMap<Date, &VolumeRow> = data.volume.iter().map(|row| (row.event_date, row)).collect();
    let (Some(first), Some(last)) = (known.keys().next().copied(), known.keys().next_back().copied()) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let mut day = last.max(data.generated_for);
    while day >= first && out.len() < LONGEST {
        out.push((day, known.get(&day).copied().filter(|row| row.present)));
        let Ok(before) = day.yesterday() else { break };
        day = before;
    }
    out.reverse();
    out
}

/// The days without data.
pub fn missing(days: &[Day<'_>]) -> Vec<Date> {
    days.iter().filter(|(_, row)| row.is_none()).map(|(day, _)| *day).collect()
}

/// The last day's events over the median of the four same weekdays before it.
pub fn against_usual(days: &[Day<'_>]) -> Option<f64> {
    let (_, Some(last)) = days.last()? else { return None };
    let mut same: Vec<u64> =
        days.iter().rev().skip(7).step_by(7).take(4).filter_map(|(_, row)| row.map(|row| row.events)).collect();
    if same.len() < 3 {
        return None;
    }
    same.sort_unstable();
    let middle = same.len() / 2;
    let median =
        if same.len() % 2 == 1 { same[middle] as f64 } else { (same[middle - 1] as f64 + same[middle] as f64) / 2.0 };
    (median > 0.0).then(|| last.events as f64 / median)
}

/// `3.1% more than`.
pub fn compared(ratio: f64) -> String {
    if (ratio - 1.0).abs() < 0.005 {
        "about as many as".into()
    } else if ratio > 1.0 {
        format!("{} more than", percent(ratio - 1.0))
    } else {
        format!("{} fewer than", percent(1.0 - ratio))
    }
}

/// Did the data come?
pub fn answer(data: &DashboardData) -> Answer {
    let days = days(data);
    let Some(&(last_day, last)) = days.last() else {
        return Answer::unknown("No day has been read.");
    };
    let gone = missing(&days);
    let Some(last) = last else {
        let text = format!("No: {} {} has not arrived.", weekday(last_day), date(last_day));
        return Answer::of(Status::Alert, text);
    };
    let usual = against_usual(&days);
    let mut status = usual.map_or(Status::Unknown, |ratio| above((ratio - 1.0).abs(), data.thresholds.volume));
    let mut text = format!("{} brought {} events", date(last_day), count(last.events));
    text.push_str(&match usual {
        Some(ratio) => format!(", {} a usual {}.", compared(ratio), weekday(last_day)),
        None => format!("; a usual {} is not known yet.", weekday(last_day)),
    });
    if gone.is_empty() {
        text.push_str(&format!(" None of the {} is missing.", plural(days.len() as u64, "day", "days")));
    } else {
        let verb = if gone.len() == 1 { "is" } else { "are" };
        text.push_str(&format!(
            " {} of {} {verb} missing: {}.",
            count(gone.len() as u64),
            plural(days.len() as u64, "day", "days"),
            stretches(&gone, 5)
        ));
        let recent = days.iter().rev().take(28).any(|(_, row)| row.is_none());
        if recent {
            status = status.max(Status::Watch);
        }
    }
    Answer::of(status, text)
}

/// The panel.
pub fn panel(data: &DashboardData) -> Panel {
    let days = days(data);
    let answer = answer(data);
    let mut table = Table::new(
        "Events and visitors per day, newest first",
        &[("Day", false), ("Events", true), ("Visitors", true), ("Scored", true), ("Rejected rows", true)],
    );
    for (day, row) in days.iter().rev() {
        match row {
            Some(row) => table.row([
                date(*day),
                count(row.events),
                count(row.visitors),
                row.visitors_scored.map_or(NONE.into(), count),
                count(row.rows_rejected),
            ]),
            None => table.row([date(*day), "missing".into(), NONE.into(), NONE.into(), NONE.into()]),
        }
    }
    Panel {
        eyebrow: "Volume".into(),
        question: "Did the data come?".into(),
        chart_html: if days.is_empty() { String::new() } else { chart(&days, &answer.text) },
        answer,
        table: Some(table),
    }
}

const WIDTH: f64 = 1040.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 1032.0;
const STRIP: f64 = 78.0;
const PITCH: f64 = 122.0;
const FIRST: f64 = 30.0;
/// Width of a letter in the names of gaps.
const NAME_LETTER: f64 = 7.5;

type Series = (&'static str, fn(&VolumeRow) -> Option<u64>, &'static str);

const SERIES: [Series; 3] = [
    ("Events", |row| Some(row.events), "bars"),
    ("Visitors", |row| Some(row.visitors), "bars"),
    ("Visitors scored", |row| row.visitors_scored, "bars deep"),
];

fn chart(days: &[Day<'_>], answer: &str) -> String {
    let bottom = FIRST + 2.0 * PITCH + STRIP;
    let step = (RIGHT - LEFT) / days.len() as f64;
    let step_bar = step.min(40.0);
    let centre = |i: usize| LEFT + step * (i as f64 + 0.5);
    let mut svg = Svg::new(WIDTH, bottom + 30.0);
    // The name of the series stands where the first names of gaps would.
    let mut named_to = LEFT + 60.0;
    for (i, (_, row)) in days.iter().enumerate() {
        if row.is_none() {
            let stretch: Vec<Date> = days[i..].iter().map_while(|(day, row)| row.is_none().then_some(*day)).collect();
            svg.rect("gap", centre(i) - step / 2.0, FIRST - 4.0, step.max(1.5), bottom - FIRST + 4.0, "");
            let first_of_stretch = i == 0 || days[i - 1].1.is_some();
            let name = format!("{} missing", stretches(&stretch, 1));
            let (from, to) = (centre(i) - step / 2.0, centre(i) + NAME_LETTER * name.len() as f64);
            // Every gap is in the sentence above; here those that have room.
            if first_of_stretch && from >= named_to && to <= RIGHT {
                svg.text("gap-name", from, FIRST - 12.0, Anchor::Start, &name);
                named_to = to;
            }
        }
    }
    for (strip, (name, value, class)) in SERIES.iter().enumerate() {
        let (top, base) = (FIRST + strip as f64 * PITCH, FIRST + strip as f64 * PITCH + STRIP);
        let most = days.iter().filter_map(|(_, row)| row.and_then(value)).max().unwrap_or(0) as f64;
        let steps = ticks(most, 2);
        let y = Scale::linear((0.0, steps.last().copied().unwrap_or(1.0)), (base, top));
        for tick in &steps {
            let line = if *tick == 0.0 { "axis" } else { "grid" };
            svg.line(line, (LEFT, y.at(*tick)), (RIGHT, y.at(*tick)));
            svg.text("tick", LEFT - 8.0, y.at(*tick) + 4.0, Anchor::End, &short(*tick));
        }
        let mut bars = String::new();
        for (i, (_, row)) in days.iter().enumerate() {
            if let Some(n) = row.and_then(value).filter(|n| *n > 0) {
                let top = y.at(n as f64).min(base - 1.0);
                bars.push_str(&format!("M{} {}V{}", px(centre(i)), px(base), px(top)));
            }
        }
        svg.strokes(class, step_bar - (step_bar * 0.25).min(4.0), &bars);
        svg.text("value", LEFT, top - 12.0, Anchor::Start, name);
    }
    let mut last = f64::NEG_INFINITY;
    for (i, (day, _)) in days.iter().enumerate() {
        if let Some(text) = x_tick(*day, days.len()).filter(|_| centre(i) - last > 48.0) {
            svg.line("axis", (centre(i), bottom), (centre(i), bottom + 4.0));
            svg.text("tick", centre(i), bottom + 20.0, Anchor::Middle, &text);
            last = centre(i);
        }
    }
    for (i, (day, row)) in days.iter().enumerate() {
        svg.rect("hover", centre(i) - step / 2.0, 0.0, step, bottom, &tooltip(*day, *row));
    }
    let picture = svg.finish("chart wide", &format!("Bars per day for events, visitors and visitors scored. {answer}"));
    sideways("Volume chart", &picture)
}

fn x_tick(day: Date, days: usize) -> Option<String> {
    match days {
        0..=16 => Some(day_month(day)),
        17..=130 => (weekday(day) == "Monday").then(|| day_month(day)),
        _ if day.day() != 1 => None,
        _ if day.month() == 1 => Some(format!("{} {}", month(day), day.year())),
        _ => Some(month(day).into()),
    }
}

fn tooltip(day: Date, row: Option<&VolumeRow>) -> String {
    let day = format!("{:.3} {}", weekday(day), date(day));
    let Some(row) = row else { return format!("{day}: missing") };
    let scored = row.visitors_scored.map_or("not scored".into(), |n| format!("{} scored", count(n)));
    format!("{day}: {} events, {} visitors, {scored}", count(row.events), count(row.visitors))
}
