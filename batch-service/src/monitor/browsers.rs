//! Scores of browsers against those of the warehouse, and whether pages tell of scores at all.
//!
//! What comes back is what a site passes on of the tag's events `inkling_score` and `inkling_off`; the latter tells why a
//! page has no score. Of scores two things can be compared:
//!
//! - `inkling_score_exact`, where a site tells it (a page with `keep` knows it from `inkling.debug()`): the same bits or not;
//! - `inkling_score`, which is told in steps of 0.05 with a margin: a step is told when the score is more than 0.035 away
//!   from the one before. The warehouse's score must be within 0.035 of the step; the difference is what it is beyond.
//!
//! The tag tells at most once a second, so that the score at any moment of the two seconds before counts. A score of
//! another model than the one that served in the warehouse is not compared. Without any score that came back there are no
//! rows. Missing parameters are missing; an event without a score is none.

use super::finding::{Finding, Tile, percent};
use super::rows::{Row, row};
use super::segment::UNKNOWN;
use super::status::{Status, Thresholds};
use crate::events::CleanEvents;
use crate::fold::{Resolver, StateReader, merge_days};
use crate::ga4::{Export, Told};
use crate::jobs::run::state_before;
use crate::place::Place;
use crate::scores::Serving;
use anyhow::Result;
use jiff::civil::Date;
use model_core::Visitor;
use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
mod tests;

/// Farthest that a score may be from the step that stands for it: half a step and a fifth.
const STEP: f64 = 0.035;
/// How much earlier a moment may be whose score is told.
const LATELY_US: i64 = 2_000_000;
/// Scores that are compared.
const MOST: usize = 20_000;
/// Fewer scores say nothing about a tag that is silent.
const LEAST_SHARE: f64 = 0.05;

/// A score as it came back.
#[derive(Clone, Debug)]
struct Score {
    time_us: i64,
    score: f64,
    exact: Option<f64>,
    model_version: Option<String>,
}

/// The scores that came back on a day.
#[derive(Clone, Debug, Default)]
pub struct Back {
    by_user: BTreeMap<String, Vec<Score>>,
    bundles: BTreeMap<String, OfBundle>,
    /// Pages without a score, by the code that says why.
    off: BTreeMap<&'static str, u64>,
}

/// Codes of the tag (web/src/codes.ts) for a release that does not pass its checks: nothing of it was run.
const REFUSED: [&str; 7] = [
    "release-malformed",
    "key-unknown",
    "signature-invalid",
    "rolled-back",
    "site-mismatch",
    "length-mismatch",
    "hash-mismatch",
];
/// Codes of browsers, or policies of the page, that do not let the tag check or score.
const UNSUPPORTED: [&str; 2] = ["no-webcrypto", "wasm-refused"];
/// The other codes of a page that should have a score; all that is none of the tag's counts as the first.
const ERRORS: [&str; 7] = [
    "unknown",
    "release-unreachable",
    "expired",
    "loader-outdated",
    "file-unreachable",
    "bundle-refused",
    "event-refused",
];
/// Bundles that are told apart on a day.
const MOST_BUNDLES: usize = 8;
/// The code of a site that has stopped scores itself.
const STOPPED: &str = "stopped";

/// What pages with a bundle told.
#[derive(Clone, Debug, Default)]
struct OfBundle {
    sessions: BTreeSet<(String, i64)>,
    scores: u64,
    load_ms: Vec<f64>,
}

impl OfBundle {
    /// The time within which three of four pages were ready: the third quartile, interpolated (numpy's and R's default).
    fn p75_load_ms(&self) -> Option<f64> {
        let mut times = self.load_ms.clone();
        times.sort_by(f64::total_cmp);
        let place = 0.75 * (times.len().checked_sub(1)? as f64);
        let (below, above) = (times.get(place.floor() as usize)?, times.get(place.ceil() as usize)?);
        Some(below + (above - below) * place.fract())
    }
}

