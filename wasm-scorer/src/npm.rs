//! The package for sites that bundle Inkling themselves: objects in, objects out.

use model_core::{Bundle, RawEvent, Target};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

/// An event as JavaScript gives it; absent fields are missing values. Units as in `model_core::RawEvent`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[derive(Default)]
struct EventObject {
    name: String,
    page_location: String,
    page_referrer: String,
    source: String,
    medium: String,
    device: String,
    language: String,
    time_us: f64,
    utc_offset_s: f64,
    session_id: f64,
    session_number: f64,
    engaged_ms: f64,
    items: f64,
    price: f64,
    first_touch_us: f64,
}

#[derive(Serialize)]
struct ScoreObject<'a> {
    score: f64,
    band: &'a str,
    model_version: &'a str,
}

#[derive(Serialize)]
struct ReasonObject {
    feature: String,
    contribution: f64,
}

/// Scores one visitor. Every method that fails throws an `Error` with a stable numeric `code`.
#[wasm_bindgen]
pub struct Scorer {
    inner: model_core::Scorer,
}

#[wasm_bindgen]
impl Scorer {
    /// Reads a bundle (`Uint8Array`).
    ///
    /// # Errors
    /// Throws when the bundle is malformed.
    pub fn load(bundle: &[u8]) -> Result<Scorer, JsValue> {
        let bundle = Bundle::read(bundle).map_err(|e| thrown(&e.to_string(), e.code()))?;
        Ok(Self { inner: model_core::Scorer::new(bundle) })
    }

    /// Folds an event in: `{name, pageLocation, timeUs, ...}`.
    ///
    /// # Errors
    /// Throws when the object has unknown fields, wrong types or no `timeUs`.
    pub fn observe(&mut self, event: JsValue) -> Result<(), JsValue> {
        let e: EventObject = serde_wasm_bindgen::from_value(event).map_err(|e| thrown(&e.to_string(), 10))?;
        if e.time_us.is_nan() || e.time_us < 1.0 {
            return Err(thrown("an event needs `timeUs`, microseconds since 1970", 10));
        }
        self.inner.observe(&RawEvent {
            name: &e.name,
            page_location: &e.page_location,
            page_referrer: &e.page_referrer,
            source: &e.source,
            medium: &e.medium,
            device: &e.device,
            language: &e.language,
            time_us: e.time_us as i64,
            utc_offset_s: e.utc_offset_s as i32,
            session_id: e.session_id as i64,
            session_number: e.session_number as u32,
            engaged_ms: e.engaged_ms as u32,
            items: e.items as u16,
            price: e.price,
            first_touch_us: e.first_touch_us as i64,
        });
        Ok(())
    }

    /// `{score, band, model_version}` of `"session"` or `"visitor"`, or `undefined` when there is none.
    ///
    /// # Errors
    /// Throws for another word.
    pub fn score(&mut self, target: &str) -> Result<JsValue, JsValue> {
        let target = target_of(target)?;
        let Some(score) = self.inner.score(target) else { return Ok(JsValue::UNDEFINED) };
        let band = self.inner.band(target, score).map_or("low", model_core::Band::as_str);
        let model_version = self.inner.bundle().model(target).map_or("", |m| m.version());
        to_js(&ScoreObject { score, band, model_version })
    }

    /// `[{feature, contribution}]` in the unit of the model's margin, strongest first.
    ///
    /// # Errors
    /// Throws for a target other than `"session"` or `"visitor"`.
    pub fn reasons(&mut self, target: &str) -> Result<JsValue, JsValue> {
        let target = target_of(target)?;
        let Some(reasons) = self.inner.reasons(target) else { return Ok(JsValue::UNDEFINED) };
        let bundle = self.inner.bundle();
        let names = bundle.model(target).map(|m| m.feature_names(bundle.profile())).unwrap_or_default();
        let mut list: Vec<ReasonObject> = names
            .into_iter()
            .zip(reasons.by_feature)
            .map(|(feature, contribution)| ReasonObject { feature, contribution })
            .collect();
        list.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        to_js(&list)
    }

    /// The visitor's state.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.inner.save()
    }

    /// Replaces the visitor by a saved one.
    ///
    /// # Errors
    /// Throws when the bytes are no state of this profile; then nothing is known of the visitor.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), JsValue> {
        self.inner.restore(state).map_err(|e| thrown(&e.to_string(), e.code()))
    }
}

fn target_of(word: &str) -> Result<Target, JsValue> {
    let found = Target::ALL.into_iter().find(|t| t.as_str() == word);
    found.ok_or_else(|| thrown("a target is \"session\" or \"visitor\"", 12))
}

fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    serde_wasm_bindgen::to_value(value).map_err(|e| thrown(&e.to_string(), 13))
}

fn thrown(message: &str, code: i32) -> JsValue {
    let error = js_sys::Error::new(message);
    // Setting a property of a fresh plain object cannot fail.
    let _ = js_sys::Reflect::set(&error, &JsValue::from_str("code"), &JsValue::from(code));
    error.into()
}
