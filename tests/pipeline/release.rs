//! Releases: published, verified, and refused with a stable code when anything is off.

use super::start::copy;
use batch_service::release::{Expected, read_public, verify};
use batch_service::store::{LocalStore, ObjectStore};
use conformance::world::{Node, Ran};
use jiff::Timestamp;
use std::collections::BTreeMap;

#[test]
fn a_release_is_good_until_a_byte_changes() {
    let _ = Node::ready();
    let (folder, inkling) = copy("release");
    let said = inkling.refused(&["release", "publish"], 2);
    assert!(said.contains("inkling release keys"), "{said}");
    let keys = inkling.json(&["release", "keys"]);
    assert_eq!(inkling.json(&["release", "keys"]), keys, "existing keys are kept");
    let refused = |code: &str| {
        let said = inkling.refused(&["release", "verify"], 4);
        assert!(said.contains(&format!("release refused: {code}")), "{code}: {said}");
    };
    refused("release-unreachable");
    let first = inkling.json(&["release", "publish"]);
    let second = inkling.json(&["release", "publish"]);
    assert_eq!((&first["manifest"]["version"], &second["manifest"]["version"]), (&1.into(), &2.into()));
    let good = inkling.json(&["release", "verify"]);
    assert_eq!(good, second["manifest"]);
    assert_eq!(inkling.json(&["release", "verify", "--key", keys["public_key"].as_str().unwrap()]), good);

    let release = |path: &str| format!("warehouse/store/release/{path}");
    let file = |name: &str| release(good["files"][name]["path"].as_str().unwrap());
    let change = |path: &str, code: &str, edit: &dyn Fn(&mut Vec<u8>)| {
        let whole = std::fs::read(folder.at(path)).unwrap();
        let mut changed = whole.clone();
        edit(&mut changed);
        folder.write(path, &changed);
        refused(code);
        folder.write(path, whole);
    };
    for name in ["bundle", "scorer", "loader"] {
        let path = file(name);
        change(&path, "hash-mismatch", &|bytes| bytes[0] ^= 1);
        change(&path, "hash-mismatch", &|bytes| *bytes.last_mut().unwrap() ^= 128);
        change(&path, "length-mismatch", &|bytes| bytes.truncate(bytes.len() - 1));
        change(&path, "length-mismatch", &|bytes| bytes.push(0));
        std::fs::rename(folder.at(&path), folder.at("aside")).unwrap();
        refused("file-unreachable");
        std::fs::rename(folder.at("aside"), folder.at(&path)).unwrap();
    }
    let manifest = release("release.json");
    change(&manifest, "release-malformed", &|bytes| bytes[0] ^= 1);
    change(&manifest, "key-unknown", &|bytes| bytes[8] ^= 1);
    change(&manifest, "signature-invalid", &|bytes| bytes[40] ^= 1);
    change(&manifest, "signature-invalid", &|bytes| *bytes.last_mut().unwrap() ^= 1);
    assert_eq!(inkling.json(&["release", "verify"]), good, "everything is back as it was");

    let with = |name: &str, value: &str, call: &[&str]| -> Ran {
        let output = inkling.command(call).env(name, value).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    };
    let stage = with("INKLING__RELEASE__ENVIRONMENT", "stage", &["release", "verify"]);
    assert_eq!((stage.code, stage.stderr.contains("site-mismatch")), (4, true), "{}", stage.stderr);
    let other = inkling.json(&["release", "keys", "--keys", "other"]);
    let said = inkling.refused(&["release", "verify", "--key", other["public_key"].as_str().unwrap()], 4);
    assert!(said.contains("key-unknown"), "{said}");
    assert_eq!(with("INKLING__RELEASE__DAYS", "0", &["release", "publish"]).code, 0);
    refused("expired");
}

#[test]
fn every_byte_of_the_manifest_counts() {
    let _ = Node::ready();
    let (folder, inkling) = copy("manifest");
    let _ = inkling.json(&["release", "keys"]);
    let _ = inkling.json(&["release", "publish"]);
    let store = LocalStore::new(folder.at("warehouse/store"));
    let key = read_public(&folder.at("keys")).unwrap();
    let expected = Expected { key: &key, environment: "prod", site: Some("northgate-small"), now: Timestamp::now() };
    assert!(verify(&store, "release", &expected).is_ok());
    let whole = store.get("release/release.json").unwrap().unwrap();
    let mut codes: BTreeMap<&str, u32> = BTreeMap::new();
    for at in 0..whole.len() {
        for bit in [0, 5] {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            // The store keeps what is put there until the next change.
            store.put("release/release.json", &changed).unwrap();
            let refused = verify(&store, "release", &expected).expect_err("a changed manifest is refused");
            *codes.entry(refused.code()).or_default() += 1;
        }
    }
    println!("{} bytes, two bits each: {codes:?}", whole.len());
    assert_eq!(codes.into_keys().collect::<Vec<_>>(), ["key-unknown", "release-malformed", "signature-invalid"]);
}
