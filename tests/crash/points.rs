//! Killed at chosen points: before, in the middle of and after each step, and wherever files change their names.

use super::case::{Case, for_each, prepared};

/// Steps of a day.
const STEPS: [&str; 7] =
    ["fingerprint", "read", "write_events_clean", "fold_and_score", "write_visitor_state", "write_scores", "publish"];

fn of(steps: &[&str]) -> Vec<String> {
    steps.iter().flat_map(|step| ["before", "middle", "after"].map(|at| format!("{step}.{at}"))).collect()
}

/// A point for each of its times.
fn times(point: &str, times: std::ops::RangeInclusive<u32>) -> Vec<String> {
    times.map(|time| format!("{point}:{time}")).collect()
}

fn all_of(case: &Case, points: &[Vec<String>]) {
    let points = points.concat();
    let _ = case.expected();
    for_each(&points, |point| case.dies_at(point));
    println!("{}: {} points", case.name, points.len());
}

#[test]
fn a_run_that_is_killed_is_repeated() {
    // Its tables and their partitions are new; of `runs` only the partition.
    let case = Case::run("run", &prepared().filled);
    all_of(
        &case,
        &[
            of(&STEPS),
            // The days before come first, and have not changed.
            times("fingerprint.middle", 4..=4),
            times("fold_and_score.middle", 100..=100),
            times("publish.middle", 2..=3),
            of(&["record"]),
            ["lease.taken", "lease.ending", "lease.given_back"].map(str::to_owned).to_vec(),
        ],
    );
}

#[test]
fn a_run_that_is_killed_while_it_replaces_is_repeated() {
    // Three tables and `runs`: old rows are put away, new ones put in place, old ones removed.
    let case = Case::run("replace", &prepared().restated);
    let swaps = ["swap.away", "swap.there", "swap.done"].map(|point| times(point, 1..=4));
    // The lease, the number of its holder, the lease again.
    let leases = ["object.written", "object.there"].map(|point| times(point, 1..=3));
    all_of(&case, &[&[of(&STEPS)][..], &swaps, &leases].concat());
}

#[test]
fn a_backfill_that_is_killed_goes_on() {
    let empty = prepared().filled.copy("crash-empty");
    std::fs::remove_dir_all(empty.at("warehouse")).unwrap();
    let to = prepared().first.tomorrow().unwrap();
    let case = Case::new("backfill", &empty, &format!("backfill --to {to}"));
    let steps = STEPS.into_iter().filter(|step| *step != "write_scores");
    let on_both_days = steps.flat_map(|step| [format!("{step}.before:2"), format!("{step}.after")]).collect();
    // The profile is the first object, the lease the second one, the number of its holder the third one.
    let objects = ["object.written", "object.there"].map(|point| times(point, 1..=4));
    all_of(&case, &[vec![on_both_days, times("swap.there", 1..=6)], objects.to_vec()].concat());
}

#[test]
fn a_training_that_is_killed_is_repeated() {
    let case = Case::train("train");
    let model = ["model.before", "model.middle", "model.after", "promote.after"].map(str::to_owned).to_vec();
    // Lineage, report, card, bundle, and what names the model in service.
    let objects = ["object.written", "object.there"].map(|point| times(point, 1..=5));
    all_of(&case, &[vec![model, times("swap.there", 1..=1), times("swap.done", 3..=3)], objects.to_vec()].concat());
}

#[test]
fn a_release_that_is_killed_is_repeated() {
    let from = prepared().filled.copy("crash-keys");
    Case::new("keys", &from, "release keys init").finish(&from, "keys");
    let case = Case::new("release", &from, "release publish");
    // Three files with their copies, five documents and what leads to them.
    let objects = ["object.written", "object.there"].map(|point| times(point, 1..=11));
    let steps = ["release.documents", "release.after"].map(str::to_owned).to_vec();
    all_of(&case, &[vec![times("release.file", 1..=3), steps], objects.to_vec()].concat());
}
