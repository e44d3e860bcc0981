//! The state of a visitor at the end of the last day that the warehouse has, for callers who know its id only.

use crate::fold::{StateReader, VISITOR_STATE};
use crate::serve::Shared;
use anyhow::{Context, Result};
use jiff::civil::Date;
use std::collections::HashMap;
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
    day: Option<(Date, Instant)>,
    states: HashMap<String, State>,
    bytes: usize,
}

/// Why it is not told whether a visitor is known.
#[derive(Debug)]
pub enum Unfound {
    /// Too many look-ups.
    Busy,
    /// The warehouse cannot be read.
    Failed(String),
}

impl Default for Visitors {
    fn default() -> Self {
        Self { found: Arc::default(), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Visitors {
    /// The state of a visitor; `None` for one of whom nothing is known.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub async fn find(&self, server: &Shared, user: &str) -> Result<State, Unfound> {
        if let Some(state) = lock(&self.found).remembered(user) {
            return Ok(state);
        }
        let Ok(Ok(place)) = tokio::time::timeout(WAITING, Arc::clone(&self.places).acquire_owned()).await else {
            return Err(Unfound::Busy);
        };
        let (server, found, user) = (Arc::clone(server), Arc::clone(&self.found), user.to_owned());
        let looked = tokio::task::spawn_blocking(move || {
            // Held to the end, also when the one who asked has gone.
            let _place = place;
            look(&server, &found, user)
        });
        let looked = looked.await.context("the look-up broke off").and_then(|looked| looked);
        looked.map_err(|error| Unfound::Failed(format!("{error:#}")))
    }
}

fn look(server: &Shared, found: &Mutex<Found>, user: String) -> Result<State> {
    let warehouse = &*server.place.warehouse;
    let known = lock(found).newest();
    let day = match known {
        Some(day) => day,
        None => match warehouse.partitions(VISITOR_STATE)?.last() {
            Some(day) => *day,
            None => return Ok(None),
        },
    };
    let state: State = StateReader::find(warehouse, day, &user)?.map(Arc::from);
    lock(found).remember(day, user, &state);
    Ok(state)
}

impl Found {
    /// The newest day, if it was looked for a short time ago.
    fn newest(&self) -> Option<Date> {
        self.day.filter(|(_, looked)| looked.elapsed() < FRESH).map(|(day, _)| day)
    }

    fn remembered(&self, user: &str) -> Option<State> {
        let _ = self.newest()?;
        self.states.get(user).cloned()
    }

    fn remember(&mut self, day: Date, user: String, state: &State) {
        let fresh = self.newest() == Some(day);
        let (visitors, bytes) = REMEMBERED;
        if !fresh || self.states.len() >= visitors || self.bytes >= bytes {
            *self = Self { day: Some((day, Instant::now())), ..Self::default() };
        }
        self.bytes += state.as_ref().map_or(0, |state| state.len());
        self.states.insert(user, state.clone());
    }
}

fn lock(found: &Mutex<Found>) -> std::sync::MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}
