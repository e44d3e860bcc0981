//! `GET /metrics`, in the text format of Prometheus.
//!
//! Labels are words of this program only: routes as they are declared, methods, statuses, outcomes, steps.

use super::outcome::Ended;
use crate::logs;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Upper bounds of the histogram, seconds: pages below, jobs above.
const BOUNDS: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0, 600.0];

/// What the server has counted since it started.
#[derive(Debug, Default)]
pub struct Metrics {
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    requests: BTreeMap<(String, &'static str, u16), u64>,
    latencies: BTreeMap<String, Latencies>,
    in_flight: i64,
    connections: i64,
    shed: u64,
    running: i64,
    runs: BTreeMap<&'static str, u64>,
    last_success: Option<f64>,
}

#[derive(Debug, Default)]
struct Latencies {
    /// By bound, not summed up; the last one is beyond all bounds.
    counts: [u64; BOUNDS.len() + 1],
    seconds: f64,
}

impl Metrics {
    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection was accepted (1) or has ended (-1).
    pub fn connection(&self, change: i64) {
        self.counted().connections += change;
    }

    /// A request has begun (1) or ended (-1).
    pub fn in_flight(&self, change: i64) {
        self.counted().in_flight += change;
    }

    /// A request was turned away because there were too many.
    pub fn shed(&self) {
        self.counted().shed += 1;
    }

    /// A request was answered.
    pub fn request(&self, route: &str, method: &str, status: u16, latency: Duration) {
        let method = ["GET", "HEAD", "POST"].into_iter().find(|m| *m == method).unwrap_or("other");
        let mut counted = self.counted();
        *counted.requests.entry((route.to_owned(), method, status)).or_default() += 1;
        let latencies = counted.latencies.entry(route.to_owned()).or_default();
        let seconds = latency.as_secs_f64();
        latencies.counts[BOUNDS.partition_point(|bound| *bound < seconds)] += 1;
        latencies.seconds += seconds;
    }

    /// The daily job was started.
    pub fn job_started(&self) {
        self.counted().running += 1;
    }

    /// The daily job has ended.
    pub fn job_ended(&self, ended: &Ended) {
        let mut counted = self.counted();
        counted.running -= 1;
        *counted.runs.entry(ended.word()).or_default() += 1;
        if matches!(ended, Ended::Done(_)) {
            counted.last_success = SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|now| now.as_secs_f64());
        }
    }

    /// All of it as text.
    #[must_use]
    pub fn text(&self) -> String {
        let counted = self.counted();
        let mut page = Page(String::new());
        page.family("inkling_http_requests_total", "counter", "Requests that were answered.");
        for ((route, method, status), count) in &counted.requests {
            let status = status.to_string();
            page.sample(
                "inkling_http_requests_total",
                &[("route", route), ("method", method), ("status", &status)],
                *count as f64,
            );
        }
        page.latencies(&counted.latencies);
        page.number(
            "inkling_http_requests_in_flight",
            "gauge",
            "Requests without an answer.",
            counted.in_flight as f64,
        );
        page.number("inkling_http_connections", "gauge", "Connections that are open.", counted.connections as f64);
        page.number("inkling_http_shed_total", "counter", "Requests turned away, too many.", counted.shed as f64);
        page.family("inkling_job_runs_total", "counter", "Daily jobs that this server has run, by outcome.");
        for (outcome, count) in &counted.runs {
            page.sample("inkling_job_runs_total", &[("outcome", outcome)], *count as f64);
        }
        page.number("inkling_job_running", "gauge", "Daily jobs that run.", counted.running as f64);
        if let Some(time) = counted.last_success {
            let help = "When a daily job of this server succeeded last.";
            page.number("inkling_job_last_success_timestamp_seconds", "gauge", help, time);
        }
        page.family("inkling_job_step_seconds", "gauge", "Seconds that each step took when it ran last.");
        for (step, seconds) in logs::latest_steps() {
            page.sample("inkling_job_step_seconds", &[("step", step)], seconds);
        }
        if let Some(bytes) = resident_bytes() {
            page.number("process_resident_memory_bytes", "gauge", "Memory of the process.", bytes);
        }
        page.0
    }
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn number(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.0.push_str(name);
        for (i, (label, word)) in labels.iter().enumerate() {
            let word = word.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
            let _ = write!(self.0, "{}{label}=\"{word}\"", if i == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    fn latencies(&mut self, latencies: &BTreeMap<String, Latencies>) {
        let name = "inkling_http_request_duration_seconds";
        self.family(name, "histogram", "Until the answer began.");
        for (route, latencies) in latencies {
            let mut sum = 0;
            let bounds = BOUNDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
            for (bound, count) in bounds.zip(latencies.counts) {
                sum += count;
                self.sample(&format!("{name}_bucket"), &[("route", route), ("le", &bound)], sum as f64);
            }
            self.sample(&format!("{name}_sum"), &[("route", route)], latencies.seconds);
            self.sample(&format!("{name}_count"), &[("route", route)], sum as f64);
        }
    }
}

/// As Linux tells it; elsewhere it is not told.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
