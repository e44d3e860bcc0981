//! The table `ga4_history` as a source of events, alone or where an export has no table.
//!
//! A row that stands for several events becomes so many, all at the beginning of its minute; what is not known of them
//! stays missing. They go through the same cleansing as the rows of an export, and the day is marked as coarse.

use super::clients::TABLE;
use super::days::{self, DayRow};
use crate::config::CloudConfig;
use crate::events::rules::{Kind, MAX_ENGAGED_MS};
use crate::events::{CleanEvents, DayBuilder, Origin, RawRow, date_number, mix};
use crate::ga4::{self, Echo, EchoNames, Export, FileReport, ReadReport};
use crate::jobs::{ExitKind, exit};
use crate::place;
use crate::progress;
use crate::shards::Shards;
use crate::warehouse::Warehouse;
use crate::warehouse::read::{ColumnCells, TableReader};
use anyhow::{Context, Result};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The word for it among the inputs; a folder may follow, `ga4-history:FOLDER`.
pub const WORD: &str = "ga4-history";
/// More events than this in a minute, of one client and kind, are no person's.
const MOST_EVENTS: i64 = 10_000;

/// Opens the export that the inputs name, with the history among them: the word [`WORD`] for that of the warehouse, or
/// with the folder that another call of `inkling ga4 history` wrote to.
///
/// # Errors
/// As for [`ga4::open`]; exit code 3 when there is history, but none that may become events.
pub fn open(
    inputs: &[String],
    warehouse: Option<&Path>,
    store: Option<&Path>,
    cloud: &CloudConfig,
) -> Result<Box<dyn Export>> {
    let (history, others): (Vec<_>, Vec<_>) = inputs.iter().cloned().partition(|word| folder_of(word).is_some());
    let tables = match history.as_slice() {
        [] => return ga4::open(&others, cloud),
        [word] => match (folder_of(word).filter(|folder| !folder.is_empty()), warehouse) {
            (Some(folder), _) => place::tables(Path::new(folder), None, cloud)?,
            (None, Some(warehouse)) => place::tables(warehouse, store, cloud)?,
            (None, None) => {
                let text = format!("{WORD}: history of which warehouse? Give --warehouse DIR, or {WORD}:FOLDER");
                return Err(exit(ExitKind::Usage, text));
            }
        },
        _ => return Err(exit(ExitKind::Usage, format!("{WORD} is there twice"))),
    };
    let export = if others.is_empty() { None } else { Some(ga4::open(&others, cloud)?) };
    Ok(Box::new(WithHistory::new(export, History::open(tables)?)?))
}

/// The folder behind the word for history, which may be empty; `None` for other inputs.
fn folder_of(word: &str) -> Option<&str> {
    let rest = word.strip_prefix(WORD)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':') }
}

/// The days of history that may become events.
#[derive(Debug)]
pub struct History {
    warehouse: Box<dyn Warehouse>,
    days: BTreeMap<Date, DayRow>,
    /// Days that may not, with what is wrong with them.
    flagged: Vec<(Date, String)>,
}

impl History {
    /// Looks which days there are.
    ///
    /// # Errors
    /// When the warehouse cannot be read.
    pub fn open(warehouse: Box<dyn Warehouse>) -> Result<Self> {
        let (mut usable, mut flagged) = (BTreeMap::new(), Vec::new());
        for day in warehouse.partitions(days::TABLE)? {
            let Some(row) = days::load(&*warehouse, day)? else { continue };
            match &row.flags {
                Some(words) => flagged.push((day, words.clone())),
                None if row.usable => _ = usable.insert(day, row),
                None => {}
            }
        }
        Ok(Self { warehouse, days: usable, flagged })
    }

    fn read(&self, day: Date, shards: Shards) -> Result<(CleanEvents, ReadReport)> {
        let mut builder = DayBuilder::new(day);
        let mut rows = 0;
        for path in self.warehouse.files(TABLE, day, Shards::ALL)? {
            let file = TableReader::open(&path)?;
            for group in 0..file.groups() {
                let context = || format!("{}: row group {}", path.display(), group + 1);
                rows += read_group(&file, group, day, shards, &mut builder).with_context(context)?;
            }
        }
        let seen = builder.seen();
        let (mut events, dropped) = builder.finish();
        events.origin = Origin::DataApi;
        let report = FileReport {
            file: format!("{TABLE} of {day}"),
            format: "data-api".into(),
            rows,
            row_groups: 0,
            missing_columns: ["items", "user_first_touch_timestamp", "ga_session_number"].map(str::to_owned).to_vec(),
        };
        let report = ReadReport::of(day, vec![report], seen, &events, dropped);
        Ok((events, report))
    }
}

