//! All calls that the client layer makes, one after the other with one fault after the other.

use super::bigquery::{Fault, Server, State};
use anyhow::{Context, Result, ensure};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use batch_service::bigquery::{BigQuery, DatasetName, JobWork, Layout, Load, Param, Query, ReadRows, TableName};
use batch_service::cloud::Patience;
use batch_service::config::CloudConfig;
use batch_service::warehouse::table::{Column, Type};
use serde_json::{Value, json};
use std::time::Duration;

/// Long enough that no answer of a healthy server is taken for a stall.
pub const ATTEMPT: Duration = Duration::from_secs(2);

pub fn patience() -> Patience {
    let milliseconds = Duration::from_millis;
    Patience {
        attempts: 3,
        attempt: ATTEMPT,
        total: Duration::from_secs(30),
        wait: milliseconds(10),
        longest_wait: milliseconds(40),
    }
}

pub fn config(server: &Server) -> CloudConfig {
    CloudConfig {
        project: Some("p".to_owned()),
        bigquery_endpoint: Some(server.url.clone()),
        bigquery_storage_endpoint: Some(server.rows_url.clone()),
        ..CloudConfig::default()
    }
}

pub fn bigquery(server: &Server) -> BigQuery {
    BigQuery::with_patience(&config(server), patience()).unwrap()
}

pub fn dataset(name: &str) -> DatasetName {
    DatasetName::new("p", name).unwrap()
}

pub fn table(name: &str) -> TableName {
    dataset("d").table(name).unwrap()
}

pub fn query() -> JobWork {
    JobWork::Query(Query { sql: "SELECT 1".to_owned(), params: Vec::new(), destination: Some(table("result")) })
}

pub fn layout<'a>(columns: &'a [Column<'a>]) -> Layout<'a> {
    Layout { day: "date", partitioned: true, columns, cluster: None }
}

/// The numbers of the rows of a table, in the order in which they came.
pub fn numbers(bigquery: &BigQuery, table: &TableName) -> Result<Vec<i64>> {
    let mut numbers = Vec::new();
    let wanted = ReadRows { table, columns: vec!["number".to_owned()], only: String::new() };
    let rows = bigquery.read(&wanted, |batch| {
        numbers.extend(batch.column(0).as_primitive::<Int64Type>().values());
        Ok(())
    })?;
    ensure!(rows == numbers.len() as u64, "{rows} rows told, {} given", numbers.len());
    Ok(numbers)
}

/// Which client makes the call, for what differs between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Google's, by REST.
    Google,
    /// The crate `gcp-bigquery-client`.
    Community,
    /// Google's, by gRPC.
    Rows,
}

/// Something that makes a call.
pub struct Call {
    /// What is done.
    pub name: &'static str,
    /// The call that meets the fault.
    pub call: &'static str,
    pub by: By,
    pub prepare: fn(&mut State),
    pub run: fn(&mut BigQuery) -> Result<()>,
    /// What the error must name.
    pub about: &'static str,
    /// What must be true after a success.
    pub holds: fn(&State) -> bool,
}

impl Call {
    /// Runs it on a server where everything is well but for what `plan` says.
    pub fn on(&self, server: &Server, plan: impl FnOnce(&Server)) -> Result<()> {
        server.reset();
        (self.prepare)(&mut server.state());
        plan(server);
        let done = (self.run)(&mut bigquery(server));
        if done.is_ok() {
            assert!((self.holds)(&server.state()), "{}: a success that is none", self.name);
        }
        done
    }

    /// Runs it with faults in the first requests of its call; gives the requests of the call that it took.
    pub fn after(&self, server: &Server, faults: &[Fault]) -> (Result<()>, usize) {
        let done = self.on(server, |server| server.plan(self.call, faults));
        (done, server.requests(self.call).len())
    }
}

/// For every call at the same time: stalls take their time.
pub fn for_each_call(check: impl Fn(&Call, &Server) + Sync) {
    std::thread::scope(|scope| {
        for call in &CALLS {
            let check = &check;
            scope.spawn(move || check(call, &Server::start()));
        }
    });
}

const fn none(_: &mut State) {}

fn one_job(state: &State) -> bool {
    state.jobs.len() == 1
}