impl Back {
    /// Whether no score came back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_user.is_empty()
    }

    /// Pages without a score: whose release was refused, whose browser cannot, and for other reasons but the site's own.
    /// Nothing is known where none told, for not every site passes that on.
    fn without(&self) -> [Option<u64>; 3] {
        let sum = |of: &[&str]| of.iter().filter_map(|code| self.off.get(code)).sum();
        [&REFUSED[..], &UNSUPPORTED, &ERRORS].map(|of| (!self.off.is_empty()).then(|| sum(of)))
    }

    /// The most frequent of some reasons for no score.
    fn most(&self, of: &[&str]) -> Option<(&'static str, u64)> {
        let reasons = self.off.iter().filter(|(code, _)| of.contains(code)).map(|(code, pages)| (*code, *pages));
        reasons.max_by_key(|(code, pages)| (*pages, std::cmp::Reverse(*code)))
    }

    /// Anybody can send events: few bundles are told apart, those of most scores, and the rest is not known. A session counts
    /// once: on the day of a release it may tell scores of two bundles, and is of the one with more scores.
    fn tidy(&mut self) {
        let named = |(name, of): (&String, &OfBundle)| (name != UNKNOWN).then(|| (of.scores, name.clone()));
        let mut names: Vec<(u64, String)> = self.bundles.iter().filter_map(named).collect();
        names.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        for (_, name) in names.drain(MOST_BUNDLES.min(names.len())..) {
            let Some(rest) = self.bundles.remove(&name) else { continue };
            let unknown = self.bundles.entry(UNKNOWN.to_owned()).or_default();
            unknown.sessions.extend(rest.sessions);
            unknown.scores += rest.scores;
            unknown.load_ms.extend(rest.load_ms);
        }
        let mut seen = BTreeSet::new();
        for name in names.iter().map(|(_, name)| name.as_str()).chain([UNKNOWN]) {
            if let Some(of_bundle) = self.bundles.get_mut(name) {
                of_bundle.sessions.retain(|session| seen.insert(session.clone()));
            }
        }
    }

    /// Reads them.
    ///
    /// # Errors
    /// When the export cannot be read.
    pub fn read(export: &dyn Export, day: Date) -> Result<Self> {
        let mut back = Self::default();
        let mut kept = 0;
        export.told(day, &mut |told| {
            let told = match told {
                Told::Score(told) => told,
                Told::Off(code) => {
                    // Anybody can send events: other texts stay out of tables and mails.
                    let known = REFUSED.into_iter().chain(UNSUPPORTED).chain(ERRORS).chain([STOPPED]);
                    let code = known.into_iter().find(|known| known == code).unwrap_or(ERRORS[0]);
                    *back.off.entry(code).or_default() += 1;
                    return;
                }
            };
            let bundle = told.bundle.filter(|name| is_bundle(name)).unwrap_or(UNKNOWN);
            let of_bundle = back.bundles.entry(bundle.to_owned()).or_default();
            of_bundle.sessions.insert((told.user.to_owned(), told.session_id));
            of_bundle.scores += 1;
            of_bundle.load_ms.extend(told.load_ms);
            if kept < MOST {
                kept += 1;
                back.by_user.entry(told.user.to_owned()).or_default().push(Score {
                    time_us: told.time_us,
                    score: told.score,
                    exact: told.exact,
                    model_version: told.model_version.map(str::to_owned),
                });
            }
        })?;
        back.tidy();
        Ok(back)
    }
}

/// Whether a text can be a bundle's version: the first 16 digits of its SHA-256.
fn is_bundle(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What a comparison gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compared {
    compared: u64,
    exact: u64,
    equal: u64,
    largest: f64,
    other_model: u64,
}

impl Compared {
    /// Share of the compared scores that are equal.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.equal as f64 / self.compared as f64
    }

    fn add(&mut self, told: &Score, ours: impl Iterator<Item = f64>) {
        let distance = |score: f64| match told.exact {
            Some(exact) => (score - exact).abs(),
            None => ((score - told.score).abs() - STEP - 1e-9).max(0.0),
        };
        let mut least: Option<(f64, bool)> = None;
        for score in ours {
            let equal = told.exact.map_or(distance(score) == 0.0, |exact| exact.to_bits() == score.to_bits());
            if least.is_none_or(|(known, _)| distance(score) < known) {
                least = Some((distance(score), equal));
            }
        }
        let Some((difference, equal)) = least else { return };
        self.compared += 1;
        self.exact += u64::from(told.exact.is_some());
        self.equal += u64::from(equal);
        self.largest = self.largest.max(difference);
    }

    /// The row of a day, and what it says.
    #[must_use]
    pub fn row_of(&self, day: Date, version: &str, thresholds: &Thresholds) -> (Vec<Row>, Finding) {
        let status = match self.compared {
            0 => Status::Grey,
            _ => Status::above(self.largest, thresholds.parity_difference),
        };
        // Other bits are a difference, however small.
        let status = if self.equal < self.compared { status.max(Status::Amber) } else { status };
        let finding = Finding {
            rule: "parity".to_owned(),
            tile: Tile::Parity,
            status,
            value: self.largest,
            threshold: thresholds.parity_difference[1],
            cause: format!(
                "{} of {} scores of browsers are not those of the warehouse; the largest difference is {:.2e}",
                self.compared - self.equal,
                self.compared,
                self.largest
            ),
        };
        if self.compared == 0 && self.other_model == 0 {
            return (Vec::new(), finding);
        }
        let largest = (self.compared > 0).then_some(self.largest);
        (vec![row![day, version, self.compared, self.exact, self.equal, largest, self.other_model, status]], finding)
    }
}

