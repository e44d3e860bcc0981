//! What tables hold, compared where they are.

use super::cloud::Cloud;
use super::export::below;
use batch_service::fingerprint::sha256;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::path::Path;

/// The tables that a day's work writes, with their columns but for the name of the run.
pub const TABLES: [(&str, &str); 3] = [
    (
        "events_clean",
        "event_date, user_pseudo_id, event_timestamp, event_name, ga_session_id, ga_session_number, \
         engagement_time_msec, page_location, page_referrer, source, medium, campaign, device_category, language, \
         item_count, max_item_price, user_first_touch_timestamp, transaction_id, stream_id",
    ),
    ("visitor_state", "user_pseudo_id, shard, last_event, last_conversion, TO_HEX(state) AS state"),
    (
        "scores",
        "score_date, user_pseudo_id, ga_session_id, target, score, band, decile, model_version, bundle_version, reasons",
    ),
];

/// How many rows two SELECTs have, and how many of them only one has, repeated rows counted.
fn difference(cloud: &Cloud, one: &str, other: &str) -> [String; 3] {
    let counted = |select: &str| format!("SELECT x.*, COUNT(*) AS times FROM ({select}) AS x GROUP BY ALL");
    let (a, b) = (counted(one), counted(other));
    let only = |a: &str, b: &str| format!("(SELECT COUNT(*) FROM ({a} EXCEPT DISTINCT {b}) AS d)");
    let sql = format!("SELECT (SELECT COUNT(*) FROM ({one}) AS r) AS n, {} AS a, {} AS b", only(&a, &b), only(&b, &a));
    let [row] = cloud.select(&sql).try_into().unwrap();
    row.into_iter().map(Option::unwrap).collect::<Vec<_>>().try_into().unwrap()
}

/// Tables that tell which run wrote them, and when.
const OF_RUNS: [&str; 2] = ["monitor_alerts", "monitor_health"];

/// Every partition of every table is the same in two warehouses, and was published as the same content.
pub fn same(one: &Cloud, other: &Cloud) {
    let mut all = 0;
    for (table, columns) in TABLES {
        let run = if table == "scores" { ", run_id" } else { "" };
        let select = |cloud: &Cloud| format!("SELECT date, {columns}{run} FROM `{}`", cloud.table(table));
        let [rows, a, b] = difference(one, &select(one), &select(other));
        assert_eq!((a.as_str(), b.as_str()), ("0", "0"), "{table} of {} and {}", one.dataset, other.dataset);
        all += rows.parse::<u64>().unwrap();
    }
    assert!(all > 100, "{all} rows");
    // The monitor does not look at days that were backfilled.
    let (mut mine, mut others) = (published(one), published(other));
    let looked_at = |all: &[[String; 4]]| -> BTreeSet<String> {
        all.iter().filter(|[table, ..]| table == "monitor_health").map(|[_, day, ..]| day.clone()).collect()
    };
    let both = &looked_at(&mine) & &looked_at(&others);
    assert!(!both.is_empty(), "no day was looked at in both");
    for versions in [&mut mine, &mut others] {
        versions.retain(|[table, day, ..]| !table.starts_with("monitor_") || both.contains(day));
        versions.retain(|[table, ..]| !OF_RUNS.contains(&table.as_str()));
    }
    assert_eq!(mine, others, "versions");
}

/// Which content each partition has: table, day, version, rows.
pub fn published(cloud: &Cloud) -> Vec<[String; 4]> {
    let table = cloud.table("published");
    let sql = format!(
        "SELECT table_name, CAST(date AS STRING) AS day, version, row_count FROM `{table}` ORDER BY table_name, day"
    );
    let row = |row: Vec<Option<String>>| row.into_iter().map(Option::unwrap).collect::<Vec<_>>().try_into().unwrap();
    cloud.select(&sql).into_iter().map(row).collect()
}

/// The contents, and when the tables were changed last.
pub fn untouched(cloud: &Cloud) -> impl PartialEq + std::fmt::Debug + use<> {
    let names = ["published", "runs", "events_clean", "visitor_state", "scores"];
    let changed: Vec<_> = names.map(|name| (name, cloud.described(name).last_modified)).to_vec();
    (published(cloud), changed)
}

/// A day's partitions are those of a local warehouse: the files byte for byte where they do not name the run, the scores
/// bit for bit.
pub fn as_in_folder(cloud: &Cloud, warehouse: &Path, day: Date, tables: &[&str]) {
    for (table, columns) in TABLES.into_iter().filter(|(table, _)| tables.contains(table)) {
        let files = below(&warehouse.join(table).join(format!("date={day}")));
        let files: Vec<Vec<u8>> = files
            .iter()
            .filter(|f| f.extension().is_some_and(|e| e == "parquet"))
            .map(|f| std::fs::read(f).unwrap())
            .collect();
        assert_eq!(files.len(), 1, "{table} of {day}");
        let of_day = published(cloud).into_iter().find(|p| p[0] == table && p[1] == day.to_string()).unwrap();
        if table != "scores" {
            assert_eq!(of_day[2], sha256(sha256(&files[0]).as_bytes()), "{table} of {day}");
        }
        let local = cloud.export.table(&format!("local_{table}")).unwrap();
        cloud.load(&local, &files[0]);
        let mine = format!("SELECT {columns} FROM `{}` WHERE date = DATE '{day}'", cloud.table(table));
        let [rows, a, b] = difference(cloud, &mine, &format!("SELECT {columns} FROM `{local}`"));
        assert_eq!((a.as_str(), b.as_str()), ("0", "0"), "{table} of {day}");
        assert_eq!(rows, of_day[3], "{table} of {day}");
        cloud.bigquery.remove(&local).unwrap();
    }
}

/// The rows of the table `runs`: day, status, number.
pub fn runs(cloud: &Cloud) -> Vec<(String, String, u64)> {
    let sql = format!(
        "SELECT CAST(date AS STRING) AS day, status, COUNT(*) AS n FROM `{}` GROUP BY day, status ORDER BY day, status",
        cloud.table("runs")
    );
    let row = |row: Vec<Option<String>>| {
        let [day, status, n] = <[_; 3]>::try_from(row).unwrap().map(Option::unwrap);
        (day, status, n.parse().unwrap())
    };
    cloud.select(&sql).into_iter().map(row).collect()
}
