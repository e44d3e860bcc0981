//! Audiences of the Admin API, v1alpha: `google/analytics/admin/v1alpha/audience.proto`.

use super::admin::{object, page};
use super::http::{Answer, Asked, error};
use super::state::State;
use serde_json::{Value, json};

/// Audiences of a standard property.
const MOST: usize = 100;
const DAYS: i64 = 540;

const FIELDS: [&str; 8] = [
    "name",
    "displayName",
    "description",
    "membershipDurationDays",
    "adsPersonalizationEnabled",
    "eventTrigger",
    "exclusionDurationMode",
    "filterClauses",
];

pub(super) fn list(state: &State, asked: &Asked) -> Answer {
    page(&state.audiences, "audiences", asked, state.admin_page)
}

pub(super) fn create(state: &mut State, asked: &Asked) -> Answer {
    let mut body = match object(asked, &FIELDS) {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    if let Err(wrong) = audience(&body, state) {
        return error(400, &wrong);
    }
    if state.audiences.iter().any(|of| of["displayName"] == body["displayName"]) {
        return error(409, "an audience of this name already exists");
    }
    if state.audiences.len() >= MOST {
        return error(429, "the property has as many audiences as it may have");
    }
    body["name"] = format!("properties/{}/audiences/{}", state.property.id, state.audiences.len() + 1).into();
    body["adsPersonalizationEnabled"] = json!(true);
    state.audiences.push(body.clone());
    (200, body)
}

fn audience(body: &Value, state: &State) -> Result<(), String> {
    for field in ["displayName", "description"] {
        if body[field].as_str().is_none_or(str::is_empty) {
            return Err(format!("{field} is required"));
        }
    }
    if !body["membershipDurationDays"].as_i64().is_some_and(|days| (1..=DAYS).contains(&days)) {
        return Err("membership_duration_days: 1 to 540".to_owned());
    }
    let clauses = body["filterClauses"].as_array().map(Vec::as_slice).unwrap_or_default();
    if clauses.is_empty() {
        return Err("filter_clauses is required".to_owned());
    }
    for clause in clauses {
        if !["INCLUDE", "EXCLUDE"].iter().any(|kind| clause["clauseType"] == *kind) {
            return Err("clause_type is required".to_owned());
        }
        match (clause.get("simpleFilter"), clause["sequenceFilter"]["sequenceSteps"].as_array()) {
            (Some(simple), None) => filter(simple, state)?,
            (None, Some(steps)) if !steps.is_empty() => {
                scope(&clause["sequenceFilter"])?;
                for step in steps {
                    filter(step, state)?;
                }
            }
            _ => return Err("one of simple_filter and sequence_filter".to_owned()),
        }
    }
    Ok(())
}

/// The scope; whether it is that of all sessions.
fn scope(filter: &Value) -> Result<bool, String> {
    let scopes = ["WITHIN_SAME_EVENT", "WITHIN_SAME_SESSION", "ACROSS_ALL_SESSIONS"];
    let given = filter["scope"].as_str().and_then(|scope| scope.strip_prefix("AUDIENCE_FILTER_SCOPE_"));
    match given.filter(|given| scopes.contains(given)) {
        Some(given) => Ok(given == "ACROSS_ALL_SESSIONS"),
        None => Err("scope is required".to_owned()),
    }
}

fn filter(filter: &Value, state: &State) -> Result<(), String> {
    let across = scope(filter)?;
    let groups = filter["filterExpression"]["andGroup"]["filterExpressions"].as_array();
    let groups = groups.ok_or("the top of an expression is an and_group")?;
    for group in groups {
        let leaves = group["orGroup"]["filterExpressions"].as_array().ok_or("an and_group has or_groups only")?;
        if leaves.is_empty() {
            return Err("an or_group is empty".to_owned());
        }
        for one in leaves {
            leaf(one, state, across)?;
        }
    }
    Ok(())
}

fn leaf(leaf: &Value, state: &State, across: bool) -> Result<(), String> {
    if let Some(inner) = leaf.get("notExpression") {
        if inner.get("dimensionOrMetricFilter").is_none() {
            return Err("a not_expression has a dimension_or_metric_filter only".to_owned());
        }
        return self::leaf(inner, state, across);
    }
    if let Some(event) = leaf.get("eventFilter") {
        return if event["eventName"].as_str().is_some_and(|name| !name.is_empty()) {
            Ok(())
        } else {
            Err("event_name is required".to_owned())
        };
    }
    let filter = leaf.get("dimensionOrMetricFilter").ok_or("an or_group has filters only")?;
    let field = filter["fieldName"].as_str().unwrap_or_default();
    let registered =
        |name: &str| state.dimensions.iter().any(|of| of["scope"] == "USER" && of["parameterName"] == name);
    match field.strip_prefix("customUser:") {
        Some(name) if !registered(name) => return Err(format!("{field} is not registered")),
        None if field.is_empty() => return Err("field_name is required".to_owned()),
        _ => {}
    }
    let kinds = ["stringFilter", "inListFilter", "numericFilter", "betweenFilter"];
    if kinds.iter().filter(|kind| filter.get(kind).is_some()).count() != 1 {
        return Err("one kind of filter".to_owned());
    }
    if let Some(list) = filter.get("inListFilter")
        && list["values"].as_array().is_none_or(Vec::is_empty)
    {
        return Err("values is required".to_owned());
    }
    if let Some(text) = filter.get("stringFilter") {
        let types = ["EXACT", "BEGINS_WITH", "ENDS_WITH", "CONTAINS", "FULL_REGEXP"];
        if !types.iter().any(|kind| text["matchType"] == *kind) || text["value"].as_str().is_none_or(str::is_empty) {
            return Err("match_type and value are required".to_owned());
        }
    }
    let days = filter["inAnyNDayPeriod"].as_i64();
    let any = filter["atAnyPointInTime"] == true;
    if !across && (any || days.is_some()) {
        return Err("periods are of the scope across all sessions only".to_owned());
    }
    if days.is_some_and(|days| !(1..=60).contains(&days)) {
        return Err("in_any_n_day_period: up to 60".to_owned());
    }
    Ok(())
}
