//! `GradientBoostingClassifier`: log-odds of the prior, then `learning_rate * value` of each tree.

use super::{Object, Scored, Seen, tree, two_classes};
use crate::import::Error;
use crate::import::plain::{Link, Predictor};

pub(super) fn read(object: &Object<'_>, seen: &[Seen]) -> Result<Scored, Error> {
    two_classes(object, "classes_")?;
    let loss = object.attribute("loss")?;
    if !matches!(loss.text()?, "log_loss" | "deviance") {
        let what = format!("GradientBoostingClassifier with loss={:?}", loss.text()?);
        return Err(Error::unsupported(what, "train with loss=\"log_loss\""));
    }
    let rate = object.attribute("learning_rate")?.number()?;
    let worth = |values: &[f64]| Ok(rate * values.iter().sum::<f64>());
    let trees = object.attribute("estimators_")?.objects(1)?;
    let trees = trees.iter().map(|e| tree::read(e, seen, 1, &worth)).collect::<Result<Vec<_>, _>>()?;
    // It refuses missing values itself; what an imputer before it takes for them is in the trees.
    let missing = seen.iter().all(|s| s.missing.is_some());
    Ok(Scored {
        base: base(object)?,
        predictor: Predictor::Trees { trees, single: false, missing },
        link: Link::Logistic,
    })
}

/// What `init_` gives before the first tree.
fn base(object: &Object<'_>) -> Result<f64, Error> {
    let init = object.attribute("init_")?;
    if init.text() == Ok("zero") {
        return Ok(0.0);
    }
    let class = init.class()?;
    let strategy = if init.has("strategy") { init.attribute("strategy")? } else { init };
    if class != "sklearn.dummy.DummyClassifier" || strategy.text()? != "prior" {
        let what = format!("GradientBoostingClassifier with init={class}");
        return Err(Error::unsupported(what, "train with init=None or init=\"zero\""));
    }
    let init = object.attribute("init_")?;
    let prior = init.attribute("class_prior_")?.numbers(&[2])?;
    let p = prior.last().copied().unwrap_or(f64::NAN).clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    Ok(libm::log(p / (1.0 - p)))
}
