//! The text of a LightGBM model: blocks of `key=value` lines.

use super::bad;
use crate::import::Error;
use std::collections::HashMap;
use std::str::FromStr;

/// The lines of the head or of a tree, by key.
pub(super) struct Block<'a> {
    /// The head, or a tree, for messages.
    pub name: String,
    lines: HashMap<&'a str, &'a str>,
}

impl<'a> Block<'a> {
    fn new(name: String) -> Self {
        Self { name, lines: HashMap::new() }
    }

    fn add(&mut self, line: &'a str) -> Result<(), Error> {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        match self.lines.insert(key, value) {
            None => Ok(()),
            Some(_) => Err(bad(&self.name, format!("{key} is there twice"))),
        }
    }

    /// Whether a line is there.
    pub fn has(&self, key: &str) -> bool {
        self.lines.contains_key(key)
    }

    /// The text after a key.
    pub fn text(&self, key: &str) -> Result<&'a str, Error> {
        self.lines.get(key).copied().ok_or_else(|| bad(&self.name, format!("{key} is missing")))
    }

    /// The number after a key.
    pub fn number<T: FromStr>(&self, key: &str) -> Result<T, Error> {
        self.text(key)?.parse().map_err(|_| bad(&self.name, format!("{key} is not a number that it can be")))
    }

    /// `len` numbers after a key.
    pub fn numbers<T: FromStr>(&self, key: &str, len: usize) -> Result<Vec<T>, Error> {
        let numbers: Result<Vec<T>, _> = self.text(key)?.split_ascii_whitespace().map(str::parse).collect();
        let numbers = numbers.map_err(|_| bad(&self.name, format!("{key} has what is not a number that it can be")))?;
        if numbers.len() != len {
            return Err(bad(&self.name, format!("{key} has {} numbers where {len} belong", numbers.len())));
        }
        Ok(numbers)
    }
}

/// A model as blocks.
pub(super) struct Text<'a> {
    /// Before the first tree.
    pub head: Block<'a>,
    /// The trees, in order.
    pub trees: Vec<Block<'a>>,
    /// Settings of the training, as `[key: value]`.
    pub parameters: HashMap<&'a str, &'a str>,
    /// Categories of a data frame, as JSON.
    pub categories: Option<&'a str>,
}

/// Cuts the text into blocks.
pub(super) fn read(text: &str) -> Result<Text<'_>, Error> {
    let mut lines = text.lines().map(str::trim_end);
    if lines.next() != Some("tree") {
        return Err(bad("line 1", "is not `tree`"));
    }
    let (mut head, mut trees, mut whole) = (Block::new("head".to_owned()), Vec::<Block<'_>>::new(), false);
    for line in lines.by_ref() {
        if line == "end of trees" {
            whole = true;
            break;
        }
        if let Some(number) = line.strip_prefix("Tree=") {
            if number.parse() != Ok(trees.len()) {
                return Err(bad(&format!("Tree={number}"), format!("where tree {} belongs", trees.len())));
            }
            trees.push(Block::new(format!("tree {number}")));
        } else if !line.is_empty() {
            trees.last_mut().unwrap_or(&mut head).add(line)?;
        }
    }
    if !whole {
        return Err(bad("end", "`end of trees` is missing, so the file is cut off"));
    }
    let (mut parameters, mut categories) = (HashMap::new(), None);
    for line in lines {
        if let Some((key, value)) =
            line.strip_prefix('[').and_then(|l| l.strip_suffix(']')).and_then(|l| l.split_once(':'))
        {
            parameters.insert(key, value.trim());
        } else if let Some(json) = line.strip_prefix("pandas_categorical:") {
            categories = Some(json);
        }
    }
    Ok(Text { head, trees, parameters, categories })
}
