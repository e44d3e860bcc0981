//! A site on Google Cloud: an export, a dataset, a place in the bucket, and the program that works on them.

use super::export::{Files, PROFILE, below, small, table};
use super::stand_ins::{Google, google};
use batch_service::bigquery::{BigQuery, DatasetName, JobWork, Load, Query, Row, TableInfo, TableName};
use batch_service::fingerprint::sha256;
use batch_service::store::{CloudStore, ObjectStore};
use conformance::world::{Folder, Inkling, Ran};
use jiff::civil::Date;
use serde_json::Value;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// One warehouse.
pub struct Cloud {
    pub google: Arc<Google>,
    pub folder: Folder,
    pub bigquery: BigQuery,
    /// The dataset of the tables.
    pub dataset: DatasetName,
    /// The dataset of the export.
    pub export: DatasetName,
    /// `gs://` address of models and releases.
    pub store: String,
    inkling: Inkling,
    processes: AtomicU32,
    statements: AtomicU32,
}

impl Cloud {
    /// With an empty export and an empty store; the program makes the dataset of the tables.
    pub fn start(name: &str) -> Self {
        let google = google();
        let bigquery = BigQuery::open(&google.config).unwrap();
        let export = DatasetName::parse(&format!("{}analytics_{name}", google.prefix), bigquery.project()).unwrap();
        bigquery.ensure_dataset(&export).unwrap();
        let cloud = Self::beside(google, bigquery, name, export);
        cloud.prepared()
    }

    /// On the export of another, with a warehouse and a store of its own.
    pub fn on_export_of(other: &Self, name: &str) -> Self {
        let google = Arc::clone(&other.google);
        let bigquery = BigQuery::open(&google.config).unwrap();
        Self::beside(google, bigquery, name, other.export.clone()).prepared()
    }

    fn beside(google: Arc<Google>, bigquery: BigQuery, name: &str, export: DatasetName) -> Self {
        let folder = Folder::fresh(&format!("google-cloud-{name}"));
        let inkling = Inkling::new(&folder);
        let dataset = DatasetName::parse(&format!("{}inkling_{name}", google.prefix), bigquery.project()).unwrap();
        let store = format!("{}/{}{name}", google.bucket, google.prefix);
        let (processes, statements) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { google, folder, bigquery, dataset, export, store, inkling, processes, statements }
    }

    /// The dataset of the views, its own: those of all tests are in one project.
    pub fn reporting(&self) -> String {
        format!("{}_reporting", self.dataset.dataset)
    }

    fn prepared(self) -> Self {
        self.folder.write("web/scorer.wasm", b"\0asm, as far as the store is concerned");
        self.folder.write("web/loader.js", "// loads");
        self
    }

    /// The small university: its last days in the export, its model in the store, and some of them in the warehouse.
    pub fn small(name: &str, folded: std::ops::RangeInclusive<usize>) -> Self {
        let cloud = Self::start(name);
        for day in &small().files.days[4..] {
            cloud.put(&small().files, *day);
        }
        cloud.fill(folded);
        cloud
    }

    /// Puts the small university's model into the store, and days into the warehouse.
    pub fn fill(&self, folded: std::ops::RangeInclusive<usize>) {
        let small = small();
        let store = CloudStore::open(&self.store, &self.google.config).unwrap();
        for file in below(&small.store) {
            let name = file.strip_prefix(&small.store).unwrap().to_string_lossy().into_owned();
            store.put_new(&name, &std::fs::read(&file).unwrap()).unwrap();
        }
        let (from, to) = (small.files.days[*folded.start()].to_string(), small.files.days[*folded.end()].to_string());
        let done = self.json(&["backfill", "--profile", PROFILE, "--from", &from, "--to", &to]);
        assert_eq!(done["days_folded"], folded.count(), "{done}");
    }

    /// Loads a day's file as its table, in place of what it held.
    pub fn put(&self, files: &Files, day: Date) {
        self.load(&self.export.table(&table(day)).unwrap(), &std::fs::read(files.of(day)).unwrap());
    }

