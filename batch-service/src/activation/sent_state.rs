//! The table `activation_state`: what Google Analytics knows of each visitor, and what each visitor denies, at the end of
//! a day's upload. A day's upload reads the one before it, so that its cost does not grow with history.

use super::consent::{Denial, Denials};
use super::cursor::Sorted;
use super::{Bucket, band};
use crate::shards::Shards;
use crate::warehouse::parquet::Plain;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use crate::warehouse::{Replacement, Warehouse};
use anyhow::{Context, Result};
use jiff::civil::{Date, date};
use model_core::Band;

/// Name of the table.
pub const TABLE: &str = "activation_state";
const GROUP: usize = 65_536;
/// A visitor who is neither scored nor heard of for longer is forgotten: Google Analytics has no use for values so late.
pub const KEPT_DAYS: i32 = 30;

/// The columns of the table.
pub const COLUMNS: &[Column] = &[
    Column::required("user_pseudo_id", Type::Text),
    Column::required("last_seen", Type::Date),
    Column::optional("sent_to", Type::Text),
    Column::optional("score_bucket", Type::Text),
    Column::optional("band", Type::Text),
    Column::optional("sent_on", Type::Date),
    Column::optional("denies", Type::Text),
    Column::optional("denied_at", Type::I64),
];

/// What was sent of a visitor last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastSent {
    /// The score.
    pub bucket: Bucket,
    /// The band.
    pub band: Band,
    /// The day of the upload, which is the partition of `activations`.
    pub on: Date,
}

/// What is known of a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub last_seen: Date,
    pub sent: Option<LastSent>,
    pub denial: Option<Denial>,
}

const EPOCH: Date = date(1970, 1, 1);

fn number(day: Date) -> i32 {
    (day - EPOCH).get_days()
}

fn day_of(number: i64) -> Result<Date> {
    let days = jiff::Span::new().try_days(number)?;
    Ok(EPOCH.checked_add(days)?)
}

/// The visitors of a day in their order. What was sent elsewhere than to `sent_to` is not known.
///
/// # Errors
/// When the partition cannot be read.
pub(super) fn read<'a>(warehouse: &dyn Warehouse, day: Option<Date>, sent_to: &'a str) -> Result<Sorted<'a, Known>> {
    let files = day.map_or_else(|| Ok(Vec::new()), |day| warehouse.files(TABLE, day, Shards::ALL))?;
    Sorted::new(TABLE, files, move |file, group| {
        let column = |name| file.column(group, name);
        let (users, places, buckets) = (column("user_pseudo_id")?, column("sent_to")?, column("score_bucket")?);
        let (bands, denies) = (column("band")?, column("denies")?);
        let (last_seen, sent_on) = (column("last_seen")?.i64s()?, column("sent_on")?.i64s()?);
        let denied_at = column("denied_at")?.i64s()?;
        let (places, buckets, bands, denies) = (places.texts()?, buckets.texts()?, bands.texts()?, denies.texts()?);
        let row = |(row, user): (usize, Option<&str>)| {
            let sent = match (places[row], buckets[row], bands[row], sent_on[row]) {
                (Some(place), Some(bucket), Some(word), Some(on)) if place == sent_to => Some(LastSent {
                    bucket: Bucket::parse(bucket).context("an unknown bucket")?,
                    band: band(word).context("an unknown band")?,
                    on: day_of(on)?,
                }),
                _ => None,
            };
            let denial = denies[row].map(|word| Denial::parse(word, denied_at[row].unwrap_or(0)));
            let last_seen = day_of(last_seen[row].context("a row without a day")?)?;
            Ok((user.unwrap_or_default().to_owned(), Known { last_seen, sent, denial }))
        };
        users.texts()?.into_iter().enumerate().map(row).collect()
    })
}

/// What visitors denied, as the table has it.
pub(super) fn denials(warehouse: &dyn Warehouse, day: Option<Date>) -> Result<Denials> {
    let mut denials = Denials::default();
    let mut before = read(warehouse, day, "")?;
    while let Some((user, known)) = before.next()? {
        if let Some(denial) = known.denial {
            denials.put(&user, denial);
        }
    }
    Ok(denials)
}

/// Writes a new content for a day, visitor by visitor in their order.
pub(super) struct Writer<'a> {
    sent_to: &'a str,
    users: Plain,
    rows: Vec<Known>,
    file: TableWriter<'static, std::fs::File>,
    replacement: Replacement,
}

impl<'a> Writer<'a> {
    /// Begins.
    ///
    /// # Errors
    /// When this machine's disk refuses it.
    pub fn create(warehouse: &dyn Warehouse, day: Date, sent_to: &'a str) -> Result<Self> {
        let mut replacement = warehouse.replace(TABLE, day)?;
        let file = TableWriter::new(replacement.part()?, TABLE, COLUMNS)?;
        Ok(Self { sent_to, users: Plain::default(), rows: Vec::new(), file, replacement })
    }

    /// The next visitor.
    ///
    /// # Errors
    /// When writing fails.
    pub fn push(&mut self, user: &str, known: Known) -> Result<()> {
        self.users.push(user.as_bytes());
        self.rows.push(known);
        if self.rows.len() == GROUP { self.flush() } else { Ok(()) }
    }

    /// The content, to be published.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> Result<Replacement> {
        if !self.rows.is_empty() {
            self.flush()?;
        }
        self.file.finish()?;
        Ok(self.replacement)
    }

    fn flush(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let buckets: Vec<Option<String>> = rows.iter().map(|row| row.sent.map(|sent| sent.bucket.word())).collect();
        let mut group = self.file.group()?;
        group.put_plain(&self.users)?;
        group.put(Cells::i32s(rows.iter().map(|row| number(row.last_seen)).collect()))?;
        group.put(Cells::texts(rows.iter().map(|row| row.sent.map(|_| self.sent_to))))?;
        group.put(Cells::texts(buckets.iter().map(Option::as_deref)))?;
        group.put(Cells::texts(rows.iter().map(|row| row.sent.map(|sent| sent.band.as_str()))))?;
        group.put(Cells::i32s_optional(rows.iter().map(|row| row.sent.map(|sent| number(sent.on)))))?;
        group.put(Cells::texts(rows.iter().map(|row| row.denial.map(Denial::word))))?;
        group.put(Cells::i64s_optional(rows.iter().map(|row| row.denial.map(|denial| denial.at_us))))?;
        group.finish()?;
        self.users.clear();
        self.rows = rows;
        self.rows.clear();
        Ok(())
    }
}
