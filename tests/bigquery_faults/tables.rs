//! Datasets and tables: what is there and what is not, columns that are added, rows that are refused.

use super::bigquery::{Fault, Server};
use super::calls::{bigquery, dataset, layout, table};
use batch_service::warehouse::table::{Column, Type};
use serde_json::json;

const A: Column<'static> = Column::optional("a", Type::Text);
const B: Column<'static> = Column::optional("b", Type::F64);

#[test]
fn what_is_not_there_is_none() {
    let server = Server::start();
    let bigquery = bigquery(&server);
    assert_eq!(bigquery.table(&table("absent")).unwrap(), None);
    assert_eq!(bigquery.table_names(&dataset("absent")).unwrap(), None);
    bigquery.remove(&table("absent")).unwrap();
    assert_eq!(server.calls().len(), 3);
}

#[test]
fn a_table_of_a_dataset_that_is_not_there_is_an_error() {
    // Otherwise a dataset that was removed by mistake would look like days that are not there yet.
    let server = Server::start();
    let absent = dataset("absent").table("t").unwrap();
    let text = format!("{:#}", bigquery(&server).table(&absent).unwrap_err());
    assert!(text.contains("looking at table p.absent.t") && text.contains("Not found: Dataset p:absent"), "{text}");
    let text = format!("{:#}", bigquery(&server).remove(&absent).unwrap_err());
    assert!(text.contains("removing table p.absent.t"), "{text}");
    assert!(bigquery(&server).ensure_table(&absent, &layout(&[A])).is_err());
}

#[test]
fn a_page_that_says_404_is_no_absent_table() {
    let server = Server::start();
    for call in ["tables.get", "tables.list", "tables.delete"] {
        server.always(call, Fault::Html(404));
    }
    let bigquery = bigquery(&server);
    for text in [
        format!("{:#}", bigquery.table(&table("old")).unwrap_err()),
        format!("{:#}", bigquery.table_names(&dataset("d")).unwrap_err()),
        format!("{:#}", bigquery.remove(&table("old")).unwrap_err()),
    ] {
        assert!(text.contains("status 404") && text.contains("A proxy speaks"), "{text}");
    }
    assert_eq!(server.calls().len(), 3);
}

#[test]
fn an_answer_about_another_table_is_none() {
    let other = r#"{"kind":"bigquery#table","tableReference":{"projectId":"p","datasetId":"d","tableId":"x"},"schema":{"fields":[]}}"#;
    let server = Server::start();
    for call in ["tables.get", "tables.insert", "tables.patch"] {
        server.always(call, Fault::Says(other));
    }
    let bigquery = bigquery(&server);
    let expect = |result: anyhow::Result<()>| {
        let text = format!("{:#}", result.unwrap_err());
        assert!(text.contains("gave up after 3 attempts") && text.contains("another table"), "{text}");
    };
    expect(bigquery.table(&table("old")).map(drop));
    expect(bigquery.expire(&table("old"), std::time::Duration::from_secs(1)));
    server.plan("tables.get", &[]);
    expect(bigquery.ensure_table(&table("new"), &layout(&[A])));
    let elsewhere =
        r#"{"kind":"bigquery#dataset","datasetReference":{"projectId":"p","datasetId":"x"},"location":"US"}"#;
    server.always("datasets.get", Fault::Says(elsewhere));
    let text = format!("{:#}", super::calls::bigquery(&server).locate(&dataset("d")).unwrap_err());
    assert!(text.contains("gave up after 3 attempts") && text.contains("another dataset"), "{text}");
    let nameless = r#"{"kind":"bigquery#tableList","tables":[{"type":"TABLE"}]}"#;
    for wrong in [nameless, r#"{"kind":"storage#objects"}"#] {
        server.always("tables.list", Fault::Says(wrong));
        let text = format!("{:#}", bigquery.table_names(&dataset("d")).unwrap_err());
        assert!(text.contains("gave up after 3 attempts") && text.contains("is this BigQuery?"), "{text}");
    }
}

#[test]
fn pages_without_end_are_an_error() {
    let server = Server::start();
    let again = r#"{"kind":"bigquery#tableList","tables":[],"nextPageToken":"again"}"#;
    server.always("tables.list", Fault::Says(again));
    let text = format!("{:#}", bigquery(&server).table_names(&dataset("d")).unwrap_err());
    assert!(text.contains("listing the tables of p.d: more than 1000 pages"), "{text}");
}

#[test]
fn of_two_who_make_the_same_both_go_on() {
    // The other one was faster, and made it elsewhere and with fewer columns.
    let server = Server::start();
    server.plan("datasets.get", &[Fault::Status(404)]);
    let bigquery = bigquery(&server);
    bigquery.ensure_dataset(&dataset("d")).unwrap();
    assert_eq!(server.calls(), ["datasets.get", "datasets.insert", "datasets.get"]);
    bigquery.run("job_1", &super::calls::query()).unwrap();
    assert!(server.requests("jobs.get")[0].contains("location=EU"), "jobs are where the other one made it");
    server.plan("tables.get", &[Fault::Status(404)]);
    bigquery.ensure_table(&table("old"), &layout(&[A, B])).unwrap();
    assert_eq!(server.state().tables["d.old"]["schema"]["fields"].as_array().unwrap().len(), 3);
}

