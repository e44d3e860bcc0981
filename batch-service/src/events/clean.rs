//! A cleansed day in memory: compact rows that name their texts, visits and extras by number.

use super::strings::Strings;
use super::tuples::{Mixed, mix};

/// One event, 40 bytes. Texts, visit and extra are numbers into the tables of its [`CleanEvents`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CleanRow {
    // The order of the fields is the order of the rows.
    /// The visitor (`user_pseudo_id`), a string id.
    pub user: u32,
    /// Microseconds since 1970, UTC.
    pub time_us: i64,
    /// Event name, a string id.
    pub name: u32,
    /// Index into [`CleanEvents::visits`].
    pub visit: u32,
    /// Page address, a string id.
    pub page: u32,
    /// Address of the page before, a string id.
    pub referrer: u32,
    /// Engagement time of this event in milliseconds, clipped; 0 is missing.
    pub engaged_ms: u32,
    /// Index into [`CleanEvents::extras`].
    pub extra: u32,
    /// Tells repeated rows from repeated events while a day is read; 0 afterwards.
    pub(crate) fingerprint: u32,
}

/// What events of one visit of one visitor share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Visit {
    /// `ga_session_id`; 0 is missing.
    pub session_id: i64,
    /// `ga_session_number`; 0 is missing.
    pub session_number: u32,
    /// Device category, a string id.
    pub device: u32,
    /// Microseconds of the visitor's first touch; 0 is missing.
    pub first_touch_us: i64,
    /// Browser language, a string id.
    pub language: u32,
    /// Country by the visitor's address, as Google names it, a string id.
    pub country: u32,
    /// Data stream, a string id.
    pub stream: u32,
    /// Whether the visitor allows to store for analytics; `None` is not known.
    pub analytics_storage: Option<bool>,
    /// Whether the visitor allows to store for advertising; `None` is not known.
    pub ads_storage: Option<bool>,
}

/// What few events carry: where the visitor came from, items, a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Extra {
    /// Traffic source, a string id.
    pub source: u32,
    /// Traffic medium, a string id.
    pub medium: u32,
    /// Campaign, a string id.
    pub campaign: u32,
    /// Transaction id, a string id.
    pub transaction: u32,
    /// Number of items on the event.
    pub items: u32,
    /// Bits of the highest item price plus one; 0 is missing.
    pub(super) price: u64,
}

impl Mixed for Visit {
    fn mixed(&self) -> u64 {
        mix(mix(self.session_id as u64, self.first_touch_us as u64), {
            let low = mix(u64::from(self.session_number), u64::from(self.device));
            let consent = |allowed: Option<bool>| allowed.map_or(0, |allowed| 1 + u64::from(allowed));
            let both = consent(self.analytics_storage) << 2 | consent(self.ads_storage);
            mix(low, (u64::from(self.language) << 32 | u64::from(self.stream)) ^ mix(both, u64::from(self.country)))
        })
    }
}

impl Mixed for Extra {
    fn mixed(&self) -> u64 {
        let traffic = mix(u64::from(self.source) << 32 | u64::from(self.medium), u64::from(self.campaign));
        mix(traffic, mix(self.price, u64::from(self.transaction) << 32 | u64::from(self.items)))
    }
}

impl Extra {
    /// The highest item price; `None` when no item has one.
    #[must_use]
    pub fn price(&self) -> Option<f64> {
        self.price.checked_sub(1).map(f64::from_bits)
    }

    /// With this highest item price; anything but a finite number is missing.
    #[must_use]
    pub fn with_price(mut self, price: f64) -> Self {
        // Adding 0.0 turns -0.0 into 0.0, so that equal prices have equal bits.
        self.price = if price.is_finite() { (price + 0.0).to_bits() + 1 } else { 0 };
        self
    }
}

/// Where a day's events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Origin {
    /// An export: each event with its own moment.
    #[default]
    Export,
    /// Reports of the Data API: events at the beginning of their minute, without items, prices and first touch.
    DataApi,
}

impl Origin {
    /// The word in the column `origin`; an export has none.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Export => None,
            Self::DataApi => Some("data_api"),
        }
    }

    /// Whether moments within a minute are not told apart.
    #[must_use]
    pub fn is_coarse(self) -> bool {
        self == Self::DataApi
    }
}

/// The cleansed events of a day, sorted by visitor, then time, then everything else.
///
/// The form is canonical: the same set of events gives equal values, in whatever order they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CleanEvents {
    /// All texts of the day.
    pub strings: Strings,
    /// The distinct visits' shared values, sorted.
    pub visits: Vec<Visit>,
    /// The distinct extras, sorted; the first may be the empty one.
    pub extras: Vec<Extra>,
    /// The events.
    pub rows: Vec<CleanRow>,
    /// Where they come from.
    pub origin: Origin,
}

