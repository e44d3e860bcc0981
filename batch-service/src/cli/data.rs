//! Commands about data: simulate, backfill, run, replay, demo.

use super::alerts::{Done, told};
use super::commands::{Backfill, Demo, Replay, Run, Simulate};
use super::{Context, upload, usage};
use anyhow::{Context as _, Result};
use batch_service::config::Config;
use batch_service::ga4::Export;
use batch_service::ga4_data;
use batch_service::jobs::daily::{DailyOptions, DailySummary, alone, daily, without_export};
use batch_service::jobs::run::{DAY_TABLES, DaySummary, MONITOR, NO_MODEL, StepFailed, is_latest};
use batch_service::jobs::shadow::{Shadowed, shadow};
use batch_service::jobs::{ExitKind, exit_kind};
use batch_service::jobs::{backfill as backfill_job, demo as demo_job, replay as replay_job};
use batch_service::logs::{self, Severity};
use batch_service::monitor::views::ensure;
use batch_service::monitor::{MonitorOptions, Monitored, monitor};
use batch_service::place::{Place, guess_profile};
use batch_service::progress;
use batch_service::release::{Manifest, keep_alive};
use batch_service::scores;
use batch_service::serve::{now, yesterday};
use batch_service::shards::Shards;
use batch_service::simulate::{self as simulation, SimulateOptions};
use batch_service::warehouse::Fence;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::cell::{Cell, RefCell};

pub fn export(context: &Context) -> Result<Box<dyn Export>> {
    let Config { events, warehouse, store, cloud, .. } = &context.config;
    if events.is_empty() {
        return Err(usage("which export? Give --events PATH, or `events` in inkling.toml"));
    }
    ga4_data::open(events, warehouse.as_deref(), store.as_deref(), cloud)
}

fn place_for(context: &Context, export: &dyn Export) -> Result<Place> {
    context.place_to_fill(|| guess_profile(export))
}

/// First and last day of a range, each by default that of what there is; usage errors when there is none.
pub fn range(from: Option<Date>, to: Option<Date>, mut days: impl Iterator<Item = Date>) -> Result<(Date, Date)> {
    let Some(first) = days.next() else {
        return Err(usage("the warehouse has no days; fill it with `inkling backfill`"));
    };
    let last = days.last().unwrap_or(first);
    in_order(from.unwrap_or(first), to.unwrap_or(last))
}

fn in_order(from: Date, to: Date) -> Result<(Date, Date)> {
    if from > to {
        return Err(usage(&format!("no days: --from {from} is after --to {to}")));
    }
    Ok((from, to))
}

pub fn simulate(context: &Context, args: Simulate) -> Result<u8> {
    let Simulate { out, days, visitors, seed, start, json } = args;
    if days == 0 || visitors == 0 {
        return Err(usage("--days and --visitors must be at least 1"));
    }
    let text = format!("{days} days of {visitors} visitors in {}", out.display());
    let summary = simulation::run(&SimulateOptions { out, days, visitors, seed, start, json })?;
    context.print(&summary, text)?;
    Ok(0)
}

pub fn backfill(context: &Context, args: &Backfill) -> Result<u8> {
    let export = export(context)?;
    let place = place_for(context, &*export)?;
    let (from, to) = range(args.from, args.to, export.days().into_iter())?;
    if let Some(price) = export.price(from, to)? {
        progress::note(format_args!("{price}; days that have not changed are not read again"));
    }
    let done = alone(&place, context.config.run.lease(), |fence| {
        backfill_job::backfill(&place, &*export, (from, to), args.force, fence)
    })?;
    context.print(&done, &done)?;
    Ok(0)
}

pub fn run(context: &Context, args: &Run) -> Result<u8> {
    // Until the property's time zone is known, for what fails before that.
    let date = Cell::new(args.date.map_or_else(|| yesterday(&TimeZone::UTC, now()), Ok)?);
    let (mut summary, monitored) = (None, RefCell::default());
    let code = told(context, &date, &monitored, || {
        let shards = args.shard.map_or_else(task, Ok)?;
        let over = |place: &Place| -> Result<Date> {
            if args.date.is_none() {
                let zone = TimeZone::get(&place.site.profile.parts().time_zone)?;
                date.set(yesterday(&zone, now())?);
            }
            Ok(date.get())
        };
        let (done, code) = day(context, over, args.force, shards, &monitored)?;
        let done = summary.insert(done);
        Ok(Done { code, part: done.day.is_none() })
    })?;
    if code != 0 {
        let text = format!("{NO_MODEL}; make one with `{}`", context.again.train());
        logs::line(Severity::Error, text).with("date", date.get().to_string()).print();
    }
    // The admins are told first: nobody may be listening here any more.
    if let Some(done) = summary {
        context.print(&done, &done)?;
    }
    Ok(code)
}

/// The part of a Cloud Run job's task.
fn task() -> Result<Shards> {
    let number = |name: &str| -> Result<Option<u32>> {
        let Ok(text) = std::env::var(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| usage(&format!("{name}={text}: not a number")))
    };
    match (number("CLOUD_RUN_TASK_INDEX")?, number("CLOUD_RUN_TASK_COUNT")?) {
        (Some(index), Some(of)) => Shards::new(index, of).map_err(|e| usage(&e.to_string())),
        _ => Ok(Shards::ALL),
    }
}

