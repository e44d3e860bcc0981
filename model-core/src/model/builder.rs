//! How a model is made outside a bundle: from named features and trees or terms in any order.

use super::forest::{Forest, LeafPrecision, Leaves, Root};
use super::indicator::{Indicator, Indicators, MAX_CODES};
use super::linear::{Linear, LinearTerm};
use super::tree::{MAX_ALL_LEAVES, link};
use super::{Calibration, MAX_COLUMNS, MAX_FEATURES, Model, Predictor, Target, TreeNodes};
use crate::bundle::{read_model, write_model};
use crate::bytes::{Reader, Writer};
use crate::{Error, MAX_BUNDLE_BYTES, Profile, Schema};
use alloc::string::String;
use alloc::vec::Vec;

/// Collects the parts of a model; [`ModelBuilder::linear`] and [`ModelBuilder::trees`] check them.
#[derive(Clone, Debug)]
pub struct ModelBuilder {
    target: Target,
    version: String,
    calibration: Calibration,
    bands: [f64; 2],
    indicators: Vec<Indicator>,
}

impl ModelBuilder {
    /// A model for a target, named by a version of 1 to 64 bytes. Uncalibrated, bands at 0.5 and 0.8, no indicators.
    #[must_use]
    pub fn new(target: Target, version: &str) -> Self {
        let (version, calibration) = (String::from(version), Calibration::None);
        Self { target, version, calibration, bands: [0.5, 0.8], indicators: Vec::new() }
    }

    /// Sets the calibration.
    #[must_use]
    pub fn calibration(mut self, calibration: Calibration) -> Self {
        self.calibration = calibration;
        self
    }

    /// Sets the lowest scores of the bands medium and high.
    #[must_use]
    pub fn bands(mut self, medium: f64, high: f64) -> Self {
        self.bands = [medium, high];
        self
    }

    /// Sets the columns after the features: indicator `k` is column number of names + `k`. Features and indicators are
    /// 255 at most.
    #[must_use]
    pub fn indicators(mut self, indicators: Vec<Indicator>) -> Self {
        self.indicators = indicators;
        self
    }

    /// A logistic regression: one term per feature name, then one per indicator.
    ///
    /// # Errors
    /// [`Error::ModelInvalid`] or [`Error::UnknownFeature`].
    pub fn linear(
        mut self,
        profile: &Profile,
        names: &[String],
        bias: f64,
        terms: Vec<LinearTerm>,
    ) -> Result<Model, Error> {
        self.check_indicators(names.len())?;
        if names.len() + self.indicators.len() != terms.len() {
            return Err(invalid("one linear term per feature and indicator"));
        }
        let used: Vec<usize> = (0..names.len()).collect();
        let (features, order) = positions(profile, names, &used)?;
        for indicator in &mut self.indicators {
            indicator.feature = order.iter().position(|i| *i == indicator.feature).unwrap_or_default();
        }
        let terms = order.into_iter().chain(names.len()..terms.len()).map(|column| terms[column]).collect();
        let indicators = Indicators::of(&self.indicators);
        self.build(features, indicators, Predictor::Linear(Linear { bias, terms }))
    }

