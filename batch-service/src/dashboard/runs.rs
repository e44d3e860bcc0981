//! The run strip, the latest runs, and the rows they rejected.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::data::{DashboardData, RunRow, RunStatus};
use super::format::{NONE, clip, count, date, percent, plural, seconds, short, thousands};
use super::html::{Answer, Panel, Table, sideways, words};
use super::status::{Status, above};
use super::svg::{Anchor, Scale, Svg, ticks};

/// Runs in the strip.
const STRIP: usize = 90;
/// Runs in the table that is always open.
const LATEST: usize = 7;

/// The latest runs, oldest first; of one day as the ledger has them.
pub fn latest(data: &DashboardData) -> Vec<&RunRow> {
    let mut runs: Vec<&RunRow> = data.runs.iter().collect();
    runs.sort_by_key(|run| run.run_date);
    runs.split_off(runs.len().saturating_sub(STRIP))
}

/// Status of a run.
pub fn status(run: &RunRow) -> Status {
    match run.status {
        RunStatus::Done => Status::Good,
        RunStatus::Warned => Status::Watch,
        RunStatus::Failed => Status::Alert,
        RunStatus::Running => Status::Unknown,
    }
}

fn word(run: &RunRow) -> &'static str {
    match run.status {
        RunStatus::Done => "Done",
        RunStatus::Warned => "Done, with a warning",
        RunStatus::Failed => "Failed",
        RunStatus::Running => "Running",
    }
}

fn rejected(data: &DashboardData, run: &RunRow) -> u64 {
    data.rejected.iter().filter(|row| row.run_id == run.run_id).fold(0, |sum, row| sum.saturating_add(row.rows))
}

fn rejected_share(rejected: u64, events: u64) -> f64 {
    let read = rejected as f64 + events as f64;
    if read > 0.0 { rejected as f64 / read } else { 0.0 }
}

fn speed(run: &RunRow) -> String {
    let speed = run.events as f64 / run.duration_s;
    if run.duration_s > 0.0 { thousands(speed, 0) } else { NONE.into() }
}

/// Did the job run?
pub fn answer(data: &DashboardData) -> Answer {
    let runs = latest(data);
    let Some(last) = runs.last() else {
        return Answer::unknown("The daily job has not run.");
    };
    let mut status = status(last);
    let mut text = match last.status {
        RunStatus::Done | RunStatus::Warned => {
            format!("The run for {} took {}", date(last.run_date), seconds(last.duration_s))
        }
        RunStatus::Failed => {
            let at = last.failed_step.as_ref().map_or(String::new(), |step| format!(" at the step {}", clip(step, 60)));
            format!("The run for {} failed{at}", date(last.run_date))
        }
        RunStatus::Running => format!("The run for {} has not ended", date(last.run_date)),
    };
    let failed = runs.iter().filter(|run| run.status == RunStatus::Failed).count() as u64;
    let _ = match failed {
        0 => write!(text, "; none of the last {} failed.", plural(runs.len() as u64, "run", "runs")),
        n => write!(text, "; {} of the last {} failed.", count(n), plural(runs.len() as u64, "run", "runs")),
    };
    let done = runs.iter().rev().find(|run| matches!(run.status, RunStatus::Done | RunStatus::Warned));
    let behind = done.map_or(i32::MAX, |run| run.run_date.until(data.generated_for).map_or(0, |span| span.get_days()));
    if behind > 0 && last.status != RunStatus::Running {
        status = status.max(if behind == 1 { Status::Watch } else { Status::Alert });
        if let Some(run) = done {
            let _ = write!(text, " The latest scores are those of {}.", date(run.run_date));
        }
    }
    Answer::of(status, text)
}

/// The strip of runs.
pub fn panel(data: &DashboardData) -> Panel {
    let runs = latest(data);
    let answer = answer(data);
    let mut table = table(&format!("The last {}, newest first", plural(runs.len() as u64, "run", "runs")));
    for run in runs.iter().rev() {
        table.row_html(cells(data, run));
    }
    let mut chart_html = if runs.is_empty() { String::new() } else { chart(&runs, &answer.text) };
    if runs.len() > 1 {
        let mut short_table = self::table("Latest runs");
        for run in runs.iter().rev().take(LATEST) {
            short_table.row_html(cells(data, run));
        }
        chart_html.push_str(&short_table.html());
    }
    Panel { eyebrow: "Runs".into(), question: "Did the job run?".into(), answer, chart_html, table: Some(table) }
}

fn table(caption: &str) -> Table {
    Table::new(
        caption,
        &[
            ("Day", false),
            ("Status", false),
            ("Duration", true),
            ("Events", true),
            ("Events per second", true),
            ("Rejected rows", true),
            ("Run", false),
        ],
    )
}

