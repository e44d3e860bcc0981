//! Reading format version 1. Everything that scoring relies on is checked here, once: models that are built are written
//! and read back.

use super::{Bundle, MAGIC, MAX_BUNDLE_BYTES, VERSION, kind};
use crate::bytes::{Reader, push};
use crate::error::why;
use crate::model::{
    Forest, Indicators, Leaves, Linear, MAX_ALL_LEAVES, MAX_CODES, MAX_COLUMNS, MAX_KNOTS, MAX_LEAVES, MAX_MEMBERS,
    MAX_TREES, Member, Node, Predictor, Root, link,
};
use crate::{Among, Calibration, Error, LinearTerm, MAX_FEATURES, Model, Profile, Schema, Target, Transform};
use alloc::vec::Vec;

/// No leaf, weight or base is larger; sums of them stay finite.
const MAX_MAGNITUDE: f64 = 1e9;

pub(super) fn read(bytes: &[u8]) -> Result<Bundle, Error> {
    let r = &mut Reader::new(bytes);
    if r.raw(4) != MAGIC || r.u8() != VERSION {
        return Err(Error::BundleVersion);
    }
    r.at(why!("longer than 512 KiB"));
    if bytes.len() > MAX_BUNDLE_BYTES {
        r.refuse();
    }
    let profile_len = r.at(why!("profile")).uint(MAX_BUNDLE_BYTES as u32) as usize;
    let section = r.raw(profile_len);
    let hash = r.at(why!("schema hash")).u64();
    let count = r.at(why!("model count")).kind(2);
    r.malformed.or(Error::BundleMalformed)?;
    let profile = Profile::read(section)?;
    if hash != Schema::new(&profile).hash(&profile) {
        return Err(Error::SchemaMismatch);
    }
    let features = Schema::new(&profile).len();
    let mut bundle = Bundle { profile, models: Vec::new() };
    let mut targets = 0;
    for _ in 0..count {
        let model = read_model(r);
        r.at(why!("a feature that the schema does not have"));
        r.require(model.features.last().is_none_or(|p| usize::from(*p) < features));
        // The visitor's model comes after the session's.
        let target = 1 + model.target as u8;
        r.at(why!("one model per target, in their order")).require(target > targets);
        targets = target;
        bundle.models.push(model);
    }
    r.at(why!("a bundle without a model")).require(count > 0);
    r.end();
    r.malformed.or(Error::BundleMalformed)?;
    r.invalid.or(Error::ModelInvalid)?;
    Ok(bundle)
}

/// The caller looks at the reader's verdicts before it uses the model.
pub(crate) fn read_model(r: &mut Reader<'_>) -> Model {
    let mut model = Model {
        target: Target::Session,
        version: Vec::new(),
        features: Vec::new(),
        indicators: Indicators::default(),
        predictor: Predictor::Linear(Linear { bias: 0.0, terms: Vec::new() }),
        calibration: Calibration::None,
        bands: [0.0; 2],
    };
    fill(&mut model, r);
    model
}

#[cfg_attr(target_arch = "wasm32", inline(never))]
fn fill(model: &mut Model, r: &mut Reader<'_>) {
    if r.at(why!("target")).kind(1) == 1 {
        model.target = Target::Visitor;
    }
    model.version.extend_from_slice(r.at(why!("a version of 1 to 64 bytes")).text(1));
    r.require(model.version.len() <= 64);
    r.at(why!("features in order, each once"));
    let features = r.uint(MAX_FEATURES as u32) as usize;
    let mut last = 0;
    for i in 0..features {
        let step = r.uint(u32::from(u16::MAX) - last);
        r.require(step > 0 || i == 0);
        last += step;
        push(&mut model.features, last as u16);
    }
    model.calibration = read_calibration(r);
    let medium = r.at(why!("bands out of order")).number(0.0, 1.0);
    model.bands = [medium, r.number(medium, 1.0)];
    let kind = read_kind(r.at(why!("model kind")), kind::OF_MODELS);
    if kind & kind::INDICATORS != 0 {
        read_indicators(&mut model.indicators, r, features);
    }
    let columns = features + model.indicators.features.len();
    if kind < kind::MEAN {
        model.predictor = read_predictor(r, columns, kind, 1);
        return;
    }
    let count = r.at(why!("2 to 32 members of a mean")).uint(MAX_MEMBERS);
    r.require(count > 1);
    let mut members = Vec::new();
    for _ in 0..count {
        let calibration = read_calibration(r);
        let kind = read_kind(r.at(why!("kind of a member")), kind::OF_MEMBERS);
        members.push(Member { predictor: read_predictor(r, columns, kind, count as usize), calibration });
    }
    model.predictor = Predictor::Mean(members);
}

