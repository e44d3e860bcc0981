//! Many visitors, many deaths of the sender, many lost answers: in the end Analytics knows the last score of everybody.
//!
//! The sender runs in this process and dies by unwinding, because a thousand processes would spend an hour waiting for the
//! leases of the dead; `killed.rs` kills real ones. The full size, a million visitors and a thousand deaths, takes
//! `INKLING_ACTIVATION_VISITORS=1000000 INKLING_ACTIVATION_CRASHES=1000`.

use super::crashing::{Crashing, Fate};
use super::visitors::{changes, denies, id, score, words, write_all, write_consent, yesterday_and_today};
use super::world::World;
use batch_service::activation::report::UploadSummary;
use conformance::analytics::{Fault, Profile};
use conformance::world::Random;
use jiff::civil::Date;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Instant;

const SEED: u64 = 20_261_126;
/// Events of a request of the Data Manager API.
const BATCH: usize = 2_000;

fn from_environment(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|e| panic!("{name}: {e}")))
}

/// The most memory that this process had at a time, in MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
}

/// Sends a day's scores, starting again after every death and every failure; gives the last summary and how many uploads
/// have failed.
fn send_to_the_end(world: &World, day: Date, fate: &Arc<Mutex<Fate>>) -> (UploadSummary, usize) {
    let mut failed = 0;
    loop {
        let destination = Box::new(Crashing { inner: world.data_manager(), fate: Arc::clone(fate) });
        match catch_unwind(AssertUnwindSafe(|| world.send(day, destination, None))) {
            Ok(Ok(summary)) => return (summary, failed),
            Ok(Err(error)) => {
                failed += 1;
                assert!(failed < 100, "{error:#}");
            }
            // What a dead process leaves is on disk.
            Err(_) => {}
        }
    }
}

/// Plans faults for the requests to come: lost answers, broken ones, refusals that pass.
fn plan_faults(world: &World, random: &mut Random, requests: usize) -> Vec<Fault> {
    let faults: Vec<Fault> = (0..requests)
        .map(|_| match random.draw() {
            x if x < 0.04 => Fault::ResetAfter,
            x if x < 0.05 => Fault::Reset,
            x if x < 0.06 => Fault::Truncated,
            x if x < 0.08 => Fault::Status(500),
            x if x < 0.09 => Fault::Status(503),
            _ => Fault::Fine,
        })
        .collect();
    world.server.plan("events.ingest", &faults);
    faults
}

/// Compares what Analytics knows with what it should know.
fn check(profiles: &HashMap<String, Profile>, count: usize, second: bool) {
    let mut wrong = 0;
    for number in 0..count {
        let known = profiles.get(&id(number));
        if denies(number) {
            assert!(known.is_none(), "{} has denied it", id(number));
            continue;
        }
        let (bucket, band) = words(score(number, second));
        let right = known.is_some_and(|known| known["inkling_score"] == bucket && known["inkling_band"] == band);
        wrong += usize::from(!right);
    }
    assert_eq!(wrong, 0, "of {count} visitors");
}

#[test]
fn everybodys_last_score_arrives_through_crashes_and_lost_answers() {
    let count = from_environment("INKLING_ACTIVATION_VISITORS", 100_000);
    let crashes = from_environment("INKLING_ACTIVATION_CRASHES", 200);
    let (first, second) = yesterday_and_today();
    let world = World::new("activation-crashes");
    write_consent(&world.folder, first, count);
    world.read_export(first);
    write_all(&world.place(), first, count, false);
    let planned = (0..count).filter(|number| !denies(*number)).count();

    let (before, start) = (peak_mb(), Instant::now());
    let batches = planned.div_ceil(BATCH);
    let fate = Fate::of(SEED, crashes, batches);
    let mut random = Random::of(SEED);
    let faults = plan_faults(&world, &mut random, 3 * (batches + crashes));
    let (_, failed) = send_to_the_end(&world, first, &fate);
    let seconds = start.elapsed().as_secs_f64();
    let died = fate.lock().unwrap().died;
    assert_eq!(died.iter().sum::<usize>(), crashes, "all of them have died");
    let requests = world.server.requests("events.ingest");
    assert!(requests <= faults.len(), "{requests} requests");
    let lost = faults[..requests].iter().filter(|fault| **fault == Fault::ResetAfter).count();
    let state = world.server.state();
    check(&state.profiles(), count, false);
    assert!(state.sessions.is_empty() && state.dropped.is_empty());
    assert!(state.events.iter().all(|event| event.consent.is_none() && event.name == "inkling_score"));
    let twice = state.events.len() - planned;
    // Who dies before a batch is sent repeats nothing.
    let most = BATCH * (died[1] + lost);
    assert!(twice <= most, "{twice} of {planned} were sent twice, {most} at most");
    println!(
        "{count} visitors, {planned} to be sent, {crashes} deaths ({} before a batch was sent, {} after), {lost} lost \
         answers, {failed} failed uploads: {seconds:.1} s, {twice} sent twice (at most {most}); peak memory {} MB with the \
         stand-in in the same process, {before} MB before",
        died[0],
        died[1],
        peak_mb()
    );
    drop(state);

    // On the second day, only what has changed.
    world.server.plan("events.ingest", &[]);
    world.server.state().forget();
    write_all(&world.place(), second, count, true);
    let changed = (0..count).filter(|number| changes(*number) && !denies(*number)).count();
    let start = Instant::now();
    let summary = world.send(second, world.data_manager(), None).unwrap();
    assert_eq!((summary.plan.planned, summary.sending.sent), (changed as u64, changed as u64));
    let state = world.server.state();
    assert_eq!(state.events.len(), changed);
    let profiles = state.profiles();
    for number in (0..count).filter(|number| changes(*number) && !denies(*number)) {
        let (bucket, band) = words(score(number, true));
        let known = &profiles[&id(number)];
        assert_eq!((&known["inkling_score"], known["inkling_band"].as_str()), (&bucket, band));
    }
    println!(
        "the second day: {changed} of {count} have changed and were sent in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    drop(state);
    // And nothing when it is asked for once more.
    let again = world.send(second, world.data_manager(), None).unwrap();
    assert_eq!((again.plan.planned, world.server.state().events.len()), (0, changed));
}
