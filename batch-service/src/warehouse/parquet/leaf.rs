//! Reads one leaf column of one row group, a batch at a time.

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::schema::types::ColumnDescPtr;

use super::hybrid::Hybrid;
use super::store::{Store, Value};
use super::values::Values;

/// Levels are decoded in steps of this size.
const WINDOW: usize = 4096;

/// A stretch of a column: one level pair per entry, one code per entry whose level is the highest.
#[derive(Debug, Default)]
pub struct Batch {
    /// Repetition levels; 0 starts a row. Empty for columns that do not repeat.
    pub reps: Vec<u8>,
    /// Definition levels.
    pub defs: Vec<u8>,
    /// Codes of the values that are there, see [`LeafReader::value`].
    pub codes: Vec<u32>,
}

impl Batch {
    fn clear(&mut self) {
        self.reps.clear();
        self.defs.clear();
        self.codes.clear();
    }
}

enum Codes {
    Dictionary(Hybrid),
    Plain(Values),
}

struct OpenPage {
    levels_left: usize,
    reps: Option<Hybrid>,
    defs: Option<Hybrid>,
    codes: Codes,
}

/// Reads a leaf column of a row group: levels, and codes for the values.
///
/// A code below [`LeafReader::dictionary_len`] names a dictionary entry for the whole row group;
/// a code above it names a value of the latest batch only.
pub struct LeafReader {
    column: ColumnDescPtr,
    pages: Box<dyn PageReader>,
    max_def: u8,
    page: Option<OpenPage>,
    store: Store,
    dictionary_len: usize,
    reps: Vec<u8>,
    defs: Vec<u8>,
    at: usize,
    /// Entries that the footer promises and no page has brought yet.
    entries_left: u64,
}

impl LeafReader {
    /// Opens leaf `index` of a row group.
    pub fn open(row_group: &dyn RowGroupReader, index: usize) -> Result<Self> {
        let column = row_group.metadata().schema_descr().column(index);
        let name = column.path().string();
        let open = || -> Result<Self> {
            Ok(Self {
                pages: row_group.get_column_page_reader(index)?,
                max_def: u8::try_from(column.max_def_level())?,
                page: None,
                store: Store::new(column.physical_type())?,
                dictionary_len: 0,
                reps: Vec::new(),
                defs: Vec::new(),
                at: 0,
                entries_left: u64::try_from(row_group.metadata().column(index).num_values())?,
                column,
            })
        };
        open().with_context(|| format!("column {name}"))
    }

    /// The definition level of a value that is there.
    #[must_use]
    pub fn max_def(&self) -> u8 {
        self.max_def
    }

    /// The number of codes that name dictionary entries.
    #[must_use]
    pub fn dictionary_len(&self) -> usize {
        self.dictionary_len
    }

