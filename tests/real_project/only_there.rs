//! What no stand-in has: partitions, caps of what a query may be billed for, and what a bucket tells browsers.

use super::cloud::Cloud;
use super::export::{small, table};
use super::tables::published;
use batch_service::bigquery::BigQuery;
use batch_service::config::CloudConfig;
use std::process::Command;

#[test]
fn each_day_is_a_partition() {
    let cloud = Cloud::small("partitions", 4..=5);
    let dataset = format!("{}.{}", cloud.dataset.project, cloud.dataset.dataset);
    for (table, day, rows) in published(&cloud).into_iter().map(|[table, day, _, rows]| (table, day, rows)) {
        let sql = format!(
            "SELECT CAST(total_rows AS STRING) AS n FROM `{dataset}.INFORMATION_SCHEMA.PARTITIONS` \
             WHERE table_name = '{table}' AND partition_id = '{}'",
            day.replace('-', "")
        );
        assert_eq!(cloud.select(&sql), [vec![Some(rows)]], "{table} of {day}");
    }
}

#[test]
fn bigquery_itself_refuses_what_is_over_the_cap() {
    let cloud = Cloud::small("cap", 4..=5);
    let capped = CloudConfig { max_bytes_billed: Some(1), ..cloud.google.config.clone() };
    let bigquery = BigQuery::open(&capped).unwrap();
    let events = cloud.export.table(&table(small().files.days[4])).unwrap();
    let sql = format!("SELECT MAX(event_timestamp) AS last FROM `{events}`");
    let error = bigquery.select("the test", &sql, &[]).unwrap_err();
    assert!(format!("{error:#}").contains("bytes billed"), "{error:#}");
}

/// With the rules of deploy/cors.json on the bucket.
#[test]
fn the_bucket_lets_pages_of_other_origins_read() {
    let cloud = Cloud::start("cors");
    let bucket = cloud.store.trim_start_matches("gs://").split('/').next().unwrap();
    let asked = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--request", "OPTIONS"])
        .args(["--header", "Origin: https://www.example.edu", "--header", "Access-Control-Request-Method: GET"])
        .arg(format!("https://storage.googleapis.com/{bucket}/release.json"))
        .output()
        .expect("curl is there");
    let answer = String::from_utf8_lossy(&asked.stdout).to_ascii_lowercase();
    assert!(asked.status.success() && answer.contains("access-control-allow-origin:"), "{answer}");
}
