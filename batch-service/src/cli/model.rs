//! Commands about models.

use super::commands::TargetWord;
use super::train::gate;
use super::{Context, Subcommand, usage};
use anyhow::Result;
use batch_service::jobs::compare::compare;
use batch_service::jobs::models::list;
use batch_service::jobs::promote::{challenge, promote, rollback};
use batch_service::store::registry::{self, Decision};
use serde_json::json;

#[derive(Subcommand)]
pub enum ModelCommand {
    /// Versions in the registry: what they are, how good they were, which are in service, and the history of that.
    List,
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
    let place = context.place()?;
    match command {
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
