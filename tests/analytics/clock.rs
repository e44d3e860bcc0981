//! The time of the server: that of the machine, or one that stands until it is moved.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex};

/// A clock that a test may set. Copies show the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Option<Timestamp>>>);

impl Clock {
    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.lock().unwrap().unwrap_or_else(Timestamp::now)
    }

    /// Stops it at a moment.
    pub fn set(&self, moment: Timestamp) {
        *self.0.lock().unwrap() = Some(moment);
    }

    /// Lets it show the machine's time again.
    pub fn run(&self) {
        *self.0.lock().unwrap() = None;
    }

    /// Moves it on, and stops it there.
    pub fn advance(&self, by: SignedDuration) {
        let mut stands = self.0.lock().unwrap();
        let now = stands.unwrap_or_else(Timestamp::now);
        *stands = Some(now.checked_add(by).unwrap());
    }
}
