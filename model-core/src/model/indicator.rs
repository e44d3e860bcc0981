//! Columns that say whether the code of a feature is among a set.

use super::MAX_COLUMNS;
use alloc::vec::Vec;

/// Most codes that an indicator tells apart.
pub(crate) const MAX_CODES: usize = 256;

/// What an indicator says of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Among {
    /// The column is 0.
    No = 0,
    /// The column is 1.
    Yes = 1,
    /// The column is missing.
    Missing = 2,
}

/// A column after the features of a model: one category of a feature, or a set of them. A missing feature makes it missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    /// The feature: for a builder its index among the names, of a model its place in the row.
    pub feature: usize,
    /// Of the codes 0, 1, 2, ..., at most 256. The code of a value is its whole part, so that of -0.5 is 0.
    pub codes: Vec<Among>,
    /// Of every other code, also of those below 0.
    pub others: Among,
}

/// The indicators of a model, as scoring reads them: one table with a row for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Indicators {
    /// Place of the feature in the row, by indicator.
    pub(crate) features: Vec<u8>,
    /// Codes that are told apart, at most [`MAX_CODES`].
    pub(crate) codes: usize,
    /// [`Among`] of those codes, then that of all others; indicator after indicator.
    pub(crate) among: Vec<u8>,
}

impl Indicators {
    pub(super) fn of(list: &[Indicator]) -> Self {
        let codes = list.iter().map(|indicator| indicator.codes.len()).max().unwrap_or_default();
        let mut all = Self { codes, ..Self::default() };
        for Indicator { feature, codes, others } in list {
            all.features.push(*feature as u8);
            all.among.extend((0..=all.codes).map(|code| *codes.get(code).unwrap_or(others) as u8));
        }
        all
    }

    pub(super) fn list(&self) -> Vec<Indicator> {
        let among = |byte: &u8| [Among::No, Among::Yes, Among::Missing][usize::from(*byte).min(2)];
        let tables = self.among.chunks_exact(self.codes + 1);
        let indicator = |(feature, table): (&u8, &[u8])| {
            let mut codes: Vec<Among> = table.iter().map(among).collect();
            let others = codes.pop().unwrap_or(Among::No);
            codes.truncate(codes.iter().rposition(|code| *code != others).map_or(0, |last| last + 1));
            Indicator { feature: usize::from(*feature), codes, others }
        };
        self.features.iter().zip(tables).map(indicator).collect()
    }

    /// Puts the columns after the first `columns` of a row; gives their number with them.
    pub(super) fn fill(&self, row: &mut [f32; MAX_COLUMNS], mut columns: usize) -> usize {
        let mut first = 0;
        for feature in &self.features {
            let x = row[usize::from(*feature)];
            // The conversion saturates, and what is below 0 becomes larger than any code.
            let among = f32::from(self.among[first + (x as i32 as usize).min(self.codes)]);
            row[columns] = if x.is_nan() || among > 1.0 { f32::NAN } else { among };
            columns += 1;
            first += self.codes + 1;
        }
        columns
    }
}
