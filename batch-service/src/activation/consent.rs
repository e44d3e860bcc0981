//! Who has denied what, as far as events tell.
//!
//! The export knows consent per event (`privacy_info`). The last event that says something counts, also when it is days
//! ago; what was read is carried on in the table `activation_state`, so that a day's upload reads the events of its own day
//! and of those that Google may have written anew.

use crate::shards::Shards;
use crate::warehouse::Warehouse;
use crate::warehouse::events_clean;
use crate::warehouse::read::TableReader;
use anyhow::{Context, Result};
use jiff::civil::Date;
use std::collections::HashMap;

/// What a visitor has denied, and when that was heard last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Denial {
    /// Microseconds since 1970.
    pub at_us: i64,
    /// Storing for analytics.
    pub analytics: bool,
    /// Storing for advertising.
    pub ads: bool,
}

impl Denial {
    /// The words of the table.
    pub fn word(self) -> &'static str {
        match (self.analytics, self.ads) {
            (true, true) => "analytics ads",
            (true, false) => "analytics",
            (false, _) => "ads",
        }
    }

    /// What the words of the table say.
    pub fn parse(word: &str, at_us: i64) -> Self {
        let has = |what| word.split(' ').any(|w| w == what);
        Self { at_us, analytics: has("analytics"), ads: has("ads") }
    }
}

/// The visitors who deny something. Whoever is not here has allowed it, or has not been asked.
#[derive(Debug, Default)]
pub(super) struct Denials(HashMap<Box<str>, Denial>);

impl Denials {
    /// What was known before.
    pub fn put(&mut self, user: &str, denial: Denial) {
        self.0.insert(user.into(), denial);
    }

    /// What a visitor denies.
    pub fn of(&self, user: &str) -> Option<Denial> {
        self.0.get(user).copied()
    }

    /// In the order of visitors.
    pub fn into_sorted(self) -> Vec<(Box<str>, Denial)> {
        let mut all: Vec<_> = self.0.into_iter().collect();
        all.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// Takes in a day's events; days come in order.
    pub fn read(&mut self, warehouse: &dyn Warehouse, day: Date) -> Result<()> {
        for path in warehouse.files(events_clean::TABLE, day, Shards::ALL)? {
            let file = TableReader::open(&path)?;
            for group in 0..file.groups() {
                self.read_group(&file, group).with_context(|| format!("consent of {day}"))?;
            }
        }
        Ok(())
    }

    fn read_group(&mut self, file: &TableReader, group: usize) -> Result<()> {
        // Days that an earlier version has cleansed know nothing about it.
        if file.leaf(group, "ads_storage")?.is_none() {
            return Ok(());
        }
        let (analytics, ads) =
            (file.column(group, "analytics_storage")?.bools()?, file.column(group, "ads_storage")?.bools()?);
        if analytics.iter().chain(&ads).all(Option::is_none) {
            return Ok(());
        }
        let (users, times) = (file.column(group, "user_pseudo_id")?, file.column(group, "event_timestamp")?);
        for (((user, time), analytics), ads) in users.texts()?.into_iter().zip(times.i64s()?).zip(analytics).zip(ads) {
            if analytics.is_some() || ads.is_some() {
                self.hear(user.unwrap_or_default(), time.unwrap_or_default(), analytics, ads);
            }
        }
        Ok(())
    }

    /// An event says what is allowed.
    fn hear(&mut self, user: &str, at_us: i64, analytics: Option<bool>, ads: Option<bool>) {
        let before = self.0.get_mut(user);
        let old = before.as_deref().copied().unwrap_or_default();
        if old.at_us > at_us {
            return;
        }
        let denied = |says: Option<bool>, old: bool| says.map_or(old, |allowed| !allowed);
        let now = Denial { at_us, analytics: denied(analytics, old.analytics), ads: denied(ads, old.ads) };
        match before {
            Some(before) if now.analytics || now.ads => *before = now,
            Some(_) => _ = self.0.remove(user),
            None if now.analytics || now.ads => self.put(user, now),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts() {
        let mut denials = Denials::default();
        let said = |denials: &Denials| denials.of("1.2").map(Denial::word);
        denials.hear("1.2", 10, None, Some(false));
        assert_eq!(said(&denials), Some("ads"));
        denials.hear("1.2", 20, Some(false), None);
        assert_eq!(said(&denials), Some("analytics ads"));
        denials.hear("1.2", 15, Some(true), Some(true));
        assert_eq!(said(&denials), Some("analytics ads"), "an older event");
        denials.hear("1.2", 30, Some(true), Some(true));
        assert_eq!(said(&denials), None);
        for word in ["ads", "analytics", "analytics ads"] {
            assert_eq!(Denial::parse(word, 7).word(), word);
        }
    }
}
