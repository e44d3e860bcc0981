//! Calls, made one after the other with one fault after the other.

use super::all::CALLS;
use super::bigquery::{Fault, Server, State};
use anyhow::{Result, ensure};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use batch_service::bigquery::{BigQuery, DatasetName, JobWork, Layout, Query, ReadRows, TableName};
use batch_service::cloud::Patience;
use batch_service::config::CloudConfig;
use batch_service::warehouse::table::Column;
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
    JobWork::Query(Query { sql: "SELECT 1".to_owned(), params: Vec::new() })
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
