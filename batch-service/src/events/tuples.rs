//! Interned tuples: what many events share is stored once and named by a number.

use std::hash::{BuildHasher, RandomState};

/// A value with a cheap hash.
pub trait Mixed: Copy + Eq + Ord {
    /// A number in which every field has a part.
    fn mixed(&self) -> u64;
}

/// Folds two numbers into one; each bit of the result depends on all bits of both.
#[must_use]
pub fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15) * u128::from(b ^ 0xd1b5_4a32_d192_ed03);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Gives numbers to tuples in order of appearance.
pub struct Tuples<T> {
    items: Vec<T>,
    /// Open addressing, index + 1; 0 is a free slot.
    slots: Vec<u32>,
    /// Different in each process, so that nobody can send events that all land in one slot.
    seed: u64,
    last: u32,
}

impl<T: Mixed> Default for Tuples<T> {
    fn default() -> Self {
        Self { items: Vec::new(), slots: vec![0; 1024], seed: RandomState::new().hash_one(0_u8), last: 0 }
    }
}

impl<T: Mixed> Tuples<T> {
    /// The number of a tuple, new or known.
    pub fn intern(&mut self, item: T) -> u32 {
        // Neighbouring events often belong to one visit.
        if self.items.get(self.last as usize) == Some(&item) {
            return self.last;
        }
        let mask = self.slots.len() - 1;
        let mut slot = mix(item.mixed(), self.seed) as usize & mask;
        self.last = loop {
            match self.slots[slot] {
                0 => {
                    self.items.push(item);
                    self.slots[slot] = self.items.len() as u32;
                    break self.items.len() as u32 - 1;
                }
                taken if self.items[taken as usize - 1] == item => break taken - 1,
                _ => slot = (slot + 1) & mask,
            }
        };
        if self.items.len() * 2 > self.slots.len() {
            self.grow();
        }
        self.last
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots = vec![0; mask + 1];
        for (index, item) in self.items.iter().enumerate() {
            let mut slot = mix(item.mixed(), self.seed) as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = index as u32 + 1;
        }
    }

    /// The tuples in order of appearance.
    #[must_use]
    pub fn into_items(self) -> Vec<T> {
        self.items
    }
}

/// Sorts distinct tuples; gives them and, for each old index, the new one.
#[must_use]
pub fn into_sorted<T: Ord + Copy>(items: Vec<T>) -> (Vec<T>, Vec<u32>) {
    let mut order: Vec<u32> = (0..items.len() as u32).collect();
    order.sort_unstable_by_key(|&index| items[index as usize]);
    let mut new_indices = vec![0; items.len()];
    for (new, &old) in order.iter().enumerate() {
        new_indices[old as usize] = new as u32;
    }
    (order.iter().map(|&index| items[index as usize]).collect(), new_indices)
}
