//! `inkling doctor`: every line says what it found, and what to do.

use super::start::copy;
use conformance::world::{Folder, Inkling};
use serde_json::Value;
use std::net::TcpListener;

/// What and outcome of each line.
fn lines(found: &Value) -> Vec<(&str, &str)> {
    let checks = found["checks"].as_array().unwrap();
    checks.iter().map(|c| (c["what"].as_str().unwrap(), c["outcome"].as_str().unwrap())).collect()
}

fn outcome<'a>(found: &'a Value, what: &str) -> &'a str {
    lines(found).into_iter().find(|(name, _)| *name == what).unwrap_or_else(|| panic!("no {what}: {found}")).1
}

fn examined(inkling: &Inkling, arguments: &[&str], code: i32) -> Value {
    let ran = inkling.call(&[&["doctor", "--output", "json"], arguments].concat());
    assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_place_that_works_is_told_so_and_left_as_it_was() {
    let (folder, inkling) = copy("doctor-well");
    let before = folder.files("warehouse");
    let found = examined(&inkling, &[], 0);
    for what in ["warehouse", "site profile", "model: session", "model: visitor"] {
        assert_eq!(outcome(&found, what), "ok", "{found}");
    }
    // By the clock of this machine its last day may be old.
    assert_ne!(outcome(&found, "export"), "failed", "{found}");
    for what in ["release", "last run", "mail", "trigger", "upload"] {
        assert_eq!(outcome(&found, what), "unset", "{found}");
    }
    assert_eq!(folder.files("warehouse"), before);
    let text = inkling.call(&["doctor"]).stdout;
    assert!(text.contains("ok      warehouse") && text.contains("-> inkling release keys"), "{text}");
}

#[test]
fn what_fails_says_how_to_mend_it() {
    let (folder, inkling) = copy("doctor-ill");
    // Nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    folder.write(
        "inkling.toml",
        format!(
            "events = [\"nowhere\"]\nwarehouse = \"warehouse\"\n[alerts]\nsmtp = \"127.0.0.1:{port}\"\ntls = \"none\"\n\
             from = \"i@example.org\"\nto = [\"a@example.org\"]\n"
        ),
    );
    folder.write("warehouse/store/models/in-service-visitor.json", "{}");
    let found = examined(&inkling, &[], 1);
    for what in ["export", "model: visitor", "mail"] {
        assert_eq!(outcome(&found, what), "failed", "{found}");
    }
    assert_eq!(outcome(&found, "model: session"), "ok");
    for check in found["checks"].as_array().unwrap() {
        assert_eq!(check["outcome"] == "ok", check["fix"].is_null(), "{check}");
    }
    let text = inkling.call(&["doctor"]).stdout;
    assert!(text.contains("FAILED  mail") && text.contains("docs/RUNBOOK.md#mail"), "{text}");
}

#[test]
fn an_empty_place_does_not_get_a_profile() {
    let folder = Folder::fresh("doctor-empty");
    let inkling = Inkling::new(&folder);
    let found = examined(&inkling, &["--warehouse", "new"], 0);
    assert_eq!((outcome(&found, "warehouse"), outcome(&found, "site profile")), ("ok", "unset"));
    assert!(!folder.at("new/profile.toml").exists() && !folder.at("new/doctor").exists());
}
