//! The real program, killed while it sends.

use super::visitors::{id, score, words, write_all, yesterday_and_today};
use super::world::World;
use conformance::analytics::Fault;
use serde_json::Value;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::time::Instant;

const COUNT: usize = 20_000;
const BATCH: usize = 2_000;
/// Batches that are killed in their middle: before anything of them was taken, and after all of it was.
const KILLS: [Fault; 8] = [
    Fault::Stall,
    Fault::StallAfter,
    Fault::StallAfter,
    Fault::Stall,
    Fault::StallAfter,
    Fault::Stall,
    Fault::Stall,
    Fault::StallAfter,
];

fn start(world: &World, date: &str, more: &[(&str, &str)]) -> Child {
    let mut command = world.inkling(&["upload", "--date", date, "--output", "json"]);
    command.envs(more.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The most memory of a process so far, in MB.
fn peak_mb(process: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1_024
}

/// Every visitor is known with the right score.
fn check(world: &World, count: usize) {
    let profiles = world.server.state().profiles();
    assert_eq!(profiles.len(), count);
    for number in 0..count {
        let (bucket, band) = words(score(number, false));
        let known = &profiles[&id(number)];
        assert_eq!((&known["inkling_score"], known["inkling_band"].as_str()), (&bucket, band), "{number}");
    }
}

#[test]
fn a_killed_upload_repeats_one_batch_at_most() {
    let (day, _) = yesterday_and_today();
    let world = World::scored("activation-killed", day, COUNT);
    let date = day.to_string();
    let mut killed = 0;
    for (number, fault) in KILLS.into_iter().enumerate() {
        // One batch gets through each time.
        world.server.plan("events.ingest", &[Fault::Fine, fault]);
        let (before, sent) = (world.server.stalled(), world.server.state().events.len());
        let mut process = start(&world, &date, &[]);
        assert!(world.server.wait_for_stall(before, || process.try_wait().unwrap().is_some()), "kill {number}");
        process.kill().unwrap();
        assert_eq!(process.wait().unwrap().signal(), Some(9));
        killed += 1;
        let taken = if fault == Fault::StallAfter { 2 } else { 1 };
        assert_eq!(world.server.state().events.len() - sent, taken * BATCH, "kill {number}");
    }
    // Where no answer is under way.
    for point in ["upload.sending", "upload.sent", "upload.published"] {
        world.server.plan("events.ingest", &[]);
        let process = start(&world, &date, &[("INKLING_FAILPOINT", point)]);
        let output = process.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), Some(6), "{point}: {}", String::from_utf8_lossy(&output.stderr));
        killed += 1;
    }
    let output = start(&world, &date, &[]).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    check(&world, COUNT);
    let twice = world.server.state().events.len() - COUNT;
    assert!(twice <= killed * BATCH, "{twice} sent twice by {killed} kills");
    println!("{killed} kills: {twice} of {COUNT} sent twice");
    let done = world.server.state().events.len();
    let again: Value = serde_json::from_slice(&start(&world, &date, &[]).wait_with_output().unwrap().stdout).unwrap();
    assert_eq!((&again["plan"]["planned"], world.server.state().events.len()), (&Value::from(0), done));
}

/// Undisturbed: how long it takes, and how much memory. `INKLING_ACTIVATION_VISITORS` is how many there are.
#[test]
fn an_upload_takes_so_long_and_so_much_memory() {
    let count = std::env::var("INKLING_ACTIVATION_VISITORS").map_or(100_000, |count| count.parse().unwrap());
    let (day, _) = yesterday_and_today();
    let world = World::new("activation-large");
    write_all(&world.place(), day, count, false);
    let (clock, mut peak) = (Instant::now(), 0);
    let mut process = world.inkling(&["upload", "--date", &day.to_string()]).stdout(Stdio::null()).spawn().unwrap();
    let status = loop {
        peak = peak.max(peak_mb(&process));
        if let Some(status) = process.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    assert!(status.success());
    println!("{count} visitors: {:.1} s, {peak} MB at most", clock.elapsed().as_secs_f64());
    assert_eq!(world.server.state().events.len(), count);
    check(&world, count);
}
