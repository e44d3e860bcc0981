//! The running server.

use super::clock::Clock;
use super::fault::{Fault, Plan};
use super::http;
use super::state::{Property, State};
use crate::world::wire::{Cut, serve};
use axum::Router;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

pub(super) struct Inner {
    pub state: Mutex<State>,
    pub cut: Cut,
    pub stalled: AtomicUsize,
    plans: Mutex<BTreeMap<&'static str, Plan>>,
    requests: Mutex<Vec<&'static str>>,
}

impl Inner {
    /// Remembers a request, and tells what to do to it.
    pub fn fault(&self, call: &'static str) -> Fault {
        self.requests.lock().unwrap().push(call);
        self.plans.lock().unwrap().get_mut(call).map_or(Fault::Fine, Plan::take)
    }
}

/// The running server. Its calls have names: `mp.collect`, `mp.debug`, `events.ingest`, `requestStatus.retrieve`,
/// `customDimensions.list`, `customDimensions.create`, `customDimensions.patch`, `audiences.list`, `audiences.create`,
/// `runReport` and `getMetadata`.
pub struct Server {
    inner: Arc<Inner>,
    /// `http://127.0.0.1:PORT`, the address of all of them.
    pub url: String,
    /// Its time.
    pub clock: Clock,
}

impl Server {
    /// Starts one with the usual property on a free port; it ends with the process.
    #[must_use]
    pub fn start() -> Self {
        Self::of(Property::default())
    }

    /// Starts one for a property.
    #[must_use]
    pub fn of(property: Property) -> Self {
        let clock = Clock::default();
        let inner = Arc::new(Inner {
            state: Mutex::new(State::of(property, clock.clone())),
            cut: Cut::default(),
            stalled: AtomicUsize::new(0),
            plans: Mutex::default(),
            requests: Mutex::default(),
        });
        let router = Router::new().fallback(http::answer).with_state(Arc::clone(&inner));
        let url = serve(router, inner.cut.clone());
        Self { inner, url, clock }
    }

    /// What it knows.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What to do to the next requests of a call; then nothing any more.
    pub fn plan(&self, call: &'static str, faults: &[Fault]) {
        let plan = Plan { next: faults.iter().copied().collect(), then: None };
        self.inner.plans.lock().unwrap().insert(call, plan);
    }

    /// What to do to every request of a call from now on.
    pub fn always(&self, call: &'static str, fault: Fault) {
        self.inner.plans.lock().unwrap().insert(call, Plan { then: Some(fault), ..Plan::default() });
    }

    /// How many requests of a call there were, whatever became of them.
    #[must_use]
    pub fn requests(&self, call: &str) -> usize {
        self.inner.requests.lock().unwrap().iter().filter(|name| **name == call).count()
    }

    /// How many requests were never answered, by order.
    #[must_use]
    pub fn stalled(&self) -> usize {
        self.inner.stalled.load(Ordering::SeqCst)
    }

    /// Waits until more than `before` requests were left without an answer; `false` when `over` says that none will come.
    ///
    /// Panics after a minute.
    #[must_use]
    pub fn wait_for_stall(&self, before: usize, mut over: impl FnMut() -> bool) -> bool {
        let start = Instant::now();
        while self.stalled() <= before {
            if over() {
                return self.stalled() > before;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "no request stalls");
            std::thread::sleep(Duration::from_micros(500));
        }
        true
    }
}
