//! The dashboard: one self-contained HTML file that a marketing lead reads in a minute.
//!
//! Every chart carries the question it answers, a sentence with the answer, and a table of its numbers, all written
//! from the same rows. The page runs no script and loads nothing.

mod calibration;
mod collect;
mod data;
mod distribution;
mod format;
mod gains;
mod html;
mod models;
mod parity;
mod runs;
mod status;
mod svg;
mod target;
#[cfg(test)]
mod tests;
mod today;
mod volume;

use anyhow::{Context as _, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};

pub use collect::collect;
pub use data::{
    CalibrationBin, DashboardData, DecileRow, Metric, MetricRow, ModelRow, Parity, RejectedRow, RunRow, RunStatus,
    ScoreBin, TargetRow, VolumeRow,
};
pub use status::Thresholds;

use format::{count, date, escape, percent_tick, thousands, weekday};
use html::{Panel, Table, section, words};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The page as one HTML file.
///
/// # Errors
/// When the embedded template lacks one of its places.
pub fn render(data: &DashboardData) -> Result<String> {
    // The only style the page accepts is this one, by its hash.
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let day = format!("{}, {}", weekday(data.generated_for), date(data.generated_for));
    let places = [
        ("style-hash", hash),
        ("style", STYLE.to_owned()),
        ("site", escape(&data.site)),
        ("day", day),
        ("iso-day", data.generated_for.to_string()),
        ("body", body(data)),
        ("reading", reading()),
        ("limits", limits(data)),
    ];
    fill(PAGE, &places)
}

/// Fills `{{name}}` places in one pass, so that nothing inside a value is taken for a place.
fn fill(template: &str, places: &[(&str, String)]) -> Result<String> {
    let mut out = String::with_capacity(1 << 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").context("the page template has an open place")?;
        let (_, value) = places
            .iter()
            .find(|(place, _)| *place == name)
            .with_context(|| format!("the page template has an unknown place `{name}`"))?;
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn grid(class: &str, panels: &[Panel]) -> String {
    let panels: String = panels.iter().map(Panel::html).collect();
    format!(r#"<div class="grid-{class}">{panels}</div>"#)
}

fn body(data: &DashboardData) -> String {
    let targets = target::all(data);
    let maturity = targets.iter().map(target::Spoken::maturity).collect::<Vec<_>>();
    let each = |panel: fn(&DashboardData, &target::Spoken) -> Panel| {
        targets.iter().map(|t| panel(data, t)).collect::<Vec<_>>()
    };
    let useful: Vec<Panel> =
        targets.iter().flat_map(|t| [gains::gain_panel(data, t), gains::lift_panel(data, t)]).collect();
    [
        today::html(data),
        section(
            "data",
            "Freshness and volume",
            &[],
            &(grid("one", &[volume::panel(data), runs::panel(data)])
                + &grid("two", &[runs::rejected_panel(data), parity::panel(data)])),
        ),
        section("right", "Is the score right?", &maturity, &grid("two", &each(calibration::panel))),
        section("useful", "Is it useful?", &[], &grid("two", &useful)),
        section("scores", "Who is scored how?", &[], &grid("two", &each(distribution::panel))),
        section(
            "models",
            "Which models are in service?",
            &["Tested on days after those they learnt from.".to_owned()],
            &grid("two", &each(models::panel)),
        ),
    ]
    .concat()
}

/// The words that the page uses.
fn reading() -> String {
    [
        ("Score", "The probability, between 0% and 100%, of a conversion later in the same session, or in the coming days."),
        ("95% interval", "The range in which the true rate lies, chance considered (Wilson\u{2019}s interval). Narrow means many scores."),
        ("Complete outcomes", "Only scores whose time to convert has passed are judged; the others wait."),
        ("Lift", "How many times as often a group converts as everybody together."),
        ("Prior", "A model that gives everybody the same average rate: what guessing would reach."),
        ("Bands", "Low, medium and high, by limits that the model carries."),
    ]
    .iter()
    .map(|(term, meaning)| format!("<div><dt>{term}</dt><dd>{}</dd></div>", words(meaning)))
    .collect()
}

/// When a check turns amber or red.
fn limits(data: &DashboardData) -> String {
    let limits = &data.thresholds;
    let mut table =
        Table::new("When a check says Watch or Alert", &[("Check", false), ("Watch", false), ("Alert", false)]);
    for (check, pair, how) in [
        ("Events, against the median of the last four same weekdays", limits.volume, " more or fewer"),
        ("Lift of the top 10%, against the test", limits.lift_drop, " lower"),
        ("Rejected rows, of all rows read", limits.rejected_share, ""),
    ] {
        let [watch, alert] = pair.map(|share| format!("over {}{how}", percent_tick(share)));
        table.row([check.into(), watch, alert]);
    }
    let [watch, alert] =
        limits.calibration_ratio.map(|ratio| format!("over {}\u{d7} too high or too low", thousands(ratio, 2)));
    table.row(["Average score, when chance does not explain it".into(), watch, alert]);
    let difference = format!("a difference above {:e}", limits.parity_difference);
    table.row(["Browser and batch score".into(), "any difference".into(), difference]);
    table.row(["Run".into(), "a warning, or one day late".into(), "failed, or later than that".into()]);
    format!(
        "{}<p>Nothing about conversions is judged below {} of them.</p>",
        table.html(),
        count(limits.min_conversions)
    )
}
