//! Files that were changed anywhere: refused, or a sound model.

use super::compare::Rows;
use batch_service::import::convert;
use conformance::world::Random;
use std::path::Path;
use std::time::{Duration, Instant};

/// Changes of each file.
const CHANGES: usize = 1_500;
/// Small models of each format.
const FILES: [&str; 6] = [
    "generated-lightgbm-stumps.txt",
    "generated-xgboost-stopped.json",
    "generated-xgboost-stopped.ubj",
    "generated-regression-columns.p4.pickle",
    "generated-tree.joblib",
    "generated-histogram-names.p2.pickle",
];

fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut below = |n: usize| ((random.draw() * n as f64) as usize).min(n.saturating_sub(1));
    for _ in 0..=below(3) {
        let at = below(bytes.len());
        match below(6) {
            0 => bytes[at] = below(256) as u8,
            1 => bytes[at] ^= 1 << below(8),
            // Mostly a digit for a digit, which stays a file of its format.
            2 | 3 => {
                if let Some(digit) = bytes[at..].iter_mut().find(|b| b.is_ascii_digit()) {
                    *digit = b"0123456789-e."[below(13)];
                }
            }
            4 => bytes.truncate(at.max(1)),
            _ => {
                let end = (at + below(64)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                let to = below(bytes.len());
                bytes.splice(to..to, part);
            }
        }
    }
}

/// Converts the changed files and scores what is taken.
pub fn check(out: &Path) {
    let rows = Rows::read(&out.join("generated.f32"), 9);
    let mut random = Random::of(7);
    for file in FILES {
        let whole = std::fs::read(out.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        let (mut taken, mut slowest) = (0, Duration::ZERO);
        for _ in 0..CHANGES {
            let mut bytes = whole.clone();
            change(&mut bytes, &mut random);
            let start = Instant::now();
            let converted = convert(&bytes, file);
            slowest = slowest.max(start.elapsed());
            let Ok(plain) = converted else { continue };
            taken += 1;
            // Another number of inputs may have been read.
            for row in rows.iter().take(5) {
                let row: Vec<f32> = row.iter().copied().cycle().take(plain.inputs.len()).collect();
                let p = plain.probability(&row);
                assert!(p.is_nan() || (0.0..=1.0).contains(&p), "{file}: {p}");
            }
        }
        eprintln!("{file}: {taken} of {CHANGES} changed files are taken, the slowest answer {slowest:?}");
        assert!(slowest < Duration::from_secs(1), "{file}: {slowest:?}");
    }
}
