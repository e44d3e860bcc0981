//! The table `scores`: what a day's run says of each visitor.

use crate::failpoint;
use crate::jobs::{ExitKind, exit};
use crate::shards::Shards;
use crate::store::ObjectStore;
use crate::store::registry::{self, Stored};
use crate::warehouse::parquet::{Dictionary, Plain};
use crate::warehouse::read::TableReader;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use crate::warehouse::{Replacement, Warehouse};
use anyhow::{Context, Result};
use jiff::civil::{Date, date};
use model_core::{Band, Explainer, FeatureRef, Model, Profile, Schema, Scratch, Target, Visitor};
use std::fmt::Write;

mod gather;

pub use gather::gather;

/// Name of the table.
pub const TABLE: &str = "scores";
const GROUP: usize = 65_536;
/// Features named in `reasons`.
const REASONS: usize = 3;

/// The columns of the table.
pub const COLUMNS: &[Column] = &[
    Column::required("score_date", Type::Date),
    Column::required("user_pseudo_id", Type::Text),
    Column::optional("ga_session_id", Type::I64),
    Column::required("target", Type::Text),
    Column::required("score", Type::F64),
    Column::required("band", Type::Text),
    Column::required("decile", Type::I32),
    Column::required("model_version", Type::Text),
    Column::required("bundle_version", Type::Text),
    Column::required("run_id", Type::Text),
    Column::optional("reasons", Type::Text),
];

/// A model in service, ready to score.
#[derive(Debug)]
pub struct Serving {
    stored: Stored,
    target: Target,
    refs: Vec<FeatureRef>,
    names: Vec<String>,
    explainer: Explainer,
    scratch: Scratch,
    row: Vec<f32>,
}

impl Serving {
    /// The model in service of a target, or `version` if given; `None` when there is none.
    ///
    /// # Errors
    /// When it was made for another site profile, or cannot be read.
    pub fn load(
        store: &dyn ObjectStore,
        profile: &Profile,
        target: Target,
        version: Option<&str>,
    ) -> Result<Option<Self>> {
        let version = match version {
            Some(version) => version.to_owned(),
            None => match registry::in_service(store, target)? {
                Some(version) => version,
                None => return Ok(None),
            },
        };
        let stored = registry::load(store, &version)?;
        if stored.bundle.profile().fingerprint() != profile.fingerprint() {
            let text = format!("model {version} was trained with another site profile than the warehouse's; train one");
            return Err(exit(ExitKind::Integrity, text));
        }
        let Some(model) = stored.bundle.model(target) else { return Ok(None) };
        let refs = model.feature_refs(&Schema::new(profile))?;
        let names = model.feature_names(profile);
        let (row, explainer) = (vec![f32::NAN; refs.len()], model.explainer());
        Ok(Some(Self { stored, target, refs, names, explainer, scratch: Scratch::default(), row }))
    }

    /// The models in service of both targets.
    ///
    /// # Errors
    /// As for [`Serving::load`].
    pub fn both(store: &dyn ObjectStore, profile: &Profile) -> Result<Vec<Self>> {
        let mut models = Vec::new();
        for target in Target::ALL {
            models.extend(Self::load(store, profile, target, None)?);
        }
        Ok(models)
    }

    /// What it predicts.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// The model.
    ///
    /// # Errors
    /// Never: `load` has checked that it is there.
    pub fn model(&self) -> Result<&Model> {
        self.stored.bundle.model(self.target).context("the model is in its bundle")
    }

    /// Short name of the bundle: the first 16 digits of its SHA-256.
    #[must_use]
    pub fn bundle_version(&self) -> &str {
        self.stored.sha256.get(..16).unwrap_or_default()
    }

    /// The score of a visitor at a moment.
    ///
    /// # Errors
    /// As for [`Serving::model`].
    pub fn score(&mut self, visitor: &mut Visitor, now_us: i64, utc_offset_s: i32) -> Result<f64> {
        visitor.features(&self.refs, now_us, utc_offset_s, &mut self.row);
        let model = self.stored.bundle.model(self.target).context("the model is in its bundle")?;
        Ok(model.score(&self.row, &mut self.scratch))
    }

