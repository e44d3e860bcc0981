//! All pages of a report: together they are the rows that the report says it has, each of them once.

use super::client::DataApi;
use super::flags::{Flag, OTHER};
use super::quota::Pace;
use super::report::{Metadata, Page, Query, Row};
use anyhow::{Result, bail};
use jiff::civil::Date;
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

/// Rows on a page. Google gives up to 250,000; this many fit into memory several times.
pub(super) const PAGE_ROWS: u64 = 100_000;

/// A report that is read whole.
#[derive(Debug)]
pub(super) struct Whole {
    pub rows: Vec<Row>,
    pub metadata: Metadata,
    pub flags: BTreeSet<Flag>,
}

/// Gives a page of a report.
pub(super) trait Source {
    /// See [`DataApi::page`].
    fn page(&self, query: &Query, day: Date, offset: u64, limit: u64) -> Result<Page>;
}

impl Source for DataApi {
    fn page(&self, query: &Query, day: Date, offset: u64, limit: u64) -> Result<Page> {
        Self::page(self, query, day, offset, limit)
    }
}

/// Reads a day's report page by page, as long as the quotas allow it.
///
/// # Errors
/// [`super::quota::Exhausted`] in the chain when they do not; when the pages do not add up: the report has changed while it
/// was read.
pub(super) fn read(source: &dyn Source, query: &Query, day: Date, rows: u64, pace: &mut Pace) -> Result<Whole> {
    let mut whole: Option<Whole> = None;
    let (hasher, mut seen) = (RandomState::new(), HashSet::new());
    loop {
        pace.check()?;
        let offset = whole.as_ref().map_or(0, |whole| whole.rows.len() as u64);
        let page = source.page(query, day, offset, rows)?;
        pace.note(page.property_quota);
        let (count, got) = (page.row_count, page.rows.len() as u64);
        let changed = |what: String| format!("report {} of {day}: {what}; it changed while it was read", query.name);
        for row in &page.rows {
            let values: Vec<&str> = (0..query.dimensions.len()).map(|at| row.text(at)).collect();
            // A hash of 64 bits takes a day's rows for equal once in some millions of days, and then the day is read again.
            if !seen.insert(hasher.hash_one(&values)) {
                bail!(changed("a row is on two pages".to_owned()));
            }
        }
        let flags = Flag::of(&page.metadata);
        let whole = whole.get_or_insert_with(|| Whole {
            rows: Vec::new(),
            metadata: page.metadata.clone(),
            flags: BTreeSet::new(),
        });
        whole.flags.extend(flags);
        let other = |row: &Row| row.dimension_values.iter().any(|cell| cell.value == OTHER);
        if page.rows.iter().any(other) {
            whole.flags.insert(Flag::OtherRow);
        }
        whole.rows.extend(page.rows);
        let have = whole.rows.len() as u64;
        if have < count && got > 0 {
            continue;
        }
        if have != count {
            bail!(changed(format!("{have} rows came, it has {count}")));
        }
        break;
    }
    whole.ok_or_else(|| anyhow::anyhow!("report {} of {day}: no page", query.name))
}
