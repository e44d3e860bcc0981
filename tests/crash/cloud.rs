//! The warehouse in BigQuery: killed at every request that changes anything, and at random moments.

use super::case::{SIGABRT, SIGKILL, prepared};
use super::proxy::{Moment, Proxy, Watch};
use conformance::world::http::send;
use conformance::world::{BUCKET, BigQuery, BucketServer, Folder, Inkling, Ran, Random};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Columns of rows that hold neither times nor lease numbers; figures of the monitor stand for its other tables, some of
/// which tell when a run was.
const TABLES: [(&str, &str, &str); 6] = [
    ("events_clean", "*", ""),
    ("visitor_state", "*", ""),
    ("scores", "*", ""),
    ("monitor_scores", "*", ""),
    ("monitor_drift", "*", ""),
    ("published", "date, table_name, version, row_count", "WHERE table_name NOT LIKE 'monitor_%'"),
];

/// Stand-ins with a proxy in front of each.
struct Cloud {
    buckets: BucketServer,
    bigquery: BigQuery,
    watch: Arc<Watch>,
    rest: Proxy,
    objects: Proxy,
    folder: Folder,
}

/// A dataset and a folder in the bucket of the same name.
struct Warehouse<'a> {
    cloud: &'a Cloud,
    name: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Dump {
    /// Rows as text, sorted, by table.
    rows: BTreeMap<String, Vec<String>>,
    /// MD5 of objects, by name.
    objects: BTreeMap<String, String>,
}

impl Cloud {
    fn start(name: &str) -> Self {
        let folder = Folder::fresh(name);
        let buckets = BucketServer::start();
        let bigquery = BigQuery::start(&folder, "p", Some(&buckets.url()));
        let watch = Arc::new(Watch::default());
        let rest = Proxy::start(&bigquery.rest(), &watch);
        let objects = Proxy::start(&buckets.url(), &watch);
        Self { buckets, bigquery, watch, rest, objects, folder }
    }

    /// An empty dataset that is not made yet, with the models and the profile of the prepared site.
    fn warehouse(&self, name: &str) -> Warehouse<'_> {
        let local = &prepared().filled;
        let put = |to: &str, file: &str| {
            let bytes = std::fs::read(local.at(file)).unwrap();
            assert_eq!(self.buckets.overwrite(&format!("{name}/{to}").replace('/', "%2F"), &bytes).status, 200);
        };
        for file in local.files("warehouse/store/models").keys() {
            put(file.trim_start_matches("warehouse/store/"), file);
        }
        put("profile.toml", "warehouse/profile.toml");
        Warehouse { cloud: self, name: name.to_owned() }
    }
}

