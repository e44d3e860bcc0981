//! Where the days of a GA4 export come from.

use super::discover::Discovery;
use super::echoes::{Echo, EchoNames};
use super::report::ReadReport;
use super::told::Told;
use crate::events::CleanEvents;
use crate::fingerprint;
use crate::jobs::{ExitKind, exit};
use crate::shards::Shards;
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// A GA4 export, one table a day.
pub trait Export: Debug + Send + Sync {
    /// The days that have a daily table.
    fn days(&self) -> BTreeSet<Date>;

    /// Names the content of a day's table: another content has another fingerprint. `None` when there is no such table.
    ///
    /// # Errors
    /// When it cannot be read.
    fn fingerprint(&self, day: Date) -> Result<Option<String>>;

    /// Reads and cleanses the events of a day's visitors that belong to `shards`; rows without a visitor belong to the
    /// first part. Rejected rows are counted, not judged: see [`ReadReport::check`].
    ///
    /// # Errors
    /// When the table is not there, cannot be read, or is no GA4 export.
    fn read(&self, day: Date, shards: Shards) -> Result<(CleanEvents, ReadReport)>;

    /// Gives what a day's events say of our own scores to `each`: events of their carrier, and events of visitors who have
    /// one of the user properties; the same more than once, perhaps. Nothing is cleansed.
    ///
    /// # Errors
    /// When the table is not there or cannot be read.
    fn echoes(&self, day: Date, names: &EchoNames<'_>, each: &mut dyn FnMut(&Echo<'_>)) -> Result<()>;

    /// Gives what pages have told of scores on a day to `each`. Nothing is cleansed; an export that cannot have any
    /// gives none.
    ///
    /// # Errors
    /// When the table is not there or cannot be read.
    fn told(&self, _day: Date, _each: &mut dyn FnMut(&Told<'_>)) -> Result<()> {
        Ok(())
    }

    /// Rows of a day's table, where they are known without reading them: several parts of it have so many together.
    ///
    /// # Errors
    /// When it cannot be found out.
    fn rows(&self, _day: Date) -> Result<Option<u64>> {
        Ok(None)
    }

    /// What reading a range of days costs, as a sentence; `None` where it costs nothing.
    ///
    /// # Errors
    /// When it cannot be found out.
    fn price(&self, _from: Date, _to: Date) -> Result<Option<String>> {
        Ok(None)
    }

    /// Bytes that reading was billed for since the export was opened; `None` where it costs nothing.
    fn billed(&self) -> Option<u64> {
        None
    }

    /// The days of a range that have no table.
    fn missing(&self, from: Date, to: Date) -> Vec<Date> {
        let days = self.days();
        from.series(1.day()).take_while(|day| *day <= to).filter(|day| !days.contains(day)).collect()
    }
}

impl Export for Discovery {
    fn days(&self) -> BTreeSet<Date> {
        self.days.keys().copied().collect()
    }

    fn fingerprint(&self, day: Date) -> Result<Option<String>> {
        self.days.get(&day).map(|files| fingerprint::of_files(files)).transpose()
    }

    fn read(&self, day: Date, shards: Shards) -> Result<(CleanEvents, ReadReport)> {
        if !shards.is_all() {
            let text = "files are read whole: a day is split among processes where the export is in BigQuery";
            return Err(exit(ExitKind::Usage, text));
        }
        let files = self.days.get(&day).with_context(|| format!("the export has no file of {day}"))?;
        super::read_files(files, day)
    }

    fn echoes(&self, day: Date, names: &EchoNames<'_>, each: &mut dyn FnMut(&Echo<'_>)) -> Result<()> {
        let files = self.days.get(&day).with_context(|| format!("the export has no file of {day}"))?;
        super::echoes::read_files(files, names, each)
    }

    fn told(&self, day: Date, each: &mut dyn FnMut(&Told<'_>)) -> Result<()> {
        let files = self.days.get(&day).with_context(|| format!("the export has no file of {day}"))?;
        super::told::read_files(files, each)
    }
}
