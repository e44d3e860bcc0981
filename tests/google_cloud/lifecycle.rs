//! From an export to scores and a release, on real days where there are some, beside the same on files.

use super::cloud::Cloud;
use super::export::best;
use super::tables::{TABLES, as_in_folder, published, runs, untouched};
use conformance::world::Inkling;

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
    };
    call(&["backfill", "--to", &last]);
    call(&["run", "--date", &day.to_string()]);
    let warehouse = cloud.folder.at("warehouse");
    for (table, _) in TABLES {
        as_in_folder(&cloud, &warehouse, day, &[table]);
    }
    as_in_folder(&cloud, &warehouse, files.days[0], &["events_clean", "visitor_state"]);
}
