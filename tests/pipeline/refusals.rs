//! What stops the job, and that nothing is published then.

use super::start::{DAY, TABLES, copy};
use conformance::world::{Folder, Inkling, repository};
use serde_json::Value;

const DIGITS: &str = "20261014";

#[test]
fn a_day_without_a_table_is_not_ready() {
    let (folder, inkling) = copy("not-ready");
    let before = folder.files("");
    let said = inkling.refused(&["run", "--date", "2026-10-17"], 3);
    assert!(said.contains("2026-10-17") && said.contains("try again later"), "{said}");
    assert_eq!(folder.files(""), before);
}

#[test]
fn looking_at_an_empty_warehouse_gives_it_no_profile() {
    let (_, inkling) = copy("look");
    let empty = ["--warehouse", "looked-at"];
    let call = |words: &[&str]| inkling.call(&[words, &empty].concat());
    assert_eq!(call(&["watch"]).code, 1);
    let _ = call(&["dashboard", "build"]);
    // The address is taken, so that it does not stay.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert_ne!(call(&["serve", "--schedule", "06:00", "--address", &taken.local_addr().unwrap().to_string()]).code, 0);
    let ran = call(&["backfill", "--from", DAY, "--to", DAY, "--profile", "northgate-university"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn usage_and_configuration() {
    let (folder, inkling) = copy("usage");
    let said = inkling.refused(&["run", "--dat", DAY], 2);
    assert!(said.contains("--date"), "{said}");
    folder.write("bad.toml", "warehuose = \"w\"\n");
    let said = inkling.refused(&["model", "list", "--config", "bad.toml"], 2);
    assert!(said.contains("unknown key `warehuose`; did you mean `warehouse`?"), "{said}");
    folder.write("bad.toml", "[release]\nkey = \"k\"\n");
    let said = inkling.refused(&["model", "list", "--config", "bad.toml"], 2);
    assert!(said.contains("did you mean `release.keys`?"), "{said}");
    folder.write("bad.toml", "[release]\ndays = \"many\"\n");
    let _ = inkling.refused(&["model", "list", "--config", "bad.toml"], 2);
    let _ = inkling.refused(&["model", "list", "--config", "absent.toml"], 2);
    folder.write("empty/readme.txt", "");
    for (call, code, says) in [
        (&["backfill", "--events", "nowhere"][..], 2, "no such file or folder"),
        (&["backfill", "--events", "empty"], 3, "no events_YYYYMMDD files"),
        (&["backfill", "--from", "2026-10-03", "--to", "2026-10-02"], 2, "--from 2026-10-03 is after --to 2026-10-02"),
        (&["train", "--from", "2026-10-03", "--to", "2026-10-02"], 2, "is after"),
        (&["replay", "--from", "2026-10-03", "--to", "2026-10-02", "--out", "r"], 2, "is after"),
        (&["train", "--warehouse", "none"], 2, "inkling backfill"),
        (&["model", "card", "nobody"], 2, "no model nobody"),
        (&["model", "promote", "nobody", "--target", "session"], 2, "no model nobody"),
        (&["release", "publish", "--keys", "none"], 2, "inkling release keys"),
        (&["simulate", "--out", "s", "--days", "0"], 2, "at least 1"),
    ] {
        let said = inkling.refused(call, code);
        assert!(said.contains(says), "{call:?}: {said}");
    }
    folder.write("bad.toml", "");
    for (call, asks) in [(&["model", "list"][..], "which warehouse?"), (&["run", "--date", DAY], "which export?")] {
        let said = inkling.refused(&[call, &["--config", "bad.toml"]].concat(), 2);
        assert!(said.contains(asks), "{said}");
    }
}

#[test]
fn another_profile_is_refused() {
    let (folder, inkling) = copy("profile");
    let before = folder.contents(&TABLES[..2]);
    let said = inkling.refused(&["run", "--date", DAY, "--profile", "northgate-university"], 2);
    assert!(said.contains("another site profile"), "{said}");
    let said = inkling.refused(&["backfill", "--warehouse", "other", "--profile", "nowhere"], 2);
    assert!(said.contains("nowhere") && said.contains("northgate-university"), "{said}");
    // Its models are no good for another site either.
    let other = ["run", "--date", DAY, "--warehouse", "other", "--profile", "northgate-university"];
    let said = inkling.refused(&[&other[..], &["--store", "warehouse/store"]].concat(), 4);
    assert!(said.contains("trained with another site profile"), "{said}");
    assert!(folder.contents(&TABLES[..2]) == before);
}

/// Puts a file in the place of the day's, and expects that the run of the day stops without a trace in the tables.
fn stops(folder: &Folder, inkling: &Inkling, name: &str, bytes: &[u8]) -> String {
    let (whole, aside) = (folder.at(&format!("export/events_{DIGITS}.parquet")), folder.at("aside"));
    std::fs::rename(&whole, &aside).unwrap();
    let file = folder.write(&format!("export/{name}"), bytes);
    let before = folder.files("warehouse/events_clean").into_iter().chain(folder.files("warehouse/visitor_state"));
    let before: Vec<_> = before.collect();
    let said = inkling.refused(&["run", "--date", DAY], 4);
    let after = folder.files("warehouse/events_clean").into_iter().chain(folder.files("warehouse/visitor_state"));
    assert_eq!(after.collect::<Vec<_>>(), before, "{name}: something was published");
    assert!(!folder.at("warehouse/scores").exists(), "{name}: scores were published");
    assert!(said.contains(name), "{said}");
    std::fs::remove_file(file).unwrap();
    std::fs::rename(aside, whole).unwrap();
    said
}

#[test]
fn broken_files_are_named_with_row_group_and_column() {
    let (folder, inkling) = copy("broken");
    let name = format!("events_{DIGITS}.parquet");
    let whole = std::fs::read(folder.at(&format!("export/{name}"))).unwrap();

    let said = stops(&folder, &inkling, &name, &whole[..whole.len() / 2]);
    assert!(said.contains("truncated"), "{said}");
    let said = stops(&folder, &inkling, &name, b"<html>Not found</html>");
    assert!(said.contains("not a Parquet file"), "{said}");
    let mut broken = whole.clone();
    // The start of the event parameters, by far the largest columns.
    let middle = broken.len() / 2;
    broken[middle..middle + 4_096].fill(0xff);
    let said = stops(&folder, &inkling, &name, &broken);
    assert!(said.contains("row group 1 of 1") && said.contains("column "), "{said}");
    println!("{said}");

    let analytics = r#"{"visitId":"1500000000","fullVisitorId":"7","hits":[],"date":"20261014"}"#;
    let said = stops(&folder, &inkling, &format!("events_{DIGITS}.json"), analytics.as_bytes());
    assert!(said.contains("Universal Analytics"), "{said}");
    let said = stops(&folder, &inkling, &format!("events_{DIGITS}.json"), b"{\"event_name\":\"x\"}\n{\"event_na");
    assert!(said.contains("line 2"), "{said}");

    // The whole file is still good.
    assert_eq!(inkling.json(&["run", "--date", DAY])["run"]["status"], "done");
}

#[test]
fn over_one_percent_of_rejected_rows_stops_the_day() {
    let (folder, inkling) = copy("rejected");
    let source = folder.at(&format!("export/_json/events_{DIGITS}.json.gz"));
    let rows = gunzip(&std::fs::read(source).unwrap());
    let spoilt = |one_in: usize| -> String {
        let spoil = |(i, line): (usize, &str)| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            if i % one_in == 0 {
                row["event_name"] = Value::Null;
            }
            format!("{row}\n")
        };
        rows.lines().enumerate().map(spoil).collect()
    };
    let name = format!("events_{DIGITS}.json");
    let said = stops(&folder, &inkling, &name, spoilt(50).as_bytes());
    assert!(said.contains("no_event_name") && said.contains("accepted are 1.00 %") && said.contains("row "), "{said}");
    println!("{said}");

    // Fewer are counted and reported.
    std::fs::remove_file(folder.at(&format!("export/events_{DIGITS}.parquet"))).unwrap();
    folder.write(&format!("export/{name}"), spoilt(200));
    let done = inkling.json(&["run", "--date", DAY]);
    let dropped = done["run"]["dropped"].as_array().unwrap();
    assert!(dropped.iter().any(|d| d["reason"] == "no_event_name" && d["fault"] == true), "{dropped:?}");
    let found = &done["read"]["dropped"]["no_event_name"];
    assert_eq!(found["examples"][0]["column"], "event_name");
}

fn gunzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(bytes), &mut text).unwrap();
    text
}

#[test]
fn the_profiles_that_are_built_in_name_the_demo_site() {
    let text = std::fs::read_to_string(repository().join("batch-service/profiles/northgate-university.toml")).unwrap();
    for host in ["northgate.example", "127.0.0.1", "localhost"] {
        assert!(text.contains(&format!("\"{host}\"")), "clicks on the demo site would come from another site: {host}");
    }
}