    /// The strongest reasons of the last score, as `name +0.42; ...` in the unit of the model's margin.
    ///
    /// # Errors
    /// As for [`Serving::model`].
    pub fn reasons(&self) -> Result<String> {
        let found = self.model()?.contributions_by(&self.explainer, &self.row, &self.scratch).by_feature;
        let mut order: Vec<usize> = (0..found.len()).filter(|i| found[*i] != 0.0).collect();
        let strongest_first = |a: &usize, b: &usize| found[*b].abs().total_cmp(&found[*a].abs()).then(a.cmp(b));
        if order.len() > REASONS {
            order.select_nth_unstable_by(REASONS, strongest_first);
            order.truncate(REASONS);
        }
        order.sort_unstable_by(strongest_first);
        let mut text = String::new();
        for i in order {
            let separator = if text.is_empty() { "" } else { "; " };
            write!(text, "{separator}{} {:+.2}", self.names[i], found[i])?;
        }
        Ok(text)
    }
}

/// One row, without what all rows of a target share.
#[derive(Clone, Debug)]
pub struct ScoreRow<'a> {
    /// `user_pseudo_id`.
    pub user: &'a str,
    /// `ga_session_id`; 0 = none.
    pub session_id: i64,
    /// In `[0, 1]`.
    pub score: f64,
    /// By the model's thresholds.
    pub band: Band,
    /// Strongest reasons; `None` in the band low.
    pub reasons: Option<String>,
}

/// The rows of one target on one day, column by column: a large day has a million.
#[derive(Debug)]
pub struct DayScores {
    /// What was predicted.
    target: Target,
    /// Version of the model.
    model_version: String,
    /// Short name of its bundle.
    bundle_version: String,
    /// Visitors, by row group.
    users: Vec<Plain>,
    session_ids: Vec<i64>,
    scores: Vec<f64>,
    bands: Vec<u8>,
    /// Reasons of the rows that have some, by row.
    reasons: Vec<(u32, Box<str>)>,
}

impl DayScores {
    /// No rows yet, of the model.
    ///
    /// # Errors
    /// As for [`Serving::model`].
    pub fn of(model: &Serving) -> Result<Self> {
        Ok(Self {
            target: model.target(),
            model_version: model.model()?.version().to_owned(),
            bundle_version: model.bundle_version().to_owned(),
            users: Vec::new(),
            session_ids: Vec::new(),
            scores: Vec::new(),
            bands: Vec::new(),
            reasons: Vec::new(),
        })
    }

    /// What was predicted.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// Adds a row.
    pub fn push(&mut self, row: ScoreRow<'_>) {
        if self.len().is_multiple_of(GROUP) {
            self.users.push(Plain::default());
        }
        if let Some(users) = self.users.last_mut() {
            users.push(row.user.as_bytes());
        }
        if let Some(reasons) = row.reasons {
            self.reasons.push((self.scores.len() as u32, reasons.into()));
        }
        self.session_ids.push(row.session_id);
        self.scores.push(row.score);
        self.bands.push(row.band as u8);
    }

    /// The reasons of the rows from `first` on.
    fn reasons(&self, first: usize, rows: usize) -> impl Iterator<Item = Option<&str>> {
        let mut rest = self.reasons[self.reasons.partition_point(|r| (r.0 as usize) < first)..].iter().peekable();
        (first..first + rows).map(move |row| rest.next_if(|r| r.0 as usize == row).map(|r| &*r.1))
    }
}

/// Writes a new content for a day of the table, to be published.
///
/// # Errors
/// When writing fails.
pub fn stage(warehouse: &dyn Warehouse, day: Date, run_id: &str, targets: &[DayScores]) -> Result<Replacement> {
    stage_in(warehouse, TABLE, day, run_id, targets)
}

/// The same for a table with the same columns.
///
/// # Errors
/// When writing fails.
pub fn stage_in(
    warehouse: &dyn Warehouse,
    table: &str,
    day: Date,
    run_id: &str,
    targets: &[DayScores],
) -> Result<Replacement> {
    write(warehouse, table, day, run_id, targets).with_context(|| format!("writing {table} of {day}"))
}

