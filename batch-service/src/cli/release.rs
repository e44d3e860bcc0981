//! Commands about releases.

use super::train::gate;
use super::{Context, Subcommand, keys, tuf};
use anyhow::Result;
use batch_service::jobs::{ExitKind, exit, promote};
use batch_service::release::{
    Authority, Control, Expected, Manifest, PublishOptions, STABLE, Signer, Signing, control, online_key, publish,
    verify,
};
use jiff::Timestamp;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum ReleaseCommand {
    /// Keys and roots.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Sign and publish the session model in service with scorer and loader.
    Publish {
        /// Version of the model [default: the one in service].
        #[arg(long)]
        model: Option<String>,
        /// Folder of the online key and the chain of roots.
        #[arg(long)]
        keys: Option<PathBuf>,
        /// Folder with scorer.wasm, scorer.js and loader.js.
        #[arg(long)]
        web: Option<PathBuf>,
        /// Only for so many of 100 visitors; all others keep the stable release.
        #[arg(long, value_name = "PERCENT")]
        canary: Option<u64>,
        /// Loaders of a lower version give no score.
        #[arg(long, value_name = "VERSION")]
        min_loader: Option<u64>,
        /// Take nothing over from the release in the store: after a key was stolen.
        #[arg(long)]
        fresh: bool,
        /// Even a model that its report or the monitor speaks against; that is kept beside it.
        #[arg(long)]
        force: bool,
    },
    /// Sign what is published again, so that it does not expire; the daily job does so.
    Sign(Place),
    /// Go back to the stable files of an older release.
    Rollback {
        #[command(flatten)]
        place: Place,
        /// Version of the older release [default: the last one with other files].
        #[arg(long, value_name = "VERSION")]
        to: Option<u64>,
    },
    /// Let no page give a score.
    Stop(Place),
    /// Let pages give scores again.
    Resume(Place),
    /// Give the stable release to all visitors.
    EndCanary(Place),
    /// Check a published release as a page does.
    Verify {
        /// SHA-256 of the root that pages pin [default: the newest of the folder of the keys].
        #[arg(long)]
        root: Option<String>,
    },
    /// A client of any TUF repository, as the public conformance suite drives it.
    #[command(hide = true)]
    Tuf(tuf::Tuf),
}

#[derive(clap::Args)]
pub struct Place {
    /// Folder of the online key and the chain of roots.
    #[arg(long)]
    keys: Option<PathBuf>,
}

pub fn release(context: &Context, command: ReleaseCommand) -> Result<u8> {
    let config = &context.config.release;
    match command {
        ReleaseCommand::Keys(command) => return keys::keys(context, command),
        ReleaseCommand::Tuf(command) => return tuf::tuf(command),
        ReleaseCommand::Publish { model, keys, web, canary, min_loader, fresh, force } => {
            let place = context.place()?;
            promote::release(&place, model.as_deref(), &gate(context, force))?;
            let (authority, signer) = signing(context, keys)?;
            let web = web.unwrap_or_else(|| config.web.clone());
            let options = PublishOptions {
                version: model.as_deref(),
                web: &web,
                environment: &config.environment,
                canary,
                min_loader,
                fresh,
            };
            print(context, &publish(&place.store, of(context, &authority, &*signer), &options)?)?;
        }
        ReleaseCommand::Sign(place) => change(context, place, &Control::Resign)?,
        ReleaseCommand::Rollback { place, to } => change(context, place, &Control::Rollback(to))?,
        ReleaseCommand::Stop(place) => change(context, place, &Control::Stop)?,
        ReleaseCommand::Resume(place) => change(context, place, &Control::Resume)?,
        ReleaseCommand::EndCanary(place) => change(context, place, &Control::EndCanary)?,
        ReleaseCommand::Verify { root } => {
            let place = context.place()?;
            let root = match root {
                Some(text) => text,
                None => Authority::read(&config.keys)?.pin(),
            };
            let site = &place.site.profile.parts().name;
            let expected = Expected { root: &root, environment: &config.environment, site, now: Timestamp::now() };
            match verify(&place.store, &expected) {
                Ok(manifest) => print(context, &manifest)?,
                Err(error) => return Err(exit(ExitKind::Integrity, format!("release refused: {error}"))),
            }
        }
    }
    Ok(0)
}

fn change(context: &Context, place: Place, change: &Control) -> Result<()> {
    let (authority, signer) = signing(context, place.keys)?;
    let place = context.place()?;
    let site = &place.site.profile.parts().name;
    let environment = &context.config.release.environment;
    print(context, &control(&place.store, of(context, &authority, &*signer), site, environment, change)?)
}

fn signing(context: &Context, keys: Option<PathBuf>) -> Result<(Authority, Box<dyn Signer>)> {
    let authority = Authority::read(&keys.unwrap_or_else(|| context.config.release.keys.clone()))?;
    let signer = online_key(&authority, &context.config.release, &context.config.cloud)?;
    Ok((authority, signer))
}

fn of<'a>(context: &Context, authority: &'a Authority, signer: &'a dyn Signer) -> Signing<'a> {
    Signing { authority, signer, now: Timestamp::now(), days: context.config.release.days }
}

fn print(context: &Context, manifest: &Manifest) -> Result<()> {
    let contents = &manifest.contents;
    let mut text = format!("release {} of {}, good until {}", manifest.version, contents.site, manifest.expires);
    for (name, channel) in &contents.channels {
        let share = if name == STABLE { 100 - contents.canary_percent } else { contents.canary_percent };
        text += &format!("\n{name}: model {}, {share} of 100 visitors", channel.model_version);
    }
    if contents.stopped {
        text += "\nstopped: no page gives a score; `inkling release resume`";
    }
    context.print(manifest, text)
}
