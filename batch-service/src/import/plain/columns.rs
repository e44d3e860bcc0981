//! Indicators as they are found, each once.

use super::{Among, Indicator, MAX_CODES, MAX_COLUMNS};
use std::collections::HashMap;

/// The columns of a model while it is converted.
#[derive(Debug)]
pub struct Columns {
    inputs: usize,
    indicators: Vec<Indicator>,
    places: HashMap<Indicator, usize>,
}

impl Columns {
    /// The inputs alone.
    #[must_use]
    pub fn new(inputs: usize) -> Self {
        Self { inputs, indicators: Vec::new(), places: HashMap::new() }
    }

    /// The column of an indicator. Refuses, in words, what goes beyond the limits.
    pub fn indicator(&mut self, input: usize, mut codes: Vec<Among>, others: Among) -> Result<usize, String> {
        while codes.last() == Some(&others) {
            codes.pop();
        }
        if codes.len() > MAX_CODES {
            return Err(format!("category code {} is above {}", codes.len() - 1, MAX_CODES - 1));
        }
        let indicator = Indicator { input, codes, others };
        if let Some(place) = self.places.get(&indicator) {
            return Ok(*place);
        }
        let place = self.inputs + self.indicators.len();
        if place >= MAX_COLUMNS {
            return Err(format!("more than {MAX_COLUMNS} inputs and sets of categories"));
        }
        self.places.insert(indicator.clone(), place);
        self.indicators.push(indicator);
        Ok(place)
    }

    /// The column that is 1 for the codes of a bitset, of words of 32 bits, and 0 for every other.
    pub fn bitset(&mut self, input: usize, words: &[u32]) -> Result<usize, String> {
        let last = words.iter().rposition(|w| *w != 0).map_or(0, |i| i + 1);
        let bit = |code: usize| words.get(code / 32).is_some_and(|w| w >> (code % 32) & 1 == 1);
        let codes = (0..(last * 32).min(MAX_CODES + 32)).map(|c| if bit(c) { Among::Yes } else { Among::No }).collect();
        if last * 32 > MAX_CODES + 32 {
            return Err(format!("category codes above {}", MAX_CODES - 1));
        }
        self.indicator(input, codes, Among::No)
    }

    /// The indicators, in the order of their columns.
    #[must_use]
    pub fn into_indicators(self) -> Vec<Indicator> {
        self.indicators
    }
}
