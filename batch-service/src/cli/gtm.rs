//! Commands about Google Tag Manager.

use super::{Args, Context, Output, Subcommand, ValueEnum, usage};
use anyhow::{Context as _, Result};
use batch_service::gtm::{FileUrl, FolderUrl, LinearModel, RenderOptions, Verdict, linear_model, render, run_tests};
use batch_service::profile::SiteProfile;
use batch_service::store::registry;
use model_core::Target;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum GtmCommand {
    /// Write the templates with your addresses, and one container file to import.
    Render(Box<Render>),
    /// Run the tests of a template, and check its permissions, sandbox and branches.
    Test {
        /// The template.
        file: PathBuf,
        /// Folder with gtm-test.mjs.
        #[arg(long)]
        web: Option<PathBuf>,
        /// Judge by the scenarios alone, as the editor does.
        #[arg(long)]
        scenarios_only: bool,
    },
}

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
    /// SHA-256 of the trusted root document, 64 hexadecimal digits.
    #[arg(long)]
    root: String,
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
    /// The page sends every page_view itself.
    #[arg(long)]
    no_page_views: bool,
    /// Without consent, score in memory only.
    #[arg(long)]
    memory: bool,
    /// Event that the consent banner pushes once consent is given; the tag fires then, too.
    #[arg(long)]
    consent_event: Option<String>,
    /// Also write the client of a server container, which fetches from this folder.
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
    fn options(&self, context: &Context) -> Result<RenderOptions> {
        let refused = |flag: &str, e: anyhow::Error| usage(&format!("--{flag} {e}"));
        let site = match (&self.site, &context.config.profile) {
            (Some(site), _) => site.clone(),
            (None, Some(profile)) => SiteProfile::load(profile)?.profile.parts().name.clone(),
            (None, None) => return Err(usage("which site? Give --site NAME or --profile FILE")),
        };
        let channel = self.channel.map(|c| if matches!(c, Channel::Stable) { "stable" } else { "canary" });
        Ok(RenderOptions {
            loader: FileUrl::parse(&self.loader).map_err(|e| refused("loader", e))?,
            base: FolderUrl::parse(&self.base).map_err(|e| refused("base", e))?,
            root: self.root.clone(),
            site,
            environment: self.environment.clone().unwrap_or_else(|| context.config.release.environment.clone()),
            stream: self.stream.clone(),
            channel: channel.map(str::to_owned),
            page_views: !self.no_page_views,
            memory: self.memory,
            consent_event: self.consent_event.clone(),
            bucket: self.bucket.as_deref().map(FolderUrl::parse).transpose().map_err(|e| refused("bucket", e))?,
            linear: if self.linear { Some(self.linear_model(context)?) } else { None },
        })
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

pub fn gtm(context: &Context, command: GtmCommand) -> Result<u8> {
    match command {
        GtmCommand::Render(args) => {
            let options = args.options(context)?;
            let done = render(&args.out, &options).map_err(|e| usage(&format!("{e:#}")))?;
            let folder = done.out.display();
            let linear = done.linear.as_ref().map_or(String::new(), |c| {
                let (seen, all) = (c.seen.len(), c.seen.len() + c.unseen.len());
                format!(
                    "\nlinear model {}: {seen} of {all} features are seen by a variable, the others count as missing",
                    c.version
                )
            });
            let text = format!(
                "{} in {folder}{linear}\nin Tag Manager: Admin, Import container, {folder}/{}, Merge",
                done.files.join(", "),
                done.container
            );
            context.print(&done, text)?;
            Ok(0)
        }
        GtmCommand::Test { file, web, scenarios_only } => {
            let web = web.unwrap_or_else(|| context.config.release.web.clone());
            let verdict = run_tests(&web, &file, scenarios_only, context.output == Output::Json)?;
            Ok(u8::from(verdict == Verdict::Bad))
        }
    }
}
