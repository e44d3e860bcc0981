//! Days: worked on twice, late, missing, empty.

use super::start::{DAY, LAST, TABLES, copy};
use batch_service::warehouse::read::TableReader;
use conformance::world::{Folder, Inkling};
use serde_json::json;

#[test]
fn a_backfill_that_is_done_writes_nothing() {
    let (folder, inkling) = copy("again");
    let before = folder.files("");
    let done = inkling.json(&["backfill"]);
    assert_eq!((&done["days_folded"], &done["days_unchanged"]), (&0.into(), &16.into()));
    assert_eq!(folder.files(""), before);
}

#[test]
fn a_day_twice_gives_the_same_bytes() {
    let (folder, inkling) = copy("twice");
    let first = inkling.json(&["run", "--date", DAY]);
    assert_eq!((&first["unchanged"], &first["run"]["status"]), (&false.into(), &"done".into()));
    assert_eq!(first["run"]["models"].as_array().unwrap().len(), 2);
    let (before, written) = (folder.contents(&TABLES), folder.files(""));

    let second = inkling.json(&["run", "--date", DAY]);
    assert_eq!((&second["unchanged"], &second["run"]["run_id"]), (&true.into(), &first["run"]["run_id"]));
    assert_eq!(folder.files(""), written, "a day that is done was written to");

    let forced = inkling.json(&["run", "--date", DAY, "--force"]);
    assert_eq!((&forced["unchanged"], &forced["run"]["run_id"]), (&false.into(), &first["run"]["run_id"]));
    assert!(folder.contents(&TABLES) == before, "the forced run wrote other bytes");
    assert_ne!(folder.files("warehouse/scores"), written, "the forced run wrote nothing");

    // And from nothing: another warehouse, the same models.
    let other = ["--warehouse", "other", "--store", "warehouse/store"];
    let _ = inkling.json(&[&["backfill", "--to", "2026-10-13"], &other[..]].concat());
    let anew = inkling.json(&[&["run", "--date", DAY], &other[..]].concat());
    assert_eq!(anew["run"]["run_id"], first["run"]["run_id"]);
    for table in ["events_clean", "visitor_state", "scores"] {
        let part =
            |warehouse: &str| std::fs::read(folder.at(&format!("{warehouse}/{table}/date={DAY}/part-000.parquet")));
        assert!(part("other").unwrap() == part("warehouse").unwrap(), "{table} of another warehouse");
    }
    println!("{} files compared, {} scores", before.len(), first["run"]["scored"]);
}

#[test]
fn replay_writes_the_columns_of_the_design() {
    let (folder, inkling) = copy("replay");
    let done = inkling.json(&["replay", "--from", DAY, "--to", LAST, "--out", "replay.parquet"]);
    let file = TableReader::open(&folder.at("replay.parquet")).unwrap();
    assert_eq!(done["rows"], file.total_rows());
    assert_eq!(done["days"], json!([DAY, "2026-10-15", LAST]));
    let (mut views, mut numbered, mut last) = (0, 0, (String::new(), 0, 0, 0));
    for group in 0..file.groups() {
        let column = |name: &str| file.column(group, name).unwrap();
        let (users, sessions) = (column("user_pseudo_id"), column("ga_session_id"));
        let (numbers, times) = (column("page_view_number"), column("event_timestamp"));
        let (targets, scores) = (column("target"), column("score"));
        let (users, sessions, numbers) = (users.texts().unwrap(), sessions.i64s().unwrap(), numbers.i64s().unwrap());
        let (times, targets, scores) = (times.i64s().unwrap(), targets.texts().unwrap(), scores.f64s().unwrap());
        for i in 0..users.len() {
            let score = scores[i].unwrap();
            assert!((0.0..=1.0).contains(&score) && targets[i] == Some("session"));
            let number = numbers[i].unwrap();
            let this = (users[i].unwrap().to_owned(), sessions[i].unwrap_or(0), times[i].unwrap(), number);
            // Page views of a session that has an id are numbered one by one, in the order of time.
            if this.1 != 0 && (&this.0, this.1) == (&last.0, last.1) {
                assert!(this.2 >= last.2 && number == last.3 + 1, "{this:?} after {last:?}");
                numbered += 1;
            }
            last = this;
            views += 1;
        }
    }
    assert!(views > 1_000 && numbered > views / 2, "{views}, {numbered}");
    let targets: Vec<_> = done["evaluations"].as_array().unwrap().iter().map(|e| &e["target"]).collect();
    assert!(targets.contains(&&json!("session")), "{targets:?}");
    println!("{views} page views scored");
}

#[test]
fn late_rows_change_the_fingerprint_and_the_days_after() {
    let (folder, inkling) = copy("late");
    let day = "2026-10-10";
    let first = inkling.json(&["run", "--date", day]);
    let scored = folder.contents(&["warehouse/scores"]);
    std::fs::copy(folder.at("export/_late/events_20261010.parquet"), folder.at("export/events_20261010.parquet"))
        .unwrap();

    let late = inkling.json(&["run", "--date", day]);
    assert_eq!(late["unchanged"], false);
    assert_ne!(late["run"]["input_fingerprint"], first["run"]["input_fingerprint"]);
    assert_ne!(late["run"]["run_id"], first["run"]["run_id"]);
    assert!(late["run"]["events"].as_u64() > first["run"]["events"].as_u64());
    assert!(folder.contents(&["warehouse/scores"]) != scored);

    // The states of the days after stand on those of the day.
    let done = inkling.json(&["backfill", "--from", day]);
    println!("{} days folded again", done["days_folded"]);
    let _ = inkling.json(&["backfill", "--warehouse", "anew"]);
    for day in ["2026-10-10", "2026-10-11", LAST] {
        let part =
            |w: &str| std::fs::read(folder.at(&format!("{w}/visitor_state/date={day}/part-000.parquet"))).unwrap();
        assert!(part("warehouse") == part("anew"), "the states of {day} are not those of the late rows");
    }
}

