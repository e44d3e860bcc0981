//! Commands about models.

use super::commands::TargetWord;
use super::data::range;
use super::train::gate;
use super::{Context, Subcommand, usage};
use anyhow::Result;
use batch_service::import::{Mapping, confine};
use batch_service::jobs::compare::compare;
use batch_service::jobs::import::{ImportOptions, import};
use batch_service::jobs::models::list;
use batch_service::jobs::promote::{challenge, promote, rollback};
use batch_service::store::registry::{self, Decision};
use batch_service::warehouse::events_clean;
use jiff::civil::Date;
use serde_json::json;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum ModelCommand {
    /// Versions in the registry: what they are, how good they were, which are in service, and the history of that.
    List,
    /// Read a model that was trained in Python, without running anything of it, compare it with what Python says, judge it
    /// on the newest days, and keep it. `model promote` puts it into service.
    Import {
        /// File: pickle, joblib, LightGBM text, XGBoost JSON or UBJSON, or Inkling's own document; a path or gs://BUCKET/NAME.
        file: String,
        /// What it predicts.
        #[arg(long, value_enum)]
        target: TargetWord,
        /// Rows to compare on, CSV or Parquet; with --expected.
        #[arg(long, requires = "expected")]
        check: Option<PathBuf>,
        /// The probabilities that Python gives these rows, CSV or Parquet.
        #[arg(long, requires = "check")]
        expected: Option<PathBuf>,
        /// JSON object that says which feature each input is; by name without.
        #[arg(long)]
        map: Option<PathBuf>,
        /// First day to judge it on (YYYY-MM-DD) [default: the first of the warehouse].
        #[arg(long)]
        from: Option<Date>,
        /// Last day [default: the last of the warehouse].
        #[arg(long)]
        to: Option<Date>,
    },
    /// What `import` starts as a process of its own: the file on stdin, the model on stdout.
    #[command(hide = true)]
    Convert {
        /// Name of the file, for messages.
        name: String,
    },
    /// The model card.
    Card {
        /// Version of the model.
        version: String,
    },
    /// Put a version into service: it is the champion of its target.
    Promote {
        /// Version of the model.
        version: String,
        /// What it predicts.
        #[arg(long, value_enum)]
        target: TargetWord,
        /// Why, for the history.
        #[arg(long)]
        why: Option<String>,
        /// Even one that its report or the monitor speaks against; that is kept beside it.
        #[arg(long)]
        force: bool,
    },
    /// Put the champion before the one in service back.
    Rollback {
        /// What it predicts.
        #[arg(long, value_enum)]
        target: TargetWord,
        /// Why, for the history.
        #[arg(long)]
        why: Option<String>,
        /// Even one that its report or the monitor speaks against; that is kept beside it.
        #[arg(long)]
        force: bool,
    },
    /// Champion and challenger beside each other: how far their daily scores agree, and who was nearer to what came true.
    Compare {
        /// What they predict.
        #[arg(long, value_enum)]
        target: TargetWord,
        /// Latest days that are looked at.
        #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(i32).range(1..=366))]
        days: i32,
    },
    /// Make a version the challenger of its target, in the place of another one.
    Challenge {
        /// Version of the model.
        #[arg(required_unless_present = "end", conflicts_with = "end")]
        version: Option<String>,
        /// What it predicts.
        #[arg(long, value_enum)]
        target: TargetWord,
        /// Leave the target without a challenger.
        #[arg(long)]
        end: bool,
    },
}

pub fn model(context: &Context, command: ModelCommand) -> Result<u8> {
    // With little memory and no environment, so before all else.
    if let ModelCommand::Convert { name } = &command {
        confine::answer(name)?;
        return Ok(0);
    }
    let place = context.place()?;
    match command {
        ModelCommand::Convert { .. } => {}
        ModelCommand::Import { file, target, check, expected, map, from, to } => {
            let mapping = match map {
                Some(path) => {
                    let text =
                        std::fs::read_to_string(&path).map_err(|e| usage(&format!("{}: {e}", path.display())))?;
                    Mapping::parse(&text).map_err(|e| usage(&e.to_string()))?
                }
                None => Mapping::default(),
            };
            let days = place.warehouse.partitions(events_clean::TABLE)?;
            let (from, to) = range(from, to, days.into_iter())?;
            let (check, days) = (check.zip(expected), (Some(from), to));
            let options = ImportOptions { file, target: target.target(), mapping, check, days };
            let done = import(&place, &options, &context.config.cloud)?;
            context.print(&done, &done)?;
            return Ok(u8::from(!done.report.release_allowed));
        }
        ModelCommand::List => {
            let found = list(&*place.store)?;
            context.print(&found, &found)?;
        }
        ModelCommand::Card { version } => {
            let card = registry::text(&place.store, &version, "card.md")?;
            context.print(&json!({"card": card}), &card)?;
        }
        ModelCommand::Promote { version, target, why, force } => {
            let decision = Decision { why: why.as_deref(), ..Decision::by("model promote") };
            promote(&place, target.target(), &version, &decision, &gate(context, force))?;
            context.print(&json!({"in_service": version}), format!("{version} is in service"))?;
        }
        ModelCommand::Rollback { target, why, force } => {
            let version = rollback(&place, target.target(), why.as_deref(), &gate(context, force))?;
            let text = format!("{version} is in service again; pages get it with `inkling release publish`");
            context.print(&json!({"in_service": version}), text)?;
        }
        ModelCommand::Compare { target, days } => {
            let found = compare(&place, target.target(), days)?;
            context.print(&found, &found)?;
        }
        ModelCommand::Challenge { version, target, end } => {
            let name = target.target().as_str();
            let text = match &version {
                Some(version) => {
                    challenge(&place, target.target(), version)?;
                    format!("{version} is the challenger of the target {name}")
                }
                None if end => {
                    registry::challenge(&*place.store, target.target(), None)?;
                    format!("the target {name} has no challenger")
                }
                None => return Err(usage("which version? Give one, or --end")),
            };
            context.print(&json!({"challenger": version}), text)?;
        }
    }
    Ok(0)
}
