//! Format version 1, field by field as in `docs/BUNDLE.md`.
//!
//! Parts of the same kind lie together (all features of all splits, then all their bins, ...): brotli likes that.

use super::{Bundle, MAX_BUNDLE_BYTES};
use crate::bytes::{Reader, Writer};
use crate::error::why;
use crate::model::{Forest, Leaves, Linear, MAX_KNOTS, MAX_LEAVES, MAX_TREES, Node, Predictor, Tree};
use crate::{Calibration, Error, LinearTerm, MAX_FEATURES, Model, ModelBuilder, Profile, Schema, Target, Transform};
use alloc::vec::Vec;

const MAGIC: [u8; 4] = *b"INKL";
const VERSION: u8 = 1;

type Part<T> = Result<T, Error>;

pub(super) fn write(bundle: &Bundle) -> Vec<u8> {
    let mut w = Writer::default();
    w.raw(&MAGIC);
    w.u8(VERSION);
    let profile = bundle.profile.write();
    w.uint(profile.len() as u64);
    w.raw(&profile);
    w.raw(&Schema::new(&bundle.profile).hash(&bundle.profile).to_le_bytes());
    w.u8(bundle.models.len() as u8);
    for model in &bundle.models {
        write_model(&mut w, model);
    }
    w.out
}

pub(super) fn read(bytes: &[u8]) -> Part<Bundle> {
    if bytes.len() > MAX_BUNDLE_BYTES {
        return Err(Error::BundleMalformed(why!("longer than 512 KiB")));
    }
    let r = &mut Reader::new(bytes);
    if r.array() != Some(MAGIC) || r.u8() != Some(VERSION) {
        return Err(Error::BundleVersion);
    }
    let profile_len = need(r.uint_to(MAX_BUNDLE_BYTES as u64), why!("profile length"))? as usize;
    let profile = Profile::read(need(r.raw(profile_len), why!("profile"))?)?;
    let hash = u64::from_le_bytes(need(r.array(), why!("schema hash"))?);
    if hash != Schema::new(&profile).hash(&profile) {
        return Err(Error::SchemaMismatch);
    }
    let mut models = Vec::new();
    for _ in 0..need(r.u8(), why!("model count"))?.min(8) {
        models.push(read_model(r)?);
    }
    if !r.is_empty() {
        return Err(Error::BundleMalformed(why!("trailing bytes")));
    }
    Bundle::new(profile, models)
}

fn need<T>(value: Option<T>, what: &'static str) -> Part<T> {
    value.ok_or(Error::BundleMalformed(what))
}

fn write_model(w: &mut Writer, model: &Model) {
    w.u8(model.target as u8);
    w.str(&model.version);
    w.uint(model.features.len() as u64);
    let mut last = 0;
    for position in &model.features {
        w.uint(u64::from(position - last));
        last = *position;
    }
    match &model.calibration {
        Calibration::None => w.u8(0),
        Calibration::Platt { a, b } => {
            w.u8(1);
            write_f64s(w, [*a, *b]);
        }
        Calibration::Isotonic { margins, probabilities } => {
            w.u8(2);
            w.uint(margins.len() as u64);
            write_f64s(w, margins.iter().chain(probabilities).copied());
        }
    }
    write_f64s(w, model.bands);
    match &model.predictor {
        Predictor::Linear(linear) => {
            w.u8(0);
            write_f64s(w, [linear.bias]);
            for t in &linear.terms {
                w.u8(t.transform as u8);
                write_f64s(w, [t.mean, t.deviation, t.weight]);
            }
        }
        Predictor::Trees(forest) => {
            w.u8(1);
            write_forest(w, forest);
        }
    }
}

fn read_model(r: &mut Reader<'_>) -> Part<Model> {
    let target = match r.u8() {
        Some(0) => Target::Session,
        Some(1) => Target::Visitor,
        _ => return Err(Error::BundleMalformed(why!("target"))),
    };
    let version = need(r.str(64), why!("model version"))?;
    let n = need(r.uint_to(MAX_FEATURES as u64), why!("feature count"))?;
    let mut features = Vec::new();
    let mut last = 0u64;
    for _ in 0..n {
        last += need(r.uint_to(u64::from(u16::MAX)), why!("feature"))?;
        features.push(need(u16::try_from(last).ok(), why!("feature"))?);
    }
    let calibration = match r.u8() {
        Some(0) => Calibration::None,
        Some(1) => {
            Calibration::Platt { a: need(r.f64(), why!("calibration"))?, b: need(r.f64(), why!("calibration"))? }
        }
        Some(2) => {
            let n = need(r.uint_to(MAX_KNOTS as u64), why!("calibration knots"))? as usize;
            Calibration::Isotonic { margins: read_f64s(r, n)?, probabilities: read_f64s(r, n)? }
        }
        _ => return Err(Error::BundleMalformed(why!("calibration kind"))),
    };
    let [medium, high] = [need(r.f64(), why!("band"))?, need(r.f64(), why!("band"))?];
    let predictor = match r.u8() {
        Some(0) => {
            let bias = need(r.f64(), why!("bias"))?;
            let mut terms = Vec::new();
            for _ in 0..features.len() {
                let transform = match r.u8() {
                    Some(0) => Transform::Identity,
                    Some(1) => Transform::Sqrt,
                    _ => return Err(Error::BundleMalformed(why!("transform"))),
                };
                let [mean, deviation, weight] =
                    [need(r.f64(), why!("term"))?, need(r.f64(), why!("term"))?, need(r.f64(), why!("term"))?];
                terms.push(LinearTerm { transform, mean, deviation, weight });
            }
            Predictor::Linear(Linear { bias, terms })
        }
        Some(1) => Predictor::Trees(read_forest(r, features.len())?),
        _ => return Err(Error::BundleMalformed(why!("model kind"))),
    };
    ModelBuilder::new(target, &version).calibration(calibration).bands(medium, high).build(features, predictor)
}

