//! Several runs at once, runs that die, and runs that were only asleep.

use super::cloud::{Cloud, done};
use super::export::{small, table};
use super::tables::{published, runs, same};
use conformance::world::{Held, Ran};
use std::process::{Child, Command};
use std::time::Duration;

/// A run has loaded its tables and not published them yet.
const LOADED: &str = "publish.staged";

/// The daily job of a day. Its lease is good for `seconds`.
fn job(cloud: &Cloud, seconds: u64) -> Command {
    let day = small().files.days[6].to_string();
    let mut command = cloud.command(&["run", "--date", &day, "--output", "json"]);
    command.env("INKLING__RUN__LEASE_SECONDS", seconds.to_string());
    command
}

fn start(cloud: &Cloud, seconds: u64) -> Child {
    job(cloud, seconds).spawn().expect("the program starts")
}

fn ended(child: Child) -> Ran {
    Ran::of(child.wait_with_output().unwrap())
}

/// A warehouse in which nothing has happened to the day's run.
fn undisturbed(cloud: &Cloud, name: &str) -> Cloud {
    let calm = Cloud::on_export_of(cloud, name);
    calm.fill(5..=5);
    let _ = calm.run(small().files.days[6]);
    calm
}

#[test]
fn of_many_runs_at_once_one_does_the_work_and_a_dead_one_is_overtaken() {
    let cloud = Cloud::small("crowd", 5..=5);
    let day = small().files.days[6].to_string();
    let calm = undisturbed(&cloud, "crowd_calm");
    for (number, crowd) in [(2, &cloud), (8, &Cloud::on_export_of(&cloud, "crowd_8"))] {
        if number == 8 {
            crowd.fill(5..=5);
        }
        let running: Vec<Child> = (0..number).map(|_| start(crowd, 30)).collect();
        let ended: Vec<_> = running.into_iter().map(|child| done(&ended(child))).collect();
        let worked = ended.iter().filter(|summary| summary["unchanged"] == false).count();
        assert_eq!(worked, 1, "of {number}: {ended:?}");
        assert!(runs(crowd).contains(&(day.clone(), "done".to_owned(), 1)), "{:?}", runs(crowd));
        same(crowd, &calm);
    }
    killed_while_it_loads(&Cloud::on_export_of(&cloud, "killed"), &calm);
}

/// A run that dies between loading and publishing is overtaken.
fn killed_while_it_loads(cloud: &Cloud, calm: &Cloud) {
    cloud.fill(5..=5);
    let before = published(cloud);
    // Long enough that the next one finds it held.
    let killed = Held::at(job(cloud, 10), LOADED).is_killed();
    assert_eq!(killed.code, -1, "{}", killed.stderr);
    assert_eq!(published(cloud), before, "nothing of the day is to be seen");
    let again = ended(start(cloud, 10));
    assert_eq!(done(&again)["unchanged"], false);
    assert!(again.stderr.contains("another run is at work; waiting for it"), "{}", again.stderr);
    same(cloud, calm);
}

#[test]
fn a_run_that_was_asleep_does_not_overwrite_its_successor() {
    let cloud = Cloud::small("asleep", 5..=5);
    let old = Held::at(job(&cloud, 2), LOADED);
    old.falls_asleep();
    // Meanwhile the day gets other rows.
    let of_day = cloud.export.table(&table(small().files.days[6])).unwrap();
    cloud.execute(&format!(
        "DELETE FROM `{of_day}` WHERE user_pseudo_id = (SELECT MAX(user_pseudo_id) FROM `{of_day}`)"
    ));
    std::thread::sleep(Duration::from_secs(2));
    let successor = done(&ended(start(&cloud, 30)));
    assert_eq!(successor["unchanged"], false);
    let (after, calm) = (published(&cloud), undisturbed(&cloud, "asleep_calm"));
    old.wakes_up();
    let old = old.goes_on();
    assert_eq!(old.code, 1, "{}{}", old.stdout, old.stderr);
    assert!(old.stderr.contains("another run has taken over"), "{}", old.stderr);
    assert!(old.stderr.contains("what this one found was not written"), "{}", old.stderr);
    assert_eq!(published(&cloud), after);
    same(&cloud, &calm);
}
