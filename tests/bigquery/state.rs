//! What the server knows, and its answers when nothing is wrong.

use super::http::{Answer, error};
use super::jobs::{End, Job};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Everything in the one project `p`, in the location `EU`.
pub struct State {
    /// Datasets by name.
    pub datasets: BTreeMap<String, Value>,
    /// Tables by `DATASET.TABLE`.
    pub tables: BTreeMap<String, Value>,
    /// Rows of insertAll by table and `insertId`.
    pub inserted: BTreeMap<(String, String), Value>,
    /// Jobs by their id.
    pub jobs: BTreeMap<String, Job>,
    /// How the next new jobs end; well, when there is none.
    pub ends: VecDeque<End>,
    /// How often a job is told to run before it is done.
    pub polls: u32,
    /// How long ago jobs were made that are submitted, in milliseconds.
    pub ago: i64,
    /// What a dry run tells.
    pub bytes: i64,
    /// What a query is billed for.
    pub billed: i64,
    /// What a load tells.
    pub loaded: i64,
    /// The rows of every query of jobs.query.
    pub rows: Vec<Vec<Value>>,
    /// Rows on a page of results.
    pub page: usize,
    /// How many answers tell that a query still runs.
    pub slow: u32,
    /// Jobs of jobs.query by `requestId`.
    pub queries: BTreeMap<String, String>,
    /// What the Storage Read API gives, and in how many streams.
    pub arrow: RecordBatch,
    pub streams: usize,
    /// The conditions and columns of the sessions that were made.
    pub sessions: Vec<(String, Vec<String>)>,
}

impl Default for State {
    fn default() -> Self {
        let (datasets, tables, inserted) = Default::default();
        let (jobs, ends, queries, sessions) = Default::default();
        let rows = vec![vec![json!("a"), json!("1")], vec![Value::Null, json!("2")]];
        let mut state = Self {
            datasets,
            tables,
            inserted,
            jobs,
            ends,
            polls: 1,
            ago: 0,
            bytes: 1_000,
            billed: 10_485_760,
            loaded: 3,
            rows,
            page: 1_000,
            slow: 0,
            queries,
            arrow: arrow(10),
            streams: 2,
            sessions,
        };
        state.dataset("d");
        state.table("d.old", &[("date", "DATE"), ("a", "STRING")]);
        state
    }
}

/// Rows 0 to `rows` with their number, as a number and as text.
pub fn arrow(rows: i64) -> RecordBatch {
    let schema =
        Schema::new(vec![Field::new("number", DataType::Int64, true), Field::new("text", DataType::Utf8, true)]);
    let numbers = Int64Array::from_iter_values(0..rows);
    let texts = StringArray::from_iter_values((0..rows).map(|row| row.to_string()));
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(numbers) as ArrayRef, Arc::new(texts)]).unwrap()
}

impl State {
    /// Makes a dataset.
    pub fn dataset(&mut self, name: &str) {
        let reference = json!({"projectId": "p", "datasetId": name});
        let dataset = json!({"kind": "bigquery#dataset", "datasetReference": reference, "location": "EU"});
        self.datasets.insert(name.to_owned(), dataset);
    }

    /// Makes a table `DATASET.TABLE` with columns.
    pub fn table(&mut self, name: &str, columns: &[(&str, &str)]) {
        let fields: Vec<Value> = columns.iter().map(|(name, of)| json!({"name": name, "type": of})).collect();
        self.table_of(name, json!(fields));
    }

    /// Makes a table with a schema.
    pub fn table_of(&mut self, name: &str, fields: Value) {
        let (dataset, table) = name.split_once('.').unwrap();
        let reference = json!({"projectId": "p", "datasetId": dataset, "tableId": table});
        let mut made = json!({"kind": "bigquery#table", "tableReference": reference, "numRows": "10"});
        made["numBytes"] = json!("100");
        made["lastModifiedTime"] = json!("1700000000000");
        made["schema"] = json!({ "fields": fields });
        self.tables.insert(name.to_owned(), made);
    }

    /// The answer to a call.
    pub fn answer(&mut self, call: &str, project: &str, rest: &[&str], query: &str, body: &Value) -> Answer {
        if project != "p" {
            return error(404, "notFound", &format!("Not found: Project {project}"));
        }
        match call {
            "jobs.insert" => self.insert_job(body),
            "jobs.get" => self.get_job(rest[1]),
            "jobs.query" => self.query(body),
            "jobs.getQueryResults" => self.results(rest[1], query),
            "datasets.get" => self.get_dataset(rest[1]),
            "datasets.insert" => self.insert_dataset(body),
            "tables.list" => self.list_tables(rest[1], query),
            "tables.get" => self.get_table(rest[1], rest[3]),
            "tables.insert" => self.insert_table(rest[1], body),
            "tables.patch" => self.patch_table(rest[1], rest[3], body),
            "tables.delete" => self.delete_table(rest[1], rest[3]),
            "tabledata.insertAll" => self.insert_all(rest[1], rest[3], body),
            other => panic!("{other}"),
        }
    }
}
