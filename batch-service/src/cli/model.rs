//! Commands about models.

use super::commands::TargetWord;
use super::train::gate;
use super::{Context, Subcommand};
use anyhow::Result;
use batch_service::jobs::promote::promote;
use batch_service::store::registry;
use model_core::Target;
use serde_json::json;
use std::collections::BTreeMap;

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
        /// Even one that its report or the monitor speaks against; that is kept beside it.
        #[arg(long)]
        force: bool,
    },
}

pub fn model(context: &Context, command: ModelCommand) -> Result<u8> {
    let place = context.place()?;
    match command {
        ModelCommand::List => {
            let serving: Vec<Option<String>> =
                Target::ALL.iter().map(|t| registry::in_service(&place.store, *t)).collect::<Result<_>>()?;
            let challengers: Vec<Option<String>> =
                Target::ALL.iter().map(|t| registry::challenger(&*place.store, *t)).collect::<Result<_>>()?;
            let versions = registry::versions(&*place.store)?;
            let mut forced = BTreeMap::new();
            for version in &versions {
                let times = registry::forced_of(&*place.store, version)?;
                if !times.is_empty() {
                    forced.insert(version.clone(), times);
                }
            }
            let word = |version: &String| {
                let named = |list: &[Option<String>]| list.iter().flatten().any(|v| v == version);
                let serving = if named(&serving) { "  in service" } else { "" };
                let challenger = if named(&challengers) { "  challenger" } else { "" };
                let last = forced.get(version).and_then(|times| times.last());
                let by = last.map_or_else(String::new, |f| format!("  by --force, {}: {}", f.at, f.reasons.join("; ")));
                format!("{version}{serving}{challenger}{by}")
            };
            let text: Vec<String> = versions.iter().map(word).collect();
            let found = json!({
                "versions": versions, "in_service": serving, "challenger": challengers, "forced": forced,
            });
            context.print(&found, text.join("\n"))?;
        }
        ModelCommand::Card { version } => {
            let card = registry::text(&place.store, &version, "card.md")?;
            context.print(&json!({"card": card}), &card)?;
        }
        ModelCommand::Promote { version, target, force } => {
            promote(&place, target.target(), &version, "model promote", &gate(context, force))?;
            context.print(&json!({"in_service": version}), format!("{version} is in service"))?;
        }
    }
    Ok(0)
}
