//! The table `monitor_outcomes`: scores whose outcome is known, without visitors. What is measured is measured on it.

use super::segment::{self, Segment};
use crate::metrics::Ranked;
use crate::shards::Shards;
use crate::warehouse::parquet::Dictionary;
use crate::warehouse::read::TableReader;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use crate::warehouse::{Replacement, Warehouse};
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use model_core::{CHANNELS, DEVICES, Target};
use std::collections::BTreeMap;

/// Name of the table.
pub const TABLE: &str = "monitor_outcomes";
/// Of more scores of a day and target a sample of those without a conversion is kept.
pub const MOST_ROWS: u64 = 50_000;
/// Days that windows are made of.
pub const WINDOW_DAYS: i32 = 28;

/// The columns of the table; the partition is the day on which the outcomes became known.
pub const COLUMNS: &[Column] = &[
    Column::required("score_date", Type::Date),
    Column::required("target", Type::Text),
    Column::required("model_version", Type::Text),
    Column::required("score", Type::F64),
    Column::required("label", Type::Bool),
    Column::required("weight", Type::F64),
    Column::required("decile", Type::I32),
    Column::required("device", Type::Text),
    Column::required("channel", Type::Text),
    Column::required("visitor", Type::Text),
    Column::required("country", Type::Text),
    Column::required("cluster", Type::I64),
];

/// Outcomes of a day's scores by one model, column by column.
#[derive(Clone, Debug)]
pub struct Outcomes {
    /// The day of the scores.
    pub day: Date,
    /// What was predicted.
    pub target: Target,
    /// Version of the model.
    pub model_version: String,
    /// Scores.
    pub score: Vec<f64>,
    /// Whether a conversion followed.
    pub label: Vec<bool>,
    /// How many scores each row stands for.
    pub weight: Vec<f64>,
    /// Tenth of the day by score, 1 the highest.
    pub decile: Vec<u8>,
    /// Segments.
    pub segment: Vec<Segment>,
    /// Countries of the day's events, by position in `countries`.
    pub country: Vec<u32>,
    /// Names of countries.
    pub countries: Vec<String>,
    /// Number of the visitor on the day, which says nothing about who it is.
    pub cluster: Vec<u32>,
}

/// A row.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    /// The score.
    pub score: f64,
    /// Whether a conversion followed.
    pub label: bool,
    /// How many scores it stands for.
    pub weight: f64,
    /// Tenth of the day.
    pub decile: u8,
    /// Segment.
    pub segment: Segment,
    /// Country, as the export names it.
    pub country: &'a str,
    /// Number of the visitor on the day.
    pub cluster: u32,
}