fn fields(state: &State, table: &str) -> Vec<String> {
    let fields = state.tables.get(table).and_then(|t| t["schema"]["fields"].as_array()).cloned().unwrap_or_default();
    fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

fn run_query(bigquery: &mut BigQuery) -> Result<()> {
    let job = bigquery.run("job_1", &query())?;
    ensure!(BigQuery::result_of(&job)? == table("result"));
    Ok(())
}

fn select(bigquery: &mut BigQuery) -> Result<()> {
    let rows = bigquery.select("reading the runs", "SELECT a, b FROM t", &[Param::int("x", 1)])?;
    let text = |text: &str| Some(text.to_owned());
    ensure!(rows == [[text("a"), text("1")], [None, text("2")]], "{rows:?}");
    Ok(())
}

fn all_rows(bigquery: &mut BigQuery) -> Result<()> {
    let mut found = numbers(bigquery, &table("old"))?;
    found.sort_unstable();
    ensure!(found == (0..10).collect::<Vec<_>>(), "{found:?}");
    Ok(())
}

const A: Column<'static> = Column::optional("a", Type::Text);
const B: Column<'static> = Column::optional("b", Type::F64);

pub const CALLS: [Call; 18] = [
    Call {
        name: "a query job",
        call: "jobs.insert",
        by: By::Google,
        prepare: none,
        run: run_query,
        about: "submitting job job_1",
        holds: one_job,
    },
    Call {
        name: "a load job",
        call: "jobs.insert",
        by: By::Google,
        prepare: none,
        run: |bigquery| {
            let load = Load { uris: vec!["gs://bucket/a.parquet".to_owned()], into: table("staging") };
            let job = bigquery.run("load_1", &JobWork::Load(load))?;
            ensure!(BigQuery::loaded_rows(&job)? == 3);
            Ok(())
        },
        about: "submitting job load_1",
        holds: one_job,
    },
    Call {
        name: "a dry run",
        call: "jobs.insert",
        by: By::Google,
        prepare: none,
        run: |bigquery| {
            let query = Query { sql: "SELECT 1".to_owned(), params: Vec::new(), destination: None };
            ensure!(bigquery.bytes_of(&query)? == 1_000);
            Ok(())
        },
        about: "a dry run",
        holds: |state| state.jobs.is_empty(),
    },
    Call {
        name: "following a job",
        call: "jobs.get",
        by: By::Google,
        prepare: |state| state.polls = 2,
        run: run_query,
        about: "looking at job job_1",
        holds: one_job,
    },
    Call {
        name: "a small query",
        call: "jobs.query",
        by: By::Google,
        prepare: none,
        run: select,
        about: "reading the runs",
        holds: one_job,
    },
    Call {
        name: "the end of a small query",
        call: "jobs.getQueryResults",
        by: By::Google,
        prepare: |state| state.slow = 2,
        run: select,
        about: "reading the runs",
        // A query that has failed is another job the next time.
        holds: |state| (1..=2).contains(&state.jobs.len()),
    },
    Call {
        name: "a dataset that is there",
        call: "datasets.get",
        by: By::Community,
        prepare: none,
        run: |bigquery| bigquery.ensure_dataset(&dataset("d")),
        about: "looking at dataset p.d",
        holds: |state| state.datasets.len() == 1,
    },
    Call {
        name: "where a dataset is",
        call: "datasets.get",
        by: By::Community,
        prepare: none,
        run: |bigquery| bigquery.locate(&dataset("d")),
        about: "looking at dataset p.d",
        holds: |_| true,
    },
    Call {
        name: "a new dataset",
        call: "datasets.insert",
        by: By::Community,
        prepare: none,
        run: |bigquery| bigquery.ensure_dataset(&dataset("new")),
        about: "making dataset p.new",
        holds: |state| state.datasets.contains_key("new"),
    },
    Call {
        name: "a table",
        call: "tables.get",
        by: By::Google,
        prepare: none,
        run: |bigquery| {
            let found = bigquery.table(&table("old"))?.context("no table")?;
            ensure!(found.rows == 10 && found.bytes == 100 && found.fields.len() == 2, "{found:?}");
            Ok(())
        },
        about: "looking at table p.d.old",
        holds: |_| true,
    },
    Call {
        name: "a new table",
        call: "tables.insert",
        by: By::Community,
        prepare: none,
        run: |bigquery| bigquery.ensure_table(&table("new"), &layout(&[A])),
        about: "making table p.d.new",
        holds: |state| fields(state, "d.new") == ["date", "a"] && day_of(state, "d.new") == json!("date"),
    },
    Call {
        name: "a new column",
        call: "tables.patch",
        by: By::Google,
        prepare: none,
        run: |bigquery| bigquery.ensure_table(&table("old"), &layout(&[A, B])),
        about: "adding columns to table p.d.old",
        holds: |state| fields(state, "d.old") == ["date", "a", "b"],
    },
    Call {
        name: "the end of a table",
        call: "tables.patch",
        by: By::Google,
        prepare: none,
        run: |bigquery| bigquery.expire(&table("old"), Duration::from_secs(60)),
        about: "setting the end of table p.d.old",
        holds: |state| {
            let end = state.tables["d.old"]["expirationTime"].as_str().is_some_and(|t| t.len() == 13);
            end && fields(state, "d.old") == ["date", "a"]
        },
    },
    Call {
        name: "all tables",
        call: "tables.list",
        by: By::Google,
        prepare: |state| ["d.a", "d.b", "d.c", "e.x"].iter().for_each(|name| state.table(name, &[])),
        run: |bigquery| {
            let names = bigquery.table_names(&dataset("d"))?.context("no dataset")?;
            ensure!(names == ["a", "b", "c", "old"], "{names:?}");
            Ok(())
        },
        about: "listing the tables of p.d",
        holds: |_| true,
    },
    Call {
        name: "removing a table",
        call: "tables.delete",
        by: By::Google,
        prepare: none,
        run: |bigquery| bigquery.remove(&table("old")),
        about: "removing table p.d.old",
        holds: |state| !state.tables.contains_key("d.old"),
    },
    Call {
        name: "a row",
        call: "tabledata.insertAll",
        by: By::Community,
        prepare: none,
        run: |bigquery| bigquery.insert(&table("old"), "row_1", &json!({"date": "2021-01-01", "a": "x"})),
        about: "inserting a row into p.d.old",
        holds: |state| state.inserted.len() == 1,
    },
    Call {
        name: "a session",
        call: "CreateReadSession",
        by: By::Rows,
        prepare: none,
        run: all_rows,
        about: "reading table p.d.old",
        holds: |_| true,
    },
    Call {
        name: "rows",
        call: "ReadRows",
        by: By::Rows,
        prepare: none,
        run: all_rows,
        about: "reading table p.d.old",
        holds: |state| state.sessions.len() == 1,
    },
];

fn day_of(state: &State, table: &str) -> Value {
    state.tables[table]["timePartitioning"]["field"].clone()
}