fn write(
    warehouse: &dyn Warehouse,
    table: &str,
    day: Date,
    run_id: &str,
    targets: &[DayScores],
) -> Result<Replacement> {
    let epoch_day = (day - date(1970, 1, 1)).get_days();
    let mut replacement = warehouse.replace(table, day)?;
    let mut writer = TableWriter::new(replacement.part()?, table, COLUMNS)?;
    for scores in targets {
        let deciles = deciles(&scores.scores);
        for (number, users) in scores.users.iter().enumerate() {
            let (first, rows) = (number * GROUP, users.len());
            let range = first..first + rows;
            let same = |text: &str| Cells::coded(Dictionary::text([text]), vec![0; rows]);
            let bands = [Band::Low, Band::Medium, Band::High].map(Band::as_str);
            let session = |id: &i64| (*id != 0).then_some(*id);
            let mut group = writer.group()?;
            group.put(Cells::coded(Dictionary::i32(&[epoch_day]), vec![0; rows]))?;
            group.put_plain(users)?;
            group.put(Cells::i64s_optional(scores.session_ids[range.clone()].iter().map(session)))?;
            group.put(same(scores.target.as_str()))?;
            failpoint::at("write_scores.middle");
            group.put(Cells::f64s(scores.scores[range.clone()].to_vec()))?;
            let codes = scores.bands[range.clone()].iter().map(|b| u32::from(*b)).collect();
            group.put(Cells::coded(Dictionary::text(bands), codes))?;
            group.put(Cells::i32s(deciles[range].iter().map(|d| i32::from(*d)).collect()))?;
            group.put(same(&scores.model_version))?;
            group.put(same(&scores.bundle_version))?;
            group.put(same(run_id))?;
            group.put(Cells::texts(scores.reasons(first, rows)))?;
            group.finish()?;
        }
    }
    writer.finish()?;
    Ok(replacement)
}

/// Decile of each row by score: 1 = the highest tenth. Equal scores are told apart by their order.
pub(crate) fn deciles(scores: &[f64]) -> Vec<u8> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    order.sort_unstable_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]).then(a.cmp(b)));
    let mut deciles = vec![0; scores.len()];
    for (rank, row) in order.into_iter().enumerate() {
        deciles[row as usize] = (rank * 10 / scores.len()) as u8 + 1;
    }
    deciles
}

/// A score as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// `user_pseudo_id`.
    pub user: &'a str,
    /// In `[0, 1]`.
    pub score: f64,
    /// 1 is the highest tenth.
    pub decile: u8,
    /// Version of the model.
    pub model_version: &'a str,
}

/// Gives the scores of a target on a day to `each`, in the order of visitors; a row group is in memory at a time.
///
/// # Errors
/// When the partition cannot be read, or the error of `each`.
pub fn each_of(
    warehouse: &dyn Warehouse,
    day: Date,
    target: Target,
    mut each: impl FnMut(Written<'_>) -> Result<()>,
) -> Result<()> {
    for path in warehouse.files(TABLE, day, Shards::ALL)? {
        let file = TableReader::open(&path)?;
        for group in 0..file.groups() {
            let (users, targets) = (file.column(group, "user_pseudo_id")?, file.column(group, "target")?);
            let (values, deciles) = (file.column(group, "score")?, file.column(group, "decile")?);
            let models = file.column(group, "model_version")?;
            let (users, targets, models) = (users.texts()?, targets.texts()?, models.texts()?);
            for (row, (score, decile)) in values.f64s()?.into_iter().zip(deciles.i64s()?).enumerate() {
                if targets[row] != Some(target.as_str()) {
                    continue;
                }
                each(Written {
                    user: users[row].unwrap_or_default(),
                    score: score.context("a score is never missing")?,
                    decile: decile.and_then(|d| u8::try_from(d).ok()).context("a decile is never missing")?,
                    model_version: models[row].unwrap_or_default(),
                })?;
            }
        }
    }
    Ok(())
}

/// A score as it was written.
#[derive(Clone, Debug)]
pub struct WrittenScore {
    /// `user_pseudo_id`.
    pub user: String,
    /// What was predicted.
    pub target: String,
    /// In `[0, 1]`.
    pub score: f64,
    /// The band's word.
    pub band: String,
}

/// Reads the scores of a day.
///
/// # Errors
/// When the partition cannot be read.
pub fn load(warehouse: &dyn Warehouse, day: Date) -> Result<Vec<WrittenScore>> {
    let mut scores = Vec::new();
    for path in warehouse.files(TABLE, day, Shards::ALL)? {
        let file = TableReader::open(&path)?;
        for group in 0..file.groups() {
            let (users, targets) = (file.column(group, "user_pseudo_id")?, file.column(group, "target")?);
            let (values, bands) = (file.column(group, "score")?, file.column(group, "band")?);
            let rows = users.texts()?.into_iter().zip(targets.texts()?).zip(values.f64s()?).zip(bands.texts()?);
            for (((user, target), score), band) in rows {
                scores.push(WrittenScore {
                    user: user.unwrap_or_default().to_owned(),
                    target: target.unwrap_or_default().to_owned(),
                    score: score.context("a score is never missing")?,
                    band: band.unwrap_or_default().to_owned(),
                });
            }
        }
    }
    Ok(scores)
}