/// One of the kinds whose bits are set in `allowed`.
fn read_kind(r: &mut Reader<'_>, allowed: u16) -> u8 {
    let kind = r.kind(15);
    if allowed >> kind & 1 == 0 {
        r.refuse();
    }
    kind
}

#[cfg_attr(target_arch = "wasm32", inline(never))]
fn read_calibration(r: &mut Reader<'_>) -> Calibration {
    r.at(why!("calibration"));
    match r.kind(3) {
        0 => Calibration::None,
        1 => {
            let a = r.number(0.0, 1e3);
            r.require(a > 0.0);
            Calibration::Platt { a, b: r.number(-1e3, 1e3) }
        }
        3 => Calibration::SingleLogistic,
        _ => {
            let n = r.uint(MAX_KNOTS as u32);
            r.require(n > 0);
            let margins = read_numbers(r, n, -MAX_MAGNITUDE, MAX_MAGNITUDE);
            let probabilities = read_numbers(r, n, 0.0, 1.0);
            for i in 1..margins.len().min(probabilities.len()) {
                r.require(margins[i - 1] < margins[i] && probabilities[i - 1] <= probabilities[i]);
            }
            Calibration::Isotonic { margins, probabilities }
        }
    }
}

/// One of `predictors` that the model has.
#[cfg_attr(target_arch = "wasm32", inline(never))]
fn read_predictor(r: &mut Reader<'_>, columns: usize, kind: u8, predictors: usize) -> Predictor {
    let base = read_small(r.at(why!("base")));
    if kind & kind::TREES == 0 {
        return Predictor::Linear(Linear { bias: base, terms: read_terms(r, columns) });
    }
    let mut forest = Forest::new(base);
    read_forest(&mut forest, r, columns, kind & kind::WIDE != 0);
    if !r.is_refused() {
        forest.finish(predictors);
    }
    Predictor::Trees(forest)
}

fn read_indicators(indicators: &mut Indicators, r: &mut Reader<'_>, features: usize) {
    let count = usize::from(r.at(why!("1 to 255 columns with the indicators")).u8());
    // Not 0 either.
    r.require(count.wrapping_sub(1) < MAX_COLUMNS - features);
    r.at(why!("an indicator of a feature that is not there"));
    for feature in r.raw(count) {
        r.require(usize::from(*feature) < features);
        push(&mut indicators.features, *feature);
    }
    indicators.codes = r.at(why!("codes of indicators")).uint(MAX_CODES as u32) as usize;
    for among in r.raw(count * (indicators.codes + 1)) {
        r.require(*among <= Among::Missing as u8);
        push(&mut indicators.among, *among);
    }
}

#[cfg_attr(target_arch = "wasm32", inline(never))]
fn read_small(r: &mut Reader<'_>) -> f64 {
    r.number(-MAX_MAGNITUDE, MAX_MAGNITUDE)
}

#[cfg_attr(target_arch = "wasm32", inline(never))]
fn read_numbers(r: &mut Reader<'_>, n: u32, low: f64, high: f64) -> Vec<f64> {
    let mut list = Vec::new();
    for _ in 0..n {
        if r.is_refused() {
            break;
        }
        push(&mut list, r.number(low, high));
    }
    list
}

fn read_terms(r: &mut Reader<'_>, columns: usize) -> Vec<LinearTerm> {
    let mut terms = Vec::new();
    for _ in 0..columns {
        let transform = if r.at(why!("linear terms")).kind(1) == 0 { Transform::Identity } else { Transform::Sqrt };
        let term = LinearTerm { transform, mean: read_small(r), deviation: read_small(r), weight: read_small(r) };
        r.require(term.deviation > 0.0);
        push(&mut terms, term);
    }
    terms
}

/// Numbers of one byte each, or wide ones of two: all high bytes, then all low ones.
#[cfg_attr(target_arch = "wasm32", inline(never))]
fn read_integers(r: &mut Reader<'_>, n: usize, is_wide: bool) -> Vec<u16> {
    let high = r.raw(if is_wide { n } else { 0 });
    let mut numbers = Vec::new();
    for (i, low) in r.raw(n).iter().enumerate() {
        push(&mut numbers, u16::from_le_bytes([*low, high.get(i).map_or(0, |high| *high)]));
    }
    numbers
}