impl Outcomes {
    /// None yet.
    #[must_use]
    pub fn new(day: Date, target: Target, model_version: &str) -> Self {
        Self {
            day,
            target,
            model_version: model_version.to_owned(),
            score: Vec::new(),
            label: Vec::new(),
            weight: Vec::new(),
            decile: Vec::new(),
            segment: Vec::new(),
            country: Vec::new(),
            countries: Vec::new(),
            cluster: Vec::new(),
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.score.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.score.is_empty()
    }

    /// Adds a row.
    pub fn push(&mut self, row: Outcome<'_>) {
        self.score.push(row.score);
        self.label.push(row.label);
        self.weight.push(row.weight);
        self.decile.push(row.decile);
        self.segment.push(row.segment);
        let known = self.countries.iter().position(|c| c == row.country);
        let country = known.unwrap_or_else(|| {
            self.countries.push(row.country.to_owned());
            self.countries.len() - 1
        });
        self.country.push(country as u32);
        self.cluster.push(row.cluster);
    }

    /// Adds all rows of another day.
    pub fn extend(&mut self, other: &Self) {
        let places: Vec<u32> = other
            .countries
            .iter()
            .map(|name| {
                let known = self.countries.iter().position(|c| c == name);
                known.unwrap_or_else(|| {
                    self.countries.push(name.clone());
                    self.countries.len() - 1
                }) as u32
            })
            .collect();
        let after = self.cluster.iter().max().map_or(0, |last| last + 1);
        self.cluster.extend(other.cluster.iter().map(|number| after + number));
        self.score.extend(&other.score);
        self.label.extend(&other.label);
        self.weight.extend(&other.weight);
        self.decile.extend(&other.decile);
        self.segment.extend(other.segment.iter().cloned());
        self.country.extend(other.country.iter().map(|c| places.get(*c as usize).copied().unwrap_or(0)));
    }

    /// Sorted by score, for the measures.
    #[must_use]
    pub fn ranked(&self) -> Ranked {
        let each: Vec<u32> = (0..self.len() as u32).collect();
        Ranked::new(&self.score, &self.label, &self.weight, &each)
    }

    /// Scores that the rows stand for, and conversions among them.
    #[must_use]
    pub fn counts(&self) -> (f64, f64) {
        let positive = self.weight.iter().zip(&self.label).filter(|(_, label)| **label).map(|(weight, _)| weight);
        (self.weight.iter().sum(), positive.sum())
    }

    /// The word of a dimension in a row.
    #[must_use]
    pub fn word(&self, dimension: &str, row: usize) -> &str {
        let country = || self.country.get(row).and_then(|c| self.countries.get(*c as usize)).map(String::as_str);
        match (dimension, self.segment.get(row)) {
            ("device", Some(segment)) => segment.device(),
            ("channel", Some(segment)) => segment.channel(),
            ("visitor", Some(segment)) => segment.visitor(),
            _ => country().unwrap_or(segment::UNKNOWN),
        }
    }
}

/// Writes a new content for a day of the table, to be published.
///
/// # Errors
/// When writing fails.
pub fn stage(warehouse: &dyn Warehouse, day: Date, all: &[Outcomes]) -> Result<Replacement> {
    let mut replacement = warehouse.replace(TABLE, day)?;
    let mut writer = TableWriter::new(replacement.part()?, TABLE, COLUMNS)?;
    for outcomes in all.iter().filter(|o| !o.is_empty()) {
        let rows = outcomes.len();
        let same = |dictionary: Dictionary| Cells::coded(dictionary, vec![0; rows]);
        let coded = |words: &[&str], code: &dyn Fn(&Segment) -> u32| {
            Cells::coded(Dictionary::text(words.iter().copied()), outcomes.segment.iter().map(code).collect())
        };
        let mut group = writer.group()?;
        group.put(same(Dictionary::i32(&[(outcomes.day - date(1970, 1, 1)).get_days()])))?;
        group.put(same(Dictionary::text([outcomes.target.as_str()])))?;
        group.put(same(Dictionary::text([outcomes.model_version.as_str()])))?;
        group.put(Cells::f64s(outcomes.score.clone()))?;
        group.put(Cells::bools(outcomes.label.clone()))?;
        group.put(Cells::f64s(outcomes.weight.clone()))?;
        group.put(Cells::i32s(outcomes.decile.iter().map(|d| i32::from(*d)).collect()))?;
        group.put(coded(&DEVICES, &|s| u32::from(s.device)))?;
        group.put(coded(&CHANNELS, &|s| u32::from(s.channel)))?;
        let kinds = ["new", "returning", segment::UNKNOWN];
        group.put(coded(&kinds, &|s| s.new.map_or(2, |new| u32::from(!new))))?;
        let countries = outcomes.countries.iter().map(String::as_str);
        group.put(Cells::coded(Dictionary::text(countries), outcomes.country.clone()))?;
        group.put(Cells::i64s(outcomes.cluster.iter().map(|number| i64::from(*number)).collect()))?;
        group.finish()?;
    }
    writer.finish()?;
    Ok(replacement)
}

/// The outcomes that became known from one day to another, by day of the scores and model; of those that became known again,
/// as a day was worked on late, the newest.
///
/// # Errors
/// When a partition cannot be read.
pub fn load(warehouse: &dyn Warehouse, from: Date, to: Date) -> Result<Vec<Outcomes>> {
    let mut found: BTreeMap<(Date, String), Outcomes> = BTreeMap::new();
    for day in warehouse.partitions(TABLE)?.into_iter().filter(|day| (from..=to).contains(day)) {
        let mut of_day = BTreeMap::new();
        for path in warehouse.files(TABLE, day, Shards::ALL)? {
            read(&TableReader::open(&path)?, &mut of_day).with_context(|| format!("{TABLE} of {day}"))?;
        }
        found.extend(of_day);
    }
    Ok(found.into_values().collect())
}

fn read(file: &TableReader, found: &mut BTreeMap<(Date, String), Outcomes>) -> Result<()> {
    for group in 0..file.groups() {
        let column = |name: &str| file.column(group, name);
        let (days, scores, labels) = (column("score_date")?, column("score")?, column("label")?);
        let (weights, deciles, models) = (column("weight")?, column("decile")?, column("model_version")?);
        let (devices, channels, visitors) = (column("device")?, column("channel")?, column("visitor")?);
        let (targets, countries) = (column("target")?, column("country")?);
        let clusters = column("cluster")?.i64s()?;
        let (scores, labels, weights) = (scores.f64s()?, labels.bools()?, weights.f64s()?);
        let (days, deciles, models) = (days.i64s()?, deciles.i64s()?, models.texts()?);
        let (devices, channels, visitors) = (devices.texts()?, channels.texts()?, visitors.texts()?);
        let (targets, countries) = (targets.texts()?, countries.texts()?);
        for row in 0..scores.len() {
            let missing = "a value is missing";
            let (model, target) = (models[row].context(missing)?, targets[row].context(missing)?);
            let day = date(1970, 1, 1).checked_add(days[row].context(missing)?.days())?;
            let target = Target::ALL.into_iter().find(|t| t.as_str() == target).context("an unknown target")?;
            let key = (day, model.to_owned());
            let outcomes = found.entry(key).or_insert_with(|| Outcomes::new(day, target, model));
            let word = |list: &[Option<&str>]| list[row].unwrap_or(segment::UNKNOWN).to_owned();
            outcomes.push(Outcome {
                score: scores[row].context(missing)?,
                label: labels[row].context(missing)?,
                weight: weights[row].context(missing)?,
                decile: deciles[row].and_then(|d| u8::try_from(d).ok()).context(missing)?,
                segment: segment::parse(&word(&devices), &word(&channels), &word(&visitors)),
                country: &word(&countries),
                cluster: clusters[row].and_then(|c| u32::try_from(c).ok()).context(missing)?,
            });
        }
    }
    Ok(())
}

/// The outcomes of each model together, those of the newest `WINDOW_DAYS` days of scores up to `last` for each target.
#[must_use]
pub fn windows(all: &[Outcomes], target: Target, last: Date) -> Vec<Window> {
    let first = last.checked_sub((WINDOW_DAYS - 1).days()).unwrap_or(last);
    let mut by_model: BTreeMap<&str, Window> = BTreeMap::new();
    for outcomes in all.iter().filter(|o| o.target == target && (first..=last).contains(&o.day)) {
        let window = by_model.entry(&outcomes.model_version).or_insert_with(|| Window {
            from: outcomes.day,
            to: outcomes.day,
            outcomes: Outcomes::new(last, target, &outcomes.model_version),
        });
        (window.from, window.to) = (window.from.min(outcomes.day), window.to.max(outcomes.day));
        window.outcomes.extend(outcomes);
    }
    by_model.into_values().collect()
}

/// Outcomes of some days by one model.
#[derive(Clone, Debug)]
pub struct Window {
    /// First day of scores.
    pub from: Date,
    /// Last day of scores.
    pub to: Date,
    /// The rows.
    pub outcomes: Outcomes,
}

impl Window {
    /// Number of its days.
    #[must_use]
    pub fn days(&self) -> f64 {
        f64::from((self.to - self.from).get_days() + 1)
    }

    /// How often an outcome is counted: rows that share one are no independent ones. Of the visitor target that is the
    /// number of days whose horizon a conversion is in, of the session target how many page views of a visitor who
    /// converts there are, a visitor by the number of conversions drawn. Page views count by their weight: conversions by
    /// weight over this number are those that were drawn.
    #[must_use]
    pub fn overlap(&self, horizon_days: u8) -> f64 {
        let outcomes = &self.outcomes;
        if outcomes.target == Target::Visitor {
            let days = (self.to - self.from).get_days() + 1;
            return f64::from(days.min(i32::from(horizon_days)).max(1));
        }
        let mut views: BTreeMap<u32, f64> = BTreeMap::new();
        for (at, cluster) in outcomes.cluster.iter().enumerate().filter(|(at, _)| outcomes.label[*at]) {
            *views.entry(*cluster).or_default() += outcomes.weight[at];
        }
        let (sum, squares) = views.values().fold((0.0, 0.0), |(sum, squares), n| (sum + n, squares + n * n));
        if sum > 0.0 { squares / sum } else { 1.0 }
    }
}
