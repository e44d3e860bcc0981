//! Commands that make models, or what models are made of: train, recalibrate, train-set.

use super::commands::TargetWord;
use super::data::range;
use super::{Context, Subcommand, alerts, usage};
use anyhow::Result;
use batch_service::jobs::promote::Gate;
use batch_service::jobs::retrain::Proposal;
use batch_service::jobs::{recalibrate as recalibrate_job, retrain, train as train_job, train_set as train_set_job};
use batch_service::place::Place;
use batch_service::training::{ModelKind, RecalibrateOptions, TrainOptions};
use batch_service::warehouse::events_clean;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use model_core::Target;
use std::fmt::Display;
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
pub enum Algorithm {
    /// Gradient-boosted trees.
    Trees,
    /// Logistic regression.
    Linear,
}

#[derive(Args)]
pub struct Train {
    /// What to predict [default: both].
    #[arg(long, value_enum)]
    target: Option<TargetWord>,
    /// First day (YYYY-MM-DD) [default: the first of the warehouse].
    #[arg(long)]
    from: Option<Date>,
    /// Last day; labels mature by its end [default: the last of the warehouse].
    #[arg(long)]
    to: Option<Date>,
    /// Kind of model.
    #[arg(long, value_enum, default_value_t = Algorithm::Trees)]
    algorithm: Algorithm,
    /// Put into service even a model that is worse than the prior or than the one in service.
    #[arg(long)]
    force: bool,
    /// Look by age, drift and what came true whether it is time; if so, train a challenger and compare it with the model in
    /// service, which stays there.
    #[arg(long, conflicts_with = "force")]
    if_needed: bool,
}

#[derive(Args)]
pub struct Recalibrate {
    /// What the model predicts [default: both].
    #[arg(long, value_enum)]
    target: Option<TargetWord>,
    /// Last day that labels are known by (YYYY-MM-DD) [default: the last of the warehouse].
    #[arg(long)]
    to: Option<Date>,
    /// Latest days with known labels that are used, at most.
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(i32).range(4..=366))]
    days: i32,
    /// Version of the model [default: the one in service].
    #[arg(long)]
    model: Option<String>,
    /// Put into service even what is not shown to be better.
    #[arg(long)]
    force: bool,
}

#[derive(Subcommand)]
pub enum TrainSetCommand {
    /// Write the rows that `train` would learn from as Parquet, each with its part in the split.
    Export {
        /// What to predict.
        #[arg(long, value_enum, default_value_t = TargetWord::Session)]
        target: TargetWord,
        /// First day (YYYY-MM-DD) [default: the first of the warehouse].
        #[arg(long)]
        from: Option<Date>,
        /// Last day; labels mature by its end [default: the last of the warehouse].
        #[arg(long)]
        to: Option<Date>,
        /// Parquet file to write.
        #[arg(long)]
        out: PathBuf,
    },
}

/// The gate of promotions and releases as configured.
pub fn gate(context: &Context, force: bool) -> Gate {
    Gate { thresholds: context.config.dashboard.thresholds, force }
}

fn targets(word: Option<TargetWord>) -> Vec<Target> {
    word.map_or_else(|| Target::ALL.to_vec(), |word| vec![word.target()])
}

fn texts(done: &[impl Display]) -> String {
    let text: Vec<String> = done.iter().map(ToString::to_string).collect();
    text.join("\n")
}

pub fn train(context: &Context, args: &Train) -> Result<u8> {
    if args.if_needed {
        // Mailed also when it cannot begin.
        let done = if_needed(context, args);
        alerts::looked(context, &done);
        let done = done?;
        context.print(&done, texts(&done))?;
        return Ok(0);
    }
    let (place, from, to) = days(context, args)?;
    let gate = gate(context, args.force);
    let done = train_job::train(&place, &targets(args.target), Some(from), to, &options(args), &gate)?;
    context.print(&done, texts(&done))?;
    Ok(u8::from(done.iter().any(|d| !d.in_service)))
}

fn if_needed(context: &Context, args: &Train) -> Result<Vec<Proposal>> {
    let (place, from, to) = days(context, args)?;
    let (rules, thresholds) = (&context.config.retrain, &context.config.dashboard.thresholds);
    retrain::if_needed(&place, &targets(args.target), Some(from), to, &options(args), rules, thresholds)
}

fn days(context: &Context, args: &Train) -> Result<(Place, Date, Date)> {
    let place = context.place()?;
    let days = place.warehouse.partitions(events_clean::TABLE)?;
    let (from, to) = range(args.from, args.to, days.into_iter())?;
    Ok((place, from, to))
}

fn options(args: &Train) -> TrainOptions {
    let kind = match args.algorithm {
        Algorithm::Trees => ModelKind::Trees,
        Algorithm::Linear => ModelKind::Linear,
    };
    TrainOptions { kind, ..TrainOptions::default() }
}

pub fn train_set(context: &Context, command: TrainSetCommand) -> Result<u8> {
    let TrainSetCommand::Export { target, from, to, out } = command;
    let place = context.place()?;
    let days = place.warehouse.partitions(events_clean::TABLE)?;
    let (from, to) = range(from, to, days.into_iter())?;
    let done = train_set_job::export(&place, target.target(), Some(from), to, &out)?;
    context.print(&done, &done)?;
    Ok(0)
}

pub fn recalibrate(context: &Context, args: &Recalibrate) -> Result<u8> {
    let place = context.place()?;
    let to = last_day(&place, args.to)?;
    let options = RecalibrateOptions { days: args.days, ..RecalibrateOptions::default() };
    let (targets, gate) = (targets(args.target), gate(context, args.force));
    let done = recalibrate_job::recalibrate(&place, &targets, args.model.as_deref(), to, &options, &gate)?;
    context.print(&done, texts(&done))?;
    Ok(u8::from(done.iter().any(|d| !d.in_service)))
}

fn last_day(place: &Place, to: Option<Date>) -> Result<Date> {
    let last = place.warehouse.partitions(events_clean::TABLE)?.last().copied();
    let Some(last) = last else { return Err(usage("the warehouse has no days; fill it with `inkling backfill`")) };
    Ok(to.unwrap_or(last).min(last))
}
