//! Jobs and queries. Nothing is computed: a query's rows are canned, a load moves nothing.

use super::State;
use super::http::{Answer, error};
use serde_json::{Value, json};

/// How a job ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Well.
    Done,
    /// With a reason and a message.
    Fails(&'static str, &'static str),
    /// Not at all.
    Never,
}

/// A job that was submitted.
pub struct Job {
    pub configuration: Value,
    pub end: End,
    pub polls: u32,
    /// In milliseconds since 1970.
    pub made: i64,
}

impl State {
    pub(super) fn insert_job(&mut self, body: &Value) -> Answer {
        let mut configuration = body["configuration"].clone();
        assert_eq!(body["jobReference"]["projectId"], "p");
        if configuration["dryRun"] == true {
            assert_eq!(body["jobReference"]["jobId"], Value::Null, "a dry run is no job, and needs no id");
            let told = json!({"totalBytesProcessed": self.bytes.to_string(), "query": {"totalBytesBilled": "0"}});
            let reference = json!({"projectId": "p", "location": "EU"});
            let status = json!({"state": "DONE"});
            let answer =
                json!({"kind": "bigquery#job", "jobReference": reference, "statistics": told, "status": status});
            return (200, answer);
        }
        let id = body["jobReference"]["jobId"].as_str().expect("an id").to_owned();
        if self.jobs.contains_key(&id) {
            return error(409, "duplicate", &format!("Already Exists: Job p:EU.{id}"));
        }
        if configuration["query"].is_object() && configuration["query"]["destinationTable"].is_null() {
            let table = json!({"projectId": "p", "datasetId": "_anonymous", "tableId": format!("anon_{id}")});
            configuration["query"]["destinationTable"] = table;
            self.table(&format!("_anonymous.anon_{id}"), &[("number", "INTEGER"), ("text", "STRING")]);
        }
        if let Some(table) = configuration["load"]["destinationTable"]["tableId"].as_str() {
            let dataset = configuration["load"]["destinationTable"]["datasetId"].as_str().expect("a dataset");
            self.table(&format!("{dataset}.{table}"), &[("number", "INTEGER"), ("text", "STRING")]);
        }
        let end = self.ends.pop_front().unwrap_or(End::Done);
        self.jobs.insert(id.clone(), Job { configuration, end, polls: self.polls, made: self.now() });
        (200, self.job(&id))
    }

    fn now(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond() - self.ago
    }

    pub(super) fn get_job(&mut self, id: &str) -> Answer {
        let Some(job) = self.jobs.get_mut(id) else {
            return error(404, "notFound", &format!("Not found: Job p:EU.{id}"));
        };
        job.polls = job.polls.saturating_sub(1);
        (200, self.job(id))
    }

    /// A job as it is now.
    fn job(&self, id: &str) -> Value {
        let job = &self.jobs[id];
        let status = match job.end {
            End::Never => json!({"state": "RUNNING"}),
            _ if job.polls > 0 => json!({"state": "RUNNING"}),
            End::Done => json!({"state": "DONE"}),
            End::Fails(reason, message) => {
                let error = json!({"reason": reason, "message": message});
                json!({"state": "DONE", "errorResult": error, "errors": [error]})
            }
        };
        let mut statistics = json!({"creationTime": job.made.to_string()});
        if job.configuration["query"].is_object() && status["state"] == "DONE" {
            statistics["query"] = json!({"totalBytesBilled": self.billed.to_string()});
        }
        if job.configuration["load"].is_object() && status["state"] == "DONE" {
            statistics["load"] = json!({"outputRows": self.loaded.to_string()});
        }
        json!({
            "kind": "bigquery#job", "id": format!("p:EU.{id}"), "configuration": job.configuration,
            "jobReference": {"projectId": "p", "jobId": id, "location": "EU"},
            "status": status, "statistics": statistics,
        })
    }

    pub(super) fn query(&mut self, body: &Value) -> Answer {
        // The same request is the same job.
        let request = body["requestId"].as_str().unwrap_or_default().to_owned();
        let known = self.queries.get(&request).filter(|_| !request.is_empty()).cloned();
        let id = known.unwrap_or_else(|| format!("job_of_query_{}", self.jobs.len()));
        self.queries.insert(request, id.clone());
        let job = Job { configuration: json!({ "query": body }), end: End::Done, polls: 0, made: self.now() };
        self.jobs.entry(id.clone()).or_insert(job);
        (200, self.found(&id, "bigquery#queryResponse", 0))
    }

    pub(super) fn results(&mut self, id: &str, query: &str) -> Answer {
        if !self.jobs.contains_key(id) {
            return error(404, "notFound", &format!("Not found: Job p:EU.{id}"));
        }
        let token = query.split('&').find_map(|pair| pair.strip_prefix("pageToken=")).unwrap_or_default();
        (200, self.found(id, "bigquery#getQueryResultsResponse", token.parse().unwrap_or(0)))
    }

    fn found(&mut self, id: &str, kind: &str, from: usize) -> Value {
        let reference = json!({"projectId": "p", "jobId": id, "location": "EU"});
        if self.slow > 0 {
            self.slow -= 1;
            return json!({"kind": kind, "jobReference": reference, "jobComplete": false});
        }
        let cells = |row: &Vec<Value>| json!({"f": row.iter().map(|v| json!({ "v": v })).collect::<Vec<_>>()});
        let rows: Vec<Value> = self.rows.iter().skip(from).take(self.page).map(cells).collect();
        let mut answer = json!({
            "kind": kind, "jobReference": reference, "jobComplete": true, "totalRows": self.rows.len().to_string(),
            "rows": rows, "totalBytesProcessed": "0", "cacheHit": false,
        });
        if kind == "bigquery#queryResponse" {
            answer["totalBytesBilled"] = json!(self.billed.to_string());
        }
        if self.rows.len() > from + self.page {
            answer["pageToken"] = json!((from + self.page).to_string());
        }
        answer
    }
}
