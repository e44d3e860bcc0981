//! What was planted, written beside the export as `truth.json`.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::SimulateOptions;
use super::calendar::TIME_ZONE;
use super::defects::{OUTLIER_MSEC, PLACEHOLDER_WORDS};
use super::intent::{COOLING_PER_DAY, DRIFT_PER_DAY, EFFECTS, Effect, RETURN, WARMING};
use super::pages::{CONVERSION_EVENT, CONVERSION_PAGE, GROUPS, TRANSITION_SLOPES, TRANSITIONS};
use super::rows::{Param, Row, Value};
use super::schema::{self, Source};

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

/// Counts day by day.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Counts,
    defects: Defects,
    by_day: Vec<DayCounts>,
    seen: HashSet<u64>,
    converted: HashSet<u64>,
    yesterday: HashSet<(u64, i64)>,
    strings: Vec<Source>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new() -> anyhow::Result<Self> {
        let message = schema::message()?;
        let descriptor = parquet::schema::types::SchemaDescriptor::new(message);
        let mut tally = Self::default();
        for column in descriptor.columns() {
            let path = column.path().string();
            let source = schema::source(&path.replace(".list.element", ""));
            let null = matches!(source, Source::Null | Source::NullGroup | Source::NoElements | Source::ItemNull);
            match source {
                Source::Text(_) | Source::ParamText(_) | Source::ItemText(_) => tally.strings.push(source),
                _ if null && column.physical_type() == parquet::basic::Type::INT64 => {
                    tally.defects.null_int64_columns.push(path);
                }
                _ => {}
            }
        }
        Ok(tally)
    }

    /// Counts the final rows of a day; `duplicates` of them are exact copies.
    pub fn day(&mut self, label: &str, rows: &[Row], duplicates: u64, rewritten: bool) {
        let mut today = HashSet::new();
        let mut moments = Vec::with_capacity(rows.len());
        let mut copies = HashSet::new();
        let late = if rewritten { rows.iter().filter(|row| row.late).count() as u64 } else { 0 };
        for row in rows {
            self.row(row);
            self.placeholders(row);
            let Some(visitor) = row.person.pseudo_id.as_ref().map(|_| row.person.index) else { continue };
            self.seen.insert(visitor);
            moments.push((visitor, row.timestamp));
            if let Some(session) = session_id(row) {
                today.insert((visitor, session));
            }
            if row.name == CONVERSION_EVENT && !self.converted.insert(visitor) && copies.insert((visitor, row.bundle)) {
                self.defects.repeated_conversions += 1;
            } else if row.name == CONVERSION_EVENT {
                copies.insert((visitor, row.bundle));
            }
        }
        let both_days = today.intersection(&self.yesterday).count() as u64;
        self.counts.sessions += today.len() as u64 - both_days;
        self.defects.midnight_sessions += both_days;
        self.yesterday = today;
        self.ties(moments);
        let falls = |pair: &&[Row]| matches!(pair, [a, b] if b.timestamp < a.timestamp);
        self.defects.unsorted_neighbours += rows.windows(2).filter(falls).count() as u64;
        self.defects.duplicate_rows += duplicates;
        self.defects.late_rows += late;
        self.defects.rewritten_days += u64::from(rewritten);
        self.counts.rows += rows.len() as u64;
        self.by_day.push(DayCounts { date: label.to_owned(), rows: rows.len() as u64, late_rows: late });
    }

    fn row(&mut self, row: &Row) {
        *self.counts.events.entry(row.name).or_default() += 1;
        self.counts.page_views += u64::from(row.name == "page_view");
        self.counts.conversion_rows += u64::from(row.name == CONVERSION_EVENT);
        let identified = row.person.pseudo_id.is_some();
        self.defects.consent_denied_rows += u64::from(!identified);
        self.defects.null_session_id_rows += u64::from(identified && session_id(row).is_none());
        for param in &row.params {
            match (param.key, &param.value) {
                (_, Value::Null) => self.defects.null_params += 1,
                ("session_engaged", Value::Int(_)) => self.defects.session_engaged_int_rows += 1,
                ("session_engaged", _) => self.defects.session_engaged_string_rows += 1,
                ("engagement_time_msec", Value::Int(msec)) if *msec > OUTLIER_MSEC => {
                    self.defects.engagement_outliers += 1;
                }
                _ => {}
            }
        }
    }

    fn placeholders(&mut self, row: &Row) {
        let found = &mut self.defects.placeholders;
        let mut look = |text: Option<&str>| {
            // The bracket tells nearly all other strings apart at the first byte.
            let Some(text) = text.filter(|text| text.starts_with(['(', '<'])) else { return };
            if let Some(word) = PLACEHOLDER_WORDS.iter().find(|word| **word == text) {
                *found.entry(word).or_default() += 1;
            }
        };
        for source in &self.strings {
            match source {
                Source::Text(get) => look(get(row)),
                Source::ParamText(get) => row.params.iter().for_each(|param| look(get(param))),
                Source::ItemText(get) => row.item.iter().for_each(|item| look(get(item))),
                _ => {}
            }
        }
    }

    fn ties(&mut self, mut moments: Vec<(u64, i64)>) {
        moments.sort_unstable();
        for group in moments.chunk_by(|a, b| a == b).filter(|group| group.len() > 1) {
            self.defects.tied_rows += group.len() as u64;
            self.defects.rows_beyond_first_of_timestamp += group.len() as u64 - 1;
        }
    }

    /// The file's content. `is_bot` tells crawlers by their number.
    pub fn finish(mut self, options: &SimulateOptions, is_bot: impl Fn(u64) -> bool) -> Truth {
        self.counts.identified_visitors = self.seen.len() as u64;
        self.counts.converting_visitors = self.converted.len() as u64;
        self.defects.bot_visitors = self.seen.iter().filter(|visitor| is_bot(**visitor)).count() as u64;
        Truth {
            format: 1,
            seed: options.seed,
            start: options.start.to_string(),
            days: options.days,
            visitors: options.visitors,
            time_zone: TIME_ZONE,
            conversion_event: CONVERSION_EVENT,
            conversion_page: CONVERSION_PAGE,
            model: model(),
            counts: self.counts,
            defects: self.defects,
            by_day: self.by_day,
        }
    }
}

fn session_id(row: &Row) -> Option<i64> {
    row.params.iter().find_map(|param| match param {
        Param { key: "ga_session_id", value: Value::Int(id) } => Some(*id),
        _ => None,
    })
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
