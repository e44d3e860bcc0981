//! A plain model whose inputs are Inkling's features becomes a model that is served.

mod linear;
#[cfg(test)]
mod tests;

use super::Error;
use super::plain::{self, Link, Member, Plain, Predictor};
use model_core::{Calibration, LeafPrecision, Model, ModelBuilder, Profile, Target, TreeNodes};
use std::collections::BTreeSet;

/// Most knots of a served isotonic calibration.
const MAX_KNOTS: usize = 256;

/// What a served model has besides its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Served<'a> {
    /// The site, whose features the model reads.
    pub profile: &'a Profile,
    /// What the model predicts.
    pub target: Target,
    /// Its version.
    pub version: &'a str,
    /// Lowest scores of the bands medium and high.
    pub bands: [f64; 2],
}

/// The columns that a model reads: their features by name, and the place of each column of the plain model among them.
struct Used {
    names: Vec<String>,
    indicators: Vec<model_core::Indicator>,
    place: Vec<Option<usize>>,
}

/// The served model of a plain one. `features` has the name of a feature for each input; inputs that no tree or weight reads
/// need none.
///
/// The margin is the plain one's bit for bit for trees; for weights the sum is in the order of the features, and a row that
/// Python refuses because a value is missing is scored as if the value were the mean.
///
/// # Errors
/// [`Error::Unsupported`] for an input without a feature, two inputs with the same, and what goes beyond a served model.
pub fn build(plain: &Plain, features: &[Option<&str>], served: Served<'_>) -> Result<Model, Error> {
    let used = used(plain, features)?;
    let [medium, high] = served.bands;
    let builder = || ModelBuilder::new(served.target, served.version).bands(medium, high);
    let one = |base: f64, predictor: &Predictor, link: &Link| {
        let builder = builder().calibration(calibration(link)?).indicators(used.indicators.clone());
        let built = match predictor {
            Predictor::Linear(terms) => {
                let (bias, terms) = linear::terms(base, terms, &used, served.profile)?;
                builder.linear(served.profile, &used.names, bias, terms)
            }
            Predictor::Trees { trees, single, .. } => {
                let trees: Vec<TreeNodes> = trees.iter().map(|tree| nodes(tree, &used.place)).collect();
                let precision = if *single { LeafPrecision::Single } else { LeafPrecision::Exact };
                builder.trees(served.profile, &used.names, base, &trees, precision)
            }
            Predictor::Mean(_) => return Err(Error::unsupported("a mean of means", "average once")),
        };
        built.map_err(|e| too_large(plain, &e))
    };
    let Predictor::Mean(members) = &plain.predictor else { return one(plain.base, &plain.predictor, &plain.link) };
    let member = |Member { base, predictor, link }: &Member| one(*base, predictor, link);
    let members = members.iter().map(member).collect::<Result<Vec<_>, _>>()?;
    let calibrated = builder().calibration(calibration(&plain.link)?);
    builder().mean(&members).and_then(|mean| calibrated.with_margins_of(&mean)).map_err(|e| too_large(plain, &e))
}

fn too_large(plain: &Plain, why: &model_core::Error) -> Error {
    let what = format!("{}, which is beyond what is served ({why}),", plain.source);
    Error::unsupported(what, "train fewer or smaller trees, or with fewer categories")
}

/// The predictors of a model that have a margin of their own.
fn parts(plain: &Plain) -> Vec<&Predictor> {
    match &plain.predictor {
        Predictor::Mean(members) => members.iter().map(|member| &member.predictor).collect(),
        one => vec![one],
    }
}

/// The columns that a tree or a weight reads.
fn read_by(predictor: &Predictor) -> Vec<usize> {
    match predictor {
        Predictor::Linear(terms) => terms.iter().filter(|term| term.weight != 0.0).map(|term| term.column).collect(),
        Predictor::Trees { trees, .. } => {
            let splits = |tree: &'_ plain::Tree| -> Vec<usize> {
                tree.feature.iter().zip(&tree.left).filter(|(_, left)| **left != 0).map(|(column, _)| *column).collect()
            };
            trees.iter().flat_map(splits).collect()
        }
        Predictor::Mean(_) => Vec::new(),
    }
}

/// The input of a column.
fn input_of(plain: &Plain, column: usize) -> Option<usize> {
    match column.checked_sub(plain.inputs.len()) {
        Some(set) => plain.indicators.get(set).map(|indicator| indicator.input),
        None => Some(column),
    }
}

