//! From an export to scores and a release, on real days where there are some, beside the same on files.

use super::cloud::Cloud;
use super::export::best;
use super::tables::{TABLES, as_in_folder, published, runs, untouched};
use batch_service::fold::StateReader;
use batch_service::warehouse::LocalWarehouse;
use batch_service::warehouse::bigquery::states_of;
use conformance::world::http::send;
use conformance::world::{Inkling, Server};
use serde_json::{Value, json};
use std::collections::HashMap;

#[test]
fn from_an_export_to_scores_as_on_files() {
    let cloud = Cloud::start("lifecycle");
    let files = best();
    let [.., last, day] = files.days[..] else { panic!("{:?}", files.days) };
    for day in &files.days {
        cloud.put(&files, *day);
    }
    let (first, last, day) = (files.days[0].to_string(), last.to_string(), day);

    // The price comes first. A second call goes on where the first one was stopped.
    let ran = cloud.call(&["backfill", "--to", &first]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("1 days to read in BigQuery: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("site profile: "), "{}", ran.stderr);
    let done = cloud.json(&["backfill", "--to", &last]);
    assert_eq!((&done["days_folded"], &done["days_unchanged"]), (&(files.days.len() - 2).into(), &1.into()), "{done}");
    let states = published(&cloud);
    assert_eq!(states.len(), 2 * (files.days.len() - 1), "{states:?}");

    let trained = cloud.json(&["train", "--target", "session", "--algorithm", "linear", "--force"]);
    assert_eq!(trained[0]["in_service"], true, "{trained}");
    let _ = cloud.json(&["release", "keys", "init"]);
    let released = cloud.json(&["release", "publish"]);
    assert_eq!(released["channels"]["stable"]["model_version"], trained[0]["version"]);
    assert_eq!(cloud.json(&["release", "verify"]), released);

    let ran = cloud.run(day);
    assert_eq!(ran["unchanged"], false);
    assert!(ran["run"]["scored"].as_u64() > Some(100), "{}", ran["run"]);
    assert_eq!(ran["run"]["models"], serde_json::json!([trained[0]["version"]]));
    assert!(ran["run"]["bytes_billed"].as_u64() > Some(0), "{}", ran["run"]);
    let before = untouched(&cloud);
    let again = cloud.run(day);
    assert_eq!((&again["unchanged"], &again["earlier"]), (&true.into(), &serde_json::json!([])));
    assert_eq!(untouched(&cloud), before, "a run that finds nothing new writes nothing");
    let ledger: Vec<(String, String, u64)> =
        files.days.iter().map(|day| (day.to_string(), "done".to_owned(), 1)).collect();
    assert_eq!(runs(&cloud), ledger);

    // The same on files, with the model of the bucket.
    let local = Inkling::new(&cloud.folder);
    let paths: Vec<String> = files.days.iter().map(|day| files.of(*day).to_string_lossy().into_owned()).collect();
    let call = |arguments: &[&str]| {
        let mut command = local.command(&[arguments, &["--warehouse", "warehouse", "--store", &cloud.store]].concat());
        command.arg("--events").args(&paths).env_remove("STORAGE_EMULATOR_HOST");
        if let Some(url) = &cloud.google.config.storage_endpoint {
            command.env("INKLING__CLOUD__STORAGE_ENDPOINT", url);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let _ = call(&["backfill", "--to", &last]);
    let ran = call(&["run", "--date", &day.to_string(), "--output", "json"]);
    assert!(ran.contains("\"rows_read\"") && !ran.contains("bytes_billed"), "nobody is billed for files: {ran}");
    let warehouse = cloud.folder.at("warehouse");
    for (table, _) in TABLES {
        as_in_folder(&cloud, &warehouse, day, &[table]);
    }
    as_in_folder(&cloud, &warehouse, files.days[0], &["events_clean", "visitor_state"]);

    // A visitor's state by the id alone, for who asks for scores.
    let mut states = StateReader::open(&LocalWarehouse::open(&warehouse).unwrap(), day).unwrap();
    let (mut some, mut last, mut seen) = (HashMap::new(), None, 0);
    while let Some(row) = states.next().unwrap() {
        if seen % 400 == 0 {
            last = Some((row.user.clone(), row.last_event_us));
            let _ = some.insert(row.user, row.state);
        }
        seen += 1;
    }
    assert!(some.len() > 2, "{}", some.len());
    let users: Vec<&str> = some.keys().map(String::as_str).chain(["nobody' OR '1' = '1"]).collect();
    assert_eq!(states_of(&cloud.bigquery, &cloud.dataset, day, &users).unwrap(), some);
    let (user, at) = last.unwrap();
    answers(&cloud, &[(&user, true, at.into()), ("nobody", false, Value::Null)]);
}

/// What `/v1/score` says of visitors that it is told the id of: whether they are known, and the time of their last event.
fn answers(cloud: &Cloud, visitors: &[(&str, bool, Value)]) {
    let audience = "https://scores.example";
    let public = done_text(cloud, &["token", "key", "--key", "caller.key"]);
    let issue = ["token", "issue", "--caller", "shop", "--key", "caller.key", "--audience", audience];
    let bearer = format!("Bearer {}", done_text(cloud, &issue));
    let mut command = cloud.command(&["serve", "--address", "127.0.0.1:0", "--address-file", "address"]);
    command.env("INKLING_STATE_KEY", format!("{}=", "A".repeat(43))).env("INKLING__SERVE__AUDIENCE", audience);
    command.env("INKLING__SERVE__CALLERS", json!([{"name": "shop", "keys": [public]}]).to_string());
    let server = Server::of(&mut command, &cloud.folder.at("address"));
    let headers = [("Authorization", &*bearer), ("Content-Type", "application/json")];
    let ask = |path: &str, body: Value| {
        let answer = send(server.address(), "POST", path, &headers, body.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    };
    let all: Vec<Value> = visitors.iter().map(|(user, ..)| json!({"user_pseudo_id": user})).collect();
    // All by one query, then each from memory.
    let together = ask("/v1/score:batch", json!({"requests": all}));
    let each: Vec<Value> = all.iter().map(|body| ask("/v1/score", body.clone())).collect();
    for (answers, asked) in [(&each, "each"), (together["answers"].as_array().unwrap(), "together")] {
        assert_eq!(answers.len(), visitors.len());
        for ((user, known, at), told) in visitors.iter().zip(answers) {
            assert_eq!((&told["known"], &told["time_us"]), (&(*known).into(), at), "{asked}, {user}: {told}");
            assert_eq!(told["scores"].as_array().unwrap().len(), usize::from(*known), "{told}");
        }
    }
}

fn done_text(cloud: &Cloud, arguments: &[&str]) -> String {
    let ran = cloud.call(arguments);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout.trim().to_owned()
}
