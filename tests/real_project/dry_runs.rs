//! Every statement, as BigQuery itself looks at it.

use super::cloud::Cloud;
use super::export::{small, table};
use batch_service::bigquery::{Param, Query};
use batch_service::ga4::bigquery::flatten::Flat;
use batch_service::warehouse::bigquery::layouts;
use batch_service::warehouse::bigquery::sql::{self, Part};
use jiff::civil::date;

#[test]
fn bigquery_takes_every_statement() {
    let cloud = Cloud::small("dry_runs", 4..=5);
    let day = date(2026, 10, 5);
    let dry = |sql: String, params: Vec<Param>| {
        let query = Query { sql, params };
        cloud.bigquery.bytes_of(&query).unwrap_or_else(|e| panic!("{}: {e:#}", query.sql))
    };
    let _ = dry(sql::probe().sql, Vec::new());
    let _ = dry(sql::catalogue(&cloud.table("published")).sql, Vec::new());
    let _ = dry(sql::later(&cloud.table("published")).sql, vec![Param::int("holder", 1)]);
    let _ = dry(sql::runs(&cloud.table("runs")).sql, vec![Param::date("first_day", day), Param::date("last_day", day)]);
    let (table_name, layout) = layouts()[3];
    let columns: Vec<String> = layout.columns.iter().map(|column| column.name.to_owned()).collect();
    let target = cloud.table(table_name);
    let part = Part { table: &target, staging: &target, columns: &columns, version: "00", rows: 1 };
    let script = sql::publish(&cloud.table("published"), &[part]).sql;
    let _ = dry(script, vec![Param::date("run_day", day), Param::int("holder", 1)]);
    let name = cloud.export.table(&table(small().files.days[4])).unwrap();
    let info = cloud.bigquery.table(&name).unwrap().unwrap();
    for sharded in [false, true] {
        assert!(dry(Flat::of(&name, &info, sharded).unwrap().sql, Vec::new()) > 0, "BigQuery counts bytes");
    }
}