fn write_forest(w: &mut Writer, forest: &Forest) {
    write_f64s(w, [forest.base]);
    for list in &forest.thresholds {
        w.u8(list.len() as u8);
    }
    for threshold in forest.thresholds.iter().flatten() {
        w.raw(&threshold.to_le_bytes());
    }
    w.uint(forest.trees.len() as u64);
    for tree in &forest.trees {
        w.uint(tree.leaves as u64);
    }
    let nodes = || forest.trees.iter().flat_map(|t| &t.nodes);
    let splits = || {
        nodes().filter_map(|n| {
            if let Node::Split { feature, bin, missing_left, left_share, .. } = n {
                Some((*feature, *bin, *missing_left, *left_share))
            } else {
                None
            }
        })
    };
    write_bits(w, nodes().map(|n| matches!(n, Node::Split { .. })));
    splits().for_each(|s| w.u8(s.0));
    splits().for_each(|s| w.u8(s.1));
    write_bits(w, splits().map(|s| s.2));
    let shares: Vec<u8> = splits().map(|s| s.3).collect();
    shares.chunks(2).for_each(|c| w.u8(c[0] | c.get(1).unwrap_or(&0) << 4));
    match &forest.leaves {
        Leaves::Quantised { scale, values } => {
            w.u8(0);
            write_f64s(w, [*scale]);
            values.iter().for_each(|v| w.u8((v >> 8) as u8));
            values.iter().for_each(|v| w.u8(*v as u8));
        }
        Leaves::Exact(values) => {
            w.u8(1);
            write_f64s(w, values.iter().copied());
        }
    }
}

fn read_forest(r: &mut Reader<'_>, features: usize) -> Part<Forest> {
    let base = need(r.f64(), why!("base"))?;
    let lengths = need(r.raw(features), why!("threshold counts"))?;
    let mut thresholds = Vec::new();
    for n in lengths {
        let mut list = Vec::new();
        for _ in 0..*n {
            list.push(f32::from_le_bytes(need(r.array(), why!("threshold"))?));
        }
        thresholds.push(list);
    }
    let count = need(r.uint_to(MAX_TREES as u64), why!("tree count"))? as usize;
    let mut sizes = Vec::new();
    let mut leaves = 0usize;
    for _ in 0..count {
        let n = need(r.uint_to(MAX_LEAVES as u64), why!("leaf count"))? as usize;
        if n == 0 {
            return Err(Error::BundleMalformed(why!("a tree without leaves")));
        }
        leaves += n;
        sizes.push(n);
    }
    let splits = leaves - count;
    let is_split = need(r.raw((leaves + splits).div_ceil(8)), why!("tree shapes"))?;
    let feature = need(r.raw(splits), why!("split features"))?;
    let bin = need(r.raw(splits), why!("split bins"))?;
    let missing_left = need(r.raw(splits.div_ceil(8)), why!("missing directions"))?;
    let shares = need(r.raw(splits.div_ceil(2)), why!("cover shares"))?;
    let (mut node_at, mut split_at) = (0, 0);
    let mut trees = Vec::new();
    for n in sizes {
        let mut nodes = Vec::new();
        for _ in 0..2 * n - 1 {
            nodes.push(if bit(is_split, node_at) {
                let i = split_at;
                split_at += 1;
                if i >= splits {
                    return Err(Error::BundleMalformed(why!("tree shapes")));
                }
                let left_share = (shares[i / 2] >> (4 * (i % 2))) & 15;
                Node::Split {
                    feature: feature[i],
                    bin: bin[i],
                    missing_left: bit(missing_left, i),
                    left_share,
                    right: 0,
                }
            } else {
                Node::Leaf(0)
            });
            node_at += 1;
        }
        let tree = need(Tree::link(nodes), why!("tree shapes"))?;
        trees.push(tree);
    }
    let leaves = match r.u8() {
        Some(0) => {
            let scale = need(r.f64(), why!("leaf scale"))?;
            let (high, low) = (need(r.raw(leaves), why!("leaves"))?, need(r.raw(leaves), why!("leaves"))?);
            let values = high.iter().zip(low).map(|(h, l)| i16::from_le_bytes([*l, *h])).collect();
            Leaves::Quantised { scale, values }
        }
        Some(1) => Leaves::Exact(read_f64s(r, leaves)?),
        _ => return Err(Error::BundleMalformed(why!("leaf kind"))),
    };
    ModelBuilder::check_forest_parts(&trees, &thresholds)?;
    Ok(Forest::new(base, trees, leaves, thresholds))
}

fn write_f64s(w: &mut Writer, values: impl IntoIterator<Item = f64>) {
    for v in values {
        w.raw(&v.to_le_bytes());
    }
}

fn read_f64s(r: &mut Reader<'_>, n: usize) -> Part<Vec<f64>> {
    let bytes = need(r.raw(n * 8), why!("numbers"))?;
    Ok(bytes.chunks_exact(8).map(|c| f64::from_le_bytes([c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]])).collect())
}

fn write_bits(w: &mut Writer, bits: impl Iterator<Item = bool>) {
    let mut byte = 0u8;
    let mut n = 0;
    for bit in bits {
        byte |= u8::from(bit) << (n % 8);
        n += 1;
        if n % 8 == 0 {
            w.u8(byte);
            byte = 0;
        }
    }
    if n % 8 != 0 {
        w.u8(byte);
    }
}

fn bit(bytes: &[u8], i: usize) -> bool {
    bytes.get(i / 8).is_some_and(|b| b >> (i % 8) & 1 == 1)
}
