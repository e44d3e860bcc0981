//! `inkling model list`, the history of promotions and the way back.

use super::start::{copy, serving};
use serde_json::{Value, json};

/// A promotion as a version, what was done, why, and the version before.
fn history(listed: &Value) -> Vec<Value> {
    let promotions = listed["history"]["session"].as_array().unwrap();
    promotions.iter().map(|p| json!([p["version"], p["by"], p["why"], p["previous"]])).collect()
}

#[test]
fn champions_are_listed_with_their_history_and_go_back() {
    let (folder, inkling) = copy("registry");
    let first = serving(&inkling);
    let said = inkling.refused(&["model", "rollback", "--target", "session"], 2);
    assert!(said.contains(&format!("no model of the target session served before {first}")), "{said}");
    // Few days less make another model.
    let to = super::start::day(super::start::LEARNT - 3);
    let trained = inkling.json(&["train", "--target", "session", "--algorithm", "linear", "--to", &to, "--force"]);
    let second = trained[0]["version"].as_str().unwrap();
    assert_ne!(first, second);

    let listed = inkling.json(&["model", "list"]);
    let model = |version: &str| {
        let models = listed["models"].as_array().unwrap();
        models.iter().find(|m| m["version"] == version).unwrap_or_else(|| panic!("{version}: {listed}")).clone()
    };
    let champion = model(second);
    assert_eq!(
        json!([champion["alias"], champion["target"], champion["kind"]]),
        json!(["champion", "session", "linear"])
    );
    assert_eq!(model(&first)["alias"], Value::Null);
    assert_eq!(champion["data_days"], trained[0]["report"]["data"]["days"]);
    assert_eq!(champion["lineage"]["by"], "train");
    assert!(champion["lineage"]["at"].as_str().unwrap().starts_with("20"), "{champion}");
    assert_eq!(champion["lineage"]["program"], env!("CARGO_PKG_VERSION"));
    let auc = &trained[0]["report"]["test"]["all"]["measures"][0]["model"];
    let told = &champion["measures"][0];
    assert_eq!(json!([told["value"], told["low"], told["high"]]), json!([auc["value"], auc["low"], auc["high"]]));
    let text = inkling.call(&["model", "list"]).stdout;
    for says in [&format!("{second}  champion"), "session, linear, 20", "made 20", "by train, inkling ", "AUC 0."] {
        assert!(text.contains(says), "{says:?} in {text}");
    }

    let back = ["model", "rollback", "--target", "session", "--why", "worse in the shop"];
    assert_eq!(inkling.json(&back)["in_service"], first.as_str());
    assert_eq!(serving(&inkling), first);
    let said = inkling.refused(&back, 2);
    assert!(said.contains("served before"), "going back does not go to and fro: {said}");
    let expected = [
        json!([first, "train", null, null]),
        json!([second, "train", null, first]),
        json!([first, "model rollback", "worse in the shop", second]),
    ];
    assert_eq!(history(&inkling.json(&["model", "list"])), expected);

    // Through the same gate.
    let _ = inkling.json(&["model", "promote", second, "--target", "session", "--force"]);
    let path = format!("warehouse/store/models/{first}/report.json");
    let mut report: Value = serde_json::from_slice(&std::fs::read(folder.at(&path)).unwrap()).unwrap();
    (report["release_allowed"], report["release_reasons"]) = (false.into(), json!(["worse than the prior"]));
    folder.write(&path, report.to_string());
    let said = inkling.refused(&back, 1);
    assert!(said.contains("model rollback of") && said.contains("report: worse than the prior"), "{said}");
    let _ = inkling.json(&[&back[..], &["--force"]].concat());
    let listed = inkling.json(&["model", "list"]);
    let last = listed["history"]["session"].as_array().unwrap().last().unwrap();
    assert_eq!(last["against"], json!(["report: worse than the prior"]));
    assert_eq!(listed["forced"][&first][0]["by"], "model rollback");
}

#[test]
fn a_challenger_is_set_by_hand() {
    let (_, inkling) = copy("challenger");
    let first = serving(&inkling);
    let to = super::start::day(super::start::LEARNT - 3);
    let _ = inkling.json(&["train", "--target", "session", "--algorithm", "linear", "--to", &to, "--force"]);
    let challenger = || inkling.json(&["model", "list"])["challenger"][0].clone();
    assert_eq!(challenger(), Value::Null);
    let call = |version: &str| ["model", "challenge", version, "--target", "session"].map(str::to_owned);
    let refused = |version: &str| inkling.refused(&call(version).each_ref().map(String::as_str), 2);
    assert!(refused(&serving(&inkling)).contains("is in service"));
    assert!(refused("none-such").contains("no model none-such"));
    let _ = inkling.json(&["model", "challenge", &first, "--target", "session"]);
    assert_eq!(challenger(), first.as_str());
    assert!(inkling.call(&["model", "list"]).stdout.contains(&format!("{first}  challenger")));
    let _ = inkling.json(&["model", "challenge", "--end", "--target", "session"]);
    assert_eq!(challenger(), Value::Null);
}
