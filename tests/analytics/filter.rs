//! Filters of a report: `FilterExpression` of the Data API.

use serde_json::Value;

/// Whether an expression holds for a row, whose values `of` gives; without an expression it does.
pub(super) fn holds(expression: &Value, of: &dyn Fn(&str) -> String) -> Result<bool, String> {
    if expression.is_null() {
        return Ok(true);
    }
    let group = |key: &str| expression[key]["expressions"].as_array();
    if let Some(all) = group("andGroup") {
        return all.iter().try_fold(true, |so_far, one| Ok(holds(one, of)? && so_far));
    }
    if let Some(any) = group("orGroup") {
        return any.iter().try_fold(false, |so_far, one| Ok(holds(one, of)? || so_far));
    }
    if let Some(not) = expression.get("notExpression") {
        return Ok(!holds(not, of)?);
    }
    let filter = expression.get("filter").ok_or("a filter expression is empty")?;
    let value = of(filter["fieldName"].as_str().ok_or("fieldName is required")?);
    if let Some(text) = filter.get("stringFilter") {
        return string(text, &value);
    }
    if let Some(list) = filter.get("inListFilter") {
        let values = list["values"].as_array().ok_or("values is required")?;
        let same = |one: &Value| folded(one.as_str().unwrap_or_default(), list) == folded(&value, list);
        return Ok(values.iter().any(same));
    }
    if filter.get("emptyFilter").is_some() {
        return Ok(value.is_empty() || value == "(not set)");
    }
    Err("this server does not know the kind of filter".to_owned())
}

/// A text as it is compared: without regard to case unless the filter says otherwise.
fn folded(text: &str, filter: &Value) -> String {
    if filter["caseSensitive"] == true { text.to_owned() } else { text.to_lowercase() }
}

fn string(filter: &Value, value: &str) -> Result<bool, String> {
    let wanted = folded(filter["value"].as_str().ok_or("value is required")?, filter);
    let value = folded(value, filter);
    match filter["matchType"].as_str().unwrap_or("EXACT") {
        "EXACT" => Ok(value == wanted),
        "BEGINS_WITH" => Ok(value.starts_with(&wanted)),
        "ENDS_WITH" => Ok(value.ends_with(&wanted)),
        "CONTAINS" => Ok(value.contains(&wanted)),
        other => Err(format!("this server does not know the match type {other}")),
    }
}
