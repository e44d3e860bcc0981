//! Status words and the rules behind them. Colour is never alone: each status has a word and a shape.

use serde::{Deserialize, Serialize};

/// What a tile or a section says about itself, from harmless to severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Not enough data to say.
    Unknown,
    /// Within the thresholds.
    Good,
    /// Worth a look.
    Watch,
    /// Do not rely on it before it is understood.
    Alert,
}

impl Status {
    /// The word on the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "Not enough data yet",
            Self::Good => "Good",
            Self::Watch => "Watch",
            Self::Alert => "Alert",
        }
    }

    /// The class that gives the colour.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Good => "good",
            Self::Watch => "watch",
            Self::Alert => "alert",
        }
    }

    /// Shape on a 16 x 16 field: dashed ring, disc with tick, triangle, octagon with cross.
    fn shape(self) -> &'static str {
        match self {
            Self::Unknown => r#"<circle class="ring" cx="8" cy="8" r="6"/>"#,
            Self::Good => r#"<circle cx="8" cy="8" r="7.5"/><path class="mark" d="M4.6 8.3l2.3 2.4 4.5-5"/>"#,
            Self::Watch => r#"<path d="M8 1l7.4 13.2H.6z"/><path class="mark" d="M8 5.8v4M8 11.9v.1"/>"#,
            Self::Alert => {
                r#"<path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z"/><path class="mark" d="M5.5 5.5l5 5M10.5 5.5l-5 5"/>"#
            }
        }
    }

    /// Shape alone, for places where the word stands beside it.
    #[must_use]
    pub fn icon(self) -> String {
        format!(
            r#"<svg class="icon {}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{}</svg>"#,
            self.class(),
            self.shape()
        )
    }

    /// Shape, word and colour.
    #[must_use]
    pub fn badge(self) -> String {
        format!(r#"<span class="badge {}">{}{}</span>"#, self.class(), self.icon(), self.word())
    }
}

/// When a number turns amber or red.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Share by which a day may differ from the median of its last four weekdays: amber, red.
    pub volume: [f64; 2],
    /// Predicted over observed may be this much too high: amber, red. Too low is its inverse.
    pub calibration_ratio: [f64; 2],
    /// Share by which the top-decile lift may fall below the test's: amber, red.
    pub lift_drop: [f64; 2],
    /// Share of rejected rows: amber, red (a run stops at red).
    pub rejected_share: [f64; 2],
    /// Largest difference between browser and batch that is still amber.
    pub parity_difference: f64,
    /// Below this many conversions nothing is judged.
    pub min_conversions: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            volume: [0.20, 0.40],
            calibration_ratio: [1.11, 1.25],
            lift_drop: [0.10, 0.25],
            rejected_share: [0.001, 0.01],
            parity_difference: 1e-6,
            min_conversions: 10,
        }
    }
}

/// `Watch` above the first limit, `Alert` above the second.
#[must_use]
pub fn above(value: f64, limits: [f64; 2]) -> Status {
    if !value.is_finite() {
        Status::Unknown
    } else if value > limits[1] {
        Status::Alert
    } else if value > limits[0] {
        Status::Watch
    } else {
        Status::Good
    }
}
