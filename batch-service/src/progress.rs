//! Progress on a terminal, silence elsewhere. Everything goes to stderr: stdout is for results.

use crate::logs::{self, Format, Severity};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of `len` steps.
#[must_use]
pub fn bar(len: u64, what: &'static str) -> ProgressBar {
    // `stderr` hides itself where there is no terminal.
    let target = match logs::format() {
        Format::Text => ProgressDrawTarget::stderr(),
        Format::Json => ProgressDrawTarget::hidden(),
    };
    let bar = ProgressBar::with_draw_target(Some(len), target);
    if let Ok(style) = ProgressStyle::with_template("{prefix:>10} {bar:32} {pos}/{len} {msg} {eta}") {
        bar.set_style(style);
    }
    bar.set_prefix(what);
    bar
}

/// One line on stderr.
pub fn note(text: impl std::fmt::Display) {
    logs::line(Severity::Info, text).print();
}

/// One line on stderr about trouble that does not end the work.
pub fn warning(text: impl std::fmt::Display) {
    logs::line(Severity::Warning, text).print();
}