    /// Loads a Parquet file.
    pub fn load(&self, into: &TableName, bytes: &[u8]) {
        let store = CloudStore::open(&self.store, &self.google.config).unwrap();
        let name = format!("tests/{}.parquet", sha256(bytes));
        store.put_new(&name, bytes).unwrap();
        let load = Load { uris: vec![store.uri(&name).unwrap()], into: into.clone() };
        self.bigquery.run(&self.job(), &JobWork::Load(load)).unwrap();
        // BigQuery keeps the levels that Parquet has for lists; an export has none.
        let info = self.bigquery.table(into).unwrap().unwrap();
        let lists = info.fields.iter().filter_map(|field| match &field.fields[..] {
            [list] if list.name == "list" => {
                let (name, element) = (&field.name, &list.fields[0].name);
                Some(format!("ARRAY(SELECT l.{element} FROM UNNEST({name}.list) AS l) AS {name}"))
            }
            _ => None,
        });
        let lists: Vec<String> = lists.collect();
        if !lists.is_empty() {
            self.execute(&format!(
                "CREATE OR REPLACE TABLE `{into}` AS SELECT * REPLACE ({}) FROM `{into}`",
                lists.join(", ")
            ));
        }
    }

    /// Runs a statement that gives no rows.
    pub fn execute(&self, sql: &str) {
        let query = Query { sql: sql.to_owned(), params: Vec::new() };
        self.bigquery.run(&self.job(), &JobWork::Query(query)).unwrap_or_else(|e| panic!("{sql}: {e:#}"));
    }

    fn job(&self) -> String {
        let number = self.statements.fetch_add(1, Ordering::Relaxed);
        format!("test_{}_{}_{number}", self.dataset.dataset, std::process::id())
    }

    /// The rows of a small SELECT.
    pub fn select(&self, sql: &str) -> Vec<Row> {
        self.bigquery.select("the test", sql, &[]).unwrap_or_else(|e| panic!("{sql}: {e:#}"))
    }

    /// A table of the warehouse.
    pub fn table(&self, name: &str) -> TableName {
        self.dataset.table(name).unwrap()
    }

    /// What is known of a table.
    pub fn described(&self, name: &str) -> TableInfo {
        self.bigquery.table(&self.table(name)).unwrap().unwrap_or_else(|| panic!("no table {name}"))
    }

    /// A call that is not made yet, with a scratch folder of its own, as if on a machine of its own.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.inkling.command(arguments);
        let config = &self.google.config;
        let number = self.processes.fetch_add(1, Ordering::Relaxed);
        let set = |command: &mut Command, name: &str, value: &Option<String>| {
            if let Some(value) = value {
                command.env(format!("INKLING__CLOUD__{name}"), value);
            }
        };
        command.env_remove("STORAGE_EMULATOR_HOST").env("INKLING__RELEASE__WEB", self.folder.at("web"));
        set(&mut command, "PROJECT", &config.project);
        set(&mut command, "BIGQUERY_ENDPOINT", &config.bigquery_endpoint);
        set(&mut command, "BIGQUERY_STORAGE_ENDPOINT", &config.bigquery_storage_endpoint);
        set(&mut command, "STORAGE_ENDPOINT", &config.storage_endpoint);
        set(&mut command, "LOCATION", &config.location);
        command.env("INKLING__CLOUD__DATASET", &self.dataset.dataset);
        command.env("INKLING__DASHBOARD__DATASET", self.reporting());
        command.env("INKLING__CLOUD__SCRATCH", self.folder.at(&format!("scratch-{number}")));
        command.env("INKLING__EVENTS", format!("bigquery://{}", self.export));
        command.env("INKLING__WAREHOUSE", "bigquery").env("INKLING__STORE", &self.store);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Calls the program.
    pub fn call(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("the program starts"))
    }

    /// The same with `--output json`, which must succeed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        done(&self.call(&[arguments, &["--output", "json"]].concat()))
    }

    /// The daily job of a day.
    pub fn run(&self, day: Date) -> Value {
        self.json(&["run", "--date", &day.to_string()])
    }
}

/// What a call printed that must have succeeded.
pub fn done(ran: &Ran) -> Value {
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}", ran.stdout))
}
