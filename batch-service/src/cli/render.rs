//! What `inkling gtm render` is asked for.

use super::{Args, Context, ValueEnum, usage};
use anyhow::{Context as _, Result};
use batch_service::gtm::{FileUrl, FolderUrl, LinearModel, LoaderCode, RenderOptions, linear_model};
use batch_service::profile::SiteProfile;
use batch_service::release::{Authority, FileKey};
use batch_service::store::registry;
use model_core::Target;
use std::path::{Path, PathBuf};

/// Where the chain of roots begins.
const FIRST_ROOT: &str = "1.root.json";

#[derive(Args)]
pub struct Render {
    /// Folder to write.
    #[arg(long)]
    out: PathBuf,
    /// The one script that the tag injects: https, one exact path.
    #[arg(long)]
    loader: String,
    /// Folder where release.json lies: https, a slash at the end.
    #[arg(long)]
    base: String,
    /// SHA-256 of the trusted root document, 64 hexadecimal digits [default: what `release keys show` says].
    #[arg(long)]
    root: Option<String>,
    /// Folder of the chain of roots [default: release.keys of the configuration].
    #[arg(long, conflicts_with = "root")]
    keys: Option<PathBuf>,
    /// Folder where the folder `targets` of the releases lies: https, a slash at the end [default: that of --bucket, or else
    /// of --base].
    #[arg(long)]
    files: Option<String>,
    /// Folder with loader.js [default: release.web of the configuration].
    #[arg(long)]
    web: Option<PathBuf>,
    /// Name of the site [default: the one in the profile].
    #[arg(long)]
    site: Option<String>,
    /// Releases for any other are refused [default: release.environment of the configuration].
    #[arg(long)]
    environment: Option<String>,
    /// GA4 stream (G-...), where the site has more than one.
    #[arg(long)]
    stream: Option<String>,
    /// Channel of the releases [default: a stable share of the visitors gets the canary].
    #[arg(long, value_enum)]
    channel: Option<Channel>,
    /// Private key of the loader (`inkling release keys loader`): also write its signature, and a script that asks for it.
    #[arg(long)]
    loader_key: Option<PathBuf>,
    /// The host of the releases sends signatures with the files, as `inkling serve` does: browsers that can check them too.
    #[arg(long)]
    signed: bool,
    /// The page sends every page_view itself.
    #[arg(long)]
    no_page_views: bool,
    /// Other domains of the site, as in GA4's list for cross-domain measurement: links to them do not lead away.
    #[arg(long, value_delimiter = ',')]
    domains: Vec<String>,
    /// Parameters of the site's search, where GA4 was given others than its own.
    #[arg(long, value_delimiter = ',')]
    search: Vec<String>,
    /// Automatic events that are switched off in GA4, such as form_start.
    #[arg(long, value_delimiter = ',')]
    off: Vec<String>,
    /// Without consent, score in memory only.
    #[arg(long)]
    memory: bool,
    /// Event that the consent banner pushes once consent is given; the tag fires then, too.
    #[arg(long)]
    consent_event: Option<String>,
    /// Also write the client of a server container, which serves the loader, and release.json from this folder.
    #[arg(long)]
    bucket: Option<String>,
    /// Also write the variable that evaluates a linear model by itself, for sites that forbid injected scripts.
    #[arg(long)]
    linear: bool,
    /// Version of its model [default: the session model in service].
    #[arg(long, requires = "linear")]
    model: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Channel {
    /// What everybody gets.
    Stable,
    /// What is tried out.
    Canary,
}

impl Render {
    /// Folder to write.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// What the flags and the configuration ask for.
    pub fn options(&self, context: &Context) -> Result<RenderOptions> {
        let refused = |flag: &str, e: anyhow::Error| usage(&format!("--{flag} {e}"));
        let site = match (&self.site, &context.config.profile) {
            (Some(site), _) => site.clone(),
            (None, Some(profile)) => SiteProfile::load(profile)?.profile.parts().name.clone(),
            (None, None) => return Err(usage("which site? Give --site NAME or --profile FILE")),
        };
        let channel = self.channel.map(|c| if matches!(c, Channel::Stable) { "stable" } else { "canary" });
        let code = LoaderCode::read(self.web.as_ref().unwrap_or(&context.config.release.web))?;
        let key = self.loader_key.as_deref().map(FileKey::read).transpose()?;
        let folder = |flag: &str, text: &Option<String>| {
            text.as_deref().map(FolderUrl::parse).transpose().map_err(|e| refused(flag, e))
        };
        let base = FolderUrl::parse(&self.base).map_err(|e| refused("base", e))?;
        let bucket = folder("bucket", &self.bucket)?;
        // Through a server container come only texts.
        let files = folder("files", &self.files)?.or_else(|| bucket.clone()).filter(|files| *files != base);
        Ok(RenderOptions {
            signature: key.map(|key| code.sign(&key)).transpose()?,
            signed: self.signed,
            loader: FileUrl::parse(&self.loader).map_err(|e| refused("loader", e))?,
            base,
            files,
            code,
            root: self.root(context)?,
            site,
            environment: self.environment.clone().unwrap_or_else(|| context.config.release.environment.clone()),
            stream: self.stream.clone(),
            channel: channel.map(str::to_owned),
            page_views: !self.no_page_views,
            domains: self.domains.clone(),
            search: self.search.clone(),
            off: self.off.clone(),
            memory: self.memory,
            consent_event: self.consent_event.clone(),
            bucket,
            linear: if self.linear { Some(self.linear_model(context)?) } else { None },
        })
    }

    /// The given one, or that of the keys folder.
    fn root(&self, context: &Context) -> Result<String> {
        if let Some(root) = &self.root {
            return Ok(root.clone());
        }
        let folder = self.keys.as_ref().unwrap_or(&context.config.release.keys);
        // Without a folder of keys the question is which root to trust; keys that do not hold together are their own matter.
        if !folder.join(FIRST_ROOT).exists() {
            let text = format!(
                "which root do pages trust? There is no {FIRST_ROOT} in {}: give --root SHA256 (`inkling release keys show` \
                 says it where the keys are) or --keys DIR, or make keys with `inkling release keys init`",
                folder.display()
            );
            return Err(usage(&text));
        }
        Ok(Authority::read(folder)?.pin())
    }

    fn linear_model(&self, context: &Context) -> Result<LinearModel> {
        let place = context.place()?;
        let version = match &self.model {
            Some(version) => version.clone(),
            None => registry::in_service(&place.store, Target::Session)?
                .context("no session model is in service; make one with `inkling train`")?,
        };
        linear_model(&registry::load(&place.store, &version)?.bundle)
    }
}
