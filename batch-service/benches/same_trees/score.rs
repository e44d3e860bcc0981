//! Checks margins and measures scoring.

use super::lightgbm;
use anyhow::{Context, Result, ensure};
use batch_service::profile::SiteProfile;
use model_core::{
    Bundle, Calibration, LeafPrecision, Model, ModelBuilder, Profile, Schema, Scratch, Target, TreeNodes,
};
use serde_json::{Value, json};
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// Rows that are scored one at a time.
const SINGLE: usize = 20_000;
/// Passes over all rows; the fastest counts.
const PASSES: usize = 5;

/// Reads `trees.json`, `meta.json`, `rows.f32` (row after row), `margins.f64`; writes `bundle.bin`.
pub fn score(folder: &Path) -> Result<()> {
    let meta: Value = read_json(&folder.join("meta.json"))?;
    let names: Vec<String> = serde_json::from_value(meta["features"].clone())?;
    let profile = SiteProfile::load(meta["profile"].as_str().context("profile")?)?.profile;
    let mut trees = lightgbm::trees(&read_json(&folder.join("trees.json"))?)?;
    let raw = fs::read(folder.join("rows.f32"))?;
    let flat: Vec<f32> = raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let margins = fs::read(folder.join("margins.f64"))?;
    let expected: Vec<f64> = margins.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
    ensure!(flat.len() == expected.len() * names.len(), "rows and margins differ in number");

    let exact = build(&profile, &names, 0.0, &trees, LeafPrecision::Exact)?;
    let rows = Rows::of(&exact, &profile, &names, &flat)?;
    let mut scratch = Scratch::default();
    let mut worst: f64 = 0.0;
    for (row, expected) in rows.iter().zip(&expected) {
        worst = worst.max((exact.margin(row, &mut scratch) - expected).abs());
    }
    ensure!(worst <= 1e-12, "margins differ from LightGBM's by {worst:e}");

    // LightGBM adds the prior to every leaf of the first tree; apart, the leaves need fewer bits.
    let base = take_base(&mut trees);
    let rounded = build(&profile, &names, base, &trees, LeafPrecision::Quantised)?;
    let mut rounding: f64 = 0.0;
    for (row, expected) in rows.iter().zip(&expected) {
        rounding = rounding.max((rounded.margin(row, &mut scratch) - expected).abs());
    }
    let bundle = Bundle::new(profile.clone(), vec![rounded.clone()])?.write();
    fs::write(folder.join("bundle.bin"), &bundle)?;

    let thresholds: usize = distinct(&trees);
    let result = json!({
        "rows": expected.len(), "trees": trees.len(), "features_read": rows.width, "thresholds": thresholds,
        "margin_difference_exact": worst, "margin_difference_quantised": rounding,
        "exact": measure(&exact, &rows), "quantised": measure(&rounded, &rows),
    });
    println!("{result}");
    Ok(())
}

fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

fn build(profile: &Profile, names: &[String], base: f64, trees: &[TreeNodes], leaves: LeafPrecision) -> Result<Model> {
    let builder = ModelBuilder::new(Target::Session, "same-trees").calibration(Calibration::Platt { a: 1.0, b: 0.0 });
    builder.trees(profile, names, base, trees, leaves).context("the trees are not a model")
}

/// Takes the mean leaf of the first tree out of it.
fn take_base(trees: &mut [TreeNodes]) -> f64 {
    let Some(first) = trees.first_mut() else { return 0.0 };
    let leaves: Vec<usize> = (0..first.left.len()).filter(|i| first.left[*i] == 0).collect();
    let base = leaves.iter().map(|i| first.value[*i]).sum::<f64>() / leaves.len().max(1) as f64;
    leaves.into_iter().for_each(|i| first.value[i] -= base);
    base
}

fn distinct(trees: &[TreeNodes]) -> usize {
    let splits = trees.iter().flat_map(|t| (0..t.left.len()).filter(|i| t.left[*i] != 0).map(move |i| (t, i)));
    splits.map(|(t, i)| (t.feature[i], t.threshold[i].to_bits())).collect::<std::collections::BTreeSet<_>>().len()
}

/// Rows of the features that the model reads, in its order.
struct Rows {
    values: Vec<f32>,
    width: usize,
}

impl Rows {
    fn of(model: &Model, profile: &Profile, names: &[String], flat: &[f32]) -> Result<Self> {
        let schema = Schema::new(profile);
        let positions: Vec<usize> =
            names.iter().map(|name| schema.position(profile, name)).collect::<Result<_, _>>()?;
        let order: Vec<usize> = model
            .feature_positions()
            .iter()
            .map(|p| positions.iter().position(|q| *q == usize::from(*p)).context("a feature of the model"))
            .collect::<Result<_>>()?;
        let values = flat.chunks_exact(names.len()).flat_map(|row| order.iter().map(|i| row[*i])).collect();
        Ok(Self { values, width: order.len() })
    }

    fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width)
    }

    fn get(&self, i: usize) -> &[f32] {
        &self.values[i * self.width..(i + 1) * self.width]
    }

    fn len(&self) -> usize {
        self.values.len() / self.width
    }
}

fn measure(model: &Model, rows: &Rows) -> Value {
    let mut scratch = Scratch::default();
    let mut best = Duration::MAX;
    for _ in 0..PASSES {
        let start = cpu_time();
        let sum: f64 = rows.iter().map(|row| model.margin(row, &mut scratch)).sum();
        best = best.min(cpu_time().saturating_sub(start));
        black_box(sum);
    }
    // A fixed walk over the rows in which neighbours have nothing to do with each other.
    let mut at = 1usize;
    let mut single: Vec<u64> = (0..SINGLE)
        .map(|_| {
            at = (at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
                & (usize::MAX >> 1);
            let row = rows.get((at >> 20) % rows.len());
            let start = Instant::now();
            black_box(model.margin(black_box(row), &mut scratch));
            start.elapsed().as_nanos() as u64
        })
        .collect();
    single.sort_unstable();
    json!({
        "batch_cpu_ns": best.as_nanos() as f64 / rows.len() as f64,
        "one_row_p50_ns": single[SINGLE / 2], "one_row_p95_ns": single[SINGLE * 95 / 100],
    })
}

/// CPU time of this thread so far.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split_whitespace().next().and_then(|ns| ns.parse().ok()).unwrap_or(0))
}
