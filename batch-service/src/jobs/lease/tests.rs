use super::*;
use crate::store::{LocalStore, Seen};
use crate::warehouse::scratch::Scratch;
use std::sync::atomic::AtomicU32;

const NAME: &str = "lease.json";

fn short() -> LeaseOptions {
    LeaseOptions { held_for: Duration::from_millis(300), wait: Duration::from_secs(20) }
}

#[test]
fn one_at_a_time_and_every_holder_has_a_higher_number() {
    let scratch = Scratch::new();
    let store = LocalStore::new(scratch.path());
    let (inside, numbers) = (AtomicU32::new(0), std::sync::Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                holding(&store, NAME, short(), |fence| {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two at once");
                    numbers.lock().unwrap().push(fence.number());
                    // Longer than the lease, which is renewed meanwhile.
                    std::thread::sleep(Duration::from_millis(450));
                    inside.fetch_sub(1, Ordering::SeqCst);
                    fence.check()
                })
                .unwrap();
            });
        }
    });
    let numbers = numbers.into_inner().unwrap();
    assert!(numbers.len() == 8 && numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
}

#[test]
fn a_dead_holder_is_overtaken_and_a_sleeper_finds_out() {
    let scratch = Scratch::new();
    let store = LocalStore::new(scratch.path());
    let number = take(&store, NAME, "dead", short()).unwrap();
    let start = Instant::now();
    holding(&store, NAME, short(), |fence| {
        assert!(fence.number() > number);
        assert!(start.elapsed() >= Duration::from_millis(250), "not before its time");
        // The one that was thought dead comes back: neither can it renew, nor does it give away what it has not.
        assert!(!update(&store, NAME, "dead", Some(short().held_for)).unwrap());
        assert!(!update(&store, NAME, "dead", None).unwrap());
        std::thread::sleep(Duration::from_millis(200));
        fence.check()
    })
    .unwrap();
}

#[test]
fn who_is_overtaken_is_told() {
    let scratch = Scratch::new();
    let store = LocalStore::new(scratch.path());
    let error = holding(&store, NAME, short(), |fence| {
        let stolen = Held { number: 99, holder: Some("thief".into()), until: Timestamp::MAX };
        store.put(NAME, &serde_json::to_vec(&stolen)?)?;
        std::thread::sleep(Duration::from_millis(250));
        fence.check()
    })
    .unwrap_err();
    assert!(error.to_string().contains("taken over"), "{error:#}");
    let kept = look(&store, NAME).unwrap().unwrap().0;
    assert_eq!(kept.holder.as_deref(), Some("thief"));
}

#[test]
fn numbers_grow_even_if_the_object_is_lost() {
    let scratch = Scratch::new();
    let store = LocalStore::new(scratch.path());
    let first = holding(&store, NAME, short(), |fence| Ok(fence.number())).unwrap();
    std::fs::remove_file(scratch.path().join(NAME)).unwrap();
    std::thread::sleep(Duration::from_millis(5));
    let second = holding(&store, NAME, short(), |fence| Ok(fence.number())).unwrap();
    assert!(second > first);
    assert_eq!((above(i64::MAX - 1, Timestamp::now()), above(0, Timestamp::UNIX_EPOCH)), (i64::MAX, 1));
}

#[test]
fn waiting_ends() {
    let scratch = Scratch::new();
    let store = LocalStore::new(scratch.path());
    let long = LeaseOptions { held_for: Duration::from_secs(60), wait: Duration::from_millis(100) };
    take(&store, NAME, "other", long).unwrap();
    let error = holding(&store, NAME, long, |_| Ok(())).unwrap_err();
    assert_eq!(crate::jobs::exit_kind(&error), ExitKind::NotReady, "{error:#}");
}

/// A store that can be looked at, and after the first time not be written.
#[derive(Debug)]
struct Frozen(LocalStore, AtomicU32);

impl ObjectStore for Frozen {
    fn look(&self, name: &str) -> Result<Option<Seen>> {
        self.0.look(name)
    }

    fn put(&self, _: &str, _: &[u8]) -> Result<()> {
        anyhow::bail!("frozen")
    }

    fn put_new(&self, _: &str, _: &[u8]) -> Result<()> {
        anyhow::bail!("frozen")
    }

    fn replace(&self, name: &str, seen: &Generation, bytes: &[u8]) -> Result<Replaced> {
        anyhow::ensure!(self.1.fetch_add(1, Ordering::SeqCst) == 0, "frozen");
        self.0.replace(name, seen, bytes)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>> {
        self.0.list(folder)
    }
}

#[test]
fn who_cannot_renew_counts_as_overtaken_once_the_time_is_over() {
    let scratch = Scratch::new();
    let store = Frozen(LocalStore::new(scratch.path()), AtomicU32::new(0));
    holding(&store, NAME, LeaseOptions { held_for: Duration::from_secs(2), ..short() }, |fence| {
        fence.check()?;
        // Two renewals have failed by then, within the time.
        std::thread::sleep(Duration::from_millis(1_600));
        fence.check()?;
        std::thread::sleep(Duration::from_millis(1_400));
        assert!(fence.check().unwrap_err().to_string().contains("taken over"));
        Ok(())
    })
    .unwrap();
}
