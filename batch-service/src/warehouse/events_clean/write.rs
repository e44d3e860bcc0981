//! From interned events to column chunks: texts and shared values are coded, never compared.

use std::collections::HashMap;
use std::hash::Hash;
use std::io::Write;
use std::ops::Range;

use anyhow::Result;
use jiff::civil::{Date, date};

use super::{COLUMNS, TABLE};
use crate::events::{CleanEvents, CleanRow};
use crate::failpoint;
use crate::warehouse::parquet::{Dictionary, MISSING};
use crate::warehouse::table::{Cells, TableWriter};

/// Rows of a row group, about: a visitor is never cut in two.
const GROUP_ROWS: usize = 1 << 17;

/// Writes the events of a day as one Parquet file.
pub fn write<W: Write + Send>(sink: W, day: Date, events: &CleanEvents) -> Result<W> {
    let epoch_day = (day - date(1970, 1, 1)).get_days();
    let mut writer = TableWriter::new(sink, TABLE, COLUMNS)?;
    let mut coder = Coder::new(events);
    for range in groups(&events.rows) {
        let rows = &events.rows[range];
        let mut group = writer.group()?;
        let visits = coder.group_of(rows, events.visits.len(), |row| row.visit);
        let extras = coder.group_of(rows, events.extras.len(), |row| row.extra);
        let visit = |index: u32| events.visits[index as usize];
        let extra = |index: u32| events.extras[index as usize];

        group.put(Cells::coded(Dictionary::i32(&[epoch_day]), vec![0; rows.len()]))?;
        group.put(coder.texts(rows, |row| row.user))?;
        group.put(Cells::i64s(rows.iter().map(|row| row.time_us).collect()))?;
        group.put(coder.texts(rows, |row| row.name))?;
        group.put(visits.numbers(|index| present(visit(index).session_id)))?;
        group.put(visits.numbers(|index| present(i64::from(visit(index).session_number))))?;
        group.put(Cells::i64s_optional(rows.iter().map(|row| present(i64::from(row.engaged_ms)))))?;
        failpoint::at("write_events_clean.middle");
        group.put(coder.texts(rows, |row| row.page))?;
        group.put(coder.texts(rows, |row| row.referrer))?;
        group.put(coder.shared_texts(&extras, |index| extra(index).source))?;
        group.put(coder.shared_texts(&extras, |index| extra(index).medium))?;
        group.put(coder.shared_texts(&extras, |index| extra(index).campaign))?;
        group.put(coder.shared_texts(&visits, |index| visit(index).device))?;
        group.put(coder.shared_texts(&visits, |index| visit(index).language))?;
        group.put(extras.numbers(|index| Some(i64::from(extra(index).items))))?;
        group.put(extras.fractions(|index| extra(index).price()))?;
        group.put(visits.numbers(|index| present(visit(index).first_touch_us)))?;
        group.put(coder.shared_texts(&extras, |index| extra(index).transaction))?;
        group.put(coder.shared_texts(&visits, |index| visit(index).stream))?;
        group.put(visits.truths(|index| visit(index).analytics_storage))?;
        group.put(visits.truths(|index| visit(index).ads_storage))?;
        group.put(coder.shared_texts(&visits, |index| visit(index).country))?;
        group.put(Cells::texts(rows.iter().map(|_| events.origin.word())))?;
        group.finish()?;
    }
    writer.finish()
}

fn present(number: i64) -> Option<i64> {
    (number != 0).then_some(number)
}

/// Cuts the rows into groups, between two visitors.
fn groups(rows: &[CleanRow]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let begin = start;
        let mut end = (begin + GROUP_ROWS).min(rows.len());
        if let Some(last) = rows[begin..end].last() {
            end += rows[end..].iter().take_while(|row| row.user == last.user).count();
        }
        start = end;
        (begin < end).then_some(begin..end)
    })
}

/// Turns the numbers of a day into the codes of a row group.
struct Coder<'a> {
    events: &'a CleanEvents,
    /// Code by string id; [`MISSING`] where the row group does not have it.
    codes: Vec<u32>,
}

/// One column of shared values: which ones a row group has, and the code of each row.
struct Shared {
    indices: Vec<u32>,
    codes: Vec<u32>,
}

impl<'a> Coder<'a> {
    fn new(events: &'a CleanEvents) -> Self {
        Self { events, codes: Vec::new() }
    }

    fn group_of(&mut self, rows: &[CleanRow], len: usize, of: impl Fn(&CleanRow) -> u32) -> Shared {
        if self.codes.len() < len {
            self.codes.resize(len, MISSING);
        }
        let mut indices = Vec::new();
        let codes = rows.iter().map(|row| self.code(of(row), &mut indices)).collect();
        self.forget(&indices);
        Shared { indices, codes }
    }

    /// The code of an id: the next free one when the row group has not seen it yet.
    fn code(&mut self, id: u32, seen: &mut Vec<u32>) -> u32 {
        let code = &mut self.codes[id as usize];
        if *code == MISSING {
            *code = seen.len() as u32;
            seen.push(id);
        }
        *code
    }

    fn forget(&mut self, ids: &[u32]) {
        for &id in ids {
            self.codes[id as usize] = MISSING;
        }
    }

    fn texts(&mut self, rows: &[CleanRow], of: impl Fn(&CleanRow) -> u32) -> Cells {
        self.text_cells(rows.iter().map(of))
    }

    fn shared_texts(&mut self, shared: &Shared, of: impl Fn(u32) -> u32) -> Cells {
        let cells: Vec<u32> = shared.indices.iter().map(|&index| of(index)).collect();
        self.text_cells(shared.codes.iter().map(|&code| cells[code as usize]))
    }

    fn text_cells(&mut self, ids: impl Iterator<Item = u32>) -> Cells {
        let strings = self.events.strings.len();
        if self.codes.len() < strings {
            self.codes.resize(strings, MISSING);
        }
        let mut seen = Vec::new();
        let codes = ids.map(|id| if id == 0 { MISSING } else { self.code(id, &mut seen) }).collect();
        self.forget(&seen);
        Cells::coded(Dictionary::text(seen.iter().map(|&id| self.events.text(id))), codes)
    }
}

impl Shared {
    fn numbers(&self, of: impl Fn(u32) -> Option<i64>) -> Cells {
        let (values, codes) = self.distinct(of);
        Cells::coded(Dictionary::i64(&values), codes)
    }

    fn truths(&self, of: impl Fn(u32) -> Option<bool>) -> Cells {
        Cells::bools_optional(self.codes.iter().map(|&code| of(self.indices[code as usize])))
    }

    fn fractions(&self, of: impl Fn(u32) -> Option<f64>) -> Cells {
        let (bits, codes) = self.distinct(|index| of(index).map(f64::to_bits));
        let values: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
        Cells::coded(Dictionary::f64(&values), codes)
    }

    fn distinct<T: Copy + Eq + Hash>(&self, of: impl Fn(u32) -> Option<T>) -> (Vec<T>, Vec<u32>) {
        let (mut known, mut values) = (HashMap::new(), Vec::new());
        let shared: Vec<u32> = self
            .indices
            .iter()
            .map(|&index| match of(index) {
                None => MISSING,
                Some(value) => *known.entry(value).or_insert_with(|| {
                    values.push(value);
                    values.len() as u32 - 1
                }),
            })
            .collect();
        (values, self.codes.iter().map(|&code| shared[code as usize]).collect())
    }
}
