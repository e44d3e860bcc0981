//! What is wrong at present, as one object in the store that several processes change.

use super::incident::Incidents;
use super::last_resort;
use crate::store::{Generation, ObjectStore, Replaced};
use anyhow::{Context, Result, bail};
use std::cell::RefCell;
use std::time::Duration;

/// Name of the object.
pub(super) const NAME: &str = "alerts/incident.json";
/// How often a change is tried while others change the object, too.
const ATTEMPTS: u32 = 30;
/// Between two attempts; Cloud Storage takes one write a second of an object.
const PAUSE: Duration = Duration::from_millis(200);

/// The incidents as they are kept. Without a store, or with one that fails, they are kept in memory from then on: rather a
/// mail too many than none.
pub(super) struct Book<'a> {
    store: Option<&'a dyn ObjectStore>,
    memory: RefCell<Option<Incidents>>,
}

impl<'a> Book<'a> {
    pub(super) fn new(store: Option<&'a dyn ObjectStore>) -> Self {
        Self { store, memory: RefCell::new(None) }
    }

    /// Changes what is kept, in one swap. `change` is done again when another process has been faster, so it must follow
    /// from the incidents that it is given. What it leaves as it is is not written.
    pub(super) fn change<T>(&self, mut change: impl FnMut(&mut Incidents) -> T) -> T {
        if let (Some(store), None) = (self.store, &*self.memory.borrow()) {
            match swap(store, &mut change) {
                Ok(given) => return given,
                Err(error) => {
                    let text = format!("the open incidents cannot be kept, so this may be mailed again: {error:#}");
                    last_resort::warning(&text);
                }
            }
        }
        let mut memory = self.memory.borrow_mut();
        change(memory.get_or_insert_default())
    }
}

fn swap<T>(store: &dyn ObjectStore, change: &mut impl FnMut(&mut Incidents) -> T) -> Result<T> {
    for _ in 0..ATTEMPTS {
        let seen = store.look(NAME)?;
        let before = seen.as_ref().map(|seen| parsed(&seen.bytes)).unwrap_or_default();
        let mut after = before.clone();
        let given = change(&mut after);
        if after == before {
            return Ok(given);
        }
        let generation = seen.map_or_else(Generation::absent, |seen| seen.generation);
        match store.replace(NAME, &generation, &serde_json::to_vec_pretty(&after)?)? {
            Replaced::Done => return Ok(given),
            Replaced::Lost(_) => std::thread::sleep(PAUSE),
        }
    }
    bail!("others were faster {ATTEMPTS} times")
}

/// What no program can read is of no use to anybody: it is written anew.
fn parsed(bytes: &[u8]) -> Incidents {
    serde_json::from_slice(bytes).context(NAME).unwrap_or_else(|error| {
        last_resort::warning(&format!("the open incidents cannot be read, so this may be mailed again: {error:#}"));
        Incidents::default()
    })
}
