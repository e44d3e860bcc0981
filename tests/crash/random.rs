//! Killed at random moments, sometimes twice in a row.

use super::case::{Case, SIGKILL, for_each, prepared};
use conformance::world::Random;
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const SEED: u64 = 20_261_006;

/// Kills so often in all, each at a random moment of an undisturbed run.
fn kill(case: &Case, kills: usize) {
    let _ = case.expected();
    // The least of three: a moment after the end kills nobody.
    let timed = |turn: u32| {
        let folder = case.from.copy(&format!("crash-{}-timed-{turn}", case.name));
        let start = Instant::now();
        case.finish(&folder, "timed");
        start.elapsed()
    };
    let takes = (0..3).map(timed).min().unwrap();
    let mut random = Random::of(SEED);
    let mut schedules: Vec<Vec<f64>> = Vec::new();
    while schedules.iter().map(Vec::len).sum::<usize>() < kills {
        let twice = random.draw() < 0.3;
        schedules.push((0..=usize::from(twice)).map(|_| random.draw()).collect());
    }
    let numbered: Vec<(usize, Vec<f64>)> = schedules.into_iter().enumerate().collect();
    let died = AtomicUsize::new(0);
    for_each(&numbered, |(number, moments)| {
        let folder = case.from.copy(&format!("crash-{}-random-{number}", case.name));
        for moment in moments {
            let mut process = case.start(&folder);
            // The second one waits for the lease of the first.
            let wait = if *moment == moments[0] { Duration::ZERO } else { Duration::from_secs(1) };
            std::thread::sleep(takes.mul_f64(*moment) + wait);
            let _ = process.kill();
            let output = process.wait_with_output().unwrap();
            case.nothing_is_torn(&folder, &format!("random {number}"));
            match output.status.signal() {
                Some(SIGKILL) => _ = died.fetch_add(1, Ordering::Relaxed),
                _ => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
            }
        }
        case.same_end(&folder, &format!("random {number}: {moments:?} of {takes:?}"));
        let _ = std::fs::remove_dir_all(folder.path());
    });
    let died = died.into_inner();
    println!("{}: {died} of {kills} killed in runs of {takes:?}", case.name);
    // How many moments hit depends on how busy the machine is.
    assert!(died > kills / 4, "{}: {died} of {kills} were killed", case.name);
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