/// The columns that a tree or a weight reads, and the inputs behind indicators.
fn read(plain: &Plain) -> BTreeSet<usize> {
    let mut columns: BTreeSet<usize> = parts(plain).into_iter().flat_map(read_by).collect();
    let inputs: Vec<usize> = columns.iter().filter_map(|column| input_of(plain, *column)).collect();
    columns.extend(inputs);
    columns
}

/// The inputs that a model reads, ascending.
#[must_use]
pub fn inputs(plain: &Plain) -> Vec<usize> {
    read(plain).range(..plain.inputs.len()).copied().collect()
}

/// The inputs of them that the library refuses to be missing.
#[must_use]
pub fn never_missing(plain: &Plain) -> Vec<usize> {
    let strict = |predictor: &Predictor| -> Vec<usize> {
        match predictor {
            Predictor::Trees { missing: true, .. } | Predictor::Mean(_) => Vec::new(),
            Predictor::Trees { .. } => read_by(predictor),
            Predictor::Linear(terms) => {
                terms.iter().filter(|t| t.weight != 0.0 && t.missing.is_none()).map(|t| t.column).collect()
            }
        }
    };
    let columns = parts(plain).into_iter().flat_map(strict);
    let inputs: BTreeSet<usize> = columns.filter_map(|column| input_of(plain, column)).collect();
    inputs.into_iter().collect()
}

fn used(plain: &Plain, features: &[Option<&str>]) -> Result<Used, Error> {
    let n = plain.inputs.len();
    let columns = read(plain);
    let sets: Vec<usize> = columns.iter().filter_map(|column| column.checked_sub(n)).collect();
    let (mut names, mut place) = (Vec::new(), vec![None; n + plain.indicators.len()]);
    for input in columns.range(..n) {
        let name = plain.inputs.get(*input).map_or("", String::as_str);
        let Some(feature) = features.get(*input).copied().flatten() else {
            let what = format!("input `{name}` of the model, which no feature is mapped to,");
            return Err(Error::unsupported(what, "name its feature in the mapping"));
        };
        if names.iter().any(|other| other == feature) {
            let what = format!("input `{name}`: feature {feature} for a second input");
            return Err(Error::unsupported(what, "map each feature once"));
        }
        place[*input] = Some(names.len());
        names.push(feature.to_owned());
    }
    let mut indicators = Vec::new();
    for set in sets {
        let Some(indicator) = plain.indicators.get(set) else { continue };
        place[n + set] = Some(names.len() + indicators.len());
        let among = |a: &plain::Among| match a {
            plain::Among::No => model_core::Among::No,
            plain::Among::Yes => model_core::Among::Yes,
            plain::Among::Missing => model_core::Among::Missing,
        };
        indicators.push(model_core::Indicator {
            feature: place.get(indicator.input).copied().flatten().unwrap_or_default(),
            codes: indicator.codes.iter().map(among).collect(),
            others: among(&indicator.others),
        });
    }
    Ok(Used { names, indicators, place })
}

fn nodes(tree: &plain::Tree, place: &[Option<usize>]) -> TreeNodes {
    TreeNodes {
        feature: tree.feature.iter().map(|column| place.get(*column).copied().flatten().unwrap_or_default()).collect(),
        threshold: tree.threshold.clone(),
        missing_left: tree.missing_left.clone(),
        left: tree.left.clone(),
        right: tree.right.clone(),
        value: tree.value.clone(),
        cover: tree.cover.clone(),
    }
}

fn calibration(link: &Link) -> Result<Calibration, Error> {
    Ok(match link {
        Link::Logistic => Calibration::None,
        Link::SingleLogistic => Calibration::SingleLogistic,
        Link::Platt { a, b } => Calibration::Platt { a: *a, b: *b },
        // A straight line from 0 to 1.
        Link::Probability => Calibration::Isotonic { margins: vec![0.0, 1.0], probabilities: vec![0.0, 1.0] },
        Link::Isotonic { x, y } if x.len() <= MAX_KNOTS => {
            Calibration::Isotonic { margins: x.clone(), probabilities: y.clone() }
        }
        Link::Isotonic { x, .. } => {
            let what = format!("an isotonic calibration of {} knots, more than {MAX_KNOTS},", x.len());
            return Err(Error::unsupported(what, "calibrate with method=\"sigmoid\""));
        }
    })
}
