//! `CalibratedClassifierCV`: a sigmoid or an isotonic curve over a decision function, or over the probability where there is
//! none; of several, the mean of their probabilities.

use super::{Object, Reading, Scored, Seen, classifier, two_classes};
use crate::import::Error;
use crate::import::plain::{Link, MAX_MEMBERS, Member, Predictor};

pub(super) fn read(object: &Object<'_>, seen: &[Seen], reading: &mut Reading, depth: usize) -> Result<Scored, Error> {
    two_classes(object, "classes_")?;
    let pairs = object.attribute("calibrated_classifiers_")?;
    match pairs.count()? {
        0 => Err(pairs.bad("are none")),
        1..=MAX_MEMBERS => mean(&pairs.list()?, seen, reading, depth),
        n => {
            let what = format!("CalibratedClassifierCV with {n} calibrated classifiers, more than {MAX_MEMBERS},");
            Err(Error::unsupported(what, "calibrate with fewer folds, or with ensemble=False"))
        }
    }
}

fn mean(pairs: &[Object<'_>], seen: &[Seen], reading: &mut Reading, depth: usize) -> Result<Scored, Error> {
    let mut members = Vec::new();
    for pair in pairs {
        let Scored { base, predictor, link } = one(pair, seen, reading, depth)?;
        if pairs.len() == 1 {
            return Ok(Scored { base, predictor, link });
        }
        if matches!(predictor, Predictor::Mean(_)) {
            let what =
                "CalibratedClassifierCV around a CalibratedClassifierCV, both with several calibrated classifiers,";
            return Err(Error::unsupported(what, "calibrate once, or one of them with ensemble=False"));
        }
        members.push(Member { base, predictor, link });
    }
    Ok(Scored { base: 0.0, predictor: Predictor::Mean(members), link: Link::Probability })
}

/// One calibrated classifier.
fn one(pair: &Object<'_>, seen: &[Seen], reading: &mut Reading, depth: usize) -> Result<Scored, Error> {
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
