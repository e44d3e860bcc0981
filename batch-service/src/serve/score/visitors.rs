//! The states of visitors at the end of the last day that the warehouse has, for callers who know their ids only.

use crate::fold::{StateReader, VISITOR_STATE};
use crate::serve::Shared;
use crate::serve::problem::Problem;
use anyhow::{Context, Result};
use axum::http::StatusCode;
use jiff::civil::Date;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Look-ups at once; each reads a part of a table, or is a query.
const AT_ONCE: usize = 4;
/// For a place among them.
const WAITING: Duration = Duration::from_secs(2);
/// For how long it is not looked whether there is another day.
const FRESH: Duration = Duration::from_secs(60);
/// Visitors that are remembered, and the bytes of their states.
const REMEMBERED: (usize, usize) = (10_000, 16 << 20);

type State = Option<Arc<[u8]>>;

/// Finds states, and remembers them while the day is the same.
pub struct Visitors {
    found: Arc<Mutex<Found>>,
    places: Arc<Semaphore>,
}

#[derive(Default)]
struct Found {
    newest: Option<Newest>,
    states: HashMap<String, State>,
    bytes: usize,
}

/// The last day that the warehouse had, when it was looked.
#[derive(Clone, Copy, PartialEq)]
struct Newest {
    day: Date,
    looked: Instant,
}

/// Why it is not told whether a visitor is known.
#[derive(Debug)]
pub enum Unfound {
    /// Too many look-ups.
    Busy,
    /// The warehouse cannot be read.
    Failed(String),
}

impl From<&Unfound> for Problem {
    fn from(why: &Unfound) -> Self {
        match why {
            Unfound::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, "too many look-ups of visitors at once")
                .retry_after(Duration::from_secs(1)),
            Unfound::Failed(why) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, why.clone()),
        }
    }
}

impl Default for Visitors {
    fn default() -> Self {
        Self { found: Arc::default(), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Visitors {
    /// The states of visitors, in their order; `None` for one of whom nothing is known.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub async fn find(&self, server: &Shared, users: &[&str]) -> Result<Vec<State>, Unfound> {
        let remembered =
            |found: &Found| users.iter().map(|user| found.remembered(user)).collect::<Option<Vec<State>>>();
        if let Some(states) = remembered(&lock(&self.found)) {
            return Ok(states);
        }
        let Ok(Ok(place)) = tokio::time::timeout(WAITING, Arc::clone(&self.places).acquire_owned()).await else {
            return Err(Unfound::Busy);
        };
        let (server, found) = (Arc::clone(server), Arc::clone(&self.found));
        let users: Vec<String> = users.iter().map(|user| (*user).to_owned()).collect();
        let looked = tokio::task::spawn_blocking(move || {
            // Held to the end, also when the one who asked has gone.
            let _place = place;
            look(&server, &found, &users)
        });
        let looked = looked.await.context("the look-up broke off").and_then(|looked| looked);
        looked.map_err(|error| Unfound::Failed(format!("{error:#}")))
    }
}

fn look(server: &Shared, found: &Mutex<Found>, users: &[String]) -> Result<Vec<State>> {
    let warehouse = &*server.place.warehouse;
    // Others may have looked while this one waited for its place.
    let (newest, remembered) = {
        let found = lock(found);
        let remembered: HashMap<&str, State> =
            users.iter().filter_map(|user| Some((user.as_str(), found.remembered(user)?))).collect();
        (found.newest(), remembered)
    };
    let newest = match newest {
        Some(newest) => newest,
        None => {
            let looked = Instant::now();
            let Some(day) = warehouse.partitions(VISITOR_STATE)?.last().copied() else {
                return Ok(vec![None; users.len()]);
            };
            Newest { day, looked }
        }
    };
    let missing: BTreeSet<&str> =
        users.iter().map(String::as_str).filter(|user| !remembered.contains_key(user)).collect();
    let mut states = remembered;
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.into_iter().collect();
        let mut read = StateReader::find(warehouse, newest.day, &missing)?;
        states.extend(missing.into_iter().map(|user| (user, read.remove(user).map(Arc::from))));
    }
    lock(found).remember(newest, &states);
    Ok(users.iter().map(|user| states.get(user.as_str()).cloned().flatten()).collect())
}

impl Found {
    /// The newest day, if it was looked for a short time ago.
    fn newest(&self) -> Option<Newest> {
        self.newest.filter(|newest| newest.looked.elapsed() < FRESH)
    }

    fn remembered(&self, user: &str) -> Option<State> {
        let _ = self.newest()?;
        self.states.get(user).cloned()
    }

    /// States of a day, which are worth nothing when the day has been looked for again since.
    fn remember(&mut self, newest: Newest, states: &HashMap<&str, State>) {
        match self.newest {
            Some(kept) if kept == newest => {}
            Some(kept) if kept.looked > newest.looked => return,
            _ => *self = Self { newest: Some(newest), ..Self::default() },
        }
        for (user, state) in states {
            let (visitors, bytes) = REMEMBERED;
            if self.states.len() >= visitors || self.bytes >= bytes {
                (self.states, self.bytes) = (HashMap::new(), 0);
            }
            if self.states.insert((*user).to_owned(), state.clone()).is_none() {
                self.bytes += state.as_ref().map_or(0, |state| state.len());
            }
        }
    }
}

fn lock(found: &Mutex<Found>) -> std::sync::MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_is_looked_for_again_however_often_visitors_are() {
        let (first, second) = (Instant::now(), Instant::now() + Duration::from_secs(1));
        let [old, new] = [(5, first), (6, second)].map(|(d, looked)| Newest { day: date(2026, 10, d), looked });
        let states = |user: &'static str| HashMap::from([(user, Some(Arc::from([1, 2, 3])))]);
        let mut found = Found::default();
        found.remember(old, &states("a"));
        found.remember(old, &states("b"));
        assert!(found.newest.is_some_and(|kept| kept == old) && found.states.len() == 2);
        assert_eq!(found.bytes, 6);
        // What a slow look-up of the day before brings comes too late.
        found.remember(new, &states("a"));
        found.remember(old, &states("b"));
        assert!(found.newest.is_some_and(|kept| kept == new) && found.remembered("b").is_none());
        // So many that they are forgotten: the day is no fresher for it.
        for i in 0..=REMEMBERED.0 {
            found.remember(new, &HashMap::from([(i.to_string().as_str(), None)]));
        }
        assert!(found.newest.is_some_and(|kept| kept == new) && found.states.len() < REMEMBERED.0);
    }
}
