use super::{json, started};
use crate::analytics::{Fact, Server};
use jiff::civil::date;
use jiff::{SignedDuration, ToSpan};
use serde_json::{Value, json};

const PATH: &str = "/v1beta/properties/123456789:runReport";

/// Ten days to the 19th, three channels, users 1 to 30.
fn filled() -> Server {
    let server = started();
    let mut facts = Vec::new();
    for day in 0..10_i64 {
        for (i, channel) in ["Direct", "Organic Search", "Paid Search"].iter().enumerate() {
            facts.push(Fact {
                date: date(2026, 11, 10) + day.days(),
                dimensions: [("sessionDefaultChannelGroup".to_owned(), (*channel).to_owned())].into(),
                metrics: [("activeUsers".to_owned(), (day * 3 + i as i64 + 1) as f64)].into(),
            });
        }
    }
    server.state().data.facts = facts;
    server
}

fn report(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = json!({
        "dimensions": [{"name": "date"}, {"name": "sessionDefaultChannelGroup"}],
        "metrics": [{"name": "activeUsers"}],
        "dateRanges": [{"startDate": "2026-11-10", "endDate": "yesterday"}],
    });
    change(&mut body);
    body
}

fn run(server: &Server, change: impl FnOnce(&mut Value)) -> (u16, Value) {
    json(server, "POST", PATH, &report(change))
}

fn values(answer: &Value) -> Vec<Vec<String>> {
    let text = |cell: &Value| cell["value"].as_str().unwrap().to_owned();
    let cells = |row: &Value| {
        let all = row["dimensionValues"].as_array().unwrap().iter().chain(row["metricValues"].as_array().unwrap());
        all.map(text).collect()
    };
    answer["rows"].as_array().map(Vec::as_slice).unwrap_or_default().iter().map(cells).collect()
}

#[test]
fn rows_add_up_and_pages_do_not_change_the_count() {
    let server = filled();
    let (status, all) = run(&server, |_| {});
    assert_eq!((status, &all["rowCount"]), (200, &json!(30)), "{all}");
    assert_eq!(values(&all)[0], ["20261119", "Paid Search", "30"]);
    let mut paged = Vec::new();
    for offset in [0, 13, 26, 39] {
        let (_, page) = run(&server, |b| (b["limit"], b["offset"]) = (13.into(), offset.to_string().into()));
        assert_eq!(page["rowCount"], 30);
        paged.extend(values(&page));
    }
    assert_eq!(paged, values(&all));
    let (_, sums) = run(&server, |b| b["dimensions"] = json!([]));
    assert_eq!(values(&sums), [["465"]]);
    let (_, none) = run(&server, |b| b["dateRanges"][0] = json!({"startDate": "2020-01-01", "endDate": "2020-01-02"}));
    assert_eq!((none.get("rows"), none.get("rowCount")), (None, None));
}

#[test]
fn filters_orders_and_ranges() {
    let server = filled();
    let filter = |kind: Value| json!({"filter": {"fieldName": "sessionDefaultChannelGroup", "stringFilter": kind}});
    let search = filter(json!({"matchType": "ENDS_WITH", "value": "search"}));
    let (_, found) = run(&server, |b| b["dimensionFilter"] = json!({"andGroup": {"expressions": [search]}}));
    assert_eq!(found["rowCount"], 20);
    let (_, found) = run(&server, |b| b["dimensionFilter"] = json!({"notExpression": search}));
    assert_eq!(found["rowCount"], 10);
    let order =
        json!([{"dimension": {"dimensionName": "date"}}, {"metric": {"metricName": "activeUsers"}, "desc": true}]);
    let (_, ordered) = run(&server, |b| b["orderBys"] = order);
    assert_eq!(values(&ordered)[..2], [["20261110", "Paid Search", "3"], ["20261110", "Organic Search", "2"]]);
    let ranges =
        json!([{"startDate": "10daysAgo", "endDate": "10daysAgo"}, {"startDate": "yesterday", "endDate": "today"}]);
    let (_, two) = run(&server, |b| b["dateRanges"] = ranges);
    assert_eq!(two["dimensionHeaders"][2]["name"], "dateRange");
    assert_eq!(two["rowCount"], 6);
}