    /// An ensemble of trees over the named features and the indicators. Those that no split reads are left out.
    ///
    /// # Errors
    /// [`Error::ModelInvalid`] or [`Error::UnknownFeature`].
    pub fn trees(
        mut self,
        profile: &Profile,
        names: &[String],
        base: f64,
        trees: &[TreeNodes],
        precision: LeafPrecision,
    ) -> Result<Model, Error> {
        self.check_indicators(names.len())?;
        let columns = names.len() + self.indicators.len();
        let mut thresholds: Vec<Vec<f32>> = alloc::vec![Vec::new(); columns];
        for tree in trees {
            tree.check(columns)?;
            for i in tree.splits() {
                // -0.0 and 0.0 are one threshold.
                thresholds[tree.feature[i]].push(tree.threshold[i] + 0.0);
            }
        }
        for list in &mut thresholds {
            list.sort_unstable_by(f32::total_cmp);
            list.dedup();
            if list.len() > usize::from(u16::MAX) {
                return Err(invalid("more than 65,535 thresholds of one feature"));
            }
        }
        let kept: Vec<usize> = (names.len()..columns).filter(|c| !thresholds[*c].is_empty()).collect();
        let mut used: Vec<bool> = thresholds.iter().map(|list| !list.is_empty()).collect();
        for column in &kept {
            used[self.indicators[column - names.len()].feature] = true;
        }
        let used: Vec<usize> = (0..names.len()).filter(|f| used[*f]).collect();
        let (features, mut order) = positions(profile, names, &used)?;
        order.extend(&kept);
        // `build` refuses what does not fit a byte.
        let mut place = alloc::vec![0u8; columns];
        for (at, column) in order.iter().enumerate() {
            place[*column] = at as u8;
        }
        self.indicators = kept.iter().map(|column| self.indicators[column - names.len()].clone()).collect();
        for indicator in &mut self.indicators {
            indicator.feature = usize::from(place[indicator.feature]);
        }
        let mut forest = Forest::new(base);
        let mut values = Vec::new();
        for tree in trees {
            let (node, leaf) = (forest.nodes.len(), values.len() as u32);
            tree.preorder(&place, &thresholds, &mut forest.nodes, &mut values);
            if values.len() > MAX_ALL_LEAVES as usize {
                return Err(invalid("more than 65,536 leaves"));
            }
            let leaves = link(&mut forest.nodes[node..]);
            if leaves == 0 {
                return Err(invalid("tree depth over 64 or over 1,024 leaves"));
            }
            forest.roots.push(Root { node: node as u32, leaf, leaves });
        }
        forest.leaves = Leaves::of(&values, precision);
        forest.first_threshold.push(0);
        for column in order {
            forest.thresholds.extend_from_slice(&thresholds[column]);
            forest.first_threshold.push(forest.thresholds.len() as u32);
        }
        let indicators = Indicators::of(&self.indicators);
        self.build(features, indicators, Predictor::Trees(forest))
    }

    /// The trees or weights of another model and its indicators, with this version, calibration and bands. Margins are
    /// those of `model` to the last bit.
    ///
    /// # Errors
    /// [`Error::ModelInvalid`], also for a model of another target.
    pub fn with_margins_of(self, model: &Model) -> Result<Model, Error> {
        if model.target != self.target {
            return Err(invalid("margins of a model of another target"));
        }
        self.build(model.features.clone(), model.indicators.clone(), model.predictor.clone())
    }

    /// What reading back would not see.
    fn check_indicators(&self, features: usize) -> Result<(), Error> {
        if self.indicators.iter().any(|i| i.feature >= features) {
            return Err(invalid("an indicator of a feature that is not there"));
        }
        if self.indicators.iter().any(|i| i.codes.len() > MAX_CODES) {
            return Err(invalid("an indicator of more than 256 codes"));
        }
        Ok(())
    }

    pub(super) fn target(&self) -> Target {
        self.target
    }

    /// Reading a model checks it: one that is built is written and read back.
    pub(super) fn build(
        self,
        features: Vec<u16>,
        indicators: Indicators,
        predictor: Predictor,
    ) -> Result<Model, Error> {
        let Self { target, version, calibration, bands, .. } = self;
        if features.len() > MAX_FEATURES {
            return Err(invalid("more than 128 features"));
        }
        if features.len() + indicators.features.len() > MAX_COLUMNS {
            return Err(invalid("more than 255 features and indicators"));
        }
        let version = version.into_bytes();
        let model = Model { target, version, features, indicators, predictor, calibration, bands };
        let mut w = Writer::default();
        write_model(&mut w, &model);
        if w.out.len() > MAX_BUNDLE_BYTES {
            return Err(invalid("larger than a bundle of 512 KiB"));
        }
        let mut r = Reader::new(&w.out);
        let model = read_model(&mut r);
        r.end();
        r.invalid.or(Error::ModelInvalid)?;
        r.malformed.or(Error::ModelInvalid)?;
        Ok(model)
    }
}

pub(super) fn invalid(what: &'static str) -> Error {
    Error::ModelInvalid(what)
}

/// Schema positions of the names at `used`, ascending, and for each the index of its name.
fn positions(profile: &Profile, names: &[String], used: &[usize]) -> Result<(Vec<u16>, Vec<usize>), Error> {
    let schema = Schema::new(profile);
    let mut at = Vec::new();
    for i in used {
        at.push((schema.position(profile, &names[*i])? as u16, *i));
    }
    at.sort_unstable();
    Ok(at.into_iter().unzip())
}
