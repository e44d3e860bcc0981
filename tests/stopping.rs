//! SIGTERM and SIGINT at any moment: the process ends soon, nothing is half written, and the same command goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use conformance::world::{Folder, Inkling, Ran, Random, Site};
use jiff::civil::Date;
use model_core::Target;
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const TABLES: [&str; 3] = ["warehouse/events_clean", "warehouse/visitor_state", "warehouse/scores"];
const SEED: u64 = 20_261_005;

struct Filled {
    /// Nothing but the export.
    empty: Folder,
    /// All days but the last, and a model.
    filled: Folder,
    last: Date,
}

fn world() -> &'static Filled {
    static WORLD: OnceLock<Filled> = OnceLock::new();
    WORLD.get_or_init(|| {
        let site = Site::simulated(Folder::fresh("stopping-filled"), 10, 4_000);
        let days = site.days();
        let empty = Folder::fresh("stopping-empty");
        for (file, bytes) in site.folder.contents(&["export"]) {
            empty.write(&file, bytes);
        }
        site.backfill(days[0], days[8]);
        site.train(Target::Session, days[7]);
        Filled { empty, filled: site.folder, last: days[9] }
    })
}

/// A command on a folder, once without a stop, and then with many.
struct Case {
    name: &'static str,
    from: &'static Folder,
    arguments: Vec<String>,
}

impl Case {
    fn start(&self, folder: &Folder) -> Child {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let mut command = Inkling::new(folder).command(&arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    fn whole(&self, folder: &Folder) -> BTreeMap<String, Vec<u8>> {
        let ran = Ran::of(self.start(folder).wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{}: {}", self.name, ran.stderr);
        let tables: Vec<&str> = TABLES.into_iter().filter(|table| folder.at(table).is_dir()).collect();
        folder.contents(&tables)
    }

    fn many(&self, stops: usize) {
        let undisturbed = self.from.copy(&format!("stopping-{}-whole", self.name));
        let start = Instant::now();
        let expected = self.whole(&undisturbed);
        let mut takes = start.elapsed();
        let mut random = Random::of(SEED);
        let (mut attempts, mut stopped, mut slowest) = (0, 0, Duration::ZERO);
        for round in 0..stops {
            let folder = self.from.copy(&format!("stopping-{}", self.name));
            // Now and then the next attempt is stopped, too.
            for _ in 0..1 + round % 3 / 2 {
                let signal = if random.draw() < 0.7 { "-TERM" } else { "-INT" };
                attempts += 1;
                let process = self.start(&folder);
                std::thread::sleep(takes.mul_f64(random.draw()));
                let ran = end(process, signal, &mut slowest);
                // -1: the signal came before the process watched for signals.
                assert!([0, 3, -1].contains(&ran.code), "{} {round}: {} {}", self.name, ran.code, ran.stderr);
                if ran.code == 0 {
                    // The first run was slow, or this one quick.
                    takes = takes.mul_f64(0.85);
                }
                if ran.code == 3 {
                    stopped += 1;
                    assert!(ran.stderr.contains("stopped by a signal"), "{}", ran.stderr);
                    assert!(!ran.stderr.contains("CRITICAL"), "{}", ran.stderr);
                }
            }
            assert!(self.whole(&folder) == expected, "{} {round}: other tables", self.name);
        }
        println!("{}: {stopped} of {attempts} runs of about {takes:?} stopped, the slowest in {slowest:?}", self.name);
        assert!(stopped > attempts / 4, "{}: {stopped} of {attempts} runs were stopped", self.name);
        assert!(slowest < Duration::from_secs(8), "{slowest:?}");
    }
}

fn end(process: Child, signal: &str, slowest: &mut Duration) -> Ran {
    let start = Instant::now();
    let _ = Command::new("kill").args([signal, &process.id().to_string()]).stderr(Stdio::null()).status();
    let ran = Ran::of(process.wait_with_output().unwrap());
    *slowest = (*slowest).max(start.elapsed());
    ran
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[test]
fn a_backfill_that_is_stopped_goes_on() {
    let arguments = words("backfill --events export --warehouse warehouse");
    Case { name: "backfill", from: &world().empty, arguments }.many(16);
}

#[test]
fn a_run_that_is_stopped_is_repeated() {
    let arguments = words(&format!("run --date {} --events export --warehouse warehouse", world().last));
    Case { name: "run", from: &world().filled, arguments }.many(16);
}

#[test]
fn a_stop_is_no_failed_run_and_no_alert() {
    let folder = world().filled.copy("stopping-alert");
    let mail = "[alerts]\nsmtp = \"127.0.0.1:1\"\ntls = \"none\"\nfrom = \"i@example.org\"\nto = [\"a@example.org\"]\n";
    folder.write(
        "inkling.toml",
        format!("events = [\"export\"]\nwarehouse = \"warehouse\"\n{mail}deadline_seconds = 1\n"),
    );
    let runs = folder.contents(&["warehouse/runs"]);
    let arguments = words(&format!("run --date {}", world().last));
    let case = Case { name: "alert", from: &world().filled, arguments };
    // Somewhere in its course it is stopped for sure.
    let mut slowest = Duration::ZERO;
    for milliseconds in (5..).step_by(5) {
        let process = case.start(&folder);
        std::thread::sleep(Duration::from_millis(milliseconds));
        let ran = end(process, "-TERM", &mut slowest);
        if ran.code != 3 {
            // Before it watches for signals, or after its end.
            assert!([-1, 0].contains(&ran.code), "{}", ran.stderr);
            assert!(milliseconds < 2_000, "no run was stopped");
            continue;
        }
        assert!(!ran.stderr.contains("CRITICAL") && !ran.stderr.contains("mailed"), "{}", ran.stderr);
        break;
    }
    assert!(!folder.at("warehouse/store/alerts").exists());
    let after = folder.contents(&["warehouse/runs"]);
    assert!(after == runs || after.len() > runs.len(), "a stopped run is not recorded");
}

/// A run that reads a file which nobody ever writes.
fn stuck(name: &str) -> Child {
    let folder = world().filled.copy(&format!("stopping-{name}"));
    let file = folder.at("stuck.json");
    assert!(Command::new("mkfifo").arg(&file).status().expect("mkfifo").success());
    std::os::unix::fs::symlink(&file, folder.at("export/events_20261120.json")).unwrap();
    let arguments = words("run --date 2026-11-20 --events export/events_20261120.json --warehouse warehouse");
    let process = Case { name: "stuck", from: &world().filled, arguments }.start(&folder);
    std::thread::sleep(Duration::from_secs(1));
    process
}

#[test]
fn a_job_that_reaches_no_border_is_left_after_8_seconds() {
    let mut slowest = Duration::ZERO;
    let ran = end(stuck("stuck"), "-TERM", &mut slowest);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("no border was reached within 8 s of SIGTERM: leaving at once"), "{}", ran.stderr);
    assert!((7_900..9_500).contains(&slowest.as_millis()), "{slowest:?}");
}

#[test]
fn who_presses_twice_does_not_wait() {
    let process = stuck("twice");
    let kill = |signal: &str| Command::new("kill").args([signal, &process.id().to_string()]).status().unwrap();
    kill("-INT");
    std::thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    kill("-INT");
    let ran = Ran::of(process.wait_with_output().unwrap());
    assert!(ran.code == 3 && start.elapsed() < Duration::from_secs(1), "{} {:?}", ran.stderr, start.elapsed());
    assert!(ran.stderr.contains("SIGINT once more"), "{}", ran.stderr);
}
