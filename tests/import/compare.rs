//! A converted model against what Python says of the same rows.

use batch_service::import::Plain;
use std::collections::HashMap;
use std::path::Path;

/// Rows of single precision.
pub struct Rows {
    values: Vec<f32>,
    width: usize,
}

impl Rows {
    /// Little-endian numbers, row after row.
    pub fn read(path: &Path, width: usize) -> Self {
        let values: Vec<f32> = numbers(path, f32::from_le_bytes);
        assert_eq!(values.len() % width, 0, "{}", path.display());
        Self { values, width }
    }

    /// The rows.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks(self.width)
    }
}

/// Numbers of a file.
pub fn numbers<T, const N: usize>(path: &Path, number: fn([u8; N]) -> T) -> Vec<T> {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    bytes.chunks_exact(N).map(|chunk| number(chunk.try_into().unwrap())).collect()
}

/// What differs.
#[derive(Debug, Default)]
pub struct Difference {
    /// Rows compared.
    pub rows: usize,
    /// The largest difference of probabilities.
    pub probability: f64,
    /// Rows whose probability has the same bits.
    pub same_bits: usize,
    /// Choices of a leaf, and how many are another one than Python's.
    pub leaves: usize,
    /// Of these how many are wrong.
    pub wrong_leaves: usize,
    /// Margins that have other bits, where Python gives them in single precision.
    pub other_margins: Option<usize>,
}

/// Compares; the leaves of Python have numbers of their own, so a tree agrees when its leaves and Python's pair off.
pub fn compare(
    plain: &Plain,
    rows: &Rows,
    expected: &[f64],
    leaves: Option<&[i32]>,
    margins: Option<&[f32]>,
) -> Difference {
    assert_eq!(rows.iter().len(), expected.len());
    let mut found = Difference { rows: expected.len(), ..Difference::default() };
    for (row, expected) in rows.iter().zip(expected) {
        let ours = plain.probability(row);
        let apart = (ours - expected).abs();
        // A missing number is the largest difference.
        found.probability = if apart > found.probability || apart.is_nan() { apart } else { found.probability };
        found.same_bits += usize::from(ours.to_bits() == expected.to_bits());
    }
    if let Some(leaves) = leaves {
        let width = leaves.len() / expected.len();
        let (mut theirs_of, mut ours_of) = (HashMap::new(), HashMap::new());
        for (row, leaves) in rows.iter().zip(leaves.chunks(width)) {
            let ours = plain.leaves(row);
            assert_eq!(ours.len(), width, "trees");
            for (tree, (ours, theirs)) in ours.into_iter().zip(leaves).enumerate() {
                found.leaves += 1;
                let forward = *theirs_of.entry((tree, ours)).or_insert(*theirs) == *theirs;
                let back = *ours_of.entry((tree, *theirs)).or_insert(ours) == ours;
                found.wrong_leaves += usize::from(!forward || !back);
            }
        }
    }
    found.other_margins = margins.map(|margins| {
        assert_eq!(margins.len(), expected.len());
        rows.iter().zip(margins).filter(|(row, m)| (plain.margin(row) as f32).to_bits() != m.to_bits()).count()
    });
    found
}
