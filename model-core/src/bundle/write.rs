//! Writing format version 1.

use super::{MAGIC, VERSION, kind};
use crate::bytes::Writer;
use crate::model::{Forest, Indicators, Leaves, Predictor};
use crate::{Bundle, Calibration, Model, Schema};
use alloc::vec::Vec;

pub(super) fn write(bundle: &Bundle) -> Vec<u8> {
    let mut w = Writer::default();
    w.raw(&MAGIC);
    w.u8(VERSION);
    let profile = bundle.profile.section();
    w.uint(profile.len() as u64);
    w.raw(profile);
    w.raw(&Schema::new(&bundle.profile).hash(&bundle.profile).to_le_bytes());
    w.u8(bundle.models.len() as u8);
    for model in &bundle.models {
        write_model(&mut w, model);
    }
    w.out
}

pub(crate) fn write_model(w: &mut Writer, model: &Model) {
    w.u8(model.target as u8);
    w.uint(model.version.len() as u64);
    w.raw(&model.version);
    w.uint(model.features.len() as u64);
    let mut last = 0;
    for position in &model.features {
        w.uint(u64::from(position - last));
        last = *position;
    }
    write_calibration(w, &model.calibration);
    write_f64s(w, model.bands);
    let indicators = if model.indicators.features.is_empty() { 0 } else { kind::INDICATORS };
    w.u8(kind_of(&model.predictor) | indicators);
    write_indicators(w, &model.indicators);
    if let Predictor::Mean(members) = &model.predictor {
        w.uint(members.len() as u64);
        for member in members {
            write_calibration(w, &member.calibration);
            w.u8(kind_of(&member.predictor));
            write_predictor(w, &member.predictor);
        }
    } else {
        write_predictor(w, &model.predictor);
    }
}

fn write_calibration(w: &mut Writer, calibration: &Calibration) {
    match calibration {
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
        Calibration::SingleLogistic => w.u8(3),
    }
}

fn kind_of(predictor: &Predictor) -> u8 {
    match predictor {
        Predictor::Linear(_) => 0,
        Predictor::Trees(forest) if is_wide(forest) => kind::TREES | kind::WIDE,
        Predictor::Trees(_) => kind::TREES,
        Predictor::Mean(_) => kind::MEAN,
    }
}

fn is_wide(forest: &Forest) -> bool {
    forest.first_threshold.windows(2).any(|ends| ends[1] - ends[0] > 255)
}

/// A mean in a mean, which nobody reads, is left out.
fn write_predictor(w: &mut Writer, predictor: &Predictor) {
    match predictor {
        Predictor::Linear(linear) => {
            write_f64s(w, [linear.bias]);
            for t in &linear.terms {
                w.u8(t.transform as u8);
                write_f64s(w, [t.mean, t.deviation, t.weight]);
            }
        }
        Predictor::Trees(forest) => write_forest(w, forest, is_wide(forest)),
        Predictor::Mean(_) => {}
    }
}

fn write_indicators(w: &mut Writer, indicators: &Indicators) {
    if indicators.features.is_empty() {
        return;
    }
    w.u8(indicators.features.len() as u8);
    w.raw(&indicators.features);
    w.uint(indicators.codes as u64);
    w.raw(&indicators.among);
}

fn write_forest(w: &mut Writer, forest: &Forest, is_wide: bool) {
    write_f64s(w, [forest.base]);
    write_numbers(w, is_wide, || forest.first_threshold.windows(2).map(|ends| (ends[1] - ends[0]) as u16));
    for threshold in &forest.thresholds {
        w.raw(&threshold.to_le_bytes());
    }
    w.uint(forest.roots.len() as u64);
    for root in &forest.roots {
        w.uint(u64::from(root.leaves));
    }
    let splits = || forest.nodes.iter().filter(|n| n.is_split);
    write_bits(w, forest.nodes.iter().map(|n| n.is_split));
    splits().for_each(|n| w.u8(n.feature));
    write_numbers(w, is_wide, || splits().map(|n| n.bin));
    write_bits(w, splits().map(|n| n.missing_left));
    let shares: Vec<u8> = splits().map(|n| n.left_share).collect();
    shares.chunks(2).for_each(|c| w.u8(c[0] | c.get(1).unwrap_or(&0) << 4));
    match &forest.leaves {
        Leaves::Quantised { scale, values } => {
            w.u8(0);
            write_f64s(w, [*scale]);
            write_numbers(w, true, || values.iter().copied());
        }
        Leaves::Exact { is_single: false, values } => {
            w.u8(1);
            write_f64s(w, values.iter().copied());
        }
        Leaves::Exact { is_single: true, values } => {
            w.u8(2);
            values.iter().for_each(|v| w.raw(&(*v as f32).to_le_bytes()));
        }
    }
}

/// Wide numbers have two bytes: all high ones, then all low ones.
fn write_numbers<I: Iterator<Item = u16>>(w: &mut Writer, is_wide: bool, numbers: impl Fn() -> I) {
    if is_wide {
        numbers().for_each(|v| w.u8((v >> 8) as u8));
    }
    numbers().for_each(|v| w.u8(v as u8));
}

fn write_f64s(w: &mut Writer, values: impl IntoIterator<Item = f64>) {
    for v in values {
        w.raw(&v.to_le_bytes());
    }
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
