//! `inkling serve`.

use super::alerts::{Done, told};
use super::commands::Serve;
use super::{Context, data, usage};
use anyhow::{Context as _, Result};
use batch_service::release::Authority;
use batch_service::serve::{self, DayRun, PASSWORD, Password, STATE_KEY, ScoreOptions, ServeOptions, StateKeys};
use batch_service::shards::Shards;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

pub fn serve(context: &Context, args: &Serve) -> Result<u8> {
    let place = context.place()?;
    let config = &context.config;
    // Keys that cannot be read must not mean that there are none: what is served would not be verified any more.
    let authority = Authority::read_if_there(&config.release.keys).context(
        "the keys of releases cannot be read, without which no release is verified: restore the folder from its copy, or let \
         `release.keys` name the right one",
    )?;
    let root = authority.map(|a| a.pin());
    let options = ServeOptions {
        address: args.address.clone().unwrap_or_else(|| config.serve.address.clone()),
        address_file: args.address_file.clone(),
        web: config.release.web.clone(),
        environment: config.release.environment.clone(),
        root,
        trigger: config.serve.trigger().map_err(|e| usage(&format!("configuration: {e}")))?,
        dashboard: config.dashboard.clone(),
        viewers: config.serve.viewers.clone(),
        password: Password::of(std::env::var(PASSWORD).ok())?,
        schedule: args.schedule.or(config.serve.schedule),
        score: score(context)?,
        runbook: config.alerts.runbook.clone(),
    };
    // A server that is there for the daily job or for scores needs no pages.
    let pages_only = options.trigger.is_none() && options.schedule.is_none() && options.score.is_none();
    if !options.web.is_dir() && pages_only {
        return Err(usage(&format!("{}: build it with scripts/build-web", options.web.display())));
    }
    let job = context.clone();
    let work = Arc::new(move |date| daily(&job, date));
    serve::serve(place, options, work, |url| context.print(&json!({"address": url}), url))?;
    Ok(0)
}

/// Who may ask for scores.
fn score(context: &Context) -> Result<Option<ScoreOptions>> {
    let serve = &context.config.serve;
    let Some(audience) = serve.audience.clone().filter(|_| serve.scores()) else { return Ok(None) };
    let Some(keys) = StateKeys::of(std::env::var(STATE_KEY).ok())? else {
        let text =
            format!("who may ask for scores keeps states that are sealed: set {STATE_KEY}, `openssl rand -base64 32`");
        return Err(usage(&text));
    };
    let (callers, scorers) = (serve.callers.clone(), serve.scorers.clone());
    Ok(Some(ScoreOptions { audience, callers, scorers, keys }))
}

/// What `inkling run` does, with the result as a value.
fn daily(context: &Context, date: Date) -> Result<DayRun> {
    let mut summary = Value::Null;
    let monitored = RefCell::default();
    let code = told(context, &Cell::new(date), &monitored, || {
        let (done, code) = data::day(context, |_| Ok(date), false, Shards::ALL, &monitored)?;
        let part = done.day.is_none();
        summary = serde_json::to_value(done)?;
        Ok(Done { code, part })
    })?;
    Ok(DayRun { code, summary })
}
