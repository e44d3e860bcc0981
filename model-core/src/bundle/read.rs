//! Reading format version 1.

use super::{Bundle, MAGIC, MAX_BUNDLE_BYTES, VERSION};
use crate::bytes::Reader;
use crate::error::why;
use crate::model::{Forest, Leaves, Linear, MAX_KNOTS, MAX_LEAVES, MAX_TREES, Node, Predictor, Root, link};
use crate::{Calibration, Error, LinearTerm, MAX_FEATURES, Model, Profile, Schema, Target, Transform};
use alloc::vec::Vec;

pub(super) fn read(bytes: &[u8]) -> Result<Bundle, Error> {
    let r = &mut Reader::new(bytes);
    if r.array() != MAGIC || r.u8() != VERSION {
        return Err(Error::BundleVersion);
    }
    r.at(why!("longer than 512 KiB"));
    if bytes.len() > MAX_BUNDLE_BYTES {
        r.refuse();
    }
    let profile_len = r.at(why!("profile")).uint(MAX_BUNDLE_BYTES as u64) as usize;
    let section = r.raw(profile_len);
    let hash = u64::from_le_bytes(r.at(why!("schema hash")).array());
    let count = r.at(why!("model count")).u8();
    r.verdict.or(Error::BundleMalformed)?;
    let profile = Profile::read(section)?;
    if hash != Schema::new(&profile).hash(&profile) {
        return Err(Error::SchemaMismatch);
    }
    let mut models = Vec::new();
    for _ in 0..count {
        let model = read_model(r);
        r.verdict.or(Error::BundleMalformed)?;
        models.push(model.finish()?);
    }
    r.end();
    r.verdict.or(Error::BundleMalformed)?;
    Bundle::new(profile, models)
}

/// The caller looks at the reader's verdict before it uses the model.
fn read_model(r: &mut Reader<'_>) -> Model {
    r.at(why!("target"));
    let target = if kind(r, 1) == 0 { Target::Session } else { Target::Visitor };
    let version = r.at(why!("model version")).text(64).to_vec();
    let mut features = Vec::new();
    let mut last = 0u16;
    for _ in 0..r.at(why!("features")).uint(MAX_FEATURES as u64) {
        let step = r.uint(u64::from(u16::MAX - last)) as u16;
        last += step;
        features.push(last);
    }
    r.at(why!("calibration"));
    let calibration = match kind(r, 2) {
        0 => Calibration::None,
        1 => Calibration::Platt { a: r.f64(), b: r.f64() },
        _ => {
            let n = r.uint(MAX_KNOTS as u64) as usize;
            Calibration::Isotonic { margins: r.f64s(n), probabilities: r.f64s(n) }
        }
    };
    r.at(why!("bands"));
    let bands = [r.f64(), r.f64()];
    r.at(why!("model kind"));
    let predictor = match kind(r, 1) {
        0 => Predictor::Linear(read_linear(r, features.len())),
        _ => Predictor::Trees(read_forest(r, features.len())),
    };
    Model { target, version, features, predictor, calibration, bands }
}

/// A byte that tells kinds apart, no larger than `max`.
fn kind(r: &mut Reader<'_>, max: u8) -> u8 {
    let kind = r.u8();
    if kind > max {
        r.refuse();
    }
    kind
}

fn read_linear(r: &mut Reader<'_>, features: usize) -> Linear {
    let bias = r.at(why!("linear terms")).f64();
    let mut terms = Vec::new();
    for _ in 0..features {
        let transform = if kind(r, 1) == 0 { Transform::Identity } else { Transform::Sqrt };
        terms.push(LinearTerm { transform, mean: r.f64(), deviation: r.f64(), weight: r.f64() });
    }
    Linear { bias, terms }
}

fn read_forest(r: &mut Reader<'_>, features: usize) -> Forest {
    let base = r.at(why!("thresholds")).f64();
    let (mut thresholds, mut first_threshold) = (Vec::new(), Vec::new());
    let mut end = 0u32;
    first_threshold.push(end);
    for n in r.raw(features) {
        end += u32::from(*n);
        first_threshold.push(end);
    }
    for threshold in r.raw(end as usize * 4).as_chunks().0 {
        thresholds.push(f32::from_le_bytes(*threshold));
    }
    let mut roots = Vec::new();
    let mut leaves = 0u32;
    for _ in 0..r.at(why!("leaf counts")).uint(MAX_TREES as u64) {
        let n = r.uint(MAX_LEAVES as u64) as u32;
        if n == 0 {
            r.refuse();
            break;
        }
        // A tree has one split fewer than leaves.
        roots.push(Root { node: 2 * leaves - roots.len() as u32, leaf: leaves, leaves: n });
        leaves += n;
    }
    let leaves = leaves as usize;
    let splits = leaves - roots.len();
    let is_split = r.at(why!("tree shapes")).raw((leaves + splits).div_ceil(8));
    let feature = r.at(why!("splits")).raw(splits);
    let bin = r.raw(splits);
    let missing_left = r.raw(splits.div_ceil(8));
    let shares = r.raw(splits.div_ceil(2));
    let mut nodes = Vec::new();
    let mut split = 0;
    if !r.is_refused() {
        for i in 0..leaves + splits {
            let mut node = Node::default();
            if bit(is_split, i) {
                node = Node {
                    is_split: true,
                    feature: byte(feature, split),
                    bin: byte(bin, split),
                    missing_left: bit(missing_left, split),
                    left_share: (byte(shares, split / 2) >> (4 * (split % 2))) & 15,
                    next: 0,
                };
                split += 1;
            }
            nodes.push(node);
        }
    }
    r.at(why!("tree shapes"));
    for root in &roots {
        let (start, len) = (root.node as usize, (2 * root.leaves - 1) as usize);
        let tree = nodes.get_mut(start..).and_then(|nodes| nodes.get_mut(..len));
        if tree.map_or(0, link) != root.leaves as usize {
            r.refuse();
        }
    }
    r.at(why!("leaves"));
    let leaves = match kind(r, 1) {
        0 => {
            let scale = r.f64();
            let (high, low) = (r.raw(leaves), r.raw(leaves));
            let mut values = Vec::new();
            for (high, low) in high.iter().zip(low) {
                values.push(i16::from_le_bytes([*low, *high]));
            }
            Leaves::Quantised { scale, values }
        }
        _ => Leaves::Exact(r.f64s(leaves)),
    };
    Forest::new(base, roots, nodes, leaves, thresholds, first_threshold)
}

fn byte(bytes: &[u8], i: usize) -> u8 {
    bytes.get(i).map_or(0, |b| *b)
}

fn bit(bytes: &[u8], i: usize) -> bool {
    byte(bytes, i / 8) >> (i % 8) & 1 == 1
}
