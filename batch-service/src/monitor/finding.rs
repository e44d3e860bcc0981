//! What a check found, for tiles, alerts and mails.

use super::status::Status;
use serde::Serialize;

/// Findings of one kind are one incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The data of the day are not as usual.
    Data,
    /// The scores cannot be relied on.
    Model,
    /// Scores do not get where they should.
    Delivery,
}

/// The tile of the page that a finding belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Tile {
    Volume,
    Calibration,
    Auc,
    Lift,
    Drift,
    Segments,
    Tag,
    Parity,
    Activation,
}

impl Group {
    /// The group of a rule.
    #[must_use]
    pub fn of(rule: &str) -> Self {
        match rule.split(':').next().unwrap_or_default() {
            "volume" | "labels" => Self::Data,
            "tag" | "parity" | "activation" => Self::Delivery,
            _ => Self::Model,
        }
    }
}

/// What a check says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Names the check and what it is about: `volume`, `drift:session.device`.
    pub rule: String,
    /// Where it is shown.
    pub tile: Tile,
    /// What it says.
    pub status: Status,
    /// What was measured; NaN when nothing could be.
    pub value: f64,
    /// The limit that `value` is beyond, or the one of red.
    pub threshold: f64,
    /// A sentence without any visitor; empty when there is nothing to say.
    pub cause: String,
}

/// The worst status of a tile.
#[must_use]
pub fn of_tile(findings: &[Finding], tile: Tile) -> Status {
    findings.iter().filter(|f| f.tile == tile).map(|f| f.status).max().unwrap_or_default()
}

/// A share in percent, for sentences.
#[must_use]
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    match value.abs() {
        v if !v.is_finite() => "?".to_owned(),
        v if v >= 10.0 || v == 0.0 => format!("{value:.0} %"),
        v if v >= 1.0 => format!("{value:.1} %"),
        _ => format!("{value:.2} %"),
    }
}
