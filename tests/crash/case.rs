//! A command on a folder: undisturbed, killed, and repeated.

use batch_service::jobs::read_runs;
use batch_service::monitor::tables::HEALTH;
use batch_service::warehouse::{LocalWarehouse, Warehouse};
use conformance::world::{Folder, Inkling, Ran, Site};
use flate2::read::MultiGzDecoder;
use jiff::civil::Date;
use model_core::Target;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

pub const SIGABRT: i32 = 6;
pub const SIGKILL: i32 = 9;
const DAYS: usize = 18;
/// The last days, whose states are enough for the next day and for a training.
const KEPT: usize = 7;
/// Scenarios at a time: after a kill, most of their time is waiting for the lease to run out.
const AT_ONCE: usize = 6;

/// What is prepared once. Exports lie outside, so that copies are small.
pub struct Prepared {
    pub export: PathBuf,
    /// The last day when half of its rows were there.
    pub early: PathBuf,
    /// All days but the last, without a model.
    pub folded: Folder,
    /// The same with a model for each target.
    pub filled: Folder,
    /// The same and the last day as it was when half of its rows were there.
    pub restated: Folder,
    pub first: Date,
    pub last: Date,
    /// Where trainings begin.
    pub from: Date,
}

pub fn prepared() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let site = Site::simulated(Folder::fresh("crash-site"), DAYS, 6_000);
        let days = site.days();
        let last = days[DAYS - 1];
        site.backfill(days[0], days[DAYS - 2]);
        let folded = warehouse_of(&site, "crash-folded");
        for target in Target::ALL {
            site.train(target, days[DAYS - 2]);
        }
        let filled = warehouse_of(&site, "crash-filled");
        let name = format!("events_{}.json", last.strftime("%Y%m%d"));
        let file = std::fs::File::open(site.folder.at(&format!("export/_json/{name}.gz"))).unwrap();
        let rows = std::io::read_to_string(MultiGzDecoder::new(file)).unwrap();
        let half: String = rows.lines().step_by(2).map(|row| format!("{row}\n")).collect();
        site.folder.write(&format!("early/{name}"), half);
        let early = Site::of_export(site.folder.clone(), &["early"]);
        early.run(last, false).unwrap();
        let restated = warehouse_of(&site, "crash-restated");
        Prepared {
            export: site.folder.at("export"),
            early: site.folder.at("early"),
            folded,
            filled,
            restated,
            first: days[0],
            last,
            from: days[DAYS - KEPT + 1],
        }
    })
}

/// What copies need: they are many.
fn warehouse_of(site: &Site, name: &str) -> Folder {
    let copy = Folder::fresh(name);
    let kept = format!("warehouse/visitor_state/date={}", site.days()[DAYS - KEPT]);
    for (file, bytes) in site.folder.contents(&["warehouse"]) {
        let old = file.starts_with("warehouse/visitor_state/") && file < kept;
        if !old && !file.starts_with("warehouse/snapshots/") {
            copy.write(&file, bytes);
        }
    }
    for file in ["scorer.wasm", "loader.js"] {
        copy.write(&format!("web/{file}"), format!("the {file} of the crash test"));
    }
    copy
}

/// A command, and the folder that it starts from.
pub struct Case {
    pub name: &'static str,
    pub from: Folder,
    pub arguments: Vec<String>,
    /// More of its environment.
    pub environment: Vec<(&'static str, String)>,
    expected: OnceLock<Arc<Outcome>>,
}

/// What is the same in the end.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// Tables and objects. Those that hold times are left out: the table `runs`, leases, the signed documents.
    files: BTreeMap<String, Vec<u8>>,
    /// Id and status of every run, by day and time.
    runs: Vec<(String, String)>,
    /// Whether a page would load the release.
    release: bool,
}

impl Case {
    pub fn new(name: &'static str, from: &Folder, arguments: &str) -> Self {
        let arguments = arguments.split(' ').map(str::to_owned).collect();
        Self { name, from: from.clone(), arguments, environment: Vec::new(), expected: OnceLock::new() }
    }