#[cfg_attr(target_arch = "wasm32", inline(never))]
fn read_forest(forest: &mut Forest, r: &mut Reader<'_>, columns: usize, is_wide: bool) {
    read_thresholds(forest, r, columns, is_wide);
    r.at(why!("1 to 2,000 trees"));
    let count = r.uint(MAX_TREES);
    r.require(count > 0);
    let mut leaves = 0;
    for tree in 0..count {
        let n = r.at(why!("leaf counts")).uint(MAX_LEAVES);
        if n == 0 {
            r.refuse();
            return;
        }
        // A tree has one split fewer than leaves.
        push(&mut forest.roots, Root { node: 2 * leaves - tree, leaf: leaves, leaves: n });
        leaves += n;
    }
    r.at(why!("more than 65,536 leaves")).require(leaves <= MAX_ALL_LEAVES);
    read_nodes(forest, r, leaves as usize, (leaves - count) as usize, is_wide);
    r.at(why!("leaves"));
    forest.leaves = match r.kind(2) {
        0 => {
            let scale = r.number(0.0, MAX_MAGNITUDE);
            Leaves::Quantised { scale, values: read_integers(r, leaves as usize, true) }
        }
        1 => Leaves::Exact { is_single: false, values: read_numbers(r, leaves, -MAX_MAGNITUDE, MAX_MAGNITUDE) },
        _ => {
            let mut values = Vec::new();
            for bytes in r.raw(4 * leaves as usize).as_chunks().0 {
                let value = f64::from(f32::from_le_bytes(*bytes));
                r.require(value.abs() <= MAX_MAGNITUDE);
                push(&mut values, value);
            }
            Leaves::Exact { is_single: true, values }
        }
    };
}

fn read_thresholds(forest: &mut Forest, r: &mut Reader<'_>, columns: usize, is_wide: bool) {
    push(&mut forest.first_threshold, 0);
    let mut most = 0;
    for n in read_integers(r.at(why!("thresholds")), columns, is_wide) {
        most = most.max(n);
        let mut before = f32::NEG_INFINITY;
        for bytes in r.raw(4 * usize::from(n)).as_chunks().0 {
            let threshold = f32::from_le_bytes(*bytes);
            r.require(threshold > before && threshold <= f32::MAX);
            before = threshold;
            push(&mut forest.thresholds, threshold);
        }
        push(&mut forest.first_threshold, forest.thresholds.len() as u32);
    }
    // One model is written in one way.
    r.require(is_wide == (most > 255));
}

fn read_nodes(forest: &mut Forest, r: &mut Reader<'_>, leaves: usize, splits: usize, is_wide: bool) {
    r.at(why!("tree shapes"));
    let is_split = r.raw((leaves + splits).div_ceil(8));
    let feature = r.raw(splits);
    let bin = read_integers(r, splits, is_wide);
    let missing_left = r.raw(splits.div_ceil(8));
    let shares = r.raw(splits.div_ceil(2));
    if r.is_refused() {
        return;
    }
    let mut split = 0;
    for i in 0..leaves + splits {
        let mut node = Node::default();
        if bit(is_split, i) {
            if split >= splits {
                r.refuse();
                return;
            }
            node = Node {
                is_split: true,
                feature: feature[split],
                bin: bin[split],
                missing_left: bit(missing_left, split),
                left_share: (shares[split / 2] >> (4 * (split % 2))) & 15,
                next: 0,
            };
            split += 1;
            let bins = forest.thresholds(usize::from(node.feature)).len();
            r.at(why!("a split on a threshold that is not there")).require(usize::from(node.bin) < bins);
        }
        push(&mut forest.nodes, node);
    }
    r.at(why!("tree shapes"));
    for i in 0..forest.roots.len() {
        let root = forest.roots[i];
        let start = root.node as usize;
        if link(&mut forest.nodes[start..start + (2 * root.leaves - 1) as usize]) != root.leaves {
            r.refuse();
        }
    }
}

#[cfg_attr(target_arch = "wasm32", inline(never))]
fn bit(bytes: &[u8], i: usize) -> bool {
    bytes[i / 8] >> (i % 8) & 1 == 1
}