#[test]
fn limits_are_errors() {
    let server = filled();
    let names = |n: usize| (0..n).map(|i| json!({"name": format!("n{i}")})).collect::<Vec<_>>();
    server.state().data.dimensions = (0..10).map(|i| format!("n{i}")).collect();
    server.state().data.metrics = (0..11).map(|i| format!("n{i}")).collect();
    assert_eq!(run(&server, |b| b["dimensions"] = names(9).into()).0, 200);
    assert_eq!(run(&server, |b| b["metrics"] = names(10).into()).0, 200);
    assert_eq!(run(&server, |b| b["limit"] = 250_000.into()).0, 200);
    let range = json!({"startDate": "2026-11-10", "endDate": "2026-11-11"});
    for (key, value) in [
        ("dimensions", names(10).into()),
        ("metrics", names(11).into()),
        ("dateRanges", vec![range; 5].into()),
        ("dateRanges", json!([])),
        ("dateRanges", json!([{"startDate": "2026-11-11", "endDate": "2026-11-10"}])),
        ("dateRanges", json!([{"startDate": "20261110", "endDate": "today"}])),
        ("limit", json!(250_001)),
        ("metrics", json!([{"name": "invented"}])),
        ("dimensions", json!([{"name": "customUser:inkling_client_id"}])),
        ("invented", json!(1)),
    ] {
        let (status, answer) = run(&server, |b| b[key] = value);
        assert_eq!((status, &answer["error"]["status"]), (400, &json!("INVALID_ARGUMENT")), "{key}");
    }
    server.state().dimensions.push(json!({"scope": "USER", "parameterName": "inkling_client_id", "displayName": "x"}));
    assert_eq!(run(&server, |b| b["dimensions"][1]["name"] = "customUser:inkling_client_id".into()).0, 200);
    let (_, metadata) = json(&server, "GET", "/v1beta/properties/123456789/metadata", &Value::Null);
    assert!(metadata.to_string().contains("customUser:inkling_client_id"), "{metadata}");
}

#[test]
fn tokens_are_used_up_and_come_back() {
    let server = filled();
    server.state().tokens.cost = 7_000;
    let (_, answer) = run(&server, |b| b["returnPropertyQuota"] = true.into());
    assert_eq!(answer["propertyQuota"]["tokensPerProjectPerHour"], json!({"consumed": 7_000, "remaining": 7_000}));
    assert_eq!(run(&server, |_| {}).0, 200);
    let (status, answer) = run(&server, |_| {});
    assert_eq!((status, &answer["error"]["status"]), (429, &json!("RESOURCE_EXHAUSTED")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("hour for this project"));
    server.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(run(&server, |_| {}).0, 200);
    server.state().tokens.day = 25_000;
    assert_eq!(run(&server, |_| {}).0, 429, "of the day");
    server.clock.advance(SignedDuration::from_hours(12));
    assert_eq!(run(&server, |_| {}).0, 200);
}

#[test]
fn what_spoils_a_report_is_told() {
    let server = filled();
    let metadata = |server: &Server| run(server, |_| {}).1["metadata"].clone();
    let clean = metadata(&server);
    assert_eq!(clean, json!({"currencyCode": "GBP", "timeZone": "Europe/London"}));
    server.state().data.other = Some(("sessionDefaultChannelGroup".to_owned(), 2));
    let (_, other) = run(&server, |_| {});
    assert_eq!((&other["metadata"]["dataLossFromOtherRow"], &other["rowCount"]), (&json!(true), &json!(30)));
    assert_eq!(values(&other).iter().filter(|row| row[1] == "(other)").count(), 10);
    let (_, without) = run(&server, |b| b["dimensions"] = json!([{"name": "date"}]));
    assert_eq!(without["metadata"], clean, "it is of the one dimension");
    server.state().data.other = None;
    server.state().data.sampling = Some((10, 100));
    assert_eq!(metadata(&server)["samplingMetadatas"][0]["samplingSpaceSize"], "100");
    server.state().data.sampling = None;
    server.state().data.threshold = Some(10.0);
    let (_, some) = run(&server, |_| {});
    assert_eq!((&some["metadata"]["subjectToThresholding"], &some["rowCount"]), (&json!(true), &json!(21)));
}
