//! A destination whose sender dies.

use batch_service::activation::config::Way;
use batch_service::activation::rules::Refused;
use batch_service::activation::{Destination, Item, Sent, Status};
use conformance::world::Random;
use jiff::Timestamp;
use std::sync::{Arc, Mutex};

/// When senders die: a state that outlives them.
#[derive(Debug)]
pub struct Fate {
    random: Random,
    /// How likely it is before a batch is sent, and after that.
    likely: [f64; 2],
    /// How many are yet to die.
    left: usize,
    /// How many have died before a batch was sent, and after that.
    pub died: [usize; 2],
}

impl Fate {
    /// So many deaths of this seed, over most of so many batches.
    pub fn of(seed: u64, deaths: usize, batches: usize) -> Arc<Mutex<Self>> {
        // A batch is tried until nobody dies of it: with a third more than are wanted, none is left over.
        let dies = 1.0 - batches as f64 / (batches as f64 + 1.35 * deaths as f64);
        let likely = [dies / 2.0, dies / 2.0 / (1.0 - dies / 2.0)];
        Arc::new(Mutex::new(Self { random: Random::of(seed), likely, left: deaths, died: [0; 2] }))
    }

    fn strikes(&mut self, moment: usize) -> bool {
        let strikes = self.left > 0 && self.random.draw() < self.likely[moment];
        if strikes {
            self.left -= 1;
            self.died[moment] += 1;
        }
        strikes
    }
}

/// Panics instead of sending, or instead of telling what came of it. What is on disk by then is all that is left.
#[derive(Debug)]
pub struct Crashing {
    pub inner: Box<dyn Destination>,
    pub fate: Arc<Mutex<Fate>>,
}

impl Destination for Crashing {
    fn way(&self) -> Way {
        self.inner.way()
    }

    fn batch_rows(&self) -> usize {
        self.inner.batch_rows()
    }

    fn check(&self, item: &Item<'_>) -> Result<(), Refused> {
        self.inner.check(item)
    }

    fn payloads(&self, items: &[Item<'_>], at: Timestamp) -> Result<Vec<String>, Refused> {
        self.inner.payloads(items, at)
    }

    fn validate(&self, items: &[Item<'_>], at: Timestamp) -> anyhow::Result<Vec<String>> {
        self.inner.validate(items, at)
    }

    fn send(&self, items: &[Item<'_>], at: Timestamp) -> Sent {
        let strikes = |moment: usize| self.fate.lock().unwrap().strikes(moment);
        if strikes(0) {
            std::panic::resume_unwind(Box::new("before"));
        }
        let sent = self.inner.send(items, at);
        if strikes(1) {
            std::panic::resume_unwind(Box::new("after"));
        }
        sent
    }

    fn status(&self, request_id: &str) -> anyhow::Result<Option<Status>> {
        self.inner.status(request_id)
    }

    fn echoes(&self) -> bool {
        self.inner.echoes()
    }
}
