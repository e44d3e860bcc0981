//! The commands and their flags.

use super::{
    Context, Subcommand, alert, alerts, dashboard, data, ga4, gtm, model, release, serve, token, train, upload,
};
use anyhow::Result;
use batch_service::alerts::PASSWORD;
use batch_service::doctor;
use batch_service::serve::Schedule;
use batch_service::shards::Shards;
use batch_service::{simulate, stop};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use model_core::Target;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Command {
    /// The whole loop on local files, down to a page where the score moves.
    Demo(Demo),
    /// Write a GA4 export of a made-up university site with a planted truth.
    Simulate(Simulate),
    /// Cleanse and fold a range of days into the warehouse; can be resumed.
    Backfill(Backfill),
    /// Train models on the warehouse's days and put them into service if they are good enough.
    Train(train::Train),
    /// The rows that models learn from: export.
    #[command(subcommand)]
    TrainSet(train::TrainSetCommand),
    /// Fit the calibration of the models in service anew on the latest labels, and put it into service if it is better.
    Recalibrate(train::Recalibrate),
    /// The daily job: cleanse, fold, score, store, upload.
    Run(Run),
    /// Tell the admins when no run has succeeded for too long.
    Watch(Watch),
    /// Alerts of the monitor: list, acknowledge.
    #[command(subcommand)]
    Alert(alert::AlertCommand),
    /// Check configuration, permissions and everything that the daily job needs, a line each with what to do.
    Doctor,
    /// The score at every page view of past days, as the browser would have computed it.
    Replay(Replay),
    /// Scores to Google Analytics, as user properties of the visitors whose score has changed.
    Upload(upload::Upload),
    /// The property in Google Analytics: setup, history.
    #[command(subcommand)]
    Ga4(ga4::Ga4Command),
    /// Models: list, card, promote, rollback, challenge, compare.
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// Releases: keys, publish, verify.
    #[command(subcommand)]
    Release(release::ReleaseCommand),
    /// Google Tag Manager: render, test.
    #[command(subcommand)]
    Gtm(gtm::GtmCommand),
    /// Dashboard.
    #[command(subcommand)]
    Dashboard(DashboardCommand),
    /// Serve the demo site, the release and the dashboard, and run the daily job when told or scheduled.
    Serve(Serve),
    /// Callers of the server: keys, tokens.
    #[command(subcommand)]
    Token(token::TokenCommand),
}

#[derive(Args)]
pub struct Demo {
    /// Folder for everything that the demo makes.
    #[arg(long, default_value = "demo-out")]
    pub out: PathBuf,
    /// Visitors of the simulated university, when no --events are given.
    #[arg(long, default_value_t = 30_000)]
    pub visitors: u64,
    /// Days of the simulation.
    #[arg(long, default_value_t = 40)]
    pub days: usize,
}

