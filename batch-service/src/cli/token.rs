//! `inkling token`: what callers of the server show.

use super::{Context, Subcommand, usage};
use anyhow::{Context as _, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use batch_service::release::{FileKey, Signer};
use batch_service::serve::{issue, now};
use jiff::SignedDuration;
use serde_json::json;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum TokenCommand {
    /// Make a caller's key, unless it is there, and print its public half for `serve.callers`.
    Key {
        /// File of the key.
        #[arg(long)]
        key: PathBuf,
    },
    /// Make a token that asks for scores.
    Issue {
        /// Name of the caller, as in `serve.callers`.
        #[arg(long)]
        caller: String,
        /// File of its key.
        #[arg(long)]
        key: PathBuf,
        /// For how long it is good, at most 1h.
        #[arg(long, default_value = "15m")]
        ttl: SignedDuration,
        /// The server that it is for [default: serve.audience].
        #[arg(long)]
        audience: Option<String>,
    },
}

pub fn token(context: &Context, command: TokenCommand) -> Result<u8> {
    match command {
        TokenCommand::Key { key } => {
            let pair = if key.exists() { FileKey::read(&key)? } else { FileKey::create(&key)? };
            let public = BASE64_STANDARD.encode(pair.public());
            context.print(&json!({"file": key, "public": public}), &public)?;
        }
        TokenCommand::Issue { caller, key, ttl, audience } => {
            let audience = audience.or_else(|| context.config.serve.audience.clone());
            let Some(audience) = audience else {
                return Err(usage("for which server? Give --audience, or `audience` in [serve] of inkling.toml"));
            };
            let pair = FileKey::read(&key)?;
            let (start, seconds) = (now().as_second(), ttl.as_secs());
            let token = issue(&pair, &caller, &audience, start, seconds).context("no token")?;
            context.print(&json!({"token": token, "expires": start + seconds}), &token)?;
        }
    }
    Ok(0)
}
