//! Interned text: each distinct string of a day is stored once and named by a number.

use std::hash::{BuildHasher, RandomState};

/// The distinct strings of a day in ascending order; id 0 is the empty string and means "missing".
///
/// Because ids follow the order of the strings, comparing two ids compares the strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Default for Strings {
    fn default() -> Self {
        Self { text: String::new(), ends: vec![0] }
    }
}

impl Strings {
    /// The string with this id; an unknown id reads as missing.
    #[must_use]
    pub fn get(&self, id: u32) -> &str {
        let id = id as usize;
        let start = if id == 0 { 0 } else { self.ends.get(id - 1).copied().unwrap_or(0) };
        let end = self.ends.get(id).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or("")
    }

    /// How many strings there are, the missing one included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Never true: the missing string is always there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The id of a string, if the day has it.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = (low + high) / 2;
            match self.get(middle as u32).cmp(text) {
                std::cmp::Ordering::Equal => return Some(middle as u32),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// All strings in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|id| self.get(id as u32))
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }
}

/// Gives numbers to strings in order of appearance.
pub struct Interner {
    strings: Strings,
    /// Open addressing, id + 1; 0 is a free slot.
    slots: Vec<u32>,
    hasher: RandomState,
}

impl Default for Interner {
    fn default() -> Self {
        Self { strings: Strings::default(), slots: vec![0; 1024], hasher: RandomState::new() }
    }
}

impl Interner {
    /// The id of a string, new or known; the empty string is 0.
    pub fn intern(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let mask = self.slots.len() - 1;
        let mut slot = self.hasher.hash_one(text) as usize & mask;
        loop {
            match self.slots[slot] {
                0 => break,
                taken if self.strings.get(taken - 1) == text => return taken - 1,
                _ => slot = (slot + 1) & mask,
            }
        }
        let id = self.strings.len() as u32;
        self.strings.push(text);
        self.slots[slot] = id + 1;
        if self.strings.len() * 2 > self.slots.len() {
            self.grow();
        }
        id
    }

    /// The string with this id.
    #[must_use]
    pub fn get(&self, id: u32) -> &str {
        self.strings.get(id)
    }

    /// How many strings there are, the missing one included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.strings.len()
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        let mut slots = vec![0; mask + 1];
        for (id, text) in self.strings.iter().enumerate().skip(1) {
            let mut slot = self.hasher.hash_one(text) as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = id as u32 + 1;
        }
        self.slots = slots;
    }

    /// Keeps the used strings in ascending order; gives them and, for each old id, the new one.
    #[must_use]
    pub fn into_sorted(self, used: &[bool]) -> (Strings, Vec<u32>) {
        let old = self.strings;
        drop(self.slots);
        let mut order: Vec<u32> =
            (1..old.len() as u32).filter(|&id| used.get(id as usize).copied().unwrap_or(false)).collect();
        order.sort_unstable_by(|&a, &b| old.get(a).cmp(old.get(b)));
        let mut new_ids = vec![0; old.len()];
        let mut strings = Strings {
            text: String::with_capacity(order.iter().map(|&id| old.get(id).len()).sum()),
            ends: Vec::with_capacity(order.len() + 1),
        };
        strings.ends.push(0);
        for id in order {
            new_ids[id as usize] = strings.len() as u32;
            strings.push(old.get(id));
        }
        (strings, new_ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_order_of_strings_and_unused_ones_go() {
        let mut interner = Interner::default();
        let ids: Vec<u32> = ["b", "a", "", "c", "b"].iter().map(|s| interner.intern(s)).collect();
        assert_eq!(ids, [1, 2, 0, 3, 1]);
        let (strings, new_ids) = interner.into_sorted(&[true, true, true, false]);
        assert_eq!(strings.iter().collect::<Vec<_>>(), ["", "a", "b"]);
        assert_eq!(new_ids, [0, 2, 1, 0]);
        assert_eq!(strings.find("b"), Some(2));
        assert_eq!(strings.find("c"), None);
    }

    #[test]
    fn survives_growth() {
        let mut interner = Interner::default();
        for i in 0..5000 {
            assert_eq!(interner.intern(&format!("s{i}")), i + 1);
        }
        for i in 0..5000 {
            assert_eq!(interner.intern(&format!("s{i}")), i + 1);
        }
    }
}
