//! What Google does to an export: late rows, days written anew, days that come late, tables that are not final.

use super::cloud::Cloud;
use super::export::{PROFILE, small, table};
use super::tables::{published, same};
use serde_json::Value;

fn worked(summary: &Value) -> Vec<&str> {
    summary["earlier"].as_array().unwrap().iter().map(|day| day["run"]["run_date"].as_str().unwrap()).collect()
}

#[test]
fn late_rows_are_worked_on_from_their_day_on() {
    let cloud = Cloud::small("late", 4..=5);
    let days = &small().files.days;
    let (dates, day) = (days.iter().map(ToString::to_string).collect::<Vec<_>>(), days[6]);
    assert_eq!(cloud.run(day)["unchanged"], false);

    // A table that was only written again is read again, and means the same.
    let before = published(&cloud);
    cloud.put(&small().files, days[5]);
    let done = cloud.run(day);
    assert_eq!((worked(&done), &done["unchanged"]), (vec![&*dates[5]], &false.into()));
    let content = |published: &[[String; 4]]| -> Vec<[String; 4]> {
        published.iter().filter(|p| ["events_clean", "visitor_state"].contains(&p[0].as_str())).cloned().collect()
    };
    assert_eq!(content(&published(&cloud)), content(&before), "the same rows are the same content");
    assert_eq!(cloud.run(day)["unchanged"], true);

    // Rows of yesterday and the day before.
    for before in [days[4], days[5]] {
        let table = cloud.export.table(&table(before)).unwrap();
        cloud.execute(&format!(
            "INSERT INTO `{table}` SELECT * REPLACE (event_timestamp + 1000 AS event_timestamp) FROM `{table}` \
             WHERE user_pseudo_id = (SELECT MIN(user_pseudo_id) FROM `{table}`)"
        ));
    }
    let done = cloud.run(day);
    assert_eq!((worked(&done), &done["unchanged"]), (vec![&*dates[4], &*dates[5]], &false.into()));
    assert_ne!(content(&published(&cloud)), content(&before));
    assert_eq!(cloud.run(day)["unchanged"], true);

    // A warehouse that is filled from the changed export is the same, row by row.
    let fresh = Cloud::on_export_of(&cloud, "late_fresh");
    fresh.fill(4..=5);
    assert_eq!(fresh.run(day)["unchanged"], false);
    same(&cloud, &fresh);

    // A day was missed: the next run does both.
    for (table, last) in [("events_clean", days[7]), ("scores", days[6])] {
        assert!(published(&cloud).iter().all(|p| p[0] != table || p[1] <= last.to_string()));
    }
    let short = Cloud::on_export_of(&cloud, "late_missed");
    short.fill(5..=5);
    let done = short.run(days[7]);
    assert_eq!((worked(&done), &done["unchanged"]), (vec![&*dates[6]], &false.into()));
    assert!(published(&short).iter().any(|p| p[0] == "scores" && p[1] == dates[6]), "the missed day is scored");
}

#[test]
fn only_daily_tables_are_days() {
    let cloud = Cloud::start("others");
    let days = &small().files.days;
    let none = cloud.call(&["backfill", "--profile", PROFILE]);
    assert_eq!(none.code, 3, "{}", none.stderr);
    assert!(none.stderr.contains("no table events_YYYYMMDD yet"), "{}", none.stderr);
    cloud.put(&small().files, days[4]);
    cloud.put(&small().files, days[5]);
    let of_day = |prefix: &str| cloud.export.table(&format!("{prefix}{}", days[6].strftime("%Y%m%d"))).unwrap();
    let bytes = std::fs::read(small().files.of(days[6])).unwrap();
    cloud.load(&of_day("events_intraday_"), &bytes);
    cloud.load(&of_day("events_fresh_"), &bytes);
    cloud.load(&of_day("pseudonymous_users_"), &bytes);
    cloud.fill(4..=5);
    let before = published(&cloud);
    let ran = cloud.call(&["run", "--date", &days[6].to_string()]);
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    for says in [
        format!("the export has no table for {} yet", days[6]),
        format!("{}: there is only an intraday table so far", days[6]),
        "ignored tables events_fresh_: 1".to_owned(),
    ] {
        assert!(ran.stderr.contains(&says), "{says:?} in {}", ran.stderr);
    }
    assert_eq!(published(&cloud), before);
    // The final table comes.
    cloud.load(&of_day("events_"), &bytes);
    let done = cloud.run(days[6]);
    assert_eq!((worked(&done).len(), &done["unchanged"]), (0, &false.into()));
}
