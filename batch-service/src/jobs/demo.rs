//! The whole loop on local files: export, warehouse, models, release, scores, dashboard, and a page to look at.

use super::backfill::backfill;
use super::promote::Gate;
use super::replay::{ReplaySummary, replay};
use super::run::{DayOptions, run_day};
use super::train::{TrainSummary, train};
use super::visits;
use crate::config::CloudConfig;
use crate::dashboard::{FILE, Page, shown};
use crate::ga4::discover::{DiscoverOptions, discover};
use crate::monitor::views::document;
use crate::monitor::{DashboardConfig, MonitorOptions, monitor};
use crate::place::{Place, guess_profile};
use crate::progress::note;
use crate::release::{Authority, Manifest, PublishOptions, Signing, publish};
use crate::simulate::{self, SimulateOptions};
use crate::training::TrainOptions;
use crate::warehouse::Fence;
use anyhow::{Result, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use model_core::Target;
use serde::Serialize;
use std::path::PathBuf;

/// Days at the end that the models do not see: they are replayed, scored and judged.
const HELD_BACK: usize = 10;

/// What the demo works with.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// Folder for everything that it makes.
    pub out: PathBuf,
    /// The export; simulated when empty.
    pub events: Vec<String>,
    /// Site profile; found by the pages' host by default.
    pub profile: Option<String>,
    /// Visitors of the simulation.
    pub visitors: u64,
    /// Days of the simulation.
    pub days: usize,
    /// Folder with `scorer.wasm`, `loader.js` and `dashboard.html`.
    pub web: PathBuf,
    /// Environment of the release.
    pub environment: String,
    /// Days until the release expires.
    pub expires_in_days: i64,
    /// Where checks turn amber and red.
    pub dashboard: DashboardConfig,
}

/// What the demo made.
#[derive(Debug, Serialize)]
pub struct DemoSummary {
    /// Days that the models were trained on.
    pub trained: [String; 2],
    /// The models.
    pub models: Vec<TrainSummary>,
    /// How good they were on the days held back.
    pub held_back: ReplaySummary,
    /// What pages load.
    pub release: Manifest,
    /// Events of the days held back.
    pub scored_events: u64,
    /// Rows of the table `scores` over those days.
    pub scores: u64,
    /// The dashboard.
    pub dashboard: PathBuf,
    /// The warehouse.
    pub warehouse: PathBuf,
}

/// Runs the loop.
///
/// # Errors
/// At the first step that fails.
pub fn demo(options: &DemoOptions) -> Result<DemoSummary> {
    let mut events = options.events.clone();
    if events.is_empty() {
        let out = options.out.join("export");
        note(format_args!("1/7 simulating a university: {} days, {} visitors", options.days, options.visitors));
        simulate::run(&SimulateOptions {
            out: out.clone(),
            days: options.days,
            visitors: options.visitors,
            seed: 1,
            start: simulate::DEFAULT_START,
            json: false,
        })?;
        events = vec![out.to_string_lossy().into_owned()];
    } else {
        note(format_args!("1/7 reading the export {}", events.join(", ")));
    }
    let found = discover(&events, DiscoverOptions::default())?;
    let days: Vec<Date> = found.days.keys().copied().collect();
    let Some(split) = days.len().checked_sub(HELD_BACK).filter(|n| *n >= HELD_BACK) else {
        bail!("the demo needs an export of 20 days or more; this one has {}", days.len());
    };
    let (first, last, from, to) = (days[0], days[split - 1], days[split], days[days.len() - 1]);
    let warehouse = options.out.join("warehouse");
    let place =
        Place::open(&warehouse, None, options.profile.as_deref(), &CloudConfig::default(), || guess_profile(&found))?;

    note(format_args!("2/7 cleansing and folding {first} to {to}"));
    note(backfill(&place, &found, (first, to), false, &Fence::none())?);
    note(format_args!("3/7 training on {first} to {last}"));
    let models = train(&place, &Target::ALL, None, last, &TrainOptions::default(), &Gate::default())?;
    note(format_args!("4/7 replaying {from} to {to} with these models"));
    let held_back = replay(&place, from, to, None, &options.out.join("replay.parquet"))?;
    let visits = visits::sample(&place, from, to)?;
    std::fs::write(warehouse.join("visits.json"), serde_json::to_vec(&visits)?)?;
    note("5/7 signing and publishing the release");
    let keys = options.out.join("keys");
    let authority = Authority::init(&keys, &options.out.join("root-keys"), 3, 2, None)?;
    let signer = authority.online()?;
    let release = publish(
        &place.store,
        Signing { authority: &authority, signer: &signer, now: Timestamp::now(), days: options.expires_in_days },
        &PublishOptions {
            version: None,
            web: &options.web,
            environment: &options.environment,
            canary: None,
            min_loader: None,
            fresh: false,
        },
    )?;
    note(format_args!("6/7 the daily job, {from} to {to}"));
    let (mut scored_events, mut scores) = (0, 0);
    let look = MonitorOptions { thresholds: options.dashboard.thresholds, recipients: 0, force: false };
    for day in &days[split..] {
        let done = run_day(&place, &found, *day, DayOptions { score: true, ..DayOptions::default() })?;
        scored_events += done.run.events;
        scores += done.run.scored;
        let monitored = monitor(&place, Some(&found), &done.run, &look, &Fence::none())?;
        if !monitored.red().is_empty() {
            note(monitored);
        }
    }
    note("7/7 the dashboard");
    let page = warehouse.join(FILE);
    let document = document(&place, &options.dashboard, Timestamp::now())?;
    std::fs::write(&page, Page::read(&options.web)?.with(&shown(&document, None))?)?;
    Ok(DemoSummary {
        trained: [first.to_string(), last.to_string()],
        models,
        held_back,
        release,
        scored_events,
        scores,
        dashboard: page,
        warehouse,
    })
}
