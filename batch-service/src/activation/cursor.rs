//! Walks along tables that are ordered by visitor, row group by row group.

use crate::jobs::{ExitKind, exit};
use crate::warehouse::read::TableReader;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// What a table says of each visitor.
type Rows<T> = Vec<(String, T)>;
/// Reads a row group.
type Read<'a, T> = dyn Fn(&TableReader, usize) -> Result<Rows<T>> + 'a;

/// A walk along the files of a partition.
pub(super) struct Sorted<'a, T> {
    table: &'static str,
    files: std::vec::IntoIter<PathBuf>,
    open: Option<(TableReader, usize)>,
    rows: std::vec::IntoIter<(String, T)>,
    next: Option<(String, T)>,
    read: Box<Read<'a, T>>,
}

impl<'a, T> Sorted<'a, T> {
    /// `read` gives a row group's visitors with their values.
    ///
    /// # Errors
    /// When the first row group cannot be read.
    pub fn new(
        table: &'static str,
        files: Vec<PathBuf>,
        read: impl Fn(&TableReader, usize) -> Result<Rows<T>> + 'a,
    ) -> Result<Self> {
        let (files, rows) = (files.into_iter(), Vec::new().into_iter());
        let mut sorted = Self { table, files, open: None, rows, next: None, read: Box::new(read) };
        sorted.next = sorted.pull()?;
        Ok(sorted)
    }

    /// The visitor that comes next.
    pub fn peek(&self) -> Option<&str> {
        self.next.as_ref().map(|(user, _)| user.as_str())
    }

    /// The next visitor with its value.
    ///
    /// # Errors
    /// When a row group cannot be read, or visitors are out of order.
    pub fn next(&mut self) -> Result<Option<(String, T)>> {
        let Some(row) = self.next.take() else { return Ok(None) };
        self.next = self.pull()?;
        if self.peek().is_some_and(|after| after < row.0.as_str()) {
            let text = format!("table {}: visitors are out of order; run the day again with --force", self.table);
            return Err(exit(ExitKind::Integrity, text));
        }
        Ok(Some(row))
    }

    /// The value of a visitor; those before it are passed by. Of several the last one counts.
    ///
    /// # Errors
    /// As for `next`.
    pub fn of(&mut self, user: &str) -> Result<Option<T>> {
        let mut found = None;
        while self.peek().is_some_and(|next| next <= user) {
            if let Some((next, value)) = self.next()?
                && next == user
            {
                found = Some(value);
            }
        }
        Ok(found)
    }

    fn pull(&mut self) -> Result<Option<(String, T)>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            match &mut self.open {
                Some((file, group)) if *group < file.groups() => {
                    let rows = (self.read)(file, *group).with_context(|| format!("table {}", self.table))?;
                    *group += 1;
                    self.rows = rows.into_iter();
                }
                _ => {
                    let Some(path) = self.files.next() else { return Ok(None) };
                    self.open = Some((TableReader::open(&path)?, 0));
                }
            }
        }
    }
}
