//! Releases: published, verified, and refused with a stable code when anything is off.

use super::start::{DAY, copy};
use batch_service::release::{Authority, Expected, verify_documents};
use batch_service::store::{LocalStore, ObjectStore};
use conformance::world::{Folder, Inkling, Node, Ran};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

fn release(path: &str) -> String {
    format!("warehouse/store/release/{path}")
}

fn refused(inkling: &Inkling, code: &str) {
    let said = inkling.refused(&["release", "verify"], 4);
    assert!(said.contains(&format!("release refused: {code}")), "{code}: {said}");
}

/// Verification says `code` while a file is changed.
fn change(folder: &Folder, inkling: &Inkling, path: &str, code: &str, edit: &dyn Fn(&mut Vec<u8>)) {
    let whole = std::fs::read(folder.at(path)).unwrap();
    let mut changed = whole.clone();
    edit(&mut changed);
    folder.write(path, &changed);
    refused(inkling, code);
    folder.write(path, whole);
}

/// Verification says `code` while a document in `release.json` is changed.
fn repoint(folder: &Folder, inkling: &Inkling, code: &str, edit: &dyn Fn(&mut Value)) {
    change(folder, inkling, &release("release.json"), code, &|bytes| {
        let mut pointer = serde_json::from_slice(bytes).unwrap();
        edit(&mut pointer);
        *bytes = serde_json::to_vec(&pointer).unwrap();
    });
}

#[test]
fn a_release_is_good_until_a_byte_changes() {
    let _ = Node::ready();
    let (folder, inkling) = copy("release");
    let said = inkling.refused(&["release", "publish"], 2);
    assert!(said.contains("inkling release keys init"), "{said}");
    let keys = inkling.json(&["release", "keys", "init"]);
    assert_eq!(inkling.json(&["release", "keys", "init"]), keys, "existing keys are kept");
    refused(&inkling, "release-unreachable");
    let first = inkling.json(&["release", "publish"]);
    let second = inkling.json(&["release", "publish"]);
    assert_eq!((&first["version"], &second["version"]), (&1.into(), &2.into()));
    let since = |release: &Value| release["channels"]["stable"]["released_at"].as_str().unwrap().to_owned();
    assert_eq!(since(&first), since(&second), "the same bundle was not released again");
    let good = inkling.json(&["release", "verify"]);
    assert_eq!(good, second);
    assert_eq!(inkling.json(&["release", "verify", "--root", keys["root"].as_str().unwrap()]), good);

    let files = good["channels"]["stable"]["files"].as_object().unwrap();
    assert!(["bundle", "scorer", "loader"].iter().all(|name| files.contains_key(*name)), "{good}");
    for file in files.values() {
        let path = release(file["path"].as_str().unwrap());
        let change = |code: &str, edit: &dyn Fn(&mut Vec<u8>)| change(&folder, &inkling, &path, code, edit);
        change("hash-mismatch", &|bytes| bytes[0] ^= 1);
        change("hash-mismatch", &|bytes| *bytes.last_mut().unwrap() ^= 128);
        change("length-mismatch", &|bytes| bytes.truncate(bytes.len() - 1));
        change("length-mismatch", &|bytes| bytes.push(0));
        std::fs::rename(folder.at(&path), folder.at("aside")).unwrap();
        refused(&inkling, "file-unreachable");
        std::fs::rename(folder.at("aside"), folder.at(&path)).unwrap();
    }
    let unsigned = |name: &'static str| {
        move |pointer: &mut Value| {
            let mut document: Value = serde_json::from_str(pointer[name].as_str().unwrap()).unwrap();
            document["signatures"] = Value::Array(vec![]);
            pointer[name] = document.to_string().into();
        }
    };
    repoint(&folder, &inkling, "release-malformed", &|pointer| pointer["timestamp"] = 7.into());
    repoint(&folder, &inkling, "key-unknown", &|pointer| pointer["roots"] = Value::Array(vec![]));
    repoint(&folder, &inkling, "signature-invalid", &unsigned("timestamp"));
    repoint(&folder, &inkling, "length-mismatch", &unsigned("targets"));
    // What plain clients read must be the same.
    change(&folder, &inkling, &release("timestamp.json"), "signature-invalid", &|bytes| {
        *bytes = String::from_utf8_lossy(bytes).replace("\"version\":2", "\"version\":1").into_bytes();
    });
    change(&folder, &inkling, &release("2.targets.json"), "length-mismatch", &|bytes| bytes.push(b' '));
    assert_eq!(inkling.json(&["release", "verify"]), good, "everything is back as it was");

    let with = |name: &str, value: &str, call: &[&str]| -> Ran {
        Ran::of(inkling.command(call).env(name, value).output().unwrap())
    };
    let stage = with("INKLING__RELEASE__ENVIRONMENT", "stage", &["release", "verify"]);
    assert_eq!((stage.code, stage.stderr.contains("site-mismatch")), (4, true), "{}", stage.stderr);
    let other = inkling.json(&["release", "keys", "init", "--keys", "other", "--root-keys", "other-roots"]);
    let said = inkling.refused(&["release", "verify", "--root", other["root"].as_str().unwrap()], 4);
    assert!(said.contains("key-unknown"), "{said}");
    // Somebody else's release is not signed again.
    std::fs::rename(folder.at("keys"), folder.at("ours")).unwrap();
    std::fs::rename(folder.at("other"), folder.at("keys")).unwrap();
    for call in [&["release", "publish"][..], &["release", "sign"], &["release", "rollback"]] {
        let said = inkling.refused(call, 4);
        assert!(said.contains("the release in the store is not ours"), "{said}");
    }
}

