//! The rows that the page is made of.
//!
//! Every list is flat, one struct per table, so that a table of the warehouse can feed it as it is.
//! There is no field for a visitor id, and none for free text that could carry one.

use jiff::civil::Date;
use model_core::{Band, Target};
use serde::{Deserialize, Serialize};

use super::status::Thresholds;

/// All the numbers of the page. An empty list means "not enough data yet", never an error.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DashboardData {
    /// The site's display name.
    pub site: String,
    /// The last day that the page is about, in the property's time zone.
    #[serde(with = "words::date")]
    pub generated_for: Date,
    /// What is predicted, and how far its labels are complete.
    #[serde(default)]
    pub targets: Vec<TargetRow>,
    /// The models in service.
    #[serde(default)]
    pub models: Vec<ModelRow>,
    /// Test metrics of the models in service.
    #[serde(default)]
    pub metrics: Vec<MetricRow>,
    /// One row per day. A day that is absent between two others counts as missing.
    #[serde(default)]
    pub volume: Vec<VolumeRow>,
    /// Runs of the daily job, in any order.
    #[serde(default)]
    pub runs: Vec<RunRow>,
    /// Rows that a run rejected, by reason.
    #[serde(default)]
    pub rejected: Vec<RejectedRow>,
    /// Score histogram, per target.
    #[serde(default)]
    pub scores: Vec<ScoreBin>,
    /// Calibration bins, per target.
    #[serde(default)]
    pub calibration: Vec<CalibrationBin>,
    /// Deciles by score, per target; decile 1 holds the highest scores.
    #[serde(default)]
    pub deciles: Vec<DecileRow>,
    /// Browser scores compared with the batch, when some came back.
    #[serde(default)]
    pub parity: Option<Parity>,
    /// When a number turns amber or red.
    #[serde(default)]
    pub thresholds: Thresholds,
}

/// What is predicted, and how far its labels are complete.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TargetRow {
    #[serde(with = "words::target")]
    pub target: Target,
    /// Days that the outcome needs; 0 when it is known at the end of the session.
    pub horizon_days: u32,
    /// The last day whose labels are complete.
    #[serde(with = "words::optional_date", default)]
    pub labels_complete_until: Option<Date>,
    /// Scores whose label is still open.
    pub labels_open: u64,
}

/// A model in service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ModelRow {
    #[serde(with = "words::target")]
    pub target: Target,
    pub model_version: String,
    /// `trees` or `linear`.
    pub algorithm: String,
    #[serde(with = "words::date")]
    pub train_from: Date,
    #[serde(with = "words::date")]
    pub train_to: Date,
    #[serde(with = "words::optional_date", default)]
    pub test_from: Option<Date>,
    #[serde(with = "words::optional_date", default)]
    pub test_to: Option<Date>,
    pub train_rows: u64,
    pub positives: u64,
}

/// One test metric of a model in service, with its 95 % interval, beside the prior's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MetricRow {
    #[serde(with = "words::target")]
    pub target: Target,
    pub metric: Metric,
    pub value: f64,
    pub ci_low: f64,
    pub ci_high: f64,
    /// The same metric when everybody gets the base rate.
    #[serde(default)]
    pub prior: Option<f64>,
}

/// The metrics that the page can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Metric {
    Auc,
    PrAuc,
    LogLoss,
    Brier,
    CalibrationError,
    LiftTopDecile,
}

/// A day of the site.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct VolumeRow {
    #[serde(with = "words::date")]
    pub event_date: Date,
    pub events: u64,
    pub visitors: u64,
    /// `None` on days that were read but not scored.
    #[serde(default)]
    pub visitors_scored: Option<u64>,
    pub rows_rejected: u64,
    /// False when the export holds no such day.
    pub present: bool,
}

/// A run of the daily job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct RunRow {
    pub run_id: String,
    #[serde(with = "words::date")]
    pub run_date: Date,
    pub status: RunStatus,
    pub duration_s: f64,
    pub events: u64,
    /// The step that failed.
    #[serde(default)]
    pub failed_step: Option<String>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RunStatus {
    Done,
    /// Done, but a check did not pass.
    Warned,
    Failed,
    Running,
}

/// Rows of a run rejected for one reason.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct RejectedRow {
    pub run_id: String,
    pub reason: String,
    pub rows: u64,
}

/// A bar of the score histogram.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ScoreBin {
    #[serde(with = "words::target")]
    pub target: Target,
    pub bin_low: f64,
    pub bin_high: f64,
    pub visitors: u64,
    #[serde(with = "words::band")]
    pub band: Band,
}

/// A calibration bin. [`CalibrationBin::counted`] fills in the interval.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CalibrationBin {
    #[serde(with = "words::target")]
    pub target: Target,
    pub score_low: f64,
    pub score_high: f64,
    pub n: u64,
    pub predicted_mean: f64,
    pub observed_rate: f64,
    pub ci_low: f64,
    pub ci_high: f64,
    /// False while some labels of the bin are still open.
    pub matured: bool,
}

/// A tenth of the visitors, by score.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DecileRow {
    #[serde(with = "words::target")]
    pub target: Target,
    /// 1 (highest scores) to 10.
    pub decile: u8,
    pub n: u64,
    pub conversions: u64,
    pub rate: f64,
    pub lift: f64,
    /// Share of all conversions in this decile and those above it.
    pub cum_conversions_share: f64,
}

/// Browser scores that came back in the export, against the batch's recomputation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Parity {
    pub compared: u64,
    /// Equal to the last bit.
    pub bit_equal: u64,
    pub max_abs_diff: f64,
}

/// Dates and model-core's enums as the words that the tables use.
mod words {
    macro_rules! by_word {
        ($name:ident, $type:ty, $all:expr) => {
            pub mod $name {
                use serde::{Deserialize, Deserializer, Serializer, de::Error};

                pub fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(value.as_str())
                }

                pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                    let word = String::deserialize(deserializer)?;
                    $all.into_iter()
                        .find(|value| value.as_str() == word)
                        .ok_or_else(|| Error::custom(format_args!("unknown {} {word:?}", stringify!($name))))
                }
            }
        };
    }

    by_word!(target, model_core::Target, model_core::Target::ALL);
    by_word!(band, model_core::Band, [model_core::Band::Low, model_core::Band::Medium, model_core::Band::High]);

    pub mod date {
        use jiff::civil::Date;
        use serde::{Deserialize, Deserializer, Serializer, de::Error};

        pub fn serialize<S: Serializer>(value: &Date, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(value)
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
            String::deserialize(deserializer)?.parse().map_err(Error::custom)
        }
    }

    pub mod optional_date {
        use jiff::civil::Date;
        use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

        pub fn serialize<S: Serializer>(value: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
            value.map(|date| date.to_string()).serialize(serializer)
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
            Option::<String>::deserialize(deserializer)?.map(|text| text.parse().map_err(Error::custom)).transpose()
        }
    }
}