impl Warehouse<'_> {
    fn run(&self, export: &Path) -> Command {
        let date = prepared().last.to_string();
        let mut command = Inkling::new(&self.cloud.folder).command(&["run", "--date", &date]);
        command.env("INKLING__EVENTS", export).env("INKLING__WAREHOUSE", "bigquery");
        command
            .env("INKLING__STORE", format!("gs://{BUCKET}/{}", self.name))
            .env("INKLING__CLOUD__DATASET", &self.name);
        command.env("INKLING__CLOUD__PROJECT", self.cloud.bigquery.project());
        command.env("INKLING__CLOUD__SCRATCH", self.cloud.folder.at(&format!("scratch-{}", self.name)));
        command.env("INKLING__CLOUD__BIGQUERY_ENDPOINT", &self.cloud.rest.url);
        command.env("INKLING__CLOUD__BIGQUERY_STORAGE_ENDPOINT", self.cloud.bigquery.grpc());
        command.env("STORAGE_EMULATOR_HOST", &self.cloud.objects.url).env("INKLING__RUN__LEASE_SECONDS", "1");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs to the end; what it has changed.
    fn whole(&self, export: &Path, what: &str) -> Vec<String> {
        self.cloud.watch.plan(None);
        let ran = Ran::of(self.run(export).output().unwrap());
        assert_eq!(ran.code, 0, "{}, {what}: {}", self.name, ran.stderr);
        self.cloud.watch.done()
    }

    /// Is killed at a request.
    fn killed_at(&self, export: &Path, what: &str, moment: Moment) {
        self.cloud.watch.plan(Some((what, moment)));
        let process = self.run(export).spawn().unwrap();
        self.cloud.watch.process(process.id());
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(SIGKILL), "{moment:?} {what}: not reached: {said}");
    }

    fn dump(&self) -> Dump {
        let mut dump = Dump::default();
        for (table, columns, which) in TABLES {
            let rows = self.cloud.bigquery.query(&format!("SELECT {columns} FROM {}.{table} {which}", self.name));
            let mut rows: Vec<String> = rows.iter().map(Value::to_string).collect();
            rows.sort_unstable();
            dump.rows.insert(table.into(), rows);
        }
        for (name, hash) in self.objects() {
            let name = name.trim_start_matches(&format!("{}/", self.name)).to_owned();
            // Which views were made is said of a dataset's name.
            let own = ["leases/", "dashboard/", "staging/monitor_"].iter().any(|start| name.starts_with(start));
            if !own {
                dump.objects.insert(name, hash);
            }
        }
        dump
    }

    fn objects(&self) -> Vec<(String, String)> {
        let path = format!("/storage/v1/b/{BUCKET}/o?maxResults=1000&prefix={}%2F", self.name);
        let listed = send(&self.cloud.buckets.address, "GET", &path, &[], b"").json();
        assert!(listed["nextPageToken"].is_null());
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        listed["items"].as_array().unwrap().iter().map(|o| (text(&o["name"]), text(&o["md5Hash"]))).collect()
    }

    /// Runs that are recorded, and tables.
    fn runs(&self) -> (usize, BTreeSet<String>) {
        let runs = self.cloud.bigquery.query(&format!("SELECT run_id, status FROM {}.runs", self.name));
        assert!(runs.iter().all(|run| run["status"] == "done"), "{runs:?}");
        let (_, listed) = self.cloud.bigquery.call("GET", &format!("datasets/{}/tables", self.name), None);
        let tables = listed["tables"].as_array().unwrap().iter();
        (runs.len(), tables.map(|t| t["tableReference"]["tableId"].as_str().unwrap().to_owned()).collect())
    }

    /// Repeats what was killed; the end must be as expected.
    fn same_end(&self, export: &Path, runs: usize, expected: &Dump, what: &str) {
        self.whole(export, what);
        let found = self.dump();
        for (table, rows) in &expected.rows {
            assert!(found.rows[table] == *rows, "{}, {what}: other rows of {table}", self.name);
        }
        assert_eq!(found.objects, expected.objects, "{}, {what}", self.name);
        let (recorded, tables) = self.runs();
        assert_eq!(recorded, runs, "{}, {what}: recorded runs", self.name);
        // Who is killed after the monitor's figures are published has nothing left to do; what is staged expires in a day.
        let left = |table: &String| !table.starts_with("staging_monitor_");
        let (monitor, others): (BTreeSet<String>, BTreeSet<String>) =
            tables.into_iter().filter(left).partition(|table| table.starts_with("monitor_"));
        let named = ["events_clean", "published", "runs", "scores", "visitor_state"].map(str::to_owned);
        assert_eq!(others, BTreeSet::from(named), "{}, {what}", self.name);
        assert!(monitor.len() > 10, "{}, {what}: {monitor:?}", self.name);
    }
}

/// The same day as it was, and as it is.
fn exports() -> [PathBuf; 2] {
    let export = &prepared().export;
    [export.clone(), export.with_file_name("early")]
}

fn unique(all: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    all.iter().filter(|what| seen.insert(*what)).cloned().collect()
}

