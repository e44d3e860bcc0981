//! `CalibratedClassifierCV` of one calibrated classifier: a sigmoid or an isotonic curve over its decision function, or over
//! its probability where it has no decision function.

use super::{Object, Reading, Scored, Seen, classifier, two_classes};
use crate::import::Error;
use crate::import::plain::Link;

pub(super) fn read(object: &Object<'_>, seen: &[Seen], reading: &mut Reading, depth: usize) -> Result<Scored, Error> {
    two_classes(object, "classes_")?;
    let pairs = object.attribute("calibrated_classifiers_")?.list()?;
    let [pair] = pairs.as_slice() else {
        return Err(Error::unsupported(
            format!("CalibratedClassifierCV with {} calibrated classifiers", pairs.len()),
            "train with ensemble=False, or with a FrozenEstimator",
        ));
    };
    let calibrators = pair.attribute("calibrators")?.list()?;
    let [calibrator] = calibrators.as_slice() else {
        return Err(pair.bad("calibrators are not one"));
    };
    let inner = pair.attribute(if pair.has("estimator") { "estimator" } else { "base_estimator" })?;
    let scored = classifier(&inner, seen, reading, depth + 1)?;
    if !matches!(scored.link, Link::Logistic | Link::Probability) {
        let what = format!("CalibratedClassifierCV around {}", inner.class()?);
        return Err(Error::unsupported(what, "calibrate the classifier itself"));
    }
    let class = calibrator.class()?;
    let link = match class.rsplit('.').next().unwrap_or(class) {
        "_SigmoidCalibration" => sigmoid(calibrator)?,
        "IsotonicRegression" => isotonic(calibrator)?,
        name => {
            return Err(Error::unsupported(format!("calibration by {name}"), "use method=\"sigmoid\" or \"isotonic\""));
        }
    };
    Ok(Scored { link, ..scored })
}

/// `1 / (1 + exp(a * margin + b))`.
fn sigmoid(calibrator: &Object<'_>) -> Result<Link, Error> {
    let (a, b) = (-calibrator.attribute("a_")?.number()?, -calibrator.attribute("b_")?.number()?);
    if a > 0.0 {
        return Ok(Link::Platt { a, b });
    }
    let what = format!("a sigmoid calibration that turns the order of scores around (a_ = {})", -a);
    Err(Error::unsupported(what, "calibrate on more rows, or look why the model scores the wrong way"))
}

fn isotonic(calibrator: &Object<'_>) -> Result<Link, Error> {
    let clips = calibrator.attribute("out_of_bounds")?;
    if clips.text()? != "clip" || calibrator.attribute("increasing_")?.number()? != 1.0 {
        let instead = "calibrate with out_of_bounds=\"clip\" and increasing=True, as CalibratedClassifierCV does";
        return Err(Error::unsupported("an isotonic calibration that falls, or that does not clip", instead));
    }
    let x = calibrator.attribute("X_thresholds_")?;
    let knots = x.count()?;
    let (x, y) = (x.numbers(&[knots])?, calibrator.attribute("y_thresholds_")?.numbers(&[knots])?);
    Ok(Link::Isotonic { x, y })
}
