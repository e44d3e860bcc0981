//! A model that drifts, or whose report speaks against it, is held back; `--force` goes on and is kept.

use super::retrain::{run, without_scrolls};
use super::start::{LEARNT, copy, serving};
use conformance::world::Node;
use serde_json::Value;

#[test]
fn a_drifting_model_is_not_promoted_or_released_but_by_force() {
    let _ = Node::ready();
    let (folder, inkling) = copy("held-back");
    let version = serving(&inkling);
    let promote = ["model", "promote", &version, "--target", "session"];
    let _ = inkling.json(&promote);
    let _ = inkling.json(&["release", "keys", "init"]);
    let _ = inkling.json(&["release", "publish"]);
    without_scrolls(&folder);
    run(&inkling, LEARNT + 1, LEARNT + 2);

    let before = folder.contents(&["warehouse/store"]);
    for (call, what) in [(&promote[..], "model promote"), (&["release", "publish"], "release publish")] {
        let said = inkling.refused(call, 1);
        assert!(said.contains(&format!("{what} of {version} is refused: drift:session")), "{said}");
        assert!(said.contains("session.scrolls (PSI") && said.contains("--force"), "{said}");
    }
    assert!(folder.contents(&["warehouse/store"]) == before, "what is refused writes nothing");
    // The same release can still be signed: that is no promotion.
    let _ = inkling.json(&["release", "sign"]);

    let forced = inkling.call(&[&promote[..], &["--force"]].concat());
    assert_eq!(forced.code, 0, "{}", forced.stderr);
    assert!(forced.stderr.contains("goes on by --force against: drift:session"), "{}", forced.stderr);
    let _ = inkling.json(&["release", "publish", "--force"]);
    let listed = inkling.json(&["model", "list"]);
    let times = listed["forced"][&version].as_array().unwrap();
    let by: Vec<&str> = times.iter().map(|time| time["by"].as_str().unwrap()).collect();
    assert_eq!(by, ["model promote", "release publish"], "{listed}");
    assert!(times.iter().all(|t| t["reasons"][0].as_str().unwrap().starts_with("drift:session: ")), "{listed}");
    let said = inkling.call(&["model", "list"]).stdout;
    assert!(said.contains(&format!("{version}  champion  by --force, 20")), "{said}");
}

#[test]
fn a_model_whose_report_speaks_against_it_is_held_back() {
    let (folder, inkling) = copy("reported");
    let version = serving(&inkling);
    let path = format!("warehouse/store/models/{version}/report.json");
    let mut report: Value = serde_json::from_slice(&std::fs::read(folder.at(&path)).unwrap()).unwrap();
    report["release_allowed"] = false.into();
    report["release_reasons"] = serde_json::json!(["worse than the model in service"]);
    folder.write(&path, report.to_string());
    let promote = ["model", "promote", &version, "--target", "session"];
    let said = inkling.refused(&promote, 1);
    assert!(said.contains("refused: report: worse than the model in service"), "{said}");
    let _ = inkling.json(&[&promote[..], &["--force"]].concat());
    assert_eq!(inkling.json(&["model", "list"])["forced"][&version][0]["by"], "model promote");
}
