//! The planted defects of real exports: which, how often, and how many there are in the end.

use super::calendar::{Calendar, HOUR, SECOND};
use super::channels::{Campaign, TrafficSource};
use super::rng::Rng;
use super::rows::{Person, Row};

/// Share of visitors without consent: no identifier, no session.
pub const CONSENT_DENIED: f64 = 0.06;
/// Share of visitors that are crawlers.
pub const BOTS: f64 = 0.002;
/// Share of sessions without `ga_session_id`.
pub const NO_SESSION_ID: f64 = 0.008;
/// Share of requests that arrive late; it shows on the rewritten days only.
pub const LATE_REQUESTS: f64 = 0.03;
/// Share of rows written twice.
pub const DUPLICATE_ROWS: f64 = 0.003;
/// Probability that the thank-you page is loaded again, after each load.
pub const RELOADS: f64 = 0.15;
/// Share of `user_engagement` events with hours of engagement.
pub const ENGAGEMENT_OUTLIERS: f64 = 0.0008;
/// Share of sessions moved to the last minutes of the day.
pub const NEAR_MIDNIGHT: f64 = 0.004;
/// Share of sessions or parameters where a placeholder stands for the value.
pub const PLACEHOLDERS: f64 = 0.05;

/// The words that GA4 writes in place of a value.
pub const PLACEHOLDER_WORDS: [&str; 3] = ["(not set)", "<Other>", "(data deleted)"];

/// One hour in milliseconds: engagement above it is an outlier.
pub const OUTLIER_MSEC: i64 = 3_600_000;

/// How a session carries `ga_session_id`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionId {
    /// As it should.
    Present,
    /// The parameter is there, its value is null.
    Null,
    /// There is no such parameter.
    Absent,
}

/// Draws how a session carries its id.
pub fn session_id(rng: &mut Rng) -> SessionId {
    match rng.uniform() / NO_SESSION_ID {
        p if p < 0.5 => SessionId::Null,
        p if p < 1.0 => SessionId::Absent,
        _ => SessionId::Present,
    }
}

/// Moves a few sessions to shortly before midnight, so that they end on the next day.
pub fn near_midnight(start: i64, calendar: &Calendar, rng: &mut Rng) -> i64 {
    let moved = rng.chance(NEAR_MIDNIGHT);
    let before = 20 * SECOND + (rng.uniform() * 180.0) as i64 * SECOND;
    match calendar.day_of(start).and_then(|day| calendar.days.get(day)) {
        // Only forward and by less than a day: the order of a visitor's sessions stays.
        Some(day) if moved => start.max(day.end - before),
        _ => start,
    }
}

/// Puts placeholders where Google would.
pub fn blur_person(person: &mut Person, rng: &mut Rng) {
    if rng.chance(PLACEHOLDERS) {
        person.source = person.source.map(|source| blur_source(source, rng));
    }
    if rng.chance(PLACEHOLDERS) {
        person.browser_version = "<Other>";
    }
    if rng.chance(PLACEHOLDERS) {
        person.city = "(not set)";
    }
    if rng.chance(PLACEHOLDERS / 10.0) {
        person.language = "(not set)";
    }
}

fn blur_source(source: TrafficSource, rng: &mut Rng) -> TrafficSource {
    match rng.below(3) {
        0 => ["(data deleted)"; 3],
        1 => [source[0], "<Other>", "<Other>"],
        _ => [source[0], "(not set)", source[2]],
    }
}

/// The campaign parameters as exported.
pub fn campaign(campaign: Campaign, rng: &mut Rng) -> Campaign {
    if !rng.chance(PLACEHOLDERS) {
        return campaign;
    }
    match rng.below(3) {
        0 => ["(data deleted)"; 3],
        1 => ["<Other>", "<Other>", campaign[2]],
        _ => [campaign[0], campaign[1], "(not set)"],
    }
}

/// The page title as exported.
pub fn title(title: &'static str, rng: &mut Rng) -> &'static str {
    if rng.chance(PLACEHOLDERS / 10.0) { "(not set)" } else { title }
}

/// Whether the thank-you page is loaded once more.
pub fn reloads(rng: &mut Rng) -> bool {
    rng.chance(RELOADS)
}

/// Engaged milliseconds as exported.
pub fn engagement(msec: i64, rng: &mut Rng) -> i64 {
    if rng.chance(ENGAGEMENT_OUTLIERS) { (rng.range(1.05, 19.7) * (HOUR / 1_000) as f64) as i64 } else { msec.max(1) }
}

/// Days that are delivered without their late rows first: each sixth, and at least one.
pub fn is_rewritten(day: usize, days: usize) -> bool {
    day % 6 == 3 || (days < 4 && day == 0)
}

/// Duplicates some rows and brings the day into the order of an export: visitors in clumps, no order inside.
/// Returns the number of duplicates.
pub fn disorder(rows: &mut Vec<Row>, rng: &mut Rng) -> u64 {
    let mut duplicates = 0;
    for index in 0..rows.len() {
        if rng.chance(DUPLICATE_ROWS)
            && let Some(row) = rows.get(index).cloned()
        {
            rows.push(row);
            duplicates += 1;
        }
    }
    let salt = rng.next_u64();
    let mut keyed: Vec<(u64, u64, Row)> = rows
        .drain(..)
        .map(|row| {
            // About one visitor in four is found in two places of the file.
            let split = rng.chance(0.12);
            let clump = Rng::new(salt, row.person.index * 2 + u64::from(split)).next_u64();
            (clump, rng.next_u64(), row)
        })
        .collect();
    keyed.sort_by_key(|(clump, within, _)| (*clump, *within));
    rows.extend(keyed.into_iter().map(|(_, _, row)| row));
    duplicates
}