#[derive(Args)]
pub struct Simulate {
    /// Output folder.
    #[arg(long)]
    pub out: PathBuf,
    /// Number of days.
    #[arg(long, default_value_t = 30)]
    pub days: usize,
    /// Number of visitors over all days.
    #[arg(long, default_value_t = 20_000)]
    pub visitors: u64,
    /// Same options, same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// First day (YYYY-MM-DD).
    #[arg(long, default_value_t = simulate::DEFAULT_START)]
    pub start: Date,
    /// Newline JSON beside the Parquet files.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Backfill {
    /// First day (YYYY-MM-DD) [default: the first of the export].
    #[arg(long)]
    pub from: Option<Date>,
    /// Last day [default: the last of the export].
    #[arg(long)]
    pub to: Option<Date>,
    /// Fold again even what has not changed.
    #[arg(long)]
    pub force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum TargetWord {
    /// A conversion later in this session.
    Session,
    /// A conversion in the next days.
    Visitor,
}

impl TargetWord {
    pub fn target(self) -> Target {
        match self {
            Self::Session => Target::Session,
            Self::Visitor => Target::Visitor,
        }
    }
}

#[derive(Args)]
pub struct Run {
    /// The day to work on (YYYY-MM-DD) [default: the day that is over where the property is].
    #[arg(long)]
    pub date: Option<Date>,
    /// Write even if nothing has changed.
    #[arg(long)]
    pub force: bool,
    /// Work on this part of the visitors, INDEX/COUNT [default: that of the Cloud Run task, or all].
    #[arg(long)]
    pub shard: Option<Shards>,
}

#[derive(Args)]
pub struct Watch {
    /// Hours since the last run that succeeded [default: the first limit of `fresh_hours`, which is 26].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=8_760))]
    pub hours: Option<u32>,
    /// Send the test mail, and look at nothing else.
    #[arg(long)]
    pub test: bool,
}

#[derive(Args)]
pub struct Replay {
    /// First day (YYYY-MM-DD).
    #[arg(long)]
    pub from: Date,
    /// Last day.
    #[arg(long)]
    pub to: Date,
    /// Parquet file to write.
    #[arg(long)]
    pub out: PathBuf,
    /// Version of a model [default: the models in service].
    #[arg(long)]
    pub model: Option<String>,
}

#[derive(Subcommand)]
pub enum DashboardCommand {
    /// Write one self-contained HTML page.
    Build {
        /// The file [default: dashboard.html in the warehouse].
        #[arg(long)]
        out: Option<PathBuf>,
        /// Folder with the built page, dashboard.html [default: release.web of the configuration].
        #[arg(long)]
        web: Option<PathBuf>,
    },
    /// Print the link that opens the reporting views in Looker Studio.
    Link,
    /// Write the rows of all reporting views as JSON.
    Data {
        /// The file.
        #[arg(long)]
        out: PathBuf,
    },
    /// Make the reporting views in BigQuery, or replace them.
    Views,
}

#[derive(Args)]
pub struct Serve {
    /// Address and port; port 0 takes a free one.
    #[arg(long)]
    pub address: Option<String>,
    /// Write the address here once the server is ready.
    #[arg(long)]
    pub address_file: Option<PathBuf>,
    /// Run the daily job every day at this time (HH:MM) where the property is.
    #[arg(long)]
    pub schedule: Option<Schedule>,
}

fn doctor(context: &Context) -> Result<u8> {
    let found = doctor::examine(&context.config, std::env::var(PASSWORD).ok(), Timestamp::now());
    context.print(&found, &found)?;
    Ok(u8::from(!found.well()))
}

impl Command {
    /// Its word on the command line.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Demo(_) => "demo",
            Self::Simulate(_) => "simulate",
            Self::Backfill(_) => "backfill",
            Self::Train(_) => "train",
            Self::TrainSet(_) => "train-set",
            Self::Recalibrate(_) => "recalibrate",
            Self::Run(_) => "run",
            Self::Watch(_) => "watch",
            Self::Alert(_) => "alert",
            Self::Doctor => "doctor",
            Self::Replay(_) => "replay",
            Self::Upload(_) => "upload",
            Self::Ga4(_) => "ga4",
            Self::Model(_) => "model",
            Self::Release(_) => "release",
            Self::Gtm(_) => "gtm",
            Self::Dashboard(_) => "dashboard",
            Self::Serve(_) => "serve",
            Self::Token(_) => "token",
        }
    }

    pub fn run(self, context: &Context) -> Result<u8> {
        // The others have no borders to stop at, and a signal ends them at once.
        if matches!(self, Self::Backfill(_) | Self::Run(_) | Self::Upload(_) | Self::Ga4(_)) {
            stop::install()?;
        }
        match self {
            Self::Demo(args) => data::demo(context, &args),
            Self::Simulate(args) => data::simulate(context, args),
            Self::Backfill(args) => data::backfill(context, &args),
            Self::Train(args) => train::train(context, &args),
            Self::TrainSet(command) => train::train_set(context, command),
            Self::Recalibrate(args) => train::recalibrate(context, &args),
            Self::Run(args) => data::run(context, &args),
            Self::Watch(args) => alerts::watch(context, &args),
            Self::Alert(command) => alert::alert(context, command),
            Self::Doctor => doctor(context),
            Self::Replay(args) => data::replay(context, &args),
            Self::Upload(args) => upload::upload(context, &args),
            Self::Ga4(command) => ga4::ga4(context, command),
            Self::Model(command) => model::model(context, command),
            Self::Release(command) => release::release(context, command),
            Self::Gtm(command) => gtm::gtm(context, command),
            Self::Dashboard(DashboardCommand::Build { out, web }) => dashboard::build(context, out, web.as_deref()),
            Self::Dashboard(DashboardCommand::Link) => dashboard::link(context),
            Self::Dashboard(DashboardCommand::Data { out }) => dashboard::data(context, &out),
            Self::Dashboard(DashboardCommand::Views) => dashboard::views(context),
            Self::Serve(args) => serve::serve(context, &args),
            Self::Token(command) => token::token(context, command),
        }
    }
}