fn read_group(file: &TableReader, group: usize, day: Date, shards: Shards, builder: &mut DayBuilder) -> Result<u64> {
    let cells = |name: &str| file.column(group, name);
    let texts =
        ["user_pseudo_id", "event_name", "page_location", "page_referrer", "device_category", "language", "stream_id"];
    let texts = texts.into_iter().map(cells).collect::<Result<Vec<ColumnCells>>>()?;
    let texts = texts.iter().map(ColumnCells::texts).collect::<Result<Vec<_>>>()?;
    let numbers = ["event_timestamp", "ga_session_id", "event_count", "engagement_time_msec"];
    let numbers = numbers.into_iter().map(cells).collect::<Result<Vec<ColumnCells>>>()?;
    let numbers = numbers.iter().map(ColumnCells::i64s).collect::<Result<Vec<_>>>()?;
    let rows = file.rows(group)?;
    for at in 0..rows {
        let text = |column: usize| texts[column][at].unwrap_or_default();
        let number = |column: usize| numbers[column][at].unwrap_or_default();
        // Rows without a visitor belong to the first part.
        let mine = if text(0).is_empty() { shards.index() == 0 } else { shards.contain(text(0)) };
        if !mine {
            continue;
        }
        let raw = RawRow {
            time_us: number(0),
            date: date_number(day),
            user: builder.text(Kind::Plain, text(0)),
            name: builder.text(Kind::Plain, text(1)),
            session_id: number(1),
            page: builder.text(Kind::Page, text(2)),
            referrer: builder.text(Kind::Referrer, text(3)),
            device: builder.text(Kind::Plain, text(4)),
            language: builder.text(Kind::Plain, text(5)),
            stream: builder.text(Kind::Plain, text(6)),
            bad: (number(2) > MOST_EVENTS).then_some("event_count"),
            ..RawRow::EMPTY
        };
        let mut engaged = number(3);
        for copy in 0..number(2).min(MOST_EVENTS) {
            let engaged_ms = engaged.clamp(0, i64::from(MAX_ENGAGED_MS));
            engaged -= engaged_ms;
            // Each is an event of its own, and no repetition of the row before.
            let fingerprint = mix((group as u64) << 32 | at as u64, copy as u64);
            let raw = RawRow { engaged_ms: engaged_ms as u32, fingerprint, ..raw };
            builder.push(&raw, (TABLE, at as u64 + 1));
            if raw.bad.is_some() {
                break;
            }
        }
    }
    Ok(rows as u64)
}

/// An export, and history for the days that it has no table of.
#[derive(Debug)]
pub struct WithHistory {
    export: Option<Box<dyn Export>>,
    history: History,
}

impl WithHistory {
    /// With an export, or alone.
    ///
    /// # Errors
    /// Exit code 3 when there is no day at all.
    pub fn new(export: Option<Box<dyn Export>>, history: History) -> Result<Self> {
        let this = Self { export, history };
        let of_export = this.export.as_ref().map(|export| export.days()).unwrap_or_default();
        for (day, words) in this.history.flagged.iter().filter(|(day, _)| !of_export.contains(day)) {
            progress::note(format_args!("{day}: left aside in {TABLE}: {words}"));
        }
        if this.days().is_empty() {
            let text = "no day of ga4_history may become events; `inkling ga4 history` reads some, and says which may";
            return Err(exit(ExitKind::NotReady, text));
        }
        Ok(this)
    }

    /// The export, where it has the day.
    fn export_of(&self, day: Date) -> Option<&dyn Export> {
        self.export.as_deref().filter(|export| export.days().contains(&day))
    }
}

impl Export for WithHistory {
    fn days(&self) -> BTreeSet<Date> {
        let mut days: BTreeSet<Date> = self.history.days.keys().copied().collect();
        days.extend(self.export.as_ref().map(|export| export.days()).unwrap_or_default());
        days
    }

    fn fingerprint(&self, day: Date) -> Result<Option<String>> {
        match self.export_of(day) {
            Some(export) => export.fingerprint(day),
            None => Ok(self.history.days.get(&day).map(|row| format!("data-api {}", row.fingerprint))),
        }
    }

    fn read(&self, day: Date, shards: Shards) -> Result<(CleanEvents, ReadReport)> {
        match self.export_of(day) {
            Some(export) => export.read(day, shards),
            None if self.history.days.contains_key(&day) => self.history.read(day, shards),
            None => anyhow::bail!("neither the export nor {TABLE} has {day}"),
        }
    }

    /// Reports leave our own event out, so that history has no echo.
    fn echoes(&self, day: Date, names: &EchoNames<'_>, each: &mut dyn FnMut(&Echo<'_>)) -> Result<()> {
        self.export_of(day).map_or(Ok(()), |export| export.echoes(day, names, each))
    }

    fn rows(&self, day: Date) -> Result<Option<u64>> {
        match self.export_of(day) {
            Some(export) => export.rows(day),
            None => Ok(None),
        }
    }

    fn price(&self, from: Date, to: Date) -> Result<Option<String>> {
        self.export.as_ref().map_or(Ok(None), |export| export.price(from, to))
    }
}