    /// The value of a code.
    #[must_use]
    pub fn value(&self, code: u32) -> Value<'_> {
        self.store.get(code)
    }

    /// All values by code, when the column is INT64.
    #[must_use]
    pub fn i64_values(&self) -> Option<&[i64]> {
        self.store.as_i64()
    }

    /// Reads the next `count` rows; an error when there are fewer.
    pub fn read_rows(&mut self, count: usize, batch: &mut Batch) -> Result<()> {
        self.read(count, true, batch)
    }

    /// Reads the next `count` entries; an error when there are fewer.
    pub fn read_entries(&mut self, count: usize, batch: &mut Batch) -> Result<()> {
        self.read(count, false, batch)
    }

    fn read(&mut self, count: usize, by_rows: bool, batch: &mut Batch) -> Result<()> {
        batch.clear();
        self.store.truncate(self.dictionary_len);
        let by_rows = by_rows && self.column.max_rep_level() > 0;
        // A row goes on until the next one starts, so the start of row `count + 1` ends the batch.
        let mut left = count;
        let mut inside_row = false;
        loop {
            if left == 0 && !(by_rows && inside_row) {
                return Ok(());
            }
            if self.at == self.defs.len() && !self.next_window().with_context(|| self.place())? {
                if left == 0 {
                    return Ok(());
                }
                bail!("{}: {left} of {count} {} missing", self.place(), if by_rows { "rows" } else { "entries" });
            }
            let taken = if by_rows {
                let mut end = self.at;
                for &rep in &self.reps[self.at..] {
                    if rep == 0 {
                        if left == 0 {
                            inside_row = false;
                            break;
                        }
                        left -= 1;
                        inside_row = true;
                    }
                    end += 1;
                }
                end - self.at
            } else {
                let taken = left.min(self.defs.len() - self.at);
                left -= taken;
                taken
            };
            self.take(taken, batch).with_context(|| self.place())?;
        }
    }

    fn place(&self) -> String {
        format!("column {}", self.column.path().string())
    }

    /// Moves entries of the window to the batch, decoding their codes.
    fn take(&mut self, count: usize, batch: &mut Batch) -> Result<()> {
        let range = self.at..self.at + count;
        let defs = &self.defs[range.clone()];
        let present = if self.max_def == 0 { count } else { defs.iter().filter(|&&d| d == self.max_def).count() };
        batch.defs.extend_from_slice(defs);
        if !self.reps.is_empty() {
            batch.reps.extend_from_slice(&self.reps[range.clone()]);
        }
        self.at = range.end;
        if present == 0 {
            return Ok(());
        }
        let start = batch.codes.len();
        match self.page.as_mut().map(|page| &mut page.codes) {
            Some(Codes::Dictionary(decoder)) => {
                batch.codes.resize(start + present, 0);
                let codes = &mut batch.codes[start..];
                decoder.fill(codes).context("values")?;
                let highest = codes.iter().copied().max().unwrap_or(0) as usize;
                ensure!(
                    highest < self.dictionary_len,
                    "code {highest}, but {} dictionary entries",
                    self.dictionary_len
                );
            }
            Some(Codes::Plain(values)) => {
                let first = self.store.len() as u32;
                self.store.append(values, present)?;
                batch.codes.extend(first..first + present as u32);
            }
            None => bail!("values without a page"),
        }
        Ok(())
    }

    /// Decodes the next levels; false at the end of the column.
    fn next_window(&mut self) -> Result<bool> {
        self.at = 0;
        self.reps.clear();
        self.defs.clear();
        while self.page.as_ref().is_none_or(|page| page.levels_left == 0) {
            if !self.next_page()? {
                return Ok(false);
            }
        }
        let Some(page) = self.page.as_mut() else { return Ok(false) };
        let count = page.levels_left.min(WINDOW);
        page.levels_left -= count;
        self.defs.resize(count, 0);
        if let Some(decoder) = &mut page.defs {
            decoder.fill(&mut self.defs).context("definition levels")?;
        }
        if let Some(decoder) = &mut page.reps {
            self.reps.resize(count, 0);
            decoder.fill(&mut self.reps).context("repetition levels")?;
        }
        Ok(true)
    }

    fn next_page(&mut self) -> Result<bool> {
        let Some(page) = self.pages.get_next_page()? else { return Ok(false) };
        let (max_rep, max_def) = (self.column.max_rep_level(), self.column.max_def_level());
        match page {
            Page::DictionaryPage { buf, num_values, encoding, .. } => {
                ensure!(self.store.len() == 0, "a dictionary after the values");
                let encoding = if encoding == Encoding::PLAIN_DICTIONARY { Encoding::PLAIN } else { encoding };
                let mut values = Values::new(&self.column, encoding, buf, num_values)?;
                self.store.append(&mut values, num_values as usize).context("dictionary")?;
                self.dictionary_len = self.store.len();
            }
            Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, .. } => {
                let mut rest = buf;
                let reps = levels_v1(&mut rest, max_rep, rep_level_encoding)?;
                let defs = levels_v1(&mut rest, max_def, def_level_encoding)?;
                self.open_page(num_values, reps, defs, encoding, rest)?;
            }
            Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
                let mut rest = buf;
                let reps = levels_v2(&mut rest, max_rep, rep_levels_byte_len as usize)?;
                let defs = levels_v2(&mut rest, max_def, def_levels_byte_len as usize)?;
                self.open_page(num_values, reps, defs, encoding, rest)?;
            }
        }
        Ok(true)
    }

    fn open_page(
        &mut self,
        levels: u32,
        reps: Option<Hybrid>,
        defs: Option<Hybrid>,
        encoding: Encoding,
        data: Bytes,
    ) -> Result<()> {
        self.entries_left =
            self.entries_left.checked_sub(u64::from(levels)).context("more entries than the footer promises")?;
        #[allow(deprecated)]
        let codes = match encoding {
            // A page of nothing but nulls may have no bytes for its codes at all.
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                let width = data.first().copied().unwrap_or(0);
                Codes::Dictionary(Hybrid::new(data.slice(data.len().min(1)..), width)?)
            }
            other => Codes::Plain(Values::new(&self.column, other, data, levels)?),
        };
        self.page = Some(OpenPage { levels_left: levels as usize, reps, defs, codes });
        Ok(())
    }
}

fn level_decoder(data: Bytes, max: i16) -> Result<Hybrid> {
    Hybrid::new(data, (16 - max.leading_zeros()) as u8)
}

fn levels_v1(rest: &mut Bytes, max: i16, encoding: Encoding) -> Result<Option<Hybrid>> {
    if max == 0 {
        return Ok(None);
    }
    ensure!(encoding == Encoding::RLE, "levels in encoding {encoding}");
    let length = rest.get(..4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let end = length.map_or(usize::MAX, |length| (length as usize).saturating_add(4));
    ensure!(end >= 4 && end <= rest.len(), "the page ends within its levels");
    let data = rest.slice(4..end);
    *rest = rest.slice(end..);
    level_decoder(data, max).map(Some)
}

fn levels_v2(rest: &mut Bytes, max: i16, length: usize) -> Result<Option<Hybrid>> {
    ensure!(length <= rest.len(), "the page ends within its levels");
    let data = rest.slice(..length);
    *rest = rest.slice(length..);
    if max == 0 { Ok(None) } else { level_decoder(data, max).map(Some) }
}

/// The number of values of a leaf that are not null, where the file says so.
#[must_use]
pub fn present_values(file: &dyn FileReader, row_group: usize, index: usize) -> Option<u64> {
    let chunk = file.metadata().row_groups().get(row_group)?.columns().get(index)?;
    let nulls = chunk.statistics()?.null_count_opt()?;
    u64::try_from(chunk.num_values()).ok()?.checked_sub(nulls)
}
