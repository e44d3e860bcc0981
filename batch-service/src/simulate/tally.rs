//! Counts what is in the export, day by day.

use std::collections::HashSet;

use parquet::basic::Type;
use parquet::schema::types::SchemaDescriptor;

use super::SimulateOptions;
use super::defects::{OUTLIER_MSEC, PLACEHOLDER_WORDS};
use super::pages::CONVERSION_EVENT;
use super::rows::{Param, Row, Value};
use super::schema::{self, Source};
use super::truth::{Counts, DayCounts, Defects, Truth};

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
        let descriptor = SchemaDescriptor::new(message);
        let mut tally = Self::default();
        for column in descriptor.columns() {
            let path = column.path().string();
            let source = schema::source(&path.replace(".list.element", ""));
            match source {
                Source::Text(_) | Source::ParamText(_) | Source::ItemText(_) => tally.strings.push(source),
                Source::Null | Source::NullGroup | Source::NoElements | Source::ItemNull
                    if column.physical_type() == Type::INT64 =>
                {
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
            let Some(visitor) = row.person.pseudo_id.as_ref().map(|_| row.person.index) else {
                continue;
            };
            self.seen.insert(visitor);
            moments.push((visitor, row.timestamp));
            if let Some(session) = session_id(row) {
                today.insert((visitor, session));
            }
            if row.name == CONVERSION_EVENT && copies.insert((visitor, row.bundle)) && !self.converted.insert(visitor) {
                self.defects.repeated_conversions += 1;
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
            let Some(text) = text.filter(|text| text.starts_with(['(', '<'])) else {
                return;
            };
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

    /// The truth about the days counted. `is_bot` tells crawlers by their number.
    pub fn finish(mut self, options: &SimulateOptions, is_bot: impl Fn(u64) -> bool) -> Truth {
        self.counts.identified_visitors = self.seen.len() as u64;
        self.counts.converting_visitors = self.converted.len() as u64;
        self.defects.bot_visitors = self.seen.iter().filter(|visitor| is_bot(**visitor)).count() as u64;
        Truth::new(options, self.counts, self.defects, self.by_day)
    }
}

fn session_id(row: &Row) -> Option<i64> {
    row.params.iter().find_map(|param| match param {
        Param { key: "ga_session_id", value: Value::Int(id) } => Some(*id),
        _ => None,
    })
}
