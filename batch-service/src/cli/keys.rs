//! Commands about the keys of releases.

use super::{Context, Subcommand};
use anyhow::Result;
use batch_service::release::integrity::integrity;
use batch_service::release::{Authority, Change, Signer, in_kms};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum KeysCommand {
    /// Make the keys and the first root; what is there stays.
    Init {
        #[command(flatten)]
        places: Places,
        /// How many root keys.
        #[arg(long, default_value_t = 3)]
        of: usize,
        /// How many of them sign a root.
        #[arg(long, default_value_t = 2)]
        threshold: usize,
    },
    /// A key for the loader's own signature, which `gtm render --loader-key` makes.
    Loader {
        /// Folder with root keys.
        #[arg(long)]
        root_keys: Option<PathBuf>,
    },
    /// What pages pin, and the names of the keys.
    Show(Places),
    /// The next root, good for another year.
    Renew(Places),
    /// The next root, with another online key.
    Rotate(Places),
    /// The next root, without a key that was lost or stolen; a new one takes its place.
    Revoke {
        /// Its name, or 8 or more digits from its beginning.
        key: String,
        #[command(flatten)]
        places: Places,
    },
}

#[derive(Args)]
pub struct Places {
    /// Folder of the online key and the chain of roots.
    #[arg(long)]
    keys: Option<PathBuf>,
    /// Folders with root keys; new ones are written to the first.
    #[arg(long, num_args = 1..)]
    root_keys: Vec<PathBuf>,
}

pub fn keys(context: &Context, command: KeysCommand) -> Result<u8> {
    let config = &context.config.release;
    let at = |places: &Places| -> (PathBuf, Vec<PathBuf>) {
        let keys = places.keys.clone().unwrap_or_else(|| config.keys.clone());
        let roots = if places.root_keys.is_empty() { vec![config.root_keys.clone()] } else { places.root_keys.clone() };
        (keys, roots)
    };
    let changed = |places: &Places, change: Change| -> Result<Authority> {
        let (keys, roots) = at(places);
        // Only these two may need another online key, and a key in Cloud KMS is looked up for nothing else.
        let online = if change == Change::Renew { None } else { in_kms(config, &context.config.cloud)? };
        Authority::read(&keys)?.change(&change, &roots, online.as_ref().map(|key| key as &dyn Signer))
    };
    let authority = match command {
        KeysCommand::Init { places, of, threshold } => {
            let (keys, roots) = at(&places);
            let online = in_kms(config, &context.config.cloud)?;
            Authority::init(&keys, &roots[0], of, threshold, online.as_ref().map(|key| key as &dyn Signer))?
        }
        KeysCommand::Loader { root_keys } => {
            let folder = root_keys.unwrap_or_else(|| config.root_keys.clone());
            let (path, key) = Authority::loader_key(&folder)?;
            let attribute = integrity(&key);
            let text = format!("{}\npages ask for {attribute}", path.display());
            context.print(&json!({"file": path, "integrity": attribute}), text)?;
            return Ok(0);
        }
        KeysCommand::Show(places) => Authority::read(&at(&places).0)?,
        KeysCommand::Renew(places) => changed(&places, Change::Renew)?,
        KeysCommand::Rotate(places) => changed(&places, Change::Rotate)?,
        KeysCommand::Revoke { key, places } => changed(&places, Change::Revoke(key))?,
    };
    let root = authority.root()?;
    let (role, online) = (&root.roles["root"], &root.roles["timestamp"]);
    let version = root.head.version;
    let text = format!(
        "root {version}, good until {}; pages pin {}\nroot keys, {} of which sign: {}\nonline key: {}{}",
        root.head.expires,
        authority.pin(),
        role.threshold,
        role.keyids.join(", "),
        online.keyids.join(", "),
        if version > 1 { "\n`inkling release sign` or `publish` takes it into the release" } else { "" }
    );
    let value = json!({
        "version": version,
        "expires": root.head.expires,
        "root": authority.pin(),
        "threshold": role.threshold,
        "root_keys": role.keyids,
        "online_keys": online.keyids,
    });
    context.print(&value, text)?;
    Ok(0)
}
