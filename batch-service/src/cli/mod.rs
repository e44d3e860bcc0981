//! The command line: one variant per command, each handed to its job.

mod again;
mod alert;
mod alerts;
mod commands;
mod dashboard;
mod data;
mod ga4;
mod gtm;
mod keys;
mod model;
mod release;
mod render;
mod serve;
mod token;
mod train;
mod tuf;
mod upload;

use again::Again;
use anyhow::{Context as _, Result};
use batch_service::config::{Config, PREFIX};
use batch_service::logs::{self, Format, Severity};
use batch_service::place::{Place, store_of};
use batch_service::profile::SiteProfile;
use batch_service::store::ObjectStore;
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Serialize;
use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How likely each visitor of a website is to convert: trained, released and scored.
#[derive(Parser)]
#[command(name = "inkling", version)]
pub struct Cli {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: commands::Command,
}

/// Flags of every command.
#[derive(Args, Clone)]
pub struct Shared {
    /// Folders, files or globs of GA4 export files (Parquet or newline JSON).
    #[arg(long, global = true, num_args = 1..)]
    events: Vec<String>,
    /// Folder of the tables.
    #[arg(long, global = true)]
    warehouse: Option<PathBuf>,
    /// Folder or gs://BUCKET[/PREFIX] of models and releases [default: `store` in the warehouse].
    #[arg(long, global = true)]
    store: Option<PathBuf>,
    /// Site profile: a file, or the name of a built-in one.
    #[arg(long, global = true)]
    profile: Option<String>,
    /// Configuration file [default: inkling.toml, if there is one].
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Form of the results.
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Form of progress, warnings and errors on stderr [default: json on Cloud Run, text elsewhere].
    #[arg(long, global = true, value_enum)]
    log_format: Option<LogFormat>,
}

/// Form of what is said on stderr.
#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// For Cloud Logging.
    Json,
}

/// Form of the results.
#[derive(Clone, Copy, ValueEnum, PartialEq, Eq)]
enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Cli {
    /// Runs the command; gives the exit code.
    ///
    /// # Errors
    /// What went wrong.
    pub fn run(self) -> Result<u8> {
        let flag = self.shared.log_format.map(|format| match format {
            LogFormat::Text => Format::Text,
            LogFormat::Json => Format::Json,
        });
        let log = |format: Option<Format>, project: Option<String>| {
            let format = flag.or(format).unwrap_or_else(platform_format);
            logs::install(logs::Settings { format, project, command: self.command.word().to_owned() });
        };
        // What is wrong with the configuration is a line, too.
        log(None, None);
        let mut config = Config::load(self.shared.config.as_deref(), environment()?.into_iter())?;
        log(config.log.format, config.cloud.project.clone());
        if !self.shared.events.is_empty() {
            config.events = self.shared.events.clone();
        }
        config.warehouse = self.shared.warehouse.clone().or(config.warehouse);
        config.store = self.shared.store.clone().or(config.store);
        config.profile = self.shared.profile.clone().or(config.profile);
        let again = Again::of(&self.shared, &self.command);
        self.command.run(&Context { config, output: self.shared.output, again })
    }
}

/// How lines are written where the program runs.
pub fn platform_format() -> Format {
    Format::of_platform(|name| std::env::var(name).ok())
}

/// What a command runs with.
#[derive(Clone)]
pub struct Context {
    config: Config,
    output: Output,
    again: Again,
}

impl Context {
    /// The warehouse with the profile that it was filled with; an empty one stays without.
    fn place(&self) -> Result<Place> {
        let Config { store, profile, cloud, .. } = &self.config;
        Place::look(self.warehouse()?, store.as_deref(), profile.as_deref(), cloud, || SiteProfile::load("ga4-default"))
    }

    /// The warehouse to be filled: an empty one becomes one of the given profile, or else of the one that `guess` gives.
    fn place_to_fill(&self, guess: impl FnOnce() -> Result<SiteProfile>) -> Result<Place> {
        let Config { store, profile, cloud, .. } = &self.config;
        Place::open(self.warehouse()?, store.as_deref(), profile.as_deref(), cloud, guess)
    }

    fn warehouse(&self) -> Result<&Path> {
        let warehouse = self.config.warehouse.as_deref();
        warehouse.ok_or_else(|| usage("which warehouse? Give --warehouse DIR, or `warehouse` in inkling.toml"))
    }

    /// Where models, releases and incidents are, without opening the warehouse; `None` when that cannot be said.
    fn store(&self) -> Option<Box<dyn ObjectStore>> {
        let Config { store, warehouse, cloud, .. } = &self.config;
        store_of(warehouse.as_deref(), store.as_deref(), cloud).unwrap_or_else(|error| {
            let text = format!("there is no store to remember in what has been mailed: {error:#}");
            logs::line(Severity::Warning, text).print();
            None
        })
    }

    /// Prints a result.
    fn print(&self, result: &impl Serialize, text: impl Display) -> Result<()> {
        let text = match self.output {
            Output::Json => serde_json::to_string_pretty(result)?,
            Output::Text => text.to_string(),
        };
        // `println` panics when nobody listens any more.
        writeln!(std::io::stdout(), "{text}").context("the result cannot be printed")
    }
}

/// The variables of the environment, without those that are no text and none of ours.
fn environment() -> Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for (name, value) in std::env::vars_os() {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => variables.push((name, value)),
            (Ok(name), Err(_)) if name.starts_with(PREFIX) => {
                return Err(usage(&format!("{name}: the value is no text")));
            }
            _ => {}
        }
    }
    Ok(variables)
}

fn usage(text: &str) -> anyhow::Error {
    batch_service::jobs::exit(batch_service::jobs::ExitKind::Usage, text)
}
