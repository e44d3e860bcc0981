//! Releases are a repository of The Update Framework: python-tuf takes ours, our clients take python-tuf's, and all three
//! refuse the same. Signatures are judged as Wycheproof says, native, in Node and in Chromium.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "tuf/kms.rs"]
mod kms;

use batch_service::fingerprint;
use batch_service::tuf::PublicKey;
use conformance::world::{Folder, Inkling, Node, Site, repository, venv, web};
use serde_json::{Value, json};
use std::process::Command;
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

#[test]
fn wycheproof_agrees_natively_in_node_and_in_chromium() {
    let node = Node::with_chromium();
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let hex = |bytes: &[u8]| fingerprint::hex(bytes);
    let (mut vectors, mut wrong) = (Vec::new(), Vec::new());
    for group in &set.test_groups {
        let public = hex(&group.key.pk);
        let key = PublicKey::read(&json!({"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": public}}));
        for test in &group.tests {
            let valid = test.result == TestResult::Valid;
            let accepted = key.as_ref().is_ok_and(|key| key.accepts(&test.msg, &test.sig));
            if accepted != valid {
                wrong.push(test.tc_id);
            }
            let (message, signature) = (hex(&test.msg), hex(&test.sig));
            vectors.push(
                json!({"id": test.tc_id, "key": public, "message": message, "signature": signature, "valid": valid}),
            );
        }
    }
    assert_eq!(wrong, Vec::<usize>::new(), "native");
    assert_eq!(vectors.len(), 151);
    println!("{} of {} vectors native", vectors.len(), vectors.len());
    let folder = Folder::fresh("wycheproof");
    let path = folder.write("vectors.json", serde_json::to_vec(&vectors).unwrap());
    let said = node.run(&["test/browser/wycheproof.mjs", path.to_str().unwrap()], &[]);
    println!("{}", said.trim());
    for place in ["node", "chromium"] {
        assert!(said.contains(&format!("{place}: {0} of {0}", vectors.len())), "{said}");
    }
}

/// Runs a script of `tests/tuf/` in the Python environment; gives what it prints.
fn python(script: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(venv().join("bin/python"));
    command.arg("-B").arg(repository().join("tests/tuf").join(script)).args(arguments);
    let output = command.output().expect("Python starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{script}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn python_tuf_takes_what_we_write_and_refuses_what_was_changed() {
    let _ = Node::ready();
    let site = Site::simulated(Folder::fresh("tuf-ours"), 12, 2_000);
    let days = site.days();
    site.backfill(days[0], days[8]);
    site.train(model_core::Target::Session, days[8]);
    let first = site.publish(&web());
    let inkling = Inkling::new(&site.folder);
    std::fs::copy(site.folder.at("keys/1.root.json"), site.folder.at("pinned.json")).unwrap();
    // A chain of roots, and a second version.
    let keys = ["--keys", "keys", "--root-keys", "root-keys"];
    let _ = inkling.json(&[&["release", "keys", "rotate"][..], &keys].concat());
    let second = inkling.json(&["release", "sign", "--warehouse", "warehouse", "--keys", "keys"]);
    assert_eq!((first.version, &second["version"]), (1, &2.into()));
    let release = site.folder.at("warehouse/store/release");
    let said = python("take.py", &[release.to_str().unwrap(), site.folder.at("pinned.json").to_str().unwrap()]);
    let found: Value = serde_json::from_str(&said).unwrap();
    println!("{found}");
    assert_eq!((&found["root"], &found["timestamp"]), (&2.into(), &2.into()));
    let files = second["channels"]["stable"]["files"].as_object().unwrap();
    assert_eq!(found["files"], files.len());
    assert!(found["refused"].as_u64() >= Some(files.len() as u64 + 4), "{found}");
}

#[test]
fn both_clients_take_what_python_tuf_writes_and_refuse_what_was_changed() {
    let _ = Node::ready();
    let folder = Folder::fresh("tuf-theirs");
    let native = Inkling::new(&folder).program().display().to_string();
    let browser = web().join("tuf-client.mjs").display().to_string();
    let said = python("give.py", &[folder.path().to_str().unwrap(), &native, &browser]);
    let found: Value = serde_json::from_str(&said).unwrap();
    println!("{found}");
    for client in ["native", "browser"] {
        let outcomes = found[client].as_object().unwrap();
        assert!(outcomes.len() >= 14, "{found}");
        for (case, outcome) in outcomes {
            let good = case.starts_with("good");
            assert_eq!(outcome, if good { "taken" } else { "refused" }, "{client}: {case}");
        }
    }
}
