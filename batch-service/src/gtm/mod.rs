//! Google Tag Manager: templates with the customer's own addresses, one container file to import, and the runner of
//! the templates' tests. How it is used: `docs/GTM.md`.

mod address;
mod container;
mod linear;
mod render;
mod runner;
mod templates;

pub use address::{FileUrl, FolderUrl};
pub use linear::{Coverage, LinearModel, linear_model};
pub use render::{RenderOptions, Rendered, render};
pub use runner::{Verdict, run_tests};
