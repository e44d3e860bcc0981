//! A run that waits for the lease of one that is killed puts right what that one has left; of two runs that find other rows
//! of a day, the later one counts, whenever the other goes on.

use super::case::{Case, SIGABRT, for_each, prepared};
use conformance::world::{Held, Ran};
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

#[test]
fn who_waits_for_a_run_that_is_killed_ends_well() {
    let case = Case::run("waiting", &prepared().restated);
    let _ = case.expected();
    let points = ["swap.away:1", "swap.away:2", "swap.there:2", "swap.there:3", "swap.there:4", "publish.middle:2"];
    for_each(&points, |point| {
        let folder = case.from.copy(&format!("crash-waiting-{}", point.replace(':', "-")));
        let first = case.command(&folder).env("INKLING_FAILPOINT", point).output().unwrap();
        assert_eq!(first.status.signal(), Some(SIGABRT), "{point}: {}", String::from_utf8_lossy(&first.stderr));
        // To the second one it looks as if the first were still writing when it opens the warehouse.
        let writing = File::open(folder.at("warehouse/.lock")).unwrap();
        writing.lock_shared().unwrap();
        let second = case.start(&folder);
        std::thread::sleep(Duration::from_millis(400));
        drop(writing);
        let second = Ran::of(second.wait_with_output().unwrap());
        assert_eq!(second.code, 0, "{point}: {}", second.stderr);
        case.same_end(&folder, point);
    });
}

#[test]
fn who_was_late_does_not_count() {
    let mut early = Case::run("early", &prepared().filled);
    early.environment.push(("INKLING__EVENTS", prepared().early.display().to_string()));
    let later = Case::run("later", &prepared().filled);
    let _ = later.expected();
    // Before it has told that it has published, and before the monitor looks.
    for_each(&[("publish.after", true), ("lease.given_back", false)], |(point, asleep)| {
        let folder = later.from.copy(&format!("crash-late-{point}"));
        let held = Held::at(early.command(&folder), point);
        if *asleep {
            held.falls_asleep();
        }
        later.finish(&folder, point);
        held.wakes_up();
        let late = held.goes_on();
        assert_eq!(late.code, 0, "{point}: {}", late.stderr);
        assert!(late.stderr.contains("another run has worked on it since"), "{point}: {}", late.stderr);
        later.counts(&folder, point);
    });
}
