//! All calls that the client layer makes.

use super::bigquery::State;
use super::calls::{By, Call, dataset, layout, numbers, query, table};
use anyhow::{Context, Result, ensure};
use batch_service::bigquery::{BigQuery, JobWork, Load, Param, Query};
use batch_service::warehouse::table::{Column, Type};
use serde_json::{Value, json};
use std::time::Duration;

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
    // The server gives it, as BigQuery does.
    ensure!(BigQuery::result_of(&job)?.table == "anon_job_1");
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
            let query = Query { sql: "SELECT 1".to_owned(), params: Vec::new() };
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
        run: |bigquery| bigquery.locate(&dataset("d")).map(drop),
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
