//! BigQuery on this machine: local-bigquery with the corrections in `tests/local_bigquery`.

use super::folder::{Folder, repository};
use super::http::{Answer, send};
use super::python::cache;
use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server with one project and no datasets, until it is dropped.
#[derive(Debug)]
pub struct BigQuery {
    process: Child,
    project: String,
    rest: String,
    grpc: String,
}

/// The Python that local-bigquery runs on, with Google's client of the Storage Read API and pyarrow.
///
/// Panics with the command that mends it when it is not there.
#[must_use]
pub fn stand_in_python() -> PathBuf {
    let folder = cache().join("local-bigquery");
    let made_from = ["scripts/setup-bigquery-stand-in", "tests/local_bigquery/requirements.txt"];
    let wanted = made_from.map(|file| std::fs::read(repository().join(file)).expect(file)).concat();
    let installed = std::fs::read(folder.join("installed")).unwrap_or_default();
    assert!(installed == wanted, "{} is not what it should be: scripts/setup check", folder.display());
    folder.join("python")
}

impl BigQuery {
    /// Starts it with its data in the folder `bigquery` of a test. `gs://` is at the bucket server, if given
    /// (`BucketServer::url`).
    #[must_use]
    pub fn start(folder: &Folder, project: &str, bucket_server: Option<&str>) -> Self {
        let data = folder.at("bigquery");
        std::fs::create_dir_all(&data).unwrap();
        let log = std::fs::File::create(folder.at("bigquery.log")).unwrap();
        let mut command = Command::new(stand_in_python());
        command.arg("-B").arg(repository().join("tests/local_bigquery/serve.py"));
        command.args(["--project", project, "--until-stdin-ends", "--data-dir"]).arg(&data);
        if let Some(url) = bucket_server {
            command.args(["--bucket-server", url]);
        }
        // It ends with its standard input, also when this process does not end well.
        let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().expect("Python starts");
        let mut server = Self { process, project: project.to_owned(), rest: String::new(), grpc: String::new() };
        let mut line = String::new();
        BufReader::new(server.process.stdout.take().expect("stdout")).read_line(&mut line).unwrap();
        let log = folder.at("bigquery.log");
        let said = || format!("local-bigquery does not start: {}", std::fs::read_to_string(&log).unwrap_or_default());
        let addresses: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{}", said()));
        server.rest = addresses["rest"].as_str().unwrap().to_owned();
        server.grpc = addresses["grpc"].as_str().unwrap().to_owned();
        // Its first answer comes when its tables are open.
        let start = Instant::now();
        while server.call("GET", "datasets", None).0 != 200 {
            assert!(start.elapsed() < Duration::from_secs(60), "{}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// The project that it was started with.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Where REST is: `http://127.0.0.1:PORT`, below which `/bigquery/v2/projects/...` lies.
    #[must_use]
    pub fn rest(&self) -> String {
        format!("http://{}", self.rest)
    }

    /// Where gRPC (Storage Read API) is, without TLS: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn grpc(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// A request below the project, such as `GET datasets/d/tables`: status and JSON, null where there is none.
    #[must_use]
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let path = format!("/bigquery/v2/projects/{}/{path}", self.project);
        let bytes = body.map_or_else(Vec::new, |body| serde_json::to_vec(body).unwrap());
        told(&send(&self.rest, method, &path, &[("Content-Type", "application/json")], &bytes))
    }

    /// Makes a dataset.
    pub fn dataset(&self, name: &str) {
        let body = json!({"datasetReference": {"projectId": self.project, "datasetId": name}});
        let (status, made) = self.call("POST", "datasets", Some(&body));
        assert_eq!(status, 200, "{made}");
    }

    /// Makes a table from fields of BigQuery's JSON schema; `more` is whatever else `tables.insert` takes.
    pub fn table(&self, dataset: &str, name: &str, fields: &Value, more: &Value) {
        let mut body = json!({
            "tableReference": {"projectId": self.project, "datasetId": dataset, "tableId": name},
            "schema": {"fields": fields},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        let (status, made) = self.call("POST", &format!("datasets/{dataset}/tables"), Some(&body));
        assert_eq!(status, 200, "{made}");
    }

    /// What `tables.get` says.
    #[must_use]
    pub fn described(&self, dataset: &str, name: &str) -> Value {
        let (status, table) = self.call("GET", &format!("datasets/{dataset}/tables/{name}"), None);
        assert_eq!(status, 200, "{table}");
        table
    }

    /// Replaces a table by a file in `PARQUET` or `NEWLINE_DELIMITED_JSON`; makes it if need be. Gives its rows.
    ///
    /// Parquet brings its schema along, JSON needs the fields.
    pub fn load(&self, dataset: &str, table: &str, format: &str, fields: Option<&Value>, bytes: &[u8]) -> u64 {
        let mut load = json!({
            "destinationTable": {"projectId": self.project, "datasetId": dataset, "tableId": table},
            "sourceFormat": format, "writeDisposition": "WRITE_TRUNCATE",
        });
        if let Some(fields) = fields {
            load["schema"] = json!({"fields": fields});
        }
        let job = json!({"configuration": {"load": load}});
        let mut body = format!("--inkling-part\r\nContent-Type: application/json\r\n\r\n{job}\r\n--inkling-part\r\n");
        body.push_str("Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n");
        let body = [body.as_bytes(), bytes, b"\r\n--inkling-part--\r\n"].concat();
        let path = format!("/upload/bigquery/v2/projects/{}/jobs?uploadType=multipart", self.project);
        let parts = [("Content-Type", "multipart/related; boundary=inkling-part")];
        let (status, job) = told(&send(&self.rest, "POST", &path, &parts, &body));
        assert_eq!(status, 200, "{job}");
        let job = self.done(&job);
        job["statistics"]["load"]["outputRows"].as_str().unwrap().parse().unwrap()
    }

    /// Loads a day of the export, `.../events_YYYYMMDD.parquet`, as the table of that name.
    pub fn day(&self, dataset: &str, file: &Path) -> u64 {
        let name = file.file_stem().unwrap().to_str().unwrap();
        self.load(dataset, name, "PARQUET", None, &std::fs::read(file).unwrap())
    }

    /// Runs a statement or a script. The rows of its last query, as objects of texts, nulls, arrays and objects.
    pub fn query(&self, sql: &str) -> Vec<Value> {
        self.tried(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The same, or the server's message against it.
    pub fn tried(&self, sql: &str) -> Result<Vec<Value>, String> {
        let body = json!({"query": sql, "useLegacySql": false, "timeoutMs": 300_000});
        let (status, answer) = self.call("POST", "queries", Some(&body));
        if status != 200 {
            return Err(answer["error"]["message"].as_str().unwrap_or_default().to_owned());
        }
        assert!(answer["jobComplete"] == true && answer["pageToken"].is_null(), "{answer}");
        let empty = Vec::new();
        let fields = answer["schema"]["fields"].as_array().unwrap_or(&empty);
        let rows = answer["rows"].as_array().unwrap_or(&empty);
        Ok(rows.iter().map(|row| record(fields, row)).collect())
    }

    /// The job once it is over. Panics where it has failed.
    #[must_use]
    pub fn done(&self, job: &Value) -> Value {
        let mut job = job.clone();
        while job["status"]["state"] != "DONE" {
            std::thread::sleep(Duration::from_millis(20));
            let id = job["jobReference"]["jobId"].as_str().unwrap();
            job = self.call("GET", &format!("jobs/{id}"), None).1;
        }
        assert!(job["status"]["errorResult"].is_null(), "{}", job["status"]);
        job
    }
}

impl Drop for BigQuery {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// A row or record out of its `{"f": [{"v": ...}]}`.
fn record(fields: &[Value], row: &Value) -> Value {
    let cells = row["f"].as_array().unwrap();
    let pairs = fields.iter().zip(cells).map(|(field, cell)| {
        let name = field["name"].as_str().unwrap().to_owned();
        let of = |v: &Value| if field["fields"].is_array() && !v.is_null() { inner(field, v) } else { v.clone() };
        let value = match &cell["v"] {
            Value::Array(elements) => elements.iter().map(|element| of(&element["v"])).collect(),
            value => of(value),
        };
        (name, value)
    });
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn inner(field: &Value, value: &Value) -> Value {
    record(field["fields"].as_array().unwrap(), value)
}