#[test]
fn columns_that_are_there_stay_as_they_are() {
    let server = Server::start();
    let nested = json!([{"name": "x", "type": "INTEGER"}]);
    let fields = json!([
        {"name": "date", "type": "DATE", "mode": "REQUIRED"},
        {"name": "a", "type": "STRING", "mode": "NULLABLE", "description": "of ours"},
        {"name": "theirs", "type": "RECORD", "mode": "REPEATED", "fields": nested},
        {"name": "tagged", "type": "NUMERIC", "policyTags": {"names": ["projects/p/locations/eu/taxonomies/1/policyTags/2"]}},
    ]);
    server.state().table_of("d.old", fields.clone());
    bigquery(&server).ensure_table(&table("old"), &layout(&[A, B])).unwrap();
    let now = server.state().tables["d.old"]["schema"]["fields"].clone();
    assert_eq!(now.as_array().unwrap()[..4], fields.as_array().unwrap()[..]);
    assert_eq!(now[4], json!({"name": "b", "type": "FLOAT"}));
    // Nothing is to be done the second time.
    bigquery(&server).ensure_table(&table("old"), &layout(&[A, B])).unwrap();
    assert_eq!(server.requests("tables.patch").len(), 1);
}

#[test]
fn a_column_of_another_type_is_an_error_that_names_it() {
    for (of, told) in [("INTEGER", "INTEGER"), ("RECORD", "RECORD")] {
        let server = Server::start();
        server.state().table("d.old", &[("date", "DATE"), ("a", of)]);
        let text = format!("{:#}", bigquery(&server).ensure_table(&table("old"), &layout(&[A])).unwrap_err());
        assert!(text.contains("p.d.old") && text.contains("column a") && text.contains(told), "{text}");
        assert!(!server.calls().contains(&"tables.patch"));
    }
    // BigQuery has two names for some.
    let server = Server::start();
    server.state().table("d.old", &[("date", "DATE"), ("a", "STRING"), ("b", "FLOAT64")]);
    bigquery(&server).ensure_table(&table("old"), &layout(&[A, B])).unwrap();
    // A list is no value.
    let fields = json!([{"name": "date", "type": "DATE"}, {"name": "a", "type": "STRING", "mode": "REPEATED"}]);
    server.state().table_of("d.old", fields);
    let text = format!("{:#}", bigquery(&server).ensure_table(&table("old"), &layout(&[A])).unwrap_err());
    assert!(text.contains("column a"), "{text}");
}

#[test]
fn a_row_that_is_refused_is_an_error() {
    let server = Server::start();
    let bigquery = bigquery(&server);
    let text = format!("{:#}", bigquery.insert(&table("old"), "id", &json!({"x": 1})).unwrap_err());
    assert!(text.contains("inserting a row into p.d.old"), "{text}");
    assert!(text.contains("the row is refused: invalid: no such field. (x)"), "{text}");
    assert_eq!(server.requests("tabledata.insertAll").len(), 1);
    // Unless the reason may pass.
    let late = r#"{"kind":"bigquery#tableDataInsertAllResponse","insertErrors":[{"index":0,"errors":[{"reason":"backendError","message":"later"}]}]}"#;
    server.plan("tabledata.insertAll", &[Fault::Says(late)]);
    bigquery.insert(&table("old"), "id", &json!({"a": "x"})).unwrap();
    // An entry without errors is not a success either.
    let nothing = r#"{"kind":"bigquery#tableDataInsertAllResponse","insertErrors":[{"index":0}]}"#;
    server.plan("tabledata.insertAll", &[Fault::Says(nothing)]);
    assert!(bigquery.insert(&table("old"), "other", &json!({"a": "x"})).is_err());
    assert_eq!(server.state().inserted.len(), 1);
}

#[test]
fn a_row_whose_answer_was_lost_is_one_row() {
    for lost in [Fault::ResetAfter, Fault::Truncated] {
        let server = Server::start();
        server.plan("tabledata.insertAll", &[lost, Fault::Status(503)]);
        bigquery(&server).insert(&table("old"), "id", &json!({"a": "x"})).unwrap();
        assert_eq!(server.state().inserted.len(), 1, "{lost:?}");
        assert_eq!(server.requests("tabledata.insertAll").len(), 3);
    }
}

#[test]
fn a_table_that_is_new_may_be_unknown_to_insertions_for_a_while_but_not_for_ever() {
    let server = Server::start();
    let text = format!("{:#}", bigquery(&server).insert(&table("absent"), "id", &json!({"a": "x"})).unwrap_err());
    assert!(text.contains("gave up after 3 attempts") && text.contains("Not found: Table p:d.absent"), "{text}");
}
