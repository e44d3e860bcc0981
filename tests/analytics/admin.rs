//! Custom dimensions of the Admin API, v1beta: `google/analytics/admin/v1beta/resources.proto`.

use super::http::{Answer, Asked, error};
use super::rules;
use super::state::State;
use serde_json::{Value, json};

/// Custom dimensions of a standard property, by scope.
const MOST: [(&str, usize); 3] = [("USER", 25), ("EVENT", 50), ("ITEM", 10)];

/// The body as an object with none but these fields.
pub(super) fn object(asked: &Asked, fields: &[&str]) -> Result<Value, Answer> {
    let body: Value = serde_json::from_slice(&asked.body).map_err(|e| error(400, &format!("Invalid JSON: {e}")))?;
    let Some(object) = body.as_object() else { return Err(error(400, "Invalid JSON payload received.")) };
    match object.keys().find(|key| !fields.contains(&key.as_str())) {
        Some(key) => Err(error(400, &format!("Invalid JSON payload received. Unknown name \"{key}\""))),
        None => Ok(body),
    }
}

/// A page of a list, as `pageSize` and `pageToken` ask for it; never more than `most` entries.
pub(super) fn page(list: &[Value], field: &str, asked: &Asked, most: usize) -> Answer {
    let number = |key: &str, usual: usize| asked.query.get(key).map_or(Ok(usual), |text| text.parse::<usize>());
    let (Ok(size), Ok(from)) = (number("pageSize", most), number("pageToken", 0)) else {
        return error(400, "pageSize or pageToken is no number of this list");
    };
    let size = if size == 0 { most } else { size.min(most) };
    let mut answer = json!({});
    let entries: Vec<Value> = list.iter().skip(from).take(size).cloned().collect();
    // An empty list is left out.
    if !entries.is_empty() {
        answer[field] = entries.into();
    }
    if list.len() > from + size {
        answer["nextPageToken"] = (from + size).to_string().into();
    }
    (200, answer)
}

pub(super) fn list(state: &State, asked: &Asked) -> Answer {
    page(&state.dimensions, "customDimensions", asked, state.admin_page)
}

const FIELDS: [&str; 6] =
    ["name", "parameterName", "displayName", "description", "scope", "disallowAdsPersonalization"];

pub(super) fn create(state: &mut State, asked: &Asked) -> Answer {
    let mut body = match object(asked, &FIELDS) {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let (scope, name) = (text("scope"), text("parameterName"));
    let Some((_, most)) = MOST.iter().find(|(of, _)| *of == scope) else { return error(400, "scope is required") };
    let wrong = if scope == "USER" { rules::property_name(name) } else { rules::parameter_name(name) };
    if wrong.is_some() {
        return error(400, "parameter_name is invalid");
    }
    if let Some(answer) = described(&body, true) {
        return answer;
    }
    if scope != "USER" && body["disallowAdsPersonalization"] == true {
        return error(400, "disallow_ads_personalization is of user-scoped dimensions only");
    }
    let same = |of: &&Value| of["scope"] == scope;
    if state
        .dimensions
        .iter()
        .filter(same)
        .any(|of| of["parameterName"] == name || of["displayName"] == body["displayName"])
    {
        return error(409, "a custom dimension of this name already exists");
    }
    if state.dimensions.iter().filter(same).count() >= *most {
        return error(429, "the property has as many custom dimensions of this scope as it may have");
    }
    let id = state.dimensions.len() + 1;
    body["name"] = format!("properties/{}/customDimensions/{id}", state.property.id).into();
    state.dimensions.push(body.clone());
    (200, body)
}

/// What is wrong with display name and description.
fn described(body: &Value, required: bool) -> Option<Answer> {
    let display = body["displayName"].as_str().unwrap_or_default();
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || c == '_';
    let starts = display.chars().next().is_some_and(char::is_alphabetic);
    if (required || !display.is_empty()) && (display.chars().count() > 82 || !starts || !display.chars().all(allowed)) {
        return Some(error(400, "display_name: up to 82 letters, digits, spaces and underscores, a letter first"));
    }
    let long = body["description"].as_str().unwrap_or_default().chars().count() > 150;
    long.then(|| error(400, "description: up to 150 characters"))
}

pub(super) fn patch(state: &mut State, asked: &Asked) -> Answer {
    let body = match object(asked, &FIELDS) {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let mask = asked.query.get("updateMask").map(String::as_str).unwrap_or_default();
    let fields: Vec<&str> = mask.split(',').filter(|field| !field.is_empty()).collect();
    if fields.is_empty() || fields.iter().any(|field| ["parameterName", "scope", "name"].contains(field)) {
        return error(400, "update_mask: none, or a field that is immutable");
    }
    if let Some(answer) = described(&body, fields.contains(&"displayName")) {
        return answer;
    }
    let name = format!("properties/{}/customDimensions/{}", state.property.id, asked.last);
    let Some(dimension) = state.dimensions.iter_mut().find(|of| of["name"] == name) else {
        return error(404, "no such custom dimension");
    };
    for field in fields {
        dimension[field] = body[field].clone();
    }
    (200, dimension.clone())
}