    /// The daily job on the last day.
    pub fn run(name: &'static str, from: &Folder) -> Self {
        Self::new(name, from, &format!("run --date {}", prepared().last))
    }

    /// A training of the session model on the last days.
    pub fn train(name: &'static str) -> Self {
        let from = prepared().from;
        let arguments = format!("train --target session --algorithm linear --force --from {from}");
        Self::new(name, &prepared().folded, &arguments)
    }

    pub fn command(&self, folder: &Folder) -> Command {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let mut command = Inkling::new(folder).command(&arguments);
        command.env("INKLING__EVENTS", &prepared().export).env("INKLING__WAREHOUSE", "warehouse");
        command.env("INKLING__RUN__LEASE_SECONDS", "1").env("INKLING__RELEASE__WEB", "web");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn start(&self, folder: &Folder) -> Child {
        self.command(folder).spawn().expect("the program starts")
    }

    /// The same command on another folder, to the same end.
    pub fn from(self, folder: &Folder) -> Self {
        Self { from: folder.clone(), ..self }
    }

    /// Its end is that of another command.
    pub fn ends_as(self, other: &Self) -> Self {
        Self { expected: OnceLock::from(Arc::clone(other.outcome())), ..self }
    }

    /// What it gives undisturbed.
    pub fn expected(&self) -> &Outcome {
        self.outcome()
    }

    fn outcome(&self) -> &Arc<Outcome> {
        self.expected.get_or_init(|| {
            let folder = self.from.copy(&format!("crash-{}-undisturbed", self.name));
            self.finish(&folder, "undisturbed");
            Arc::new(outcome(&folder))
        })
    }

    /// Runs it to its end.
    pub fn finish(&self, folder: &Folder, what: &str) {
        let ran = Ran::of(self.command(folder).output().unwrap());
        assert_eq!(ran.code, 0, "{}, {what}: {}", self.name, ran.stderr);
    }

    /// Repeats it after what happened, to the same end.
    pub fn same_end(&self, folder: &Folder, what: &str) {
        self.ends(folder, what, false);
    }

    /// The same, where the attempts before may have been recorded as failed.
    pub fn same_end_after_failures(&self, folder: &Folder, what: &str) {
        self.ends(folder, what, true);
    }

    fn ends(&self, folder: &Folder, what: &str, may_have_failed: bool) {
        self.finish(folder, what);
        let left: Vec<String> = leftovers(folder);
        assert!(left.is_empty(), "{}, {what}: left over: {left:?}", self.name);
        let (mut found, expected) = (outcome(folder), self.expected());
        if may_have_failed {
            found.runs.retain(|(_, status)| status == "done");
        }
        if found == *expected {
            return;
        }
        let names = found.files.keys().chain(expected.files.keys());
        let other: Vec<&String> = names.filter(|name| found.files.get(*name) != expected.files.get(*name)).collect();
        panic!("{}, {what}: other files {other:?}, runs {:?} not {:?}", self.name, found.runs, expected.runs);
    }

    /// What counts after others have worked, too: the tables are its own, its run is the day's last one, and the monitor has
    /// looked at that.
    pub fn counts(&self, folder: &Folder, what: &str) {
        let (found, expected) = (outcome(folder), self.expected());
        assert!(found.files == expected.files, "{}, {what}: other files", self.name);
        assert_eq!(found.runs.last(), expected.runs.last(), "{}, {what}", self.name);
        let warehouse = LocalWarehouse::open(folder.at("warehouse")).unwrap();
        let health = HEALTH.read(&warehouse, prepared().last).unwrap();
        let looked_at: Vec<&str> = health.iter().map(|row| row[1].text()).collect();
        assert_eq!(looked_at, [found.runs.last().unwrap().0.as_str()], "{}, {what}: figures of another run", self.name);
    }

    /// Dies at a point, and is repeated.
    pub fn dies_at(&self, point: &str) {
        let folder = self.from.copy(&format!("crash-{}-{}", self.name, point.replace(':', "-")));
        let child = self.command(&folder).env("INKLING_FAILPOINT", point).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.signal(), Some(SIGABRT), "{}: {point} was not reached: {said}", self.name);
        self.nothing_is_torn(&folder, point);
        self.same_end(&folder, point);
        let _ = std::fs::remove_dir_all(folder.path());
    }

