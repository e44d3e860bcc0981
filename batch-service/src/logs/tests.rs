//! The form of lines, by the field names of Cloud Logging's documentation of structured logs.

use super::*;
use serde_json::{Value, json};
use std::time::Duration;

fn json_of(line: &Line) -> Value {
    let settings = Settings { format: Format::Json, project: Some("my-project".into()), command: "serve".into() };
    line.json(&settings, "2026-10-05T06:00:00.25Z".parse().unwrap())
}

#[test]
fn a_line_has_the_fields_of_cloud_logging() {
    let trace = Trace::of_headers(&[("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]);
    let request = Request {
        method: "GET".into(),
        path: "/dashboard?visitor=1.2".into(),
        status: 200,
        latency: Duration::from_micros(123_400),
        agent: Some("Mozilla/5.0".into()),
    };
    let line = line(Severity::Info, "GET /dashboard").request(&request, trace).with("n", 3);
    let expected = json!({
        "severity": "INFO",
        "message": "GET /dashboard",
        "time": "2026-10-05T06:00:00.250000Z",
        "n": 3,
        "logging.googleapis.com/labels": {"command": "serve"},
        "logging.googleapis.com/trace": "projects/my-project/traces/0af7651916cd43dd8448eb211c80319c",
        "logging.googleapis.com/spanId": "b7ad6b7169203331",
        "logging.googleapis.com/trace_sampled": true,
        "httpRequest": {
            "requestMethod": "GET", "requestUrl": "/dashboard", "status": 200, "latency": "0.123s",
            "userAgent": "Mozilla/5.0",
        },
    });
    assert_eq!(json_of(&line), expected);
}

#[test]
fn any_text_is_one_line_of_limited_length() {
    let hostile = format!("a\nb\r\u{2028}\u{0}\"}}{}", "x".repeat(100_000));
    let text = json_of(&line(Severity::Error, &hostile).with("cause", hostile.as_str())).to_string();
    assert_eq!(text.lines().count(), 1);
    let read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["message"].as_str().unwrap().chars().count(), 16_000);
    assert_eq!(read["severity"], "ERROR");
}

impl Trace {
    fn of_headers(headers: &[(&str, &'static str)]) -> Option<Self> {
        Self::of(|name| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| *value))
    }
}

#[test]
fn traces_are_read_from_both_headers_and_nonsense_is_none() {
    let of = |name, value| Trace::of_headers(&[(name, value)]);
    let id = "105445aa7843bc8bf206b12000100000".to_owned();
    let is = |span: Option<&str>, sampled| Some(Trace { id: id.clone(), span: span.map(str::to_owned), sampled });
    let cloud = "x-cloud-trace-context";
    assert_eq!(of(cloud, "105445aa7843bc8bf206b12000100000/1;o=1"), is(Some("0000000000000001"), true));
    assert_eq!(of(cloud, "105445AA7843BC8BF206B12000100000"), is(None, false));
    assert_eq!(of(cloud, "105445aa7843bc8bf206b12000100000/x;o=0"), is(None, false));
    let parent = "00-105445aa7843bc8bf206b12000100000-00f067aa0ba902b7-00";
    let both = [(cloud, "205445aa7843bc8bf206b12000100000"), ("traceparent", parent)];
    assert_eq!(Trace::of_headers(&both), is(Some("00f067aa0ba902b7"), false));
    for nonsense in [
        "",
        "00",
        "00-105445aa7843bc8bf206b12000100000-00f067aa0ba902b7",
        "00-105445AA7843bc8bf206b12000100000-00f067aa0ba902b7-00",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-00",
        "00-105445aa7843bc8bf206b12000100000-0000000000000000-00",
        "00-105445aa7843bc8bf206b12000100000-00f067aa0ba902b7-00-more",
        "ff-105445aa7843bc8bf206b12000100000-00f067aa0ba902b7-00",
    ] {
        assert_eq!(of("traceparent", nonsense), None, "{nonsense}");
    }
    for nonsense in ["", "x/1", "105445aa7843bc8bf206b1200010000", "\"}105445aa7843bc8bf206b1200010000/1"] {
        assert_eq!(of(cloud, nonsense), None, "{nonsense}");
    }
}

#[test]
fn lines_of_a_job_belong_to_the_request_that_started_it() {
    let trace = Trace::of_headers(&[("traceparent", "00-105445aa7843bc8bf206b12000100000-00f067aa0ba902b7-01")]);
    let inside = within(trace, || json_of(&line(Severity::Info, "x")));
    assert_eq!(inside["logging.googleapis.com/trace"], "projects/my-project/traces/105445aa7843bc8bf206b12000100000");
    assert!(json_of(&line(Severity::Info, "x")).get("logging.googleapis.com/trace").is_none());
}

#[test]
fn cloud_run_gets_json() {
    let of = |set: &'static str| Format::of_platform(|name| (name == set).then(|| "x".to_owned()));
    assert_eq!((of("K_SERVICE"), of("CLOUD_RUN_JOB"), of("HOME")), (Format::Json, Format::Json, Format::Text));
}
