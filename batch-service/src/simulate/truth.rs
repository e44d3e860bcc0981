//! What was planted, written beside the export as `truth.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::SimulateOptions;
use super::calendar::TIME_ZONE;
use super::intent::{COOLING_PER_DAY, DRIFT_PER_DAY, EFFECTS, Effect, RETURN, WARMING};
use super::pages::{CONVERSION_EVENT, CONVERSION_PAGE, GROUPS, TRANSITION_SLOPES, TRANSITIONS};

/// The whole file.
#[derive(Debug, Serialize)]
pub struct Truth {
    format: u32,
    seed: u64,
    start: String,
    days: usize,
    visitors: u64,
    time_zone: &'static str,
    conversion_event: &'static str,
    conversion_page: &'static str,
    model: Model,
    /// What is in the export once the rewritten days replace the first deliveries.
    pub counts: Counts,
    /// The planted defects, counted the same way.
    pub defects: Defects,
    /// Per day.
    pub by_day: Vec<DayCounts>,
}

#[derive(Debug, Serialize)]
struct Model {
    /// Each is a logistic function: probability = 1 / (1 + exp(-sum of coefficient * quantity)).
    apply_start: BTreeMap<&'static str, f64>,
    apply_continue: BTreeMap<&'static str, f64>,
    apply_submit: BTreeMap<&'static str, f64>,
    come_back: BTreeMap<&'static str, f64>,
    latent: [&'static str; 1],
    without_effect: Vec<&'static str>,
    intent_drift_per_day: f64,
    intent_cooling_per_day: f64,
    intent_warming: f64,
    page_groups: [&'static str; 8],
    transition_weights: [[f64; 8]; 7],
    transition_slopes: [f64; 8],
}

/// Sizes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    /// Rows.
    pub rows: u64,
    /// Distinct `user_pseudo_id`.
    pub identified_visitors: u64,
    /// Distinct pairs of `user_pseudo_id` and `ga_session_id`.
    pub sessions: u64,
    /// `page_view` rows.
    pub page_views: u64,
    /// Distinct `user_pseudo_id` with a conversion event.
    pub converting_visitors: u64,
    /// Conversion event rows.
    pub conversion_rows: u64,
    /// Rows by event name.
    pub events: BTreeMap<&'static str, u64>,
}

/// Defects.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Defects {
    /// Rows of an identified visitor that share the timestamp with another row of that visitor in the same file.
    pub tied_rows: u64,
    /// Rows of identified visitors beyond the first of each timestamp.
    pub rows_beyond_first_of_timestamp: u64,
    /// Neighbouring rows of a file whose timestamps fall.
    pub unsorted_neighbours: u64,
    /// Rows that only the rewritten file of a day holds.
    pub late_rows: u64,
    /// Days with a rewritten file.
    pub rewritten_days: u64,
    /// Rows without `user_pseudo_id`.
    pub consent_denied_rows: u64,
    /// Rows with `user_pseudo_id` whose `ga_session_id` is absent or null.
    pub null_session_id_rows: u64,
    /// String values in the file that are a placeholder, by word.
    pub placeholders: BTreeMap<&'static str, u64>,
    /// Rows whose `session_engaged` is an integer.
    pub session_engaged_int_rows: u64,
    /// Rows whose `session_engaged` is a string.
    pub session_engaged_string_rows: u64,
    /// Parameters whose four value fields are null.
    pub null_params: u64,
    /// Columns that are null everywhere and typed INT64.
    pub null_int64_columns: Vec<String>,
    /// Rows that are an exact copy of another.
    pub duplicate_rows: u64,
    /// Conversion event rows beyond the first of each visitor, exact copies left out.
    pub repeated_conversions: u64,
    /// Sessions (pairs as in `counts.sessions`) with rows on two dates.
    pub midnight_sessions: u64,
    /// Rows with more than an hour of `engagement_time_msec`.
    pub engagement_outliers: u64,
    /// Visitors that are crawlers, seen in the export.
    pub bot_visitors: u64,
}

/// One day.
#[derive(Clone, Debug, Serialize)]
pub struct DayCounts {
    /// `YYYYMMDD`.
    pub date: String,
    /// Rows in the end.
    pub rows: u64,
    /// Of these, rows that come with the rewritten file.
    pub late_rows: u64,
}

impl Truth {
    /// The truth about a finished simulation.
    pub fn new(options: &SimulateOptions, counts: Counts, defects: Defects, by_day: Vec<DayCounts>) -> Self {
        Self {
            format: 1,
            seed: options.seed,
            start: options.start.to_string(),
            days: options.days,
            visitors: options.visitors,
            time_zone: TIME_ZONE,
            conversion_event: CONVERSION_EVENT,
            conversion_page: CONVERSION_PAGE,
            model: model(),
            counts,
            defects,
            by_day,
        }
    }
}

fn model() -> Model {
    let column = |pick: fn(&Effect) -> f64| EFFECTS.iter().map(|effect| (effect.name, pick(effect))).collect();
    let none = |effect: &&Effect| [effect.apply_start, effect.apply_continue, effect.apply_submit] == [0.0; 3];
    Model {
        apply_start: column(|effect| effect.apply_start),
        apply_continue: column(|effect| effect.apply_continue),
        apply_submit: column(|effect| effect.apply_submit),
        come_back: RETURN.into_iter().collect(),
        latent: ["intent"],
        without_effect: EFFECTS.iter().filter(none).map(|effect| effect.name).collect(),
        intent_drift_per_day: DRIFT_PER_DAY,
        intent_cooling_per_day: COOLING_PER_DAY,
        intent_warming: WARMING,
        page_groups: GROUPS,
        transition_weights: TRANSITIONS,
        transition_slopes: TRANSITION_SLOPES,
    }
}
