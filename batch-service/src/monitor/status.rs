//! Status words, and the configured limits behind them.

use serde::{Deserialize, Serialize};

/// What a check says, from nothing to severe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not enough data to say.
    #[default]
    Grey,
    /// Within the limits.
    Green,
    /// Worth a look.
    Amber,
    /// Not to be relied on before it is understood.
    Red,
}

impl Status {
    /// The word of the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }

    /// Of a word of the tables; anything else is grey.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        [Self::Green, Self::Amber, Self::Red].into_iter().find(|s| s.as_str() == word).unwrap_or_default()
    }

    /// Amber above the first limit, red above the second; grey for NaN.
    #[must_use]
    pub fn above(value: f64, limits: [f64; 2]) -> Self {
        match value {
            v if v.is_nan() => Self::Grey,
            v if v > limits[1] => Self::Red,
            v if v > limits[0] => Self::Amber,
            _ => Self::Green,
        }
    }

    /// Amber below the first limit, red below the second; grey for NaN.
    #[must_use]
    pub fn below(value: f64, limits: [f64; 2]) -> Self {
        Self::above(-value, [-limits[0], -limits[1]])
    }
}

impl From<Status> for super::rows::Cell {
    fn from(status: Status) -> Self {
        status.as_str().into()
    }
}

/// The least of a group that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmallCell {
    /// Conversions.
    pub conversions: u64,
    /// Visitors.
    pub visitors: u64,
}

impl Default for SmallCell {
    fn default() -> Self {
        Self { conversions: 10, visitors: 100 }
    }
}

/// `[dashboard.thresholds]`: where a check turns amber and red. Shares are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Hours since the last scores were written.
    pub fresh_hours: [f64; 2],
    /// Share by which visitors differ from the median of the four last same weekdays.
    pub volume_share: [f64; 2],
    /// Hours in a row without an event beyond the usual number of them: so many are red.
    pub gap_hours: [f64; 1],
    /// Predicted over observed: green within the first pair, amber within the second.
    pub calibration_ratio: [[f64; 2]; 2],
    /// Standard deviations by which the AUC is below that of the test.
    pub auc_sd: [f64; 2],
    /// Share by which the lift of the top decile is below that of the test.
    pub lift_drop: [f64; 2],
    /// Population stability index.
    pub psi: [f64; 2],
    /// Jensen-Shannon distance.
    pub js: [f64; 2],
    /// Percentage points by which a feature is missing more often.
    pub null_points: [f64; 2],
    /// Largest difference between a browser's score and the warehouse's.
    pub parity_difference: [f64; 2],
    /// Signature failures of a day: more is red.
    pub signature_failures: [f64; 1],
    /// Share of sent scores that was accepted: less is amber, red.
    pub activation_accepted: [f64; 2],
    /// Groups below these are hidden, and not judged.
    pub small_cell: SmallCell,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            fresh_hours: [26.0, 50.0],
            volume_share: [0.20, 0.40],
            gap_hours: [6.0],
            calibration_ratio: [[0.90, 1.11], [0.80, 1.25]],
            auc_sd: [2.0, 3.0],
            lift_drop: [0.10, 0.25],
            psi: [0.1, 0.25],
            js: [0.1, 0.2],
            null_points: [1.0, 5.0],
            parity_difference: [0.0, 1e-6],
            signature_failures: [0.0],
            activation_accepted: [0.99, 0.95],
            small_cell: SmallCell::default(),
        }
    }
}

impl Thresholds {
    /// Checks that limits are numbers, and that amber comes before red.
    ///
    /// # Errors
    /// The key, and what is wrong.
    pub fn check(&self) -> Result<(), String> {
        let [inner, outer] = self.calibration_ratio;
        let rising = [
            ("fresh_hours", self.fresh_hours),
            ("volume_share", self.volume_share),
            ("auc_sd", self.auc_sd),
            ("lift_drop", self.lift_drop),
            ("psi", self.psi),
            ("js", self.js),
            ("null_points", self.null_points),
            ("parity_difference", self.parity_difference),
            ("activation_accepted", [1.0 - self.activation_accepted[0], 1.0 - self.activation_accepted[1]]),
            ("calibration_ratio", [inner[1], outer[1]]),
            ("calibration_ratio", [1.0 / inner[0], 1.0 / outer[0]]),
        ];
        for (key, [amber, red]) in rising {
            if !(amber >= 0.0 && red >= amber && red.is_finite()) {
                return Err(format!("`dashboard.thresholds.{key}`: the limit of amber comes first, then that of red"));
            }
        }
        if self.signature_failures[0].is_nan() || self.signature_failures[0] < 0.0 {
            return Err("`dashboard.thresholds.signature_failures` is a number from 0 on".to_owned());
        }
        if !(1.0..=24.0).contains(&self.gap_hours[0]) {
            return Err("`dashboard.thresholds.gap_hours` is a number from 1 to 24".to_owned());
        }
        Ok(())
    }

    /// Hours that `watch` accepts since the last run that succeeded, if it is not told another number.
    #[must_use]
    pub fn accepted_hours(&self) -> u32 {
        self.fresh_hours[0].ceil().clamp(1.0, 8_760.0) as u32
    }

    /// Of predicted over observed, when chance leaves between `low` and `high` of it.
    #[must_use]
    pub fn calibration(&self, ratio: f64, low: f64, high: f64) -> Status {
        let within = |[from, to]: [f64; 2]| (from..=to).contains(&ratio);
        match ratio {
            r if !r.is_finite() => Status::Grey,
            _ if (low..=high).contains(&1.0) || within(self.calibration_ratio[0]) => Status::Green,
            _ if within(self.calibration_ratio[1]) => Status::Amber,
            _ => Status::Red,
        }
    }
}

/// `[dashboard]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct DashboardConfig {
    /// Dataset of the views in BigQuery.
    pub dataset: String,
    /// Id of the report in Looker Studio that is the template of `inkling dashboard link`.
    pub report: Option<String>,
    /// `[dashboard.thresholds]`
    pub thresholds: Thresholds,
}

impl Default for DashboardConfig {
    fn default() -> Self {
        Self { dataset: "inkling_reporting".to_owned(), report: None, thresholds: Thresholds::default() }
    }
}
