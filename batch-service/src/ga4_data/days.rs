//! The table `ga4_history_days`: for each day that was read, what of it is there and how good it is.

use crate::shards::Shards;
use crate::warehouse::read::TableReader;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use crate::warehouse::{Replacement, Warehouse};
use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::Date;

/// The name of the table.
pub const TABLE: &str = "ga4_history_days";

/// Its columns.
pub(super) const COLUMNS: &[Column] = &[
    Column::required("property", Type::Text),
    Column::required("form", Type::Text),
    Column::optional("client_id_dimension", Type::Text),
    Column::optional("session_id_dimension", Type::Text),
    Column::optional("time_zone", Type::Text),
    Column::required("report_rows", Type::I64),
    Column::required("events", Type::I64),
    Column::required("events_with_client", Type::I64),
    Column::optional("flags", Type::Text),
    Column::optional("baseline_flags", Type::Text),
    Column::optional("samples_read_count", Type::I64),
    Column::optional("sampling_space_size", Type::I64),
    Column::required("usable", Type::Bool),
    Column::required("fingerprint", Type::Text),
    Column::required("read_at", Type::I64),
];

/// A row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayRow {
    /// Number of the property.
    pub property: String,
    /// `clients` when the day is there by client, otherwise `aggregates`.
    pub form: String,
    /// The dimension of the client id that was asked for.
    pub client_id_dimension: Option<String>,
    /// The dimension of the session id that was asked for.
    pub session_id_dimension: Option<String>,
    /// The property's, IANA.
    pub time_zone: Option<String>,
    /// Rows of the report by client.
    pub report_rows: i64,
    /// Events in it.
    pub events: i64,
    /// Of them, those with a client.
    pub events_with_client: i64,
    /// What is wrong with the report by client, words joined by commas.
    pub flags: Option<String>,
    /// What is wrong with the aggregates.
    pub baseline_flags: Option<String>,
    /// Of a sampled day: the events that were read, and those that there are.
    pub sampling: Option<(i64, i64)>,
    /// Whether the day may become events: by client, and without any flag.
    pub usable: bool,
    /// Names the rows by client.
    pub fingerprint: String,
    /// When it was read, microseconds.
    pub read_at_us: i64,
}

impl DayRow {
    /// When it was read.
    #[must_use]
    pub fn read_at(&self) -> Timestamp {
        Timestamp::from_microsecond(self.read_at_us).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Writes a day's row, to be published.
pub(super) fn stage(warehouse: &dyn Warehouse, day: Date, row: &DayRow) -> Result<Replacement> {
    let mut replacement = warehouse.replace(TABLE, day)?;
    let mut writer = TableWriter::new(replacement.part()?, TABLE, COLUMNS)?;
    let mut group = writer.group()?;
    let text = |text: &Option<String>| Cells::texts([text.as_deref()]);
    group.put(Cells::texts([Some(row.property.as_str())]))?;
    group.put(Cells::texts([Some(row.form.as_str())]))?;
    group.put(text(&row.client_id_dimension))?;
    group.put(text(&row.session_id_dimension))?;
    group.put(text(&row.time_zone))?;
    group.put(Cells::i64s(vec![row.report_rows]))?;
    group.put(Cells::i64s(vec![row.events]))?;
    group.put(Cells::i64s(vec![row.events_with_client]))?;
    group.put(text(&row.flags))?;
    group.put(text(&row.baseline_flags))?;
    group.put(Cells::i64s_optional([row.sampling.map(|(read, _)| read)]))?;
    group.put(Cells::i64s_optional([row.sampling.map(|(_, space)| space)]))?;
    group.put(Cells::bools(vec![row.usable]))?;
    group.put(Cells::texts([Some(row.fingerprint.as_str())]))?;
    group.put(Cells::i64s(vec![row.read_at_us]))?;
    group.finish()?;
    writer.finish()?;
    Ok(replacement)
}

/// Reads a day's row; `None` when the day was never read.
///
/// # Errors
/// When the partition cannot be read.
pub fn load(warehouse: &dyn Warehouse, day: Date) -> Result<Option<DayRow>> {
    let files = warehouse.files(TABLE, day, Shards::ALL)?;
    let Some(path) = files.first() else { return Ok(None) };
    let file = TableReader::open(path)?;
    let text = |name: &str| -> Result<Option<String>> {
        Ok(file.column(0, name)?.texts()?.first().copied().flatten().map(str::to_owned))
    };
    let number = |name: &str| -> Result<Option<i64>> { Ok(file.column(0, name)?.i64s()?.first().copied().flatten()) };
    let needed = || format!("{}: a value is missing", path.display());
    Ok(Some(DayRow {
        property: text("property")?.with_context(needed)?,
        form: text("form")?.with_context(needed)?,
        client_id_dimension: text("client_id_dimension")?,
        session_id_dimension: text("session_id_dimension")?,
        time_zone: text("time_zone")?,
        report_rows: number("report_rows")?.with_context(needed)?,
        events: number("events")?.with_context(needed)?,
        events_with_client: number("events_with_client")?.with_context(needed)?,
        flags: text("flags")?,
        baseline_flags: text("baseline_flags")?,
        sampling: number("samples_read_count")?.zip(number("sampling_space_size")?),
        usable: file.column(0, "usable")?.bools()?.first().copied().flatten().with_context(needed)?,
        fingerprint: text("fingerprint")?.with_context(needed)?,
        read_at_us: number("read_at")?.with_context(needed)?,
    }))
}
