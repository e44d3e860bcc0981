use super::{call, json, started};
use crate::analytics::Server;
use serde_json::{Value, json};

const DIMENSIONS: &str = "/v1beta/properties/123456789/customDimensions";
const AUDIENCES: &str = "/v1alpha/properties/123456789/audiences";

fn dimension(name: &str) -> Value {
    json!({"parameterName": name, "displayName": format!("Dimension {name}"), "scope": "USER"})
}

fn create(server: &Server, body: &Value) -> u16 {
    json(server, "POST", DIMENSIONS, body).0
}

#[test]
fn custom_dimensions_are_made_once_and_listed_by_pages() {
    let server = started();
    assert_eq!(json(&server, "GET", DIMENSIONS, &Value::Null), (200, json!({})));
    for name in ["a", "b", "c", "d"] {
        let (status, made) = json(&server, "POST", DIMENSIONS, &dimension(name));
        assert_eq!(status, 200);
        assert!(made["name"].as_str().unwrap().starts_with("properties/123456789/customDimensions/"));
    }
    assert_eq!(create(&server, &dimension("a")), 409);
    let (_, page) = json(&server, "GET", DIMENSIONS, &Value::Null);
    assert_eq!(page["customDimensions"].as_array().unwrap().len(), 3, "whatever the page size");
    let path = format!("{DIMENSIONS}?pageSize=200&pageToken={}", page["nextPageToken"].as_str().unwrap());
    let (_, page) = json(&server, "GET", &path, &Value::Null);
    assert_eq!((page["customDimensions"].as_array().unwrap().len(), page.get("nextPageToken")), (1, None));
}

#[test]
fn custom_dimensions_have_rules() {
    let server = started();
    let with = |key: &str, value: Value| {
        let mut body = dimension("a");
        body[key] = value;
        create(&server, &body)
    };
    for (key, value) in [
        ("parameterName", json!("a".repeat(25))),
        ("parameterName", json!("ga_x")),
        ("parameterName", json!("a b")),
        ("parameterName", json!("")),
        ("scope", json!("user")),
        ("displayName", json!("")),
        ("displayName", json!("x".repeat(83))),
        ("displayName", json!("Score (%)")),
        ("description", json!("x".repeat(151))),
        ("invented", json!(1)),
    ] {
        assert_eq!(with(key, value.clone()), 400, "{key} {value}");
    }
    for i in 0..25 {
        assert_eq!(create(&server, &dimension(&format!("d{i}"))), 200);
    }
    assert_eq!(create(&server, &dimension("d25")), 429);
    let path = format!("{DIMENSIONS}/1");
    let patch = |mask: &str, body: &Value| json(&server, "PATCH", &format!("{path}?updateMask={mask}"), body).0;
    assert_eq!(patch("parameterName", &json!({"parameterName": "other"})), 400, "it is immutable");
    assert_eq!(patch("displayName", &json!({"displayName": "Other"})), 200);
    assert_eq!(server.state().dimensions[0]["displayName"], "Other");
    assert_eq!(call(&server, "GET", "/v1beta/properties/5/customDimensions", "").status, 403);
}

/// An audience of a condition.
fn audience(leaf: &Value) -> Value {
    let groups = json!([{"orGroup": {"filterExpressions": [leaf]}}]);
    let expression = json!({"andGroup": {"filterExpressions": groups}});
    let simple = json!({"scope": "AUDIENCE_FILTER_SCOPE_ACROSS_ALL_SESSIONS", "filterExpression": expression});
    json!({
        "displayName": "High intent", "description": "Those", "membershipDurationDays": 30,
        "filterClauses": [{"clauseType": "INCLUDE", "simpleFilter": simple}],
    })
}

#[test]
fn audiences_have_rules() {
    let server = started();
    let string = json!({"matchType": "EXACT", "value": "high"});
    let leaf = json!({"dimensionOrMetricFilter": {"fieldName": "customUser:inkling_band", "stringFilter": string}});
    let create = |body: &Value| json(&server, "POST", AUDIENCES, body).0;
    assert_eq!(create(&audience(&leaf)), 400, "the dimension is not registered");
    assert_eq!(json(&server, "POST", DIMENSIONS, &dimension("inkling_band")).0, 200);
    for (pointer, value) in [
        ("/displayName", json!("")),
        ("/description", json!("")),
        ("/membershipDurationDays", json!(541)),
        ("/membershipDurationDays", json!(0)),
        ("/filterClauses", json!([])),
        ("/filterClauses/0/clauseType", json!("")),
        ("/filterClauses/0/simpleFilter/scope", json!("ACROSS_ALL_SESSIONS")),
        ("/filterClauses/0/simpleFilter/filterExpression", leaf.clone()),
        ("/filterClauses/0/simpleFilter/filterExpression/andGroup/filterExpressions/0", leaf.clone()),
        (
            "/filterClauses/0/simpleFilter/filterExpression/andGroup/filterExpressions/0/orGroup/filterExpressions",
            json!([]),
        ),
    ] {
        let mut body = audience(&leaf);
        *body.pointer_mut(pointer).unwrap() = value;
        assert_eq!(create(&body), 400, "{pointer}");
    }
    assert_eq!(create(&audience(&leaf)), 200);
    assert_eq!(create(&audience(&leaf)), 409);
    let mut period = leaf.clone();
    period["dimensionOrMetricFilter"]["inAnyNDayPeriod"] = 61.into();
    let mut body = audience(&period);
    body["displayName"] = "Other".into();
    assert_eq!(create(&body), 400);
    let (_, listed) = json(&server, "GET", AUDIENCES, &Value::Null);
    assert_eq!(listed["audiences"][0]["displayName"], "High intent");
}