#[test]
fn at_every_request_that_changes_anything() {
    let cloud = Cloud::start("crash-cloud");
    let undisturbed = cloud.warehouse("undisturbed");
    let exports = exports();
    let made = undisturbed.whole(&exports[0], "undisturbed");
    let mut expected = [undisturbed.dump(), Dump::default()];
    let changed = undisturbed.whole(&exports[1], "undisturbed");
    expected[1] = undisturbed.dump();
    assert!(expected[0].rows["scores"] != expected[1].rows["scores"]);
    let both = expected[1].objects.clone();
    let start = std::time::Instant::now();

    // What happens only in an empty project.
    let first: Vec<String> = unique(&made).into_iter().filter(|what| !changed.contains(what)).collect();
    println!("first {first:?}, then {changed:?}");
    for (all, number) in [(&first, 6), (&changed, 16)] {
        assert!(all.len() >= number, "{all:?}");
    }
    // Of tables that are treated alike the first one, and of the day's loads also the last one. The monitor publishes in the
    // same way, once the run is recorded.
    let alike = |what: &String| {
        let kept = ["job inkling_load_monitor_health", "remove staging_monitor_health"];
        let of_monitor = what.contains("monitor_") && !kept.contains(&what.as_str());
        let view = what.contains("inkling_view_") && !what.ends_with("v_health_today");
        let scores = what.ends_with("scores") && !what.starts_with("job inkling_load");
        of_monitor || view || scores || what.ends_with("visitor_state")
    };
    let chosen = |all: &[String]| unique(all).into_iter().filter(|what| !alike(what));
    for (number, what) in chosen(&first).enumerate() {
        let warehouse = cloud.warehouse(&format!("first{number}"));
        warehouse.killed_at(&exports[0], &what, Moment::After);
        warehouse.same_end(&exports[0], 1, &expected[0], &what);
    }

    // From then on the day becomes what it was and what it is in turns, in one warehouse.
    let warehouse = cloud.warehouse("turns");
    let mut at = 0;
    warehouse.whole(&exports[at], "turns");
    let mut points: Vec<(String, Moment)> = chosen(&changed).map(|what| (what, Moment::After)).collect();
    points.extend(["job inkling_publish", "insert into runs"].map(|what| (what.to_owned(), Moment::Before)));
    for (number, (what, moment)) in points.iter().enumerate() {
        at = 1 - at;
        warehouse.killed_at(&exports[at], what, *moment);
        // Staged objects of both contents are there from the second run on.
        let mut expected = expected[at].clone();
        expected.objects.clone_from(&both);
        warehouse.same_end(&exports[at], number + 2, &expected, &format!("{moment:?} {what}"));
    }
    // Renewing goes on beside everything else.
    at = 1 - at;
    cloud.watch.plan(None);
    let died = warehouse.run(&exports[at]).env("INKLING_FAILPOINT", "lease.renewed").output().unwrap();
    assert_eq!(died.status.signal(), Some(SIGABRT), "{}", String::from_utf8_lossy(&died.stderr));
    let mut expected = expected[at].clone();
    expected.objects.clone_from(&both);
    warehouse.same_end(&exports[at], points.len() + 2, &expected, "lease.renewed");
    println!("{} + {} points in {:?}", chosen(&first).count(), points.len(), start.elapsed());
}

/// So many of the cloud's runs are killed at random moments.
const KILLS: usize = 10;

#[test]
fn at_random_moments() {
    let cloud = Cloud::start("crash-cloud-random");
    let undisturbed = cloud.warehouse("undisturbed");
    let exports = exports();
    undisturbed.whole(&exports[0], "undisturbed");
    let mut expected = [undisturbed.dump(), Dump::default()];
    let start = std::time::Instant::now();
    undisturbed.whole(&exports[1], "undisturbed");
    let takes = start.elapsed();
    expected[1] = undisturbed.dump();
    expected[0].objects = expected[1].objects.clone();
    let warehouse = cloud.warehouse("turns");
    warehouse.whole(&exports[0], "turns");
    let (mut random, mut killed) = (Random::of(20_261_007), 0);
    // A moment after the end of a run kills nobody.
    for number in 1..=KILLS * 8 {
        if killed >= KILLS {
            break;
        }
        let at = number % 2;
        for _ in 0..1 + usize::from(random.draw() < 0.3) {
            cloud.watch.plan(None);
            let mut process = warehouse.run(&exports[at]).spawn().unwrap();
            let moment = takes.mul_f64(random.draw());
            std::thread::sleep(moment.max(Duration::from_millis(30)));
            let _ = process.kill();
            let output = process.wait_with_output().unwrap();
            killed += usize::from(output.status.signal() == Some(SIGKILL));
        }
        warehouse.same_end(&exports[at], number + 1, &expected[at], &format!("random {number}"));
    }
    println!("{killed} killed in runs of {takes:?}, {:?}", start.elapsed());
    assert!(killed >= KILLS, "{killed} were killed");
}
