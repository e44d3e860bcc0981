//! Tokens: how many are left is read from every answer, so that requests stop before Google refuses them.

use super::report::{PropertyQuota, QuotaStatus};
use crate::cloud::rest::Refusal;
use std::fmt;

/// Which quota is used up, and so when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Span {
    /// It comes back within the hour.
    Hour,
    /// It comes back with the next day.
    Day,
}

/// No further request is to be sent for now; found by `error.downcast_ref::<Exhausted>()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exhausted {
    pub span: Span,
    pub why: String,
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Exhausted {}

impl Exhausted {
    /// Of a refusal that says so. Too many requests at once are another matter, and pass by themselves.
    pub fn of(refusal: &Refusal) -> Option<Self> {
        let message = refusal.message.to_lowercase();
        let of_quota = refusal.status == 429 && ["token", "exhausted", "quota"].iter().any(|w| message.contains(w));
        if !of_quota || message.contains("concurrent") {
            return None;
        }
        let span = match message {
            // "per hour" also stands in a message about the tokens of a project.
            _ if message.contains("hour") => Span::Hour,
            _ if message.contains("day") || message.contains("daily") => Span::Day,
            _ => return None,
        };
        Some(Self { span, why: refusal.message.clone() })
    }
}

/// Remembers what reports cost and what is left.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    quota: Option<PropertyQuota>,
    /// Tokens of the dearest request so far.
    dearest: u64,
    /// Tokens of all requests.
    pub spent: u64,
}

impl Pace {
    /// Takes over what an answer says.
    pub fn note(&mut self, quota: Option<PropertyQuota>) {
        let Some(quota) = quota else { return };
        let cost = quota.tokens_per_day.or(quota.tokens_per_hour).map_or(0, |status| status.consumed);
        self.dearest = self.dearest.max(cost);
        self.spent += cost;
        self.quota = Some(quota);
    }

    /// A new hour has begun: what was left of the last one no longer counts.
    pub fn new_hour(&mut self) {
        if let Some(quota) = &mut self.quota {
            quota.tokens_per_hour = None;
            quota.tokens_per_project_per_hour = None;
            quota.server_errors_per_project_per_hour = None;
            quota.potentially_thresholded_requests_per_hour = None;
        }
    }

    /// Tokens that are left of the day, as far as they are known.
    pub fn left_of_day(&self) -> Option<u64> {
        Some(self.quota.as_ref()?.tokens_per_day?.remaining)
    }

    /// Whether one more request may be sent. Tokens for another one like the dearest stay untouched, because other programs
    /// of the property live on them, too.
    pub fn check(&self) -> Result<(), Exhausted> {
        let Some(quota) = &self.quota else { return Ok(()) };
        let reserve = self.dearest.max(1) * 2;
        let limits = [
            (quota.tokens_per_day, reserve, Span::Day, "tokens of the day"),
            (quota.tokens_per_hour, reserve, Span::Hour, "tokens of the hour"),
            (quota.tokens_per_project_per_hour, reserve, Span::Hour, "tokens of the project's hour"),
            // At none, every request is refused for the rest of the hour.
            (quota.server_errors_per_project_per_hour, 2, Span::Hour, "server errors of the hour"),
            (quota.potentially_thresholded_requests_per_hour, 1, Span::Hour, "thresholded requests of the hour"),
        ];
        let short =
            |(status, least, ..): &(Option<QuotaStatus>, u64, _, _)| status.is_some_and(|s| s.remaining < *least);
        match limits.into_iter().find(short) {
            Some((status, _, span, name)) => {
                let why = format!("{} {name} are left", status.unwrap_or_default().remaining);
                Err(Exhausted { span, why })
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_tells_when_to_come_back() {
        let span = |status, message: &str| Exhausted::of(&Refusal { status, message: message.into() }).map(|e| e.span);
        assert_eq!(span(429, "Exhausted property tokens per day."), Some(Span::Day));
        assert_eq!(span(429, "Exhausted property tokens for a project per hour."), Some(Span::Hour));
        assert_eq!(span(429, "Exhausted concurrent requests quota."), None);
        assert_eq!(span(429, "later"), None);
        assert_eq!(span(503, "Exhausted property tokens per day."), None);
    }

    #[test]
    fn requests_stop_before_the_last_token() {
        let quota = |day, hour, consumed| PropertyQuota {
            tokens_per_day: Some(QuotaStatus { consumed, remaining: day }),
            tokens_per_hour: Some(QuotaStatus { consumed, remaining: hour }),
            ..PropertyQuota::default()
        };
        let mut pace = Pace::default();
        assert!(pace.check().is_ok(), "nothing is known");
        pace.note(Some(quota(1_000, 500, 100)));
        assert!(pace.check().is_ok());
        pace.note(Some(quota(900, 199, 20)));
        assert_eq!(pace.check().map_err(|e| e.span), Err(Span::Hour), "two of the dearest would cost 200");
        pace.new_hour();
        assert!(pace.check().is_ok());
        pace.note(Some(quota(0, 500, 20)));
        assert_eq!((pace.check().map_err(|e| e.span), pace.spent), (Err(Span::Day), 140));
    }
}
