//! Several models become one whose score is the mean of their scores.

use super::builder::invalid;
use super::forest::Forest;
use super::linear::{Linear, LinearTerm, Transform};
use super::predictor::MAX_MEMBERS;
use super::{Calibration, Indicator, Indicators, Member, Model, ModelBuilder, Predictor};
use crate::Error;
use alloc::vec::Vec;

/// What a linear member does with a column that only others read.
const NOTHING: LinearTerm = LinearTerm { transform: Transform::Identity, mean: 0.0, deviation: 1.0, weight: 0.0 };

impl ModelBuilder {
    /// The mean of what [`Model::score`] gives for 2 to 32 models of the builder's target: their scores added in this order,
    /// then divided by their number. Its features and indicators are those that any of them reads; a linear member adds in
    /// their order. Calibration and indicators of the builder are not asked for: it is calibrated anew by
    /// [`ModelBuilder::with_margins_of`].
    ///
    /// # Errors
    /// [`Error::ModelInvalid`], also for models of another target and for means among them.
    pub fn mean(self, models: &[Model]) -> Result<Model, Error> {
        if models.len() < 2 || models.len() > MAX_MEMBERS as usize {
            return Err(invalid("2 to 32 members of a mean"));
        }
        if models.iter().any(|m| m.target != self.target()) {
            return Err(invalid("members of another target"));
        }
        let mut features: Vec<u16> = models.iter().flat_map(|m| m.features.iter().copied()).collect();
        features.sort_unstable();
        features.dedup();
        let mut indicators: Vec<Indicator> = Vec::new();
        // For each model, where each of its columns is now.
        let mut places = Vec::new();
        for model in models {
            let place = |position: &u16| features.partition_point(|p| p < position);
            let mut columns: Vec<usize> = model.features.iter().map(place).collect();
            for mut indicator in model.indicators.list() {
                indicator.feature = columns[indicator.feature];
                let known = indicators.iter().position(|other| *other == indicator);
                columns.push(features.len() + known.unwrap_or(indicators.len()));
                if known.is_none() {
                    indicators.push(indicator);
                }
            }
            places.push(columns);
        }
        let columns = features.len() + indicators.len();
        let mut members = Vec::new();
        for (model, places) in models.iter().zip(&places) {
            let predictor = match &model.predictor {
                Predictor::Linear(linear) => Predictor::Linear(spread_terms(linear, places, columns)),
                Predictor::Trees(forest) => Predictor::Trees(spread_trees(forest, places, columns)),
                Predictor::Mean(_) => return Err(invalid("a mean of means")),
            };
            members.push(Member { predictor, calibration: model.calibration.clone() });
        }
        // The mean of probabilities is a probability: a straight line from 0 to 1.
        let line = Calibration::Isotonic { margins: [0.0, 1.0].into(), probabilities: [0.0, 1.0].into() };
        self.calibration(line).build(features, Indicators::of(&indicators), Predictor::Mean(members))
    }
}

fn spread_terms(linear: &Linear, places: &[usize], columns: usize) -> Linear {
    let mut terms = alloc::vec![NOTHING; columns];
    for (term, place) in linear.terms.iter().zip(places) {
        terms[*place] = *term;
    }
    Linear { bias: linear.bias, terms }
}

fn spread_trees(forest: &Forest, places: &[usize], columns: usize) -> Forest {
    let mut spread = forest.clone();
    for node in spread.nodes.iter_mut().filter(|node| node.is_split) {
        // `build` refuses what does not fit a byte.
        node.feature = places[usize::from(node.feature)] as u8;
    }
    spread.thresholds.clear();
    spread.first_threshold.truncate(1);
    for column in 0..columns {
        if let Some(before) = places.iter().position(|place| *place == column) {
            spread.thresholds.extend_from_slice(forest.thresholds(before));
        }
        spread.first_threshold.push(spread.thresholds.len() as u32);
    }
    spread
}