#[test]
fn a_day_that_a_backfill_has_folded_anew_is_scored_anew() {
    let (folder, inkling) = copy("late-by-hand");
    let (day, next) = ("2026-10-10", "2026-10-11");
    for day in [day, next] {
        let _ = inkling.json(&["run", "--date", day]);
    }
    let scores = |w: &str| std::fs::read(folder.at(&format!("{w}/scores/date={day}/part-000.parquet"))).unwrap();
    let before = scores("warehouse");
    std::fs::copy(folder.at("export/_late/events_20261010.parquet"), folder.at("export/events_20261010.parquet"))
        .unwrap();
    let _ = inkling.json(&["backfill"]);
    assert!(scores("warehouse") == before, "a backfill scores nothing");
    let done = inkling.json(&["run", "--date", next]);
    let earlier: Vec<_> = done["earlier"].as_array().unwrap().iter().map(|d| &d["run"]["run_date"]).collect();
    assert_eq!(earlier, [day]);
    assert!(scores("warehouse") != before, "the scores of {day} are those of the rows before");
    // And then there is nothing left to do.
    let again = inkling.json(&["run", "--date", next]);
    assert_eq!((&again["unchanged"], &again["earlier"]), (&true.into(), &json!([])));
}

#[test]
fn a_target_that_fails_is_a_failure_though_the_other_one_is_trained() {
    let (folder, inkling) = copy("one-target");
    folder.write("warehouse/store/models/in-service-visitor.json", "{}");
    let models = || folder.files("warehouse/store/models").len();
    let before = models();
    let ran = inkling.call(&["train", "--to", "2026-10-14", "--force"]);
    assert_ne!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("in-service-visitor.json"), "{}", ran.stderr);
    assert!(ran.stderr.contains("was trained nevertheless") && models() > before, "{}", ran.stderr);
}

#[test]
fn a_backfill_goes_on_from_the_first_day_that_changed() {
    let (folder, inkling) = copy("late-backfill");
    std::fs::copy(folder.at("export/_late/events_20261010.parquet"), folder.at("export/events_20261010.parquet"))
        .unwrap();
    let done = inkling.json(&["backfill"]);
    assert_eq!((&done["days_unchanged"], &done["days_folded"]), (&9.into(), &7.into()));
}

#[test]
fn missing_days_are_reported_and_stepped_over() {
    let (folder, inkling) = copy("missing");
    for day in ["20261004", "20261005"] {
        std::fs::remove_file(folder.at(&format!("export/events_{day}.parquet"))).unwrap();
    }
    let done = inkling.json(&["backfill", "--warehouse", "anew"]);
    assert_eq!((&done["days_folded"], &done["days_missing"]), (&14.into(), &json!(["2026-10-04", "2026-10-05"])));
    assert!(!folder.at("anew/events_clean/date=2026-10-04").exists());
    assert!(known(&folder, "anew", "2026-10-06") > known(&folder, "anew", "2026-10-03"), "states go on over the gap");
    let said = inkling.call(&["backfill", "--warehouse", "anew"]);
    assert!(said.stdout.contains("not in the export: 2026-10-04, 2026-10-05"), "{}", said.stdout);
}

fn known(folder: &Folder, warehouse: &str, day: &str) -> u64 {
    let part = folder.at(&format!("{warehouse}/visitor_state/date={day}/part-000.parquet"));
    TableReader::open(&part).unwrap().total_rows()
}

#[test]
fn an_empty_day_is_a_day() {
    let (folder, inkling) = copy("empty");
    empty(&folder, &inkling, DAY, "warehouse");
    // An empty first day too.
    empty(&folder, &inkling, "2026-10-01", "anew");
}

fn empty(folder: &Folder, inkling: &Inkling, day: &str, warehouse: &str) {
    let digits = day.replace('-', "");
    std::fs::remove_file(folder.at(&format!("export/events_{digits}.parquet"))).unwrap();
    folder.write(&format!("export/events_{digits}.json"), "");
    let call = ["run", "--date", day, "--warehouse", warehouse, "--store", "warehouse/store"];
    let done = inkling.json(&call);
    let run = &done["run"];
    assert_eq!((&run["status"], &run["events"], &run["visitors"]), (&"done".into(), &0.into(), &0.into()));
    let before = folder.at(&format!("{warehouse}/visitor_state/date=2026-10-13"));
    if before.exists() {
        // Everybody seen in the last fourteen days has a daily score, nobody one of a session.
        assert_eq!(run["scored"], known(folder, warehouse, "2026-10-13"));
        assert_eq!(known(folder, warehouse, day), known(folder, warehouse, "2026-10-13"));
    } else {
        assert_eq!(run["scored"], 0);
    }
    assert_eq!(inkling.json(&call)["unchanged"], true);
}
