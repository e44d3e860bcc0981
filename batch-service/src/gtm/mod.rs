//! Google Tag Manager: templates with the customer's own addresses, container files to import, what loads the tag without
//! a template, and the runner of the templates' tests. How it is used: `docs/GTM.md`.

mod address;
mod container;
mod linear;
mod page;
mod render;
mod runner;
mod templates;

pub use address::{FileUrl, FolderUrl};
pub use linear::{Coverage, LinearModel, linear_model};
pub use page::LoaderCode;
pub use render::{RenderOptions, Rendered, render};
pub use runner::{Verdict, run_tests};
