//! Commands about the property in Google Analytics.

use super::{Args, Context, Subcommand, usage};
use anyhow::Result;
use batch_service::ga4_admin;
use batch_service::ga4_data::{HistoryOptions, history as read_history};
use batch_service::jobs::ExitKind;
use batch_service::place::Place;
use batch_service::profile::SiteProfile;
use jiff::civil::Date;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Ga4Command {
    /// What the property needs to show scores: custom dimensions, and audiences. Says what is missing.
    Setup(Setup),
    /// Past days out of the property's reports, for which there is no export.
    History(History),
}

#[derive(Args)]
pub struct Setup {
    /// Create what is missing.
    #[arg(long)]
    apply: bool,
    /// Also three audiences: high intent, rising, cooling.
    #[arg(long)]
    audiences: bool,
}

#[derive(Args)]
pub struct History {
    /// First day (YYYY-MM-DD).
    #[arg(long)]
    from: Date,
    /// Last day.
    #[arg(long)]
    to: Date,
    /// Folder for the tables [default: the warehouse].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Read again what was read before: begins anew with every call.
    #[arg(long)]
    again: bool,
    /// Wait for the next hour when the quota of the hour is used up [default: stop, with exit code 3].
    #[arg(long)]
    wait: bool,
}

pub fn ga4(context: &Context, command: Ga4Command) -> Result<u8> {
    match command {
        Ga4Command::Setup(args) => setup(context, &args),
        Ga4Command::History(args) => history(context, &args),
    }
}

fn setup(context: &Context, args: &Setup) -> Result<u8> {
    property(context)?;
    let done = ga4_admin::setup(&context.config.ga4, args.audiences, args.apply)?;
    context.print(&done, &done)?;
    done.refuse_conflicts()?;
    Ok(0)
}

fn history(context: &Context, args: &History) -> Result<u8> {
    property(context)?;
    let config = &context.config;
    let place = match &args.out {
        Some(out) => {
            let general = || SiteProfile::load("ga4-default");
            Place::look(out, config.store.as_deref(), config.profile.as_deref(), &config.cloud, general)?
        }
        None => context.place()?,
    };
    let options = HistoryOptions { again: args.again, wait: args.wait, ..HistoryOptions::of(args.from, args.to) };
    let done = read_history(&place, &config.ga4, &options)?;
    context.print(&done, &done)?;
    Ok(if done.days_left == 0 { 0 } else { ExitKind::NotReady as u8 })
}

fn property(context: &Context) -> Result<()> {
    match context.config.ga4.property {
        Some(_) => Ok(()),
        None => Err(usage("which property of Google Analytics? Set `property` in [ga4]")),
    }
}