/// One event with its texts.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct EventView<'a> {
    pub user: &'a str,
    pub time_us: i64,
    pub name: &'a str,
    pub session_id: i64,
    pub session_number: u32,
    pub engaged_ms: u32,
    pub page: &'a str,
    pub referrer: &'a str,
    pub source: &'a str,
    pub medium: &'a str,
    pub campaign: &'a str,
    pub device: &'a str,
    pub language: &'a str,
    pub items: u32,
    pub price: Option<f64>,
    pub first_touch_us: i64,
    pub transaction: &'a str,
    pub stream: &'a str,
}

impl CleanEvents {
    /// The text with this id; empty when missing.
    #[must_use]
    pub fn text(&self, id: u32) -> &str {
        self.strings.get(id)
    }

    /// What the row's visit shares.
    #[must_use]
    pub fn visit(&self, row: &CleanRow) -> Visit {
        self.visits.get(row.visit as usize).copied().unwrap_or_default()
    }

    /// What few rows carry.
    #[must_use]
    pub fn extra(&self, row: &CleanRow) -> Extra {
        self.extras.get(row.extra as usize).copied().unwrap_or_default()
    }

    /// The row with its texts.
    #[must_use]
    pub fn view(&self, row: &CleanRow) -> EventView<'_> {
        let (visit, extra) = (self.visit(row), self.extra(row));
        EventView {
            user: self.text(row.user),
            time_us: row.time_us,
            name: self.text(row.name),
            session_id: visit.session_id,
            session_number: visit.session_number,
            engaged_ms: row.engaged_ms,
            page: self.text(row.page),
            referrer: self.text(row.referrer),
            source: self.text(extra.source),
            medium: self.text(extra.medium),
            campaign: self.text(extra.campaign),
            device: self.text(visit.device),
            language: self.text(visit.language),
            items: extra.items,
            price: extra.price(),
            first_touch_us: visit.first_touch_us,
            transaction: self.text(extra.transaction),
            stream: self.text(visit.stream),
        }
    }

    /// Leaves the rows of some visitors, and gives the memory of the others back; texts stay.
    pub fn keep(&mut self, mut keeps: impl FnMut(&str) -> bool) {
        let mut rows = std::mem::take(&mut self.rows);
        let mut last = None;
        rows.retain(|row| {
            let kept =
                last.filter(|(user, _)| *user == row.user).map_or_else(|| keeps(self.text(row.user)), |(_, k)| k);
            last = Some((row.user, kept));
            kept
        });
        rows.shrink_to_fit();
        self.rows = rows;
    }

    /// The rows of one visitor after the other, with the visitor's string id.
    pub fn visitors(&self) -> impl Iterator<Item = (u32, &[CleanRow])> {
        self.rows.chunk_by(|a, b| a.user == b.user).map(|rows| (rows[0].user, rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::strings::Interner;

    #[test]
    fn four_million_rows_fit_the_memory_budget() {
        assert_eq!(size_of::<CleanRow>(), 40);
    }

    #[test]
    fn rows_of_some_visitors_are_left() {
        let mut interner = Interner::default();
        let users = ["ann", "bob", "cem"].map(|user| interner.intern(user));
        let (strings, _) = interner.into_sorted(&[true; 4]);
        let row = |user: u32, time_us: i64| {
            let [name, visit, page, referrer, engaged_ms, extra, fingerprint] = [0; 7];
            CleanRow { user, time_us, name, visit, page, referrer, engaged_ms, extra, fingerprint }
        };
        let rows = vec![row(users[0], 1), row(users[0], 2), row(users[1], 1), row(users[2], 1), row(users[2], 2)];
        let mut events = CleanEvents { strings, rows: rows.clone(), ..CleanEvents::default() };
        let mut asked = Vec::new();
        events.keep(|user| {
            asked.push(user.to_owned());
            user != "bob"
        });
        assert_eq!(events.rows, [&rows[..2], &rows[3..]].concat());
        assert_eq!(asked, ["ann", "bob", "cem"], "each once");
    }

    #[test]
    fn price_keeps_its_bits_and_its_absence() {
        assert_eq!(Extra::default().price(), None);
        assert_eq!(Extra::default().with_price(0.0).price(), Some(0.0));
        assert_eq!(Extra::default().with_price(58.1).price(), Some(58.1));
        assert_eq!(Extra::default().with_price(f64::NAN).price(), None);
        assert_eq!(Extra::default().with_price(-0.0), Extra::default().with_price(0.0));
    }
}