/// The daily job, with its exit code. What the monitor found is in `monitored` also when something after it fails.
pub fn day(
    context: &Context,
    date: impl FnOnce(&Place) -> Result<Date>,
    force: bool,
    shards: Shards,
    monitored: &RefCell<Option<Monitored>>,
) -> Result<(DailySummary, u8)> {
    let options = DailyOptions { force, shards, ..context.config.run.daily() };
    let export = match export(context) {
        Err(error) if exit_kind(&error) == ExitKind::NotReady => {
            let place = context.place()?;
            return Err(without_export(&place, date(&place)?, options.deadline, error)?);
        }
        export => export?,
    };
    let place = place_for(context, &*export)?;
    let date = date(&place)?;
    let mut done = daily(&place, &*export, date, options)?;
    if let Some(day) = &done.day {
        done.release = resign(context, &place).map_err(|error| error.context(after(day, date, "release")))?;
        let sent = upload::after_run(context, &place, &*export, date, day);
        // Whether scores arrive is a figure, too.
        let looked = look(context, &place, &*export, (&done.earlier, day), force, monitored);
        done.upload = sent.map_err(|(error, step)| error.context(after(day, date, step)))?;
        done.shadow = looked.map_err(|error| error.context(after(day, date, MONITOR)))?;
        done.monitored = monitored.borrow().clone();
    }
    let without_model = done.day.as_ref().is_some_and(|day| day.run.models.is_empty());
    Ok((done, u8::from(without_model)))
}

/// Looks at what the days' work gave, the earlier ones first, and what the challengers say of the same visitors.
fn look(
    context: &Context,
    place: &Place,
    export: &dyn Export,
    (earlier, day): (&[DaySummary], &DaySummary),
    force: bool,
    monitored: &RefCell<Option<Monitored>>,
) -> Result<Vec<Shadowed>> {
    let (thresholds, recipients) = (context.config.dashboard.thresholds, context.config.alerts.to.len());
    let options = MonitorOptions { thresholds, recipients, force };
    alone(place, context.config.run.lease(), |fence| {
        // Another one may have held the lease since: the figures are about its tables.
        if !is_latest(place, &day.run)? {
            progress::note(format_args!(
                "{}: another run has worked on it since; what the day has is that one's",
                day.run.run_date
            ));
            return Ok(Vec::new());
        }
        for before in earlier {
            monitor(place, Some(export), &before.run, &options, fence)?;
        }
        let found = monitor(place, Some(export), &day.run, &options, fence)?;
        monitored.replace(Some(found));
        let dataset = &context.config.dashboard.dataset;
        // Scores and figures are there without them.
        if let Err(error) = ensure(&*place.warehouse, &*place.store, dataset, &options.thresholds, false) {
            logs::line(Severity::Warning, format_args!("the reporting views: {error:#}")).print();
        }
        Ok(shadowed(place, earlier, day, fence))
    })
}

/// Scores the days with the challengers, too. Everything that counts is there without them.
fn shadowed(place: &Place, earlier: &[DaySummary], day: &DaySummary, fence: &Fence) -> Vec<Shadowed> {
    let all = || -> Result<Vec<Shadowed>> {
        for before in earlier {
            let _ = shadow(place, &before.run, fence)?;
        }
        shadow(place, &day.run, fence)
    };
    let found = all().unwrap_or_else(|error| {
        logs::line(Severity::Warning, format_args!("the challengers' scores: {error:#}")).print();
        Vec::new()
    });
    for one in found.iter().filter(|one| one.note.is_some()) {
        logs::line(Severity::Warning, one).print();
    }
    found
}

/// What follows a day's work failed.
fn after(done: &DaySummary, day: Date, step: &'static str) -> StepFailed {
    let scored = !done.run.models.is_empty();
    let tables = DAY_TABLES.into_iter().filter(|table| scored || *table != scores::TABLE).map(str::to_owned);
    let (untouched, written) = tables.partition(|_| done.unchanged);
    StepFailed { day, step, written, untouched, perhaps: Vec::new() }
}

/// Signs the release again where this machine can, so that pages do not lose their score when it expires.
fn resign(context: &Context, place: &Place) -> Result<Option<Manifest>> {
    let config = &context.config.release;
    let now = Timestamp::now();
    let site = &place.site.profile.parts().name;
    keep_alive(&*place.store, config, &context.config.cloud, site, now).context("signing the release")
}

pub fn replay(context: &Context, args: &Replay) -> Result<u8> {
    let place = context.place()?;
    let (from, to) = in_order(args.from, args.to)?;
    let done = replay_job::replay(&place, from, to, args.model.as_deref(), &args.out)?;
    context.print(&done, &done)?;
    Ok(0)
}

pub fn demo(context: &Context, args: &Demo) -> Result<u8> {
    let options = demo_job::DemoOptions {
        out: args.out.clone(),
        events: context.config.events.clone(),
        profile: context.config.profile.clone(),
        visitors: args.visitors,
        days: args.days,
        web: context.config.release.web.clone(),
        environment: context.config.release.environment.clone(),
        expires_in_days: context.config.release.days,
        dashboard: context.config.dashboard.clone(),
    };
    let done = demo_job::demo(&options)?;
    context.print(&done, &done)?;
    Ok(0)
}