fn cells(data: &DashboardData, run: &RunRow) -> [String; 7] {
    let rows = rejected(data, run);
    let step =
        run.failed_step.as_ref().map_or(String::new(), |step| format!(" at <bdi>{}</bdi>", words(&clip(step, 60))));
    [
        date(run.run_date),
        format!(r#"<span class="nowrap">{}{}</span>{step}"#, status(run).icon(), word(run)),
        seconds(run.duration_s),
        count(run.events),
        speed(run),
        format!("{} ({})", count(rows), percent(rejected_share(rows, run.events))),
        format!(r#"<bdi class="id">{}</bdi>"#, words(&clip(&run.run_id, 60))),
    ]
}

const WIDTH: f64 = 1040.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 1032.0;
const TOP: f64 = 46.0;
const BOTTOM: f64 = 136.0;

fn chart(runs: &[&RunRow], answer: &str) -> String {
    let duration = |run: &RunRow| if run.duration_s.is_finite() { run.duration_s.max(0.0) } else { 0.0 };
    let longest = runs.iter().map(|run| duration(run)).fold(0.0, f64::max);
    let steps = ticks(longest, 2);
    let y = Scale::linear((0.0, steps.last().copied().unwrap_or(1.0)), (BOTTOM, TOP));
    let step = ((RIGHT - LEFT) / runs.len() as f64).min(40.0);
    let mut svg = Svg::new(WIDTH, BOTTOM + 28.0);
    for tick in &steps {
        let line = if *tick == 0.0 { "axis" } else { "grid" };
        svg.line(line, (LEFT, y.at(*tick)), (RIGHT, y.at(*tick)));
        svg.text("tick", LEFT - 8.0, y.at(*tick) + 4.0, Anchor::End, &format!("{} s", short(*tick)));
    }
    for (i, run) in runs.iter().enumerate() {
        let x = LEFT + step * (i as f64 + 0.5);
        let top = y.at(duration(run)).min(BOTTOM - 2.0);
        let title = format!(
            "{}: {} in {}, {} events",
            date(run.run_date),
            word(run),
            seconds(run.duration_s),
            count(run.events)
        );
        let class = status(run).class();
        svg.rect(&format!("run {class}"), x - step * 0.38, top, step * 0.76, BOTTOM - top, &title);
        let r = (step * 0.34).clamp(2.5, 6.0);
        match run.status {
            RunStatus::Failed => {
                let top = top - 6.0 - 2.0 * r;
                svg.line("run-mark", (x - r, top), (x + r, top + 2.0 * r));
                svg.line("run-mark", (x + r, top), (x - r, top + 2.0 * r));
            }
            RunStatus::Warned => svg.path(
                "run-dot watch",
                &format!("M{x:.1} {:.1}l{r:.1} {:.1}h-{:.1}z", top - 5.0 - 1.8 * r, 1.8 * r, 2.0 * r),
            ),
            RunStatus::Running => svg.circle("dot open", x, top - 5.0 - r, r, ""),
            RunStatus::Done => {}
        }
    }
    if let (Some(first), Some(last)) = (runs.first(), runs.last()) {
        svg.text("tick", LEFT, BOTTOM + 20.0, Anchor::Start, &date(first.run_date));
        if runs.len() > 8 {
            svg.text("tick", LEFT + step * runs.len() as f64, BOTTOM + 20.0, Anchor::End, &date(last.run_date));
        }
    }
    svg.text("value", LEFT, 14.0, Anchor::Start, "Duration of each run");
    let picture =
        svg.finish("chart wide", &format!("Bars with the duration of each run; a cross marks a failed run. {answer}"));
    sideways("Chart of runs", &picture)
}

/// Rows rejected by the runs of the strip, by reason.
pub fn rejected_panel(data: &DashboardData) -> Panel {
    let runs = latest(data);
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for row in data.rejected.iter().filter(|row| runs.iter().any(|run| run.run_id == row.run_id)) {
        let reason = if row.reason.trim().is_empty() { "no reason given" } else { &row.reason };
        let sum = reasons.entry(reason).or_default();
        *sum = sum.saturating_add(row.rows);
    }
    let mut reasons: Vec<(&str, u64)> = reasons.into_iter().filter(|(_, rows)| *rows > 0).collect();
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let events = runs.iter().fold(0u64, |sum, run| sum.saturating_add(run.events));
    let all = reasons.iter().fold(0u64, |sum, (_, rows)| sum.saturating_add(*rows));
    let share = rejected_share(all, events);
    let answer = if runs.is_empty() || events.saturating_add(all) == 0 {
        Answer::unknown("No row has been read.")
    } else if let Some((reason, rows)) = reasons.first() {
        let most = if reasons.len() > 1 {
            format!(", {} of them: {}", percent(*rows as f64 / all as f64), clip(reason, 60))
        } else {
            format!(", all of them: {}", clip(reason, 60))
        };
        let text = format!("{} of the rows read ({}) were left out{most}.", percent(share), count(all));
        Answer::of(above(share, data.thresholds.rejected_share), text)
    } else {
        Answer::of(Status::Good, "Every row that was read could be used.".into())
    };
    let mut table =
        Table::new("Rejected rows by reason", &[("Reason", false), ("Rows", true), ("Share of rows read", true)]);
    for (reason, rows) in &reasons {
        let share = *rows as f64 / (events as f64 + all as f64);
        table.row([(*reason).into(), count(*rows), percent(share)]);
    }
    let chart_html = if reasons.is_empty() { String::new() } else { rejected_chart(&reasons, &answer.text) };
    Panel {
        eyebrow: "Rejected rows".into(),
        question: "Which rows were left out, and why?".into(),
        answer,
        chart_html,
        table: Some(table),
    }
}

fn rejected_chart(reasons: &[(&str, u64)], answer: &str) -> String {
    const SHOWN: usize = 6;
    let shown = &reasons[..reasons.len().min(SHOWN)];
    let mut svg = Svg::new(500.0, 44.0 * shown.len() as f64 + 4.0);
    let most = shown.first().map_or(1, |first| first.1) as f64;
    for (i, (reason, rows)) in shown.iter().enumerate() {
        let top = 44.0 * i as f64;
        let name = clip(reason, 48);
        svg.text("name", 0.0, top + 15.0, Anchor::Start, &name);
        svg.text("value", 496.0, top + 15.0, Anchor::End, &count(*rows));
        svg.rect("track", 0.0, top + 22.0, 496.0, 10.0, "");
        svg.rect("bar", 0.0, top + 22.0, (496.0 * *rows as f64 / most).max(2.0), 10.0, "");
    }
    svg.finish("chart", &format!("Bars of rejected rows by reason. {answer}"))
}
