//! A day that several processes share.

use super::cloud::{Cloud, done};
use super::export::small;
use super::tables::{runs, same};
use conformance::world::Ran;
use std::process::{Child, Command};

/// The daily job of a day, not started yet, that puts its lease aside after a few seconds.
fn job(cloud: &Cloud, more: &[&str]) -> Command {
    let day = small().files.days[6].to_string();
    let mut command = cloud.command(&[&["run", "--date", &day, "--output", "json"], more].concat());
    command.env("INKLING__RUN__LEASE_SECONDS", "3");
    command
}

fn ended(child: Child) -> serde_json::Value {
    done(&Ran::of(child.wait_with_output().unwrap()))
}

/// What the parts of a day say: one of them has published it, the others handed theirs in or found it done.
fn check(cloud: &Cloud, whole: &Cloud, ended: &[serde_json::Value]) {
    let published = ended.iter().filter(|summary| summary["unchanged"] == false).count();
    assert_eq!(published, 1, "{ended:?}");
    let day = small().files.days[6].to_string();
    assert!(runs(cloud).contains(&(day, "done".to_owned(), 1)), "{:?}", runs(cloud));
    same(cloud, whole);
}

#[test]
fn the_parts_of_a_day_are_the_day() {
    let whole = Cloud::small("parts_1", 5..=5);
    assert_eq!(whole.run(small().files.days[6])["unchanged"], false);

    for of in [2, 4] {
        let cloud = Cloud::on_export_of(&whole, &format!("parts_{of}"));
        cloud.fill(5..=5);
        let running: Vec<Child> =
            (0..of).map(|index| job(&cloud, &["--shard", &format!("{index}/{of}")]).spawn().unwrap()).collect();
        let ended: Vec<_> = running.into_iter().map(ended).collect();
        check(&cloud, &whole, &ended);
        // Once more, nothing is left to do.
        let again = ended_with(&cloud, &["--shard", "1/2"]);
        assert_eq!(again["unchanged"], true, "{again}");
    }

    // As Cloud Run tells its tasks; the first one is killed and started again.
    let cloud = Cloud::on_export_of(&whole, "parts_tasks");
    cloud.fill(5..=5);
    let task = |index: &str| {
        let mut command = job(&cloud, &[]);
        command.env("CLOUD_RUN_TASK_INDEX", index).env("CLOUD_RUN_TASK_COUNT", "2");
        command
    };
    let died = Ran::of(task("0").env("INKLING_FAILPOINT", "hand_in.middle").output().unwrap());
    assert!(died.code != 0 && died.stderr.contains("INKLING_FAILPOINT: hand_in.middle"), "{}", died.stderr);
    let second = ended(task("1").spawn().unwrap());
    assert!(second.get("run").is_none(), "one part is no day: {second}");
    let first = ended(task("0").spawn().unwrap());
    check(&cloud, &whole, &[first, second]);

    let mut wrong = job(&cloud, &[]);
    wrong.env("CLOUD_RUN_TASK_INDEX", "2").env("CLOUD_RUN_TASK_COUNT", "2");
    let wrong = Ran::of(wrong.output().unwrap());
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
}

fn ended_with(cloud: &Cloud, more: &[&str]) -> serde_json::Value {
    ended(job(cloud, more).spawn().unwrap())
}
