//! Commands about Google Tag Manager.

use super::render::Render;
use super::{Context, Output, Subcommand, usage};
use anyhow::Result;
use batch_service::gtm::{Verdict, render, run_tests};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum GtmCommand {
    /// Write what loads the tag: container files to import, templates, and HTML for a page or a Custom HTML tag.
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

pub fn gtm(context: &Context, command: GtmCommand) -> Result<u8> {
    match command {
        GtmCommand::Render(args) => {
            let options = args.options(context)?;
            let done = render(args.out(), &options).map_err(|e| usage(&format!("{e:#}")))?;
            let folder = done.out.display();
            let linear = done.linear.as_ref().map_or(String::new(), |c| {
                let (seen, all) = (c.seen.len(), c.seen.len() + c.unseen.len());
                format!(
                    "\nlinear model {}: {seen} of {all} features are seen by a variable, the others count as missing",
                    c.version
                )
            });
            let text = format!(
                "{} in {folder}{linear}\n\
                 {folder}/loader.js belongs at {}\n\
                 without Tag Manager: {folder}/inkling-script.html into the head of your pages\n\
                 in Tag Manager: Admin, Import container, {folder}/{}, Merge",
                done.files.join(", "),
                options.loader,
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
