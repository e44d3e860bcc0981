//! The page by its lines.

use super::*;

#[test]
fn the_page_is_the_text_format_of_prometheus() {
    let metrics = Metrics::default();
    metrics.request("/dashboard", "GET", 200, Duration::from_millis(30));
    metrics.request("/dashboard", "GET", 200, Duration::from_secs(700));
    metrics.request("/v1/jobs/daily", "BREW", 405, Duration::ZERO);
    metrics.job_started();
    metrics.job_ended(&Ended::Done(serde_json::json!({"unchanged": true})));
    let text = metrics.text();
    for line in [
        "# TYPE inkling_http_requests_total counter",
        "inkling_http_requests_total{route=\"/dashboard\",method=\"GET\",status=\"200\"} 2",
        "inkling_http_requests_total{route=\"/v1/jobs/daily\",method=\"other\",status=\"405\"} 1",
        "# TYPE inkling_http_request_duration_seconds histogram",
        "inkling_http_request_duration_seconds_bucket{route=\"/dashboard\",le=\"0.025\"} 0",
        "inkling_http_request_duration_seconds_bucket{route=\"/dashboard\",le=\"0.1\"} 1",
        "inkling_http_request_duration_seconds_bucket{route=\"/dashboard\",le=\"600\"} 1",
        "inkling_http_request_duration_seconds_bucket{route=\"/dashboard\",le=\"+Inf\"} 2",
        "inkling_http_request_duration_seconds_sum{route=\"/dashboard\"} 700.03",
        "inkling_http_request_duration_seconds_count{route=\"/dashboard\"} 2",
        "inkling_http_connections 0",
        "inkling_job_runs_total{outcome=\"unchanged\"} 1",
        "inkling_job_running 0",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
    let value = |name: &str| -> f64 {
        let line = text.lines().find(|l| l.starts_with(&format!("{name} "))).unwrap();
        line.rsplit_once(' ').unwrap().1.parse().unwrap()
    };
    assert!(value("inkling_job_last_success_timestamp_seconds") > 1.7e9);
    assert!(value("process_resident_memory_bytes") > 1e6);
    assert!(text.ends_with('\n'));
}
