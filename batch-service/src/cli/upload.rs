//! `inkling upload`, and the upload after the daily job.

use super::{Args, Context, ValueEnum, data, usage};
use anyhow::{Context as _, Result};
use batch_service::activation::config::Way;
use batch_service::activation::report::UploadSummary;
use batch_service::activation::sent_state;
use batch_service::activation::upload::{Upload as Work, UploadOptions};
use batch_service::ga4::Export;
use batch_service::jobs::daily::alone;
use batch_service::jobs::run::{ARRIVAL, DaySummary, UPLOAD};
use batch_service::jobs::{ExitKind, exit, exit_kind};
use batch_service::logs::{self, Severity};
use batch_service::place::Place;
use batch_service::progress::note;
use batch_service::stop::Stopped;
use jiff::civil::Date;

#[derive(Args)]
pub struct Upload {
    /// The day of the scores (YYYY-MM-DD).
    #[arg(long)]
    date: Date,
    /// Send nothing; say how many visitors would get what, with three requests as they would be sent.
    #[arg(long)]
    dry_run: bool,
    /// Another way than the configured one.
    #[arg(long, value_enum)]
    destination: Option<WayWord>,
    /// Send nothing; ask Google's own check about a batch.
    #[arg(long)]
    validate: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum WayWord {
    /// Data Manager API.
    DataManager,
    /// Measurement Protocol.
    MeasurementProtocol,
    /// A CSV file for Data Import.
    DataImport,
}

impl WayWord {
    fn way(self) -> Way {
        match self {
            Self::DataManager => Way::DataManager,
            Self::MeasurementProtocol => Way::MeasurementProtocol,
            Self::DataImport => Way::DataImport,
        }
    }
}

pub fn upload(context: &Context, args: &Upload) -> Result<u8> {
    if context.config.ga4.property.is_none() {
        return Err(usage("which property of Google Analytics? Set `property` in [ga4]"));
    }
    let place = context.place()?;
    let way = args.destination.map(WayWord::way);
    let options = UploadOptions { way, dry_run: args.dry_run, validate: args.validate };
    let export = match context.config.events.is_empty() || options.only_looks() {
        true => None,
        false => there(data::export(context))?,
    };
    let done = work(context, &place, export.as_deref(), args.date, options)?;
    if let Some(alarm) = done.alarm() {
        logs::line(Severity::Error, alarm).with("date", args.date.to_string()).print();
    }
    context.print(&done, &done)?;
    Ok(u8::from(done.failed()))
}

/// An export that is not there yet says nothing about what has arrived.
fn there(export: Result<Box<dyn Export>>) -> Result<Option<Box<dyn Export>>> {
    match export {
        Err(error) if exit_kind(&error) == ExitKind::NotReady => {
            note(format_args!("what has arrived is not looked at: {error:#}"));
            Ok(None)
        }
        export => export.map(Some),
    }
}

fn work(
    context: &Context,
    place: &Place,
    export: Option<&dyn Export>,
    date: Date,
    options: UploadOptions,
) -> Result<UploadSummary> {
    let upload = Work::new(place, &context.config.ga4, export, date, options)?;
    if options.only_looks() {
        return upload.look();
    }
    alone(place, context.config.run.lease(), |fence| upload.send(fence))
}

/// The upload after a run of a day; `None` when there is nothing to send or nobody to send it to. An error comes with the
/// name of the step.
pub fn after_run(
    context: &Context,
    place: &Place,
    export: &dyn Export,
    date: Date,
    done: &DaySummary,
) -> Result<Option<UploadSummary>, (anyhow::Error, &'static str)> {
    if !context.config.ga4.sends() || done.run.models.is_empty() {
        return Ok(None);
    }
    let failed = |error: anyhow::Error| {
        // The scores are there; that others are not must not pass for an export that is late.
        let late = exit_kind(&error) == ExitKind::NotReady && !error.is::<Stopped>();
        (if late { exit(ExitKind::CheckFailed, format!("{error:#}")) } else { error }, UPLOAD)
    };
    let last = place.warehouse.partitions(sent_state::TABLE).map_err(failed)?.pop();
    if let Some(last) = last.filter(|last| *last > date) {
        note(format_args!("scores of {last} were sent already; those of {date} are not sent"));
        return Ok(None);
    }
    let sent = work(context, place, Some(export), date, UploadOptions::default());
    let sent = sent.context("the upload to Google Analytics").map_err(failed)?;
    match sent.alarm() {
        Some(alarm) => Err((exit(ExitKind::CheckFailed, alarm), ARRIVAL)),
        None => Ok(Some(sent)),
    }
}
