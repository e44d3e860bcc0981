//! The dashboard: one self-contained HTML file, made of the built page of `web/dashboard` and the rows of the reporting
//! views (`monitor::views`). What of them a page shows is chosen here; nothing is computed.

mod digits;
mod drift;
mod link;
mod page;
mod rows;
mod selection;
mod shown;
#[cfg(test)]
mod tests;

pub use link::{REPORT, report_link};
pub use page::{FILE, Page};
pub use selection::Selection;
pub use shown::{Shown, shown, versions};