    /// What readers see until the command is repeated: of each partition and object the old one or the new one.
    pub fn nothing_is_torn(&self, folder: &Folder, what: &str) {
        let (old, new, now) = (files_of(&self.from), &self.expected().files, files_of(folder));
        let staged = |name: &str| name.contains("/.tmp-") || name.contains("/.old-");
        for (name, bytes) in now.iter().filter(|(name, _)| !staged(name)) {
            let whole = [old.get(name), new.get(name)].contains(&Some(bytes));
            assert!(whole, "{}, {what}: {name} is neither the old one nor the new one", self.name);
        }
        for (name, bytes) in &old {
            // Put away, it comes back when the warehouse is opened.
            let away = name.replace("/date=", "/.old-");
            let there = now.contains_key(name) || now.get(&away) == Some(bytes);
            assert!(there, "{}, {what}: {name} is gone", self.name);
        }
        if folder.at(RELEASE).is_file() {
            let _ = Inkling::new(folder).json(&["release", "verify", "--warehouse", "warehouse"]);
        }
    }
}

const RELEASE: &str = "warehouse/store/release/release.json";

/// Tables and objects that hold no times.
fn files_of(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    let tables = ["events_clean", "visitor_state", "scores", "snapshots", "store"].map(|t| format!("warehouse/{t}"));
    let tables: Vec<&str> = tables.iter().map(String::as_str).filter(|table| folder.at(table).is_dir()).collect();
    let mut files = folder.contents(&tables);
    // Lock and what is being written are the writer's alone; the documents of a release are signed with their time and
    // number, and what was done to a model is kept with its time.
    let signed = |name: &str| name.starts_with("warehouse/store/release/") && name.ends_with(".json");
    files.retain(|name, _| {
        let own = ["warehouse/store/.lock", "warehouse/store/.writing"].contains(&name.as_str());
        !own && !signed(name) && !name.ends_with("/forced.json") && !name.ends_with("/lineage.json")
    });
    // Of the promotions, all but their times.
    for (_, bytes) in files.iter_mut().filter(|(name, _)| name.contains("/models/in-service-")) {
        let mut pointer: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        for promotion in pointer["history"].as_array_mut().unwrap() {
            promotion["at"] = serde_json::Value::Null;
        }
        *bytes = pointer.to_string().into_bytes();
    }
    files
}

fn outcome(folder: &Folder) -> Outcome {
    let mut files = files_of(folder);
    files.insert("profile".into(), std::fs::read(folder.at("warehouse/profile.toml")).unwrap());
    let release = folder.at(RELEASE).is_file();
    if release {
        let _ = Inkling::new(folder).json(&["release", "verify", "--warehouse", "warehouse"]);
    }
    let warehouse = LocalWarehouse::open(folder.at("warehouse")).unwrap();
    let runs = read_runs(&warehouse as &dyn Warehouse).unwrap();
    Outcome { files, runs: runs.into_iter().map(|run| (run.run_id, run.status)).collect(), release }
}

/// What a writer that died may leave, and its successor must not.
pub fn leftovers(folder: &Folder) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.at("warehouse")];
    while let Some(path) = folders.pop() {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if [".tmp-", ".old-", ".parts-"].iter().any(|start| name.starts_with(start)) {
                found.push(path.display().to_string());
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

/// Does `work` with all of them, some at a time.
pub fn for_each<T: Sync>(all: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(all.len()) {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(one);
                }
            });
        }
    });
}
