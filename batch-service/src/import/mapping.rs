//! Which input of a model is which feature: by name, or by a file that says so.

use super::Error;
use super::build::inputs;
use super::plain::Plain;
use model_core::{Profile, Schema};
use std::collections::BTreeMap;

/// Features by the names of inputs; an input that is not there has the name of its feature.
#[derive(Clone, Debug, Default)]
pub struct Mapping(BTreeMap<String, String>);

impl Mapping {
    /// Reads a JSON object: `{"input": "feature", ...}`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let read = serde_json::from_str(text);
        read.map(Self).map_err(|e| Error::malformed("mapping", format!("line {}", e.line()), e.to_string()))
    }

    /// The feature of each input that a model reads; of the others none.
    ///
    /// # Errors
    /// Inputs that are no feature, by name; categories that have names; a line of the mapping for no input.
    pub fn features(&self, plain: &Plain, profile: &Profile) -> Result<Vec<Option<String>>, Error> {
        let read = inputs(plain);
        if let Some(of) = plain.categories.iter().find(|of| read.contains(&of.input)) {
            let input = plain.inputs.get(of.input).map_or("an input", String::as_str);
            let what = format!("the input `{input}`, whose categories have names,");
            return Err(Error::unsupported(what, "train on the numbers of `inkling train-set export`"));
        }
        if let Some(unknown) = self.0.keys().find(|name| !plain.inputs.contains(name)) {
            return Err(Error::malformed("mapping", format!("`{unknown}`"), "is no input of the model"));
        }
        let schema = Schema::new(profile);
        let known: Vec<String> = (0..schema.len()).filter_map(|i| schema.name(profile, i)).collect();
        let (mut names, mut missing) = (vec![None; plain.inputs.len()], Vec::new());
        for input in read {
            let (Some(name), Some(place)) = (plain.inputs.get(input), names.get_mut(input)) else { continue };
            let feature = self.0.get(name).unwrap_or(name);
            if known.contains(feature) {
                *place = Some(feature.clone());
            } else {
                missing.push(like(feature, &known));
            }
        }
        if missing.is_empty() {
            return Ok(names);
        }
        let (shown, more) = (missing.iter().take(5).cloned().collect::<Vec<_>>(), missing.len().saturating_sub(5));
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let what = format!("inputs that are no features of this site ({}{more})", shown.join(", "));
        Err(Error::unsupported(what, "rename them, or say in a file which feature each is (--map FILE)"))
    }
}

fn like(name: &str, known: &[String]) -> String {
    let near = known.iter().map(|k| (strsim::jaro_winkler(name, k), k)).max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((near, known)) if near > 0.85 => format!("`{name}` (did you mean `{known}`?)"),
        _ => format!("`{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::document::from_json;
    use model_core::ProfileParts;

    fn features(inputs: [&str; 2], map: &str) -> Result<Vec<Option<String>>, String> {
        let (name, time_zone) = ("x".into(), "UTC".into());
        let parts =
            ProfileParts { name, time_zone, session_timeout_s: 1800, horizon_days: 7, ..ProfileParts::default() };
        let term = |column: usize| format!(r#"{{"column":{column},"weight":1,"mean":0,"scale":1,"missing":null}}"#);
        let document = format!(
            r#"{{"schema":"inkling.model/1","inputs":{inputs:?},"base":0,"predictor":{{"linear":[{},{}]}},"link":"logistic","source":"t"}}"#,
            term(0),
            term(1)
        );
        let plain = from_json(document.as_bytes()).unwrap();
        Mapping::parse(map).unwrap().features(&plain, &Profile::new(parts).unwrap()).map_err(|e| e.to_string())
    }

    #[test]
    fn inputs_that_are_no_features_are_named() {
        let found = features(["session.seconds", "views"], r#"{"views":"session.page_views"}"#).unwrap();
        assert_eq!(found, [Some("session.seconds".to_owned()), Some("session.page_views".to_owned())]);
        let error = features(["session.page_view", "f1"], "{}").unwrap_err();
        assert!(error.contains("`session.page_view` (did you mean `session.page_views`?), `f1`"), "{error}");
        let error = features(["session.seconds", "session.page_views"], r#"{"b":"session.seconds"}"#).unwrap_err();
        assert!(error.contains("`b`: is no input"), "{error}");
    }
}
