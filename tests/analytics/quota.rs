//! Quotas: requests in a span of time, and the tokens of the Data API.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// So many requests in any window of this length; the windows begin with the first request.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Requests that are answered.
    pub requests: u32,
    /// Length of a window.
    pub per: SignedDuration,
    window: Option<(Timestamp, u32)>,
}

impl Limit {
    /// So many requests in so long.
    #[must_use]
    pub fn new(requests: u32, per: SignedDuration) -> Self {
        Self { requests, per, window: None }
    }

    /// Counts a request; gives the seconds to the next window when it is one too many.
    pub(super) fn exceeded(&mut self, now: Timestamp) -> Option<u32> {
        let (start, used) = self.window.filter(|(start, _)| now.duration_since(*start) < self.per).unwrap_or((now, 0));
        self.window = Some((start, used + 1));
        let left = self.per - now.duration_since(start);
        (used >= self.requests).then(|| u32::try_from(left.as_secs().max(0)).unwrap_or(u32::MAX) + 1)
    }
}

/// Tokens of the Data API for one property. The default is a standard property's.
#[derive(Clone, Copy, Debug)]
pub struct TokenQuota {
    /// Tokens in a day.
    pub day: i64,
    /// Tokens in an hour.
    pub hour: i64,
    /// Tokens in an hour of one project.
    pub project_hour: i64,
    /// What a report costs.
    pub cost: i64,
}

impl Default for TokenQuota {
    fn default() -> Self {
        Self { day: 200_000, hour: 40_000, project_hour: 14_000, cost: 10 }
    }
}

/// Tokens used, by day and hour of UTC.
#[derive(Debug, Default)]
pub(super) struct Windows(BTreeMap<(u8, i64), i64>);

const SPANS: [(u8, i64); 3] = [(0, 86_400), (1, 3_600), (2, 3_600)];

impl Windows {
    fn key(of: u8, span: i64, now: Timestamp) -> (u8, i64) {
        (of, now.as_second().div_euclid(span))
    }

    /// Takes the tokens of a report from all windows, or tells which one has too few.
    pub fn take(&mut self, quota: TokenQuota, now: Timestamp) -> Result<(), &'static str> {
        let limits = [(quota.day, "day"), (quota.hour, "hour"), (quota.project_hour, "hour for this project")];
        for ((of, span), (limit, name)) in SPANS.into_iter().zip(limits) {
            if self.0.get(&Self::key(of, span, now)).copied().unwrap_or_default() + quota.cost > limit {
                return Err(name);
            }
        }
        for (of, span) in SPANS {
            *self.0.entry(Self::key(of, span, now)).or_default() += quota.cost;
        }
        Ok(())
    }

    /// `PropertyQuota` as the answer shows it.
    pub fn shown(&self, quota: TokenQuota, now: Timestamp) -> Value {
        let used = |i: usize| self.0.get(&Self::key(SPANS[i].0, SPANS[i].1, now)).copied().unwrap_or_default();
        // As the protocol writes messages: a zero is left out.
        let status = |consumed: i64, remaining: i64| {
            let fields = [("consumed", consumed), ("remaining", remaining)];
            Value::Object(fields.into_iter().filter(|(_, n)| *n != 0).map(|(k, n)| (k.to_owned(), json!(n))).collect())
        };
        json!({
            "tokensPerDay": status(quota.cost, quota.day - used(0)),
            "tokensPerHour": status(quota.cost, quota.hour - used(1)),
            "tokensPerProjectPerHour": status(quota.cost, quota.project_hour - used(2)),
            "concurrentRequests": status(0, 10),
            "serverErrorsPerProjectPerHour": status(0, 10),
            "potentiallyThresholdedRequestsPerHour": status(0, 120),
        })
    }
}
