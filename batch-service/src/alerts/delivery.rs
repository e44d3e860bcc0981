//! Attempts at one mail until everybody is answered for, within a total time.

use super::mail::{Answer, Mail, Mailer, Trouble};
use jiff::Timestamp;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Before the second attempt; doubled before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// What came of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Recipients for whom the server took it.
    pub accepted: Vec<String>,
    /// Recipients for whom it never will, with what it said.
    pub refused: Vec<(String, String)>,
    /// Recipients for whom it did not yet, or who were not asked about, with the last reason.
    pub waiting: Vec<(String, String)>,
    /// Attempts made.
    pub attempts: u32,
}

impl Delivery {
    /// Nothing can be sent.
    #[must_use]
    pub fn impossible(to: &[String], why: &str) -> Self {
        Self { waiting: to.iter().map(|t| (t.clone(), why.to_owned())).collect(), ..Self::default() }
    }

    /// Recipients who may still get it another time.
    #[must_use]
    pub fn left(&self) -> Vec<String> {
        self.waiting.iter().map(|(who, _)| who.clone()).collect()
    }

    /// Why it was not accepted for everybody.
    #[must_use]
    pub fn cause(&self) -> String {
        let mut causes: Vec<&str> = self.refused.iter().chain(&self.waiting).map(|(_, why)| why.as_str()).collect();
        causes.dedup();
        format!("{} ({} attempts)", causes.join("; "), self.attempts)
    }

    /// Takes in an attempt for those who wait. Gives whether another one may help.
    fn note(&mut self, result: Result<Vec<Answer>, Trouble>) -> bool {
        self.attempts += 1;
        let waiting = std::mem::take(&mut self.waiting);
        match result {
            Ok(answers) => {
                for ((who, _), answer) in waiting.into_iter().zip(answers) {
                    match answer {
                        Answer::Accepted => self.accepted.push(who),
                        Answer::Refused(why) => self.refused.push((who, why)),
                        Answer::Later(why) => self.waiting.push((who, why)),
                    }
                }
            }
            Err(trouble) => {
                // It says nothing of the recipients, so they still wait.
                self.waiting.extend(waiting.into_iter().map(|(who, _)| (who, trouble.text.clone())));
                return trouble.passing;
            }
        }
        !self.waiting.is_empty()
    }
}

#[derive(Default)]
struct Shared {
    delivery: Mutex<(Delivery, bool)>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, (Delivery, bool)> {
        self.delivery.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a mail, again and again to those whom the server puts off, for at most `total`.
///
/// The attempts run on a thread of their own: a look-up of a name or a server that answers by the drop has no deadline.
#[must_use]
pub fn deliver(mailer: Arc<dyn Mailer>, mail: Mail, now: Timestamp, to: &[String], total: Duration) -> Delivery {
    let shared = Arc::new(Shared::default());
    let waiting = to.iter().map(|t| (t.clone(), format!("no answer within {} s", total.as_secs()))).collect();
    shared.lock().0.waiting = waiting;
    let worker = Arc::clone(&shared);
    let attempts = move || {
        let mut pause = FIRST_PAUSE;
        loop {
            let state = worker.lock();
            if state.1 {
                return;
            }
            let to: Vec<String> = state.0.waiting.iter().map(|(who, _)| who.clone()).collect();
            drop(state);
            let result = mailer.attempt(&mail, now, &to);
            let mut state = worker.lock();
            let again = state.0.note(result);
            // Also set by the other side, when the time is over.
            state.1 |= !again;
            if state.1 {
                worker.changed.notify_all();
                return;
            }
            drop(state);
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    };
    if let Err(error) = std::thread::Builder::new().name("mail".into()).spawn(attempts) {
        return Delivery::impossible(to, &format!("no thread: {error}"));
    }
    let state = shared.lock();
    let waited = shared.changed.wait_timeout_while(state, total, |(_, done)| !*done);
    let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
    state.1 = true;
    state.0.clone()
}
