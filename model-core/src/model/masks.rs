//! The leaves of all trees without branches.
//!
//! After QuickScorer (Lucchese et al., SIGIR 2015): each split that goes right rules out the leaves of its left subtree,
//! and the first leaf left over is the tree's answer. Values are put into bins by the thresholds of their feature, and
//! for every (feature, bin) the masks of all trees are combined beforehand, so that a row costs one AND of a block of
//! trees per feature, and none for a feature whose bin rules nothing out: a count of 0, most of the time. Leaves are the
//! same as those of the plain walk.

use super::MAX_COLUMNS;
use super::forest::Forest;
use crate::bytes::push;
use alloc::vec::Vec;

/// Words of a block, two trees a word: a line of the cache, or what WebAssembly can keep in variables.
const WORDS: usize = if cfg!(target_arch = "wasm32") { 4 } else { 8 };

/// Thresholds that are compared at once.
const LANES: usize = if cfg!(target_arch = "wasm32") { 1 } else { 8 };

/// Longest list of thresholds that is compared as a whole.
const MOST_CUTS: usize = 255;

/// The combined masks.
#[derive(Clone, Debug, Default)]
pub(super) struct Masks {
    /// Rows: for each feature one per bin, then one for a missing value. Columns: the trees, two a word.
    words: Vec<u64>,
    /// Words of a row, a multiple of [`WORDS`].
    width: usize,
    /// By row: whether it rules any leaf out.
    says: Vec<bool>,
    /// Thresholds of each feature, filled up with NaN to whole [`LANES`]; and where those of each begin. Empty when a list
    /// is so long that a search is quicker.
    cuts: Vec<f32>,
    first_cut: Vec<u32>,
}

/// Of two forests that are equal; the NaN among the cuts are not.
impl PartialEq for Masks {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl Masks {
    /// The masks of a forest whose trees have at most 32 leaves.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(super) fn of(forest: &Forest) -> Self {
        let mut masks = Self::default();
        let rows = forest.thresholds.len() + 2 * forest.columns();
        for _ in 0..rows {
            push(&mut masks.says, false);
        }
        masks.width = forest.roots.len().div_ceil(2 * WORDS) * WORDS;
        for _ in 0..masks.width * rows {
            push(&mut masks.words, u64::MAX);
        }
        if LANES > 1 && (0..forest.columns()).all(|column| forest.thresholds(column).len() <= MOST_CUTS) {
            for feature in 0..forest.columns() {
                masks.first_cut.push(masks.cuts.len() as u32);
                masks.cuts.extend_from_slice(forest.thresholds(feature));
                masks.cuts.resize(masks.cuts.len().next_multiple_of(LANES), f32::NAN);
            }
            masks.first_cut.push(masks.cuts.len() as u32);
        }
        let mut node = forest.nodes.iter();
        for (tree, root) in forest.roots.iter().enumerate() {
            // Leaves before the node.
            let mut leaf = 0;
            for i in 1..2 * root.leaves {
                let Some(node) = node.next() else { return masks };
                if !node.is_split {
                    leaf += 1;
                    continue;
                }
                let leaves = node.leaves_on_the_left(i - 1);
                let ruled_out = ((1 << leaves) - 1) << (leaf + 32 * (tree as u32 & 1));
                let feature = usize::from(node.feature);
                let first = forest.first_threshold[feature] as usize + 2 * feature;
                let missing = first + forest.thresholds(feature).len() + 1;
                // The split goes right in every bin above its threshold.
                for row in first + usize::from(node.bin) + 1..missing + usize::from(!node.missing_left) {
                    masks.words[row * masks.width + tree / 2] &= !ruled_out;
                    masks.says[row] = true;
                }
            }
        }
        masks
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The rows of the masks that a row of values picks, but those that rule nothing out.
    #[inline]
    pub(super) fn pick<'a>(&self, forest: &Forest, row: &[f32], picked: &'a mut [u32; MAX_COLUMNS]) -> &'a [u32] {
        if LANES == 1 || self.cuts.is_empty() {
            return self.pick_by(forest, row, picked, |_, thresholds, x| not_above(thresholds, x));
        }
        self.pick_by(forest, row, picked, |column, _, x| {
            // Counting is the same, and vector instructions do it at once; nothing is above NaN or below it.
            let cuts = &self.cuts[self.first_cut[column] as usize..self.first_cut[column + 1] as usize];
            cuts.iter().map(|cut| u32::from(*cut <= x)).sum::<u32>() as usize
        })
    }

    /// `bin` gives the number of a column's thresholds that are not above a value.
    #[inline(always)]
    fn pick_by<'a>(
        &self,
        forest: &Forest,
        row: &[f32],
        picked: &'a mut [u32; MAX_COLUMNS],
        bin: impl Fn(usize, &[f32], f32) -> usize,
    ) -> &'a [u32] {
        let (mut first, mut n) = (0, 0);
        for (i, x) in row.iter().enumerate() {
            let end = forest.first_threshold[i + 1] as usize;
            let missing = end - first + 1;
            let bin = if x.is_nan() { missing } else { bin(i, &forest.thresholds[first..end], *x) };
            // Two more rows than thresholds for each column before.
            let at = first + 2 * i + bin;
            picked[n] = (at * self.width) as u32;
            n += usize::from(self.says[at]);
            first = end;
        }
        &picked[..n]
    }

    /// The leaf of each tree. The last words may have room for more trees than there are.
    #[inline]
    pub(super) fn leaves(&self, picked: &[u32], leaves: &mut Vec<u32>) {
        while leaves.len() < 2 * self.width {
            push(leaves, 0);
        }
        leaves.truncate(2 * self.width);
        for (block, leaves) in leaves.as_chunks_mut::<{ 2 * WORDS }>().0.iter_mut().enumerate() {
            let masks = &self.words[block * WORDS..];
            let mut words = [u64::MAX; WORDS];
            for row in picked {
                if let Some(mask) = masks[*row as usize..].first_chunk::<WORDS>() {
                    // Written out: where the compiler saves code it would keep a loop.
                    words[0] &= mask[0];
                    words[1] &= mask[1];
                    words[2] &= mask[2];
                    words[3] &= mask[3];
                    for i in 4..WORDS {
                        words[i] &= mask[i];
                    }
                }
            }
            for (word, leaves) in words.iter().zip(leaves.as_chunks_mut::<2>().0) {
                // The first leaf that is left of each of a word's two trees.
                *leaves = [(*word as u32).trailing_zeros(), ((*word >> 32) as u32).trailing_zeros()];
            }
        }
    }
}

/// Number of the ascending values that are not above `x`. Without a branch that depends on them.
#[inline]
pub(super) fn not_above<T: PartialOrd + Copy>(ascending: &[T], x: T) -> usize {
    let (mut at, mut size) = (0, ascending.len());
    while size > 0 {
        let half = size.div_ceil(2);
        at += core::hint::select_unpredictable(ascending[at + half - 1] <= x, half, 0);
        size -= half;
    }
    at
}