#[test]
fn every_byte_of_the_manifest_counts() {
    let _ = Node::ready();
    let (folder, inkling) = copy("manifest");
    let _ = inkling.json(&["release", "keys", "init"]);
    let _ = inkling.json(&["release", "publish"]);
    let store = LocalStore::new(folder.at("warehouse/store"));
    let root = Authority::read(&folder.at("keys")).unwrap().pin();
    let expected = Expected { root: &root, environment: "prod", site: "northgate-small", now: Timestamp::now() };
    let good = verify_documents(&store, &expected).unwrap();
    let whole = store.get("release/release.json").unwrap().unwrap();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for at in 0..whole.len() {
        for bit in [0, 5] {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            // The store keeps what is put there until the next change.
            store.put("release/release.json", &changed).unwrap();
            let code = match verify_documents(&store, &expected) {
                // Digits of a signature may change their case: what was signed is the same.
                Ok(manifest) => {
                    assert_eq!(manifest, good, "byte {at}");
                    "the same"
                }
                Err(refused) => refused.code,
            };
            *codes.entry(code).or_default() += 1;
        }
    }
    println!("{} bytes, two bits each: {codes:?}", whole.len());
    assert!(codes.remove("the same").unwrap_or(0) < whole.len() / 10);
    let known = ["hash-mismatch", "key-unknown", "length-mismatch", "release-malformed", "signature-invalid"];
    assert_eq!(codes.into_keys().filter(|code| !known.contains(code)).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn keys_change_channels_end_and_releases_go_back() {
    let _ = Node::ready();
    let (folder, inkling) = copy("control");
    let first = inkling.json(&["release", "keys", "init"]);
    let pinned = first["root"].as_str().unwrap().to_owned();
    let verified = || inkling.json(&["release", "verify", "--root", &pinned]);
    let bundle = |release: &Value, channel: &str| release["channels"][channel]["bundle_version"].clone();
    let said = inkling.refused(&["release", "publish", "--canary", "5"], 1);
    assert!(said.contains("no stable release"), "{said}");
    let one = inkling.json(&["release", "publish"]);
    let _ = inkling.json(&["train", "--target", "session", "--algorithm", "linear", "--force"]);
    let two = inkling.json(&["release", "publish", "--canary", "5"]);
    assert_eq!(bundle(&two, "stable"), bundle(&one, "stable"));
    assert_ne!(bundle(&two, "canary"), bundle(&one, "stable"));
    assert_eq!(two["canary_percent"], 5);
    assert_eq!(verified(), two);
    assert!(inkling.refused(&["release", "publish", "--canary", "100"], 2).contains("1 to 99"));
    let three = inkling.json(&["release", "publish"]);
    assert_eq!(bundle(&three, "stable"), bundle(&two, "canary"));
    assert_eq!(inkling.json(&["release", "end-canary"])["channels"].as_object().unwrap().len(), 1);
    // Going back is going on: a new version names the old files.
    let back = inkling.json(&["release", "rollback"]);
    assert_eq!((bundle(&back, "stable"), &back["version"]), (bundle(&one, "stable"), &5.into()));
    assert_eq!(bundle(&inkling.json(&["release", "rollback", "--to", "3"]), "stable"), bundle(&three, "stable"));
    assert!(inkling.refused(&["release", "rollback", "--to", "77"], 2).contains("no release 77"));
    assert_eq!(inkling.json(&["release", "stop"])["stopped"], true);
    assert_eq!(verified()["stopped"], true);
    assert_eq!(inkling.json(&["release", "resume"])["stopped"], false);
    assert_eq!(inkling.json(&["release", "publish", "--min-loader", "1"])["min_loader"], 1);

    // Another online key, and one root key less: pages that pin the first root follow.
    let rotated = inkling.json(&["release", "keys", "rotate"]);
    assert_eq!((&rotated["version"], &rotated["root_keys"]), (&2.into(), &first["root_keys"]));
    assert_ne!(rotated["online_keys"], first["online_keys"]);
    let _ = inkling.json(&["release", "sign"]);
    let lost = first["root_keys"][1].as_str().unwrap();
    let revoked = inkling.json(&["release", "keys", "revoke", &lost[..10]]);
    assert!(!revoked["root_keys"].as_array().unwrap().contains(&lost.into()), "{revoked}");
    let renewed = inkling.json(&["release", "keys", "renew"]);
    assert_eq!((&renewed["version"], &renewed["root_keys"]), (&4.into(), &revoked["root_keys"]));
    let signed = inkling.json(&["release", "sign"]);
    assert_eq!(verified(), signed);
    assert_eq!(inkling.json(&["release", "verify"]), signed, "and those that pin the newest");
    // What the old online key signed is not signed again.
    assert!(inkling.refused(&["release", "rollback", "--to", "1"], 2).contains("present online key"));

    // One of three root keys is not enough.
    let held: Vec<_> = std::fs::read_dir(folder.at("root-keys")).unwrap().map(|e| e.unwrap().path()).collect();
    let alone = format!("root-{}", &renewed["root_keys"][0].as_str().unwrap()[..8]);
    for path in held.iter().filter(|path| !path.to_string_lossy().contains(&alone)) {
        std::fs::remove_file(path).unwrap();
    }
    let said = inkling.refused(&["release", "keys", "rotate"], 2);
    assert!(said.contains("needs 2 of the old root keys and 1 are in"), "{said}");
    assert_eq!(inkling.json(&["release", "keys", "show"]), renewed, "nothing has changed");
}

#[test]
fn after_a_theft_nothing_is_taken_over() {
    let _ = Node::ready();
    let (folder, inkling) = copy("theft");
    let first = inkling.json(&["release", "keys", "init"]);
    let pinned = first["root"].as_str().unwrap();
    let _ = inkling.json(&["release", "publish"]);
    // The thief signs with the online key, far ahead; the store is theirs for a moment.
    let thief = folder.copy("theft-elsewhere");
    let theirs = Inkling::new(&thief);
    let _ = theirs.json(&["release", "stop"]);
    for path in ["2.targets.json", "2.snapshot.json", "release.json", "timestamp.json"] {
        folder.write(&release(path), std::fs::read(thief.at(&release(path))).unwrap());
    }
    assert_eq!(inkling.json(&["release", "verify"])["stopped"], true);
    let online = first["online_keys"][0].as_str().unwrap();
    let _ = inkling.json(&["release", "keys", "revoke", online]);
    let fresh = inkling.json(&["release", "publish", "--fresh"]);
    assert_eq!(fresh["stopped"], false);
    assert_eq!(inkling.json(&["release", "verify", "--root", pinned]), fresh);
    // The thief's key no longer signs anything that holds.
    let _ = theirs.json(&["release", "sign"]);
    folder.write(&release("release.json"), std::fs::read(thief.at(&release("release.json"))).unwrap());
    refused(&inkling, "key-unknown");
}

#[test]
fn the_daily_job_keeps_the_release_alive() {
    let _ = Node::ready();
    let (_, inkling) = copy("alive");
    let _ = inkling.json(&["release", "keys", "init"]);
    let with_days = |days: &str, call: &[&str]| -> Value {
        let ran = Ran::of(
            inkling.command(call).args(["--output", "json"]).env("INKLING__RELEASE__DAYS", days).output().unwrap(),
        );
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let run = ["run", "--date", DAY];
    assert_eq!(with_days("7", &run)["release"], Value::Null, "nothing is published");
    let published = with_days("3", &["release", "publish"]);
    let signed = with_days("7", &run)["release"].clone();
    assert_eq!((&published["version"], &signed["version"]), (&1.into(), &2.into()));
    assert_eq!(signed["channels"], published["channels"]);
    assert!(signed["expires"].as_str() > published["expires"].as_str());
    assert_eq!(with_days("7", &run)["release"], Value::Null, "it is fresh");
    assert_eq!(inkling.json(&["release", "verify"]), signed);
}
