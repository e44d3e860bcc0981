//! How the page speaks of a target.

use jiff::civil::Date;
use model_core::Target;

use super::data::DashboardData;
use super::format::{count, date, plural};

/// A target with the words for it.
pub struct Spoken {
    pub target: Target,
    /// `This session`, `Next 7 days`.
    pub title: String,
    /// What one score stands for.
    pub noun: &'static str,
    horizon_days: u32,
    labels: Option<(Option<Date>, u64)>,
}

/// Both targets, in their fixed order.
pub fn all(data: &DashboardData) -> [Spoken; 2] {
    Target::ALL.map(|target| {
        let row = data.targets.iter().find(|row| row.target == target);
        let horizon_days = row.map_or(0, |row| row.horizon_days);
        let title = match target {
            Target::Session => "This session".into(),
            Target::Visitor if horizon_days == 0 => "Coming days".into(),
            Target::Visitor => format!("Next {}", plural(u64::from(horizon_days), "day", "days")),
        };
        let noun = match target {
            Target::Session => "page views",
            Target::Visitor => "visitors",
        };
        let labels = row.map(|row| (row.labels_complete_until, row.labels_open));
        Spoken { target, title, noun, horizon_days, labels }
    })
}

impl Spoken {
    /// How far the outcome is known.
    pub fn maturity(&self) -> String {
        let Some((until, open)) = self.labels else {
            return format!("{}: not enough data yet.", self.title);
        };
        let known = match until {
            Some(day) => format!("outcomes are complete up to {}", date(day)),
            None => "no outcome is complete yet".into(),
        };
        let wait = match (open, self.horizon_days) {
            (0, _) => String::new(),
            (_, 0) => format!("; {} wait for their session to end", count(open)),
            (_, days) => {
                format!("; {} scores wait for their {} to pass", count(open), plural(u64::from(days), "day", "days"))
            }
        };
        format!("{}: {known}{wait}.", self.title)
    }
}
