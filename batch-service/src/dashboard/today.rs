//! The first screen: one sentence and six tiles.

use std::fmt::Write as _;

use super::data::{DashboardData, RunStatus};
use super::format::{NONE, clip, count, percent, seconds, short, times, weekday};
use super::html::{Answer, words};
use super::status::Status;
use super::target::{self, Spoken};
use super::{calibration, gains, parity, runs, volume};

struct Tile {
    label: &'static str,
    href: &'static str,
    value: String,
    note: String,
    answer: Answer,
}

impl Tile {
    fn status(&self) -> Status {
        status_of(&self.answer)
    }
}

fn status_of(answer: &Answer) -> Status {
    answer.status.unwrap_or(Status::Unknown)
}

/// The sentence on top and the tiles.
pub fn html(data: &DashboardData) -> String {
    let tiles = tiles(data);
    let worst = tiles.iter().map(Tile::status).max().unwrap_or(Status::Unknown);
    let unknown = tiles.iter().filter(|tile| tile.status() == Status::Unknown).count();
    let flagged = tiles.iter().filter(|tile| tile.status() >= Status::Watch).count();
    let headline = match worst {
        Status::Unknown => "There is not enough data yet to judge the scores.",
        Status::Good => "The scores can be trusted.",
        Status::Watch if flagged == 1 => "The scores can be used; one check needs a look.",
        Status::Watch => "The scores can be used; some checks need a look.",
        Status::Alert => "Do not rely on the scores before this is understood.",
    };
    let mut detail: Vec<String> = Vec::new();
    for tile in tiles.iter().filter(|tile| tile.status() >= Status::Watch) {
        detail.push(format!("{} <b>{}</b> {}", tile.status().badge(), tile.label, words(&tile.answer.text)));
    }
    let mut out = format!(
        r#"<section id="today" aria-labelledby="today-title"><h2 id="today-title" class="headline {}">{}<span><span class="sr">{}: </span>{headline}</span></h2>"#,
        worst.class(),
        worst.icon(),
        worst.word()
    );
    if !detail.is_empty() {
        out.push_str(r#"<ul class="why">"#);
        for html in detail {
            let _ = write!(out, "<li>{html}</li>");
        }
        out.push_str("</ul>");
    } else if worst == Status::Good {
        let text = match unknown {
            0 => "Every check below passed.".into(),
            1 => "Every check with data passed; one has not enough data yet.".into(),
            n => format!("Every check with data passed; {n} have not enough data yet."),
        };
        let _ = write!(out, r#"<p class="lead">{text}</p>"#);
    }
    out.push_str(r#"<ul class="tiles">"#);
    for tile in tiles {
        let _ = write!(
            out,
            r##"<li><a class="tile" href="#{}"><span class="label">{}</span><span class="number">{}</span><span class="note">{}</span>{}</a></li>"##,
            tile.href,
            tile.label,
            words(&tile.value),
            words(&tile.note),
            tile.status().badge()
        );
    }
    out.push_str("</ul></section>");
    out
}

fn tiles(data: &DashboardData) -> [Tile; 6] {
    let spoken = target::all(data);
    [run(data), arrived(data), scored(data), right(data, &spoken), useful(data, &spoken), equal(data)]
}

fn run(data: &DashboardData) -> Tile {
    let last = runs::latest(data).last().copied();
    let (value, note) = match last {
        None => (NONE.into(), "the daily job has not run".into()),
        Some(run) => match run.status {
            RunStatus::Done => ("Done".into(), format!("in {}", seconds(run.duration_s))),
            RunStatus::Warned => ("Done".into(), "a check of the run did not pass".into()),
            RunStatus::Failed => {
                let step = run.failed_step.as_ref().map_or(String::new(), |step| format!(" at {}", clip(step, 60)));
                ("Failed".into(), format!("the last run failed{step}"))
            }
            RunStatus::Running => ("Running".into(), "the run has not ended".into()),
        },
    };
    Tile { label: "Last run", href: "data", value, note, answer: runs::answer(data) }
}

fn arrived(data: &DashboardData) -> Tile {
    let days = volume::days(data);
    let (value, mut note) = match days.last() {
        None => (NONE.into(), "no day has been read".into()),
        Some((day, None)) => ("Missing".into(), format!("{} has not arrived", weekday(*day))),
        Some((day, Some(row))) => {
            let note = match volume::against_usual(&days) {
                Some(ratio) => format!("{} a usual {}", volume::compared(ratio), weekday(*day)),
                None => format!("a usual {} is not known yet", weekday(*day)),
            };
            (short(row.events as f64), note)
        }
    };
    let gone = days.iter().rev().take(28).filter(|(_, row)| row.is_none()).count();
    if gone > 0 {
        let _ = write!(note, "; {gone} of the last {} days missing", days.len().min(28));
    }
    Tile { label: "Events", href: "data", value, note, answer: volume::answer(data) }
}

fn scored(data: &DashboardData) -> Tile {
    let days = volume::days(data);
    let last = days.last().and_then(|(_, row)| *row);
    let (value, note, answer) = match last.and_then(|row| row.visitors_scored.map(|n| (n, row.visitors))) {
        None => (NONE.into(), "nothing was scored on the last day".into(), Answer::unknown("")),
        Some((n, visitors)) => {
            let status = if n == 0 && visitors > 0 { Status::Alert } else { Status::Good };
            let answer = Answer::of(status, format!("{} visitors were scored.", count(n)));
            (count(n), format!("seen in the last 14 days, {} of them today", count(visitors)), answer)
        }
    };
    Tile { label: "Visitors scored", href: "scores", value, note, answer }
}

/// The target that is worse off speaks for both.
fn right(data: &DashboardData, spoken: &[Spoken; 2]) -> Tile {
    let worst = spoken.iter().max_by_key(|spoken| status_of(&calibration::answer(data, spoken)));
    let sum = worst.and_then(|spoken| calibration::overall(data, spoken.target).map(|sum| (spoken, sum)));
    let (value, note) = match sum {
        None => (NONE.into(), "no outcome is complete".into()),
        Some((spoken, sum)) => (
            percent(sum.predicted),
            format!("predicted, {} converted ({})", percent(sum.observed), spoken.title.to_lowercase()),
        ),
    };
    let answer = worst.map_or_else(|| Answer::unknown(""), |spoken| calibration::answer(data, spoken));
    Tile { label: "Calibration", href: "right", value, note, answer }
}

fn useful(data: &DashboardData, spoken: &[Spoken; 2]) -> Tile {
    let worst = spoken.iter().max_by_key(|spoken| status_of(&gains::gain_answer(data, spoken)));
    let lift = worst.and_then(|spoken| gains::top_lift(data, spoken).map(|lift| (spoken, lift)));
    let (value, note) = match lift {
        None => (NONE.into(), "too few outcomes are complete".into()),
        Some((spoken, lift)) => {
            (times(lift), format!("conversions in the top 10%, against chance ({})", spoken.title.to_lowercase()))
        }
    };
    let answer = worst.map_or_else(|| Answer::unknown(""), |spoken| gains::gain_answer(data, spoken));
    Tile { label: "Lift", href: "useful", value, note, answer }
}

fn equal(data: &DashboardData) -> Tile {
    let (value, note) = match parity::in_short(data) {
        Some((share, compared)) => (share, format!("of {} browser scores equal the batch's", count(compared))),
        None => (NONE.into(), "no browser score came back".into()),
    };
    Tile { label: "Same score", href: "data", value, note, answer: parity::answer(data) }
}
