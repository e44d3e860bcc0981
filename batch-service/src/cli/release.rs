//! Commands about models and releases.

use super::commands::TargetWord;
use super::{Context, Subcommand};
use anyhow::Result;
use batch_service::jobs::{ExitKind, exit};
use batch_service::release::{Expected, KeyPair, PublicKey, PublishOptions, create_keys, publish, read_public, verify};
use batch_service::store::registry;
use jiff::Timestamp;
use model_core::Target;
use serde_json::json;
use std::path::PathBuf;

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

#[derive(Subcommand)]
pub enum ReleaseCommand {
    /// Make signing keys, or show the public one.
    Keys {
        /// Folder of the keys.
        #[arg(long)]
        keys: Option<PathBuf>,
    },
    /// Sign and publish the session model in service with scorer and loader.
    Publish {
        /// Version of the model [default: the one in service].
        #[arg(long)]
        model: Option<String>,
        /// Folder of the keys.
        #[arg(long)]
        keys: Option<PathBuf>,
        /// Folder with scorer.wasm and loader.js.
        #[arg(long)]
        web: Option<PathBuf>,
    },
    /// Check a published release as a page does.
    Verify {
        /// Base64 of the public key [default: the one in the folder of the keys].
        #[arg(long)]
        key: Option<String>,
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

pub fn release(context: &Context, command: ReleaseCommand) -> Result<u8> {
    let config = &context.config.release;
    match command {
        ReleaseCommand::Keys { keys } => {
            let folder = keys.unwrap_or_else(|| config.keys.clone());
            let public = create_keys(&folder)?;
            let text =
                format!("public key {} (id {})\nprivate key in {}", public.text(), public.id(), folder.display());
            context.print(&json!({"public_key": public.text(), "key_id": public.id()}), text)?;
        }
        ReleaseCommand::Publish { model, keys, web } => {
            let place = context.place()?;
            let key = KeyPair::read(&keys.unwrap_or_else(|| config.keys.clone()))?;
            let web = web.unwrap_or_else(|| config.web.clone());
            let options = PublishOptions {
                version: model.as_deref(),
                web: &web,
                environment: &config.environment,
                days: config.days,
                now: Timestamp::now(),
            };
            let done = publish(&place.store, &key, &options)?;
            let m = &done.manifest;
            let text =
                format!("release {} of {} with model {}, expires {}", m.version, m.site, m.model_version, m.expires);
            context.print(&done, text)?;
        }
        ReleaseCommand::Verify { key } => {
            let place = context.place()?;
            let key = match key {
                Some(text) => PublicKey::parse(&text)?,
                None => read_public(&config.keys)?,
            };
            let site = &place.site.profile.parts().name;
            let expected =
                Expected { key: &key, environment: &config.environment, site: Some(site), now: Timestamp::now() };
            match verify(&place.store, "release", &expected) {
                Ok(manifest) => {
                    let text = format!("release {} is good until {}", manifest.version, manifest.expires);
                    context.print(&manifest, text)?;
                }
                Err(error) => return Err(exit(ExitKind::Integrity, format!("release refused: {error}"))),
            }
        }
    }
    Ok(0)
}
