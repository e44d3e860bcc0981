//! Commands about models.

use super::commands::TargetWord;
use super::{Context, Subcommand};
use anyhow::Result;
use batch_service::store::registry;
use model_core::Target;
use serde_json::json;

#[derive(Subcommand)]
pub enum ModelCommand {
    /// Versions in the registry, and which are in service.
    List,
    /// The model card.
    Card {
        /// Version of the model.
        version: String,
    },
    /// Put a version into service.
    Promote {
        /// Version of the model.
        version: String,
        /// What it predicts.
        #[arg(long, value_enum)]
        target: TargetWord,
    },
}

pub fn model(context: &Context, command: ModelCommand) -> Result<u8> {
    let place = context.place()?;
    match command {
        ModelCommand::List => {
            let serving: Vec<Option<String>> =
                Target::ALL.iter().map(|t| registry::in_service(&place.store, *t)).collect::<Result<_>>()?;
            let versions = registry::versions(&place.store)?;
            let text: Vec<String> = versions
                .iter()
                .map(|v| format!("{v}{}", if serving.contains(&Some(v.clone())) { "  in service" } else { "" }))
                .collect();
            context.print(&json!({"versions": versions, "in_service": serving}), text.join("\n"))?;
        }
        ModelCommand::Card { version } => {
            let card = registry::text(&place.store, &version, "card.md")?;
            context.print(&json!({"card": card}), &card)?;
        }
        ModelCommand::Promote { version, target } => {
            registry::promote(&place.store, target.target(), &version)?;
            context.print(&json!({"in_service": version}), format!("{version} is in service"))?;
        }
    }
    Ok(0)
}
