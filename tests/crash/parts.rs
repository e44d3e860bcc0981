//! A day that three processes share: one of them is killed and started again.

use super::case::{Case, for_each, prepared};
use conformance::world::{BigQuery, Folder, Random};
use std::time::{Duration, Instant};

const STEPS: [&str; 6] =
    ["read", "write_events_clean", "fold_and_score", "write_visitor_state", "write_scores", "hand_in"];

/// The export's last day in BigQuery. Only there can a part of a day be read.
fn export(name: &str) -> BigQuery {
    let bigquery = BigQuery::start(&Folder::fresh(name), "p", None);
    bigquery.dataset("analytics_1");
    let file = format!("events_{}.parquet", prepared().last.strftime("%Y%m%d"));
    assert!(bigquery.day("analytics_1", &prepared().export.join(file)) > 0);
    bigquery
}

/// A part of the day, or with `0/1` all of it.
fn part(name: &'static str, shard: &str, bigquery: &BigQuery) -> Case {
    let arguments = format!("run --date {} --shard {shard}", prepared().last);
    let mut case = Case::new(name, &prepared().filled, &arguments);
    case.environment = vec![
        ("INKLING__EVENTS", "bigquery://analytics_1".into()),
        ("INKLING__CLOUD__PROJECT", "p".into()),
        ("INKLING__CLOUD__BIGQUERY_ENDPOINT", bigquery.rest()),
        ("INKLING__CLOUD__BIGQUERY_STORAGE_ENDPOINT", bigquery.grpc()),
    ];
    case
}

#[test]
fn a_part_that_is_killed_is_started_again() {
    let bigquery = export("crash-parts-export");
    // What one process makes of the whole day is what three must make of it.
    let whole = part("whole", "0/1", &bigquery);
    let _ = whole.expected();
    let handed_in = prepared().filled.copy("crash-parts-handed-in");
    for shard in ["0/3", "1/3"] {
        part("part", shard, &bigquery).finish(&handed_in, shard);
    }
    let last = part("parts", "2/3", &bigquery).from(&handed_in).ends_as(&whole);
    let mut points: Vec<String> = Vec::new();
    points.extend(
        STEPS.iter().flat_map(|step| [format!("{step}.before"), format!("{step}.middle"), format!("{step}.after")]),
    );
    let put_together =
        ["collect_parts.before", "collect_parts.middle:1", "collect_parts.middle:9", "collect_parts.after"];
    points.extend(put_together.map(str::to_owned));
    points.extend(
        ["publish.before", "publish.middle", "swap.there:3", "publish.after", "record.after"].map(str::to_owned),
    );
    // Of the part, and of the writer.
    let leases = ["lease.taken", "lease.ending", "lease.given_back"];
    points.extend(leases.iter().flat_map(|point| [format!("{point}:1"), format!("{point}:2")]));
    // The lease, three files, what names them; the lease again, that of the writer, and the number of its holder.
    points.extend((1..=9).flat_map(|time| [format!("object.written:{time}"), format!("object.there:{time}")]));
    let start = Instant::now();
    for_each(&points, |point| last.dies_at(point));
    println!("{} points in {:?}", points.len(), start.elapsed());
}

#[test]
fn of_three_at_once_one_is_killed() {
    let bigquery = export("crash-three-export");
    let whole = part("three-whole", "0/1", &bigquery);
    let _ = whole.expected();
    let three = ["0/3", "1/3", "2/3"].map(|shard| part("three", shard, &bigquery).ends_as(&whole));
    let folder = prepared().filled.copy("crash-three-timed");
    let start = Instant::now();
    three[0].finish(&folder, "timed");
    let takes = start.elapsed();
    let mut random = Random::of(20_261_008);
    for round in 0..8 {
        let folder = prepared().filled.copy("crash-three");
        let mut processes: Vec<_> = three.iter().map(|part| part.start(&folder)).collect();
        let killed = round % 3;
        std::thread::sleep(takes.mul_f64(2.0 * random.draw()).max(Duration::from_millis(20)));
        let _ = processes[killed].kill();
        for (number, process) in processes.into_iter().enumerate() {
            let output = process.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(number == killed || output.status.success(), "{round}: part {number}: {said}");
        }
        three[killed].same_end(&folder, &format!("round {round}"));
    }
    println!("8 rounds of {takes:?} in {:?}", start.elapsed());
}
