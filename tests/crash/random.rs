//! Killed at random moments, sometimes twice in a row.

use super::case::{Case, SIGKILL, for_each, prepared};
use conformance::world::Random;
use std::os::unix::process::ExitStatusExt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const SEED: u64 = 20_261_006;
/// A moment after the end kills nobody; more than so many of a kill that is wanted, and the test has gone wrong.
const TRIES: usize = 8;

/// How many were killed so far, and how long a run takes: that depends on how busy the machine is, so it is learnt.
struct Seen {
    died: usize,
    takes: Duration,
}

/// Kills so often in all, each at a random moment of a run.
fn kill(case: &Case, kills: usize) {
    let _ = case.expected();
    let folder = case.from.copy(&format!("crash-{}-timed", case.name));
    let start = Instant::now();
    case.finish(&folder, "timed");
    let seen = Mutex::new(Seen { died: 0, takes: start.elapsed() });
    let mut random = Random::of(SEED);
    let numbered: Vec<(usize, Vec<f64>)> = (0..kills * TRIES)
        .map(|number| {
            let twice = random.draw() < 0.3;
            (number, (0..=usize::from(twice)).map(|_| random.draw()).collect())
        })
        .collect();
    for_each(&numbered, |(number, moments)| {
        if seen.lock().unwrap().died >= kills {
            return;
        }
        let folder = case.from.copy(&format!("crash-{}-random-{number}", case.name));
        for moment in moments {
            let mut process = case.start(&folder);
            // The second one waits for the lease of the first.
            let wait = if *moment == moments[0] { Duration::ZERO } else { Duration::from_secs(1) };
            let sleep = seen.lock().unwrap().takes.mul_f64(*moment) + wait;
            std::thread::sleep(sleep);
            let _ = process.kill();
            let output = process.wait_with_output().unwrap();
            case.nothing_is_torn(&folder, &format!("random {number}"));
            let mut seen = seen.lock().unwrap();
            if output.status.signal() == Some(SIGKILL) {
                seen.died += 1;
                seen.takes = seen.takes.mul_f64(1.02);
            } else {
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                seen.takes = seen.takes.mul_f64(0.95);
            }
        }
        case.same_end(&folder, &format!("random {number}: {moments:?}"));
        let _ = std::fs::remove_dir_all(folder.path());
    });
    let Seen { died, takes } = seen.into_inner().unwrap();
    println!("{}: {died} killed in runs of {takes:?}", case.name);
    assert!(died >= kills, "{}: {died} of {kills} were killed", case.name);
}

#[test]
fn at_200_random_moments() {
    kill(&Case::run("random-replace", &prepared().restated), 100);
    kill(&Case::run("random-run", &prepared().filled), 50);
    let days = format!("--to {}", prepared().first.tomorrow().unwrap().tomorrow().unwrap());
    let empty = prepared().filled.copy("crash-random-empty");
    std::fs::remove_dir_all(empty.at("warehouse")).unwrap();
    kill(&Case::new("random-backfill", &empty, &format!("backfill {days}")), 30);
    kill(&Case::train("random-train"), 20);
}
