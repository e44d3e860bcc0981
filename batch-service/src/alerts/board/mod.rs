//! Section 1 of the dashboard for a mail: the one sentence, why, and six figures, each with a word, a shape and a colour.
//!
//! Mail programs show no SVG and run no script, and each lays out HTML in its own way: so it is a picture (PNG), with
//! everything that it says as its alternative text.

mod canvas;
mod draw;
mod html;
mod png;
mod read;
mod shapes;
#[cfg(test)]
mod tests;

pub use html::html;
pub use read::board;

use crate::monitor::Status;
use serde::{Deserialize, Serialize};

/// A figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// The figure; an en dash where it is missing.
    pub value: String,
    /// What its checks say.
    pub status: Status,
}

/// What the picture shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The site.
    pub site: String,
    /// The last day that was looked at, YYYY-MM-DD.
    pub day: String,
    /// The worst of all checks.
    pub status: Status,
    /// A sentence about it.
    pub reason: String,
    /// The figures.
    pub tiles: Vec<Tile>,
    /// The day whose run has failed, if the mail is about that: then the figures are of an earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// The word of a status; the same as on the page.
#[must_use]
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Green => "Good",
        Status::Amber => "Watch",
        Status::Red => "Alert",
        Status::Grey => "Not enough data yet",
    }
}

/// The one sentence; the same as on the page.
#[must_use]
pub fn headline(status: Status) -> &'static str {
    match status {
        Status::Green => "Today’s scores can be trusted.",
        Status::Amber => "The scores can be used, but something needs a look.",
        Status::Red => "Do not rely on today’s scores before this is understood.",
        Status::Grey => "It is too early to judge the scores.",
    }
}

impl Board {
    /// The picture.
    ///
    /// # Errors
    /// When the letters cannot be read, or packing fails.
    pub fn png(&self) -> anyhow::Result<Vec<u8>> {
        draw::draw(self)?.png()
    }

    /// The same figures in a mail about the failed run of a day: that they are well says nothing of it.
    #[must_use]
    pub fn of_failure(self, day: &str) -> Self {
        Self { status: Status::Red, reason: String::new(), failed: Some(day.to_owned()), ..self }
    }

    /// The one sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        match &self.failed {
            Some(day) => format!("The run of {day} failed; these are figures of {}.", self.day),
            None => headline(self.status).to_owned(),
        }
    }

    /// What the picture says, for who does not see it.
    #[must_use]
    pub fn text(&self) -> String {
        let tiles = self.tiles.iter().map(|t| format!("{}: {} ({})", t.label, t.value, word(t.status)));
        let reason = if self.reason.is_empty() { String::new() } else { format!(" Why: {}.", self.reason) };
        let of = format!("{}, {}. {}: {}{reason} ", self.site, self.day, word(self.status), self.headline());
        of + &tiles.collect::<Vec<_>>().join("; ") + "."
    }
}