/// Compares the scores of a day with those that the model gives.
///
/// # Errors
/// When the states cannot be read.
pub fn compare(place: &Place, day: Date, back: &Back, events: CleanEvents, model: &mut Serving) -> Result<Compared> {
    let profile = &place.site.profile;
    let version = model.model()?.version().to_owned();
    let mut compared = Compared::default();
    let events = [events];
    let mut resolvers = events.iter().map(|e| Resolver::new(profile, e)).collect::<Result<Vec<_>>>()?;
    let mut states = match state_before(place, day)? {
        Some(before) => StateReader::open(&*place.warehouse, before)?,
        None => StateReader::empty(),
    };
    let mut known = states.next()?;
    let mut visitor = Visitor::new(profile);
    merge_days(&events, |user, slices| {
        while known.take_if(|k| k.user.as_str() < user).is_some() {
            known = states.next()?;
        }
        let state = known.take_if(|k| k.user == user);
        if state.is_some() {
            known = states.next()?;
        }
        let Some(told) = back.by_user.get(user) else { return Ok(()) };
        visitor.clear();
        if let Some(state) = state {
            visitor.restore_from(&state.state)?;
        }
        let mut ours: Vec<(i64, f64)> = Vec::new();
        let mut rows = slices.iter().flat_map(|s| s.rows.iter().map(|r| (s.day, r))).peekable();
        while let Some((of, row)) = rows.next() {
            visitor.observe(&resolvers[of].event(row));
            if rows.peek().is_none_or(|(_, next)| next.time_us > row.time_us) {
                let (now, offset) = (visitor.last_event_us(), visitor.last_utc_offset_s());
                ours.push((row.time_us, model.score(&mut visitor, now, offset)?));
            }
        }
        for score in told {
            if score.model_version.as_ref().is_some_and(|told| *told != version) {
                compared.other_model += 1;
                continue;
            }
            let before = ours.partition_point(|(time, _)| *time <= score.time_us);
            let lately = ours[..before].iter().rev().enumerate();
            let lately = lately.take_while(|(back, (time, _))| *back == 0 || *time > score.time_us - LATELY_US);
            compared.add(score, lately.map(|(_, (_, score))| *score));
        }
        Ok(())
    })?;
    Ok(compared)
}

/// What pages told on a day, and whether they have fallen silent. `sessions` are those of the day, and `blocked` its events
/// without a visitor's id; `usual` is the share of sessions that usually tell.
#[must_use]
pub fn tag(
    back: &Back,
    day: Date,
    [sessions, blocked]: [u64; 2],
    usual: f64,
    thresholds: &Thresholds,
) -> (Vec<Row>, Finding) {
    let told: usize = back.bundles.values().map(|of_bundle| of_bundle.sessions.len()).sum();
    let share = told as f64 / sessions as f64;
    let drop = 1.0 - share / usual;
    let by_chance = (usual * sessions as f64 - told as f64) <= 4.0 * (usual * sessions as f64).sqrt();
    let status = match usual {
        u if u < LEAST_SHARE || sessions == 0 => Status::Grey,
        _ if by_chance => Status::Green,
        _ => Status::above(drop, thresholds.volume_share),
    };
    let shares = format!("{} of the sessions told a score, usually {}", percent(share), percent(usual));
    let mut finding = Finding {
        rule: "tag".to_owned(),
        tile: Tile::Tag,
        status,
        value: share,
        threshold: usual * (1.0 - thresholds.volume_share[1]),
        cause: match back.most(&[&REFUSED[..], &UNSUPPORTED, &ERRORS].concat()) {
            Some((code, pages)) => format!("{shares}: {pages} pages said that they had none for `{code}`"),
            None => format!("{shares}: is the tag still on the pages, and its release good?"),
        },
    };
    // A release that pages refuse is a cause of its own, however many sessions tell a score.
    let refused = back.without()[0].filter(|pages| *pages as f64 > thresholds.signature_failures[0]);
    if let Some((pages, (code, _))) = refused.zip(back.most(&REFUSED)) {
        (finding.status, finding.value) = (Status::Red, pages as f64);
        finding.threshold = thresholds.signature_failures[0];
        finding.cause = format!("{pages} pages refused the release, most of them for `{code}`; {shares}");
    }
    let status = finding.status;
    if told == 0 && usual == 0.0 && back.off.is_empty() {
        return (Vec::new(), finding);
    }
    let most = back.bundles.iter().max_by_key(|(name, of)| (of.scores, std::cmp::Reverse((*name).clone())));
    let most = most.map(|(name, _)| name.clone());
    let line = |bundle: Option<&str>, loads: Option<u64>, of: &OfBundle| {
        let (blocked, scored) = (loads.map(|_| blocked), of.sessions.len() as u64);
        let [refused, unsupported, errors] = back.without().map(|pages| loads.and(pages));
        row![day, bundle, loads, scored, blocked, refused, unsupported, of.p75_load_ms(), None::<f64>, errors, status]
    };
    let rows: Vec<Row> = back
        .bundles
        .iter()
        .map(|(name, of)| line(Some(name), (Some(name) == most.as_ref()).then_some(sessions), of))
        .collect();
    (if rows.is_empty() { vec![line(None, Some(sessions), &OfBundle::default())] } else { rows }, finding)
}
