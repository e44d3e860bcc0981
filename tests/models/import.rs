//! `inkling model import`: from exported rows to a model of Python, to one that serves with the same bits everywhere.

use super::start::copy;
use conformance::world::{Folder, Inkling, Ran, measures_python, repository};
use serde_json::Value;

/// A copy of the university with the models that Python has learnt from its rows.
fn trained(name: &str) -> (Folder, Inkling) {
    let (folder, inkling) = copy(name);
    let _ = inkling.json(&["train-set", "export", "--target", "session", "--out", "rows.parquet"]);
    let script = repository().join("tests/models/import.py");
    let output = measures_python().arg(script).arg(folder.at("rows.parquet")).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (folder, inkling)
}

#[test]
fn a_model_of_python_is_compared_kept_and_put_into_service() {
    let (folder, inkling) = trained("import");
    for (name, class, limit) in [
        ("trees", "HistGradientBoosting", 1e-9),
        ("codes", "HistGradientBoosting", 1e-9),
        ("weights", "Pipeline", 1e-12),
    ] {
        let file = format!("{name}/model.pickle");
        let (rows, expected) = (format!("{name}/rows.csv"), format!("{name}/expected.csv"));
        let call = ["model", "import", &file, "--target", "session", "--check", &rows, "--expected", &expected];
        let ran = Ran::of(inkling.command(&[&call[..], &["--output", "json"]].concat()).output().unwrap());
        assert!(ran.code <= 1, "{}", ran.stderr);
        let done: Value = serde_json::from_str(&ran.stdout).unwrap();
        let equality = &done["equality"];
        assert_eq!((equality["rows"].as_u64(), equality["unequal"].as_u64()), (Some(10_000), Some(0)), "{equality}");
        assert!(equality["largest_difference"].as_f64().unwrap() <= limit, "{name}: {equality}");
        assert!(done["source"].as_str().unwrap().contains(class), "{done}");
        let auc = &done["report"]["test"]["all"]["measures"][0]["model"]["value"];
        let least = if name == "codes" { 0.4 } else { 0.6 };
        assert!(auc.as_f64().unwrap() > least, "{name}: {auc}");
        eprintln!("{name}: largest difference {}, AUC {auc}", equality["largest_difference"]);

        let version = done["version"].as_str().unwrap();
        let listed = inkling.json(&["model", "list"]);
        let model = listed["models"].as_array().unwrap().iter().find(|m| m["version"] == version).unwrap();
        assert_eq!(
            (&model["lineage"]["by"], &model["lineage"]["source"]["file"]),
            (&"import".into(), &"model.pickle".into())
        );
        let _ = inkling.json(&["model", "promote", version, "--target", "session", "--force"]);
        let replayed =
            inkling.json(&["replay", "--from", "2026-10-25", "--to", "2026-10-25", "--out", "replay.parquet"]);
        assert!(replayed.is_object(), "{replayed}");
    }
    // Scores of the other model are not those of this one: it is held back, and says which row.
    let call = ["model", "import", "trees/model.pickle", "--target", "session", "--check", "trees/rows.csv"];
    let ran = inkling.call(&[&call[..], &["--expected", "weights/expected.csv"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("not what Python says"), "{}", ran.stdout);
    // A file that is none, and one that asks for more than it may.
    folder.write("bad.pickle", [0x80, 4, b'c', b'o', b's', b'\n', b's', b'y', b's', b'\n', b'.']);
    let ran = inkling.call(&["model", "import", "bad.pickle", "--target", "session"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("`os.sys` is none of the classes that are read"), "{}", ran.stderr);
}

#[test]
fn the_newest_import_of_a_model_decides_whether_it_may_serve() {
    let (folder, inkling) = trained("import-again");
    // So that nothing but the comparison with Python speaks against it.
    std::fs::remove_file(folder.at("warehouse/store/models/in-service-session.json")).unwrap();
    let imported = |expected: Option<&str>| {
        let mut call = vec!["model", "import", "trees/model.pickle", "--target", "session", "--output", "json"];
        if let Some(expected) = expected {
            call.extend(["--check", "trees/rows.csv", "--expected", expected]);
        }
        let ran = inkling.call(&call);
        assert!(ran.code <= 1, "{}", ran.stderr);
        let done: Value = serde_json::from_str(&ran.stdout).unwrap();
        done["version"].as_str().unwrap().to_owned()
    };
    let (good, bad) = (Some("trees/expected.csv"), Some("weights/expected.csv"));
    let version = imported(None);
    let kept = |file: &str| std::fs::read_to_string(folder.at(&format!("warehouse/store/models/{version}/{file}")));
    let promoted = || inkling.call(&["model", "promote", &version, "--target", "session"]);
    for (expected, refusal) in [
        (None, Some("not compared with Python")),
        (bad, Some("not what Python says")),
        (good, None),
        (bad, Some("not what Python says")),
        (good, None),
        (None, Some("not compared with Python")),
    ] {
        assert_eq!(imported(expected), version);
        let ran = promoted();
        match refusal {
            None => assert_eq!(ran.code, 0, "{}", ran.stderr),
            Some(why) => {
                assert!(ran.code == 1 && ran.stderr.contains(why), "{expected:?}: {} {}", ran.code, ran.stderr)
            }
        }
        let allowed = kept("report.json").unwrap().contains("\"release_allowed\": true");
        assert_eq!((allowed, kept("card.md").unwrap().contains(refusal.unwrap_or("not "))), (refusal.is_none(), true));
        // What the rows gave belongs to the same import.
        let equality: Value = serde_json::from_str(&kept("equality.json").unwrap_or("null".into())).unwrap();
        assert_eq!(equality["unequal"].as_u64().map(|unequal| unequal > 0), expected.map(|_| refusal.is_some()));
    }
}
