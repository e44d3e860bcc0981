//! What `gtm render` and `gtm test` refuse, and how they say so.

use super::rendered::{LOADER, arguments, read, rendered};
use conformance::world::{Folder, Inkling, Node};

#[test]
fn only_exact_https_addresses_are_rendered() {
    let folder = Folder::fresh("gtm-refused");
    let inkling = Inkling::new(&folder);
    for (bad, reason) in [
        ("http://tags.northgate.example/l.js", "only https"),
        ("https://tags.northgate.example/*", "wildcard"),
        ("https://tags.northgate.example/l.js?v=2", "query"),
        ("https://tags.northgate.example/l.js#x", "fragment"),
        ("https://me:pass@tags.northgate.example/l.js", "credentials"),
        ("https://tags.northgate.example/", "one file"),
    ] {
        let all: Vec<&str> = arguments(&[]).into_iter().map(|a| if a == LOADER { bad } else { a }).collect();
        let said = inkling.refused(&all, 2);
        assert!(said.contains("--loader") && said.contains(reason), "{bad}: {said}");
    }
    for (flag, bad, reason) in [
        ("--bucket", "https://files.northgate.example", "path"),
        ("--files", "http://files.northgate.example/", "only https"),
        ("--domains", "a b", "domain"),
        ("--search", "q,", "parameter"),
        ("--off", "form start", "event"),
        ("--stream", "UA-1", "G-"),
        ("--consent-event", "a b", "event"),
        ("--environment", "Prod", "environment"),
    ] {
        let said = inkling.refused(&arguments(&[flag, bad]), 2);
        assert!(said.contains(reason), "{flag} {bad}: {said}");
    }
    assert!(!folder.at("gtm").exists(), "nothing was written");
}

#[test]
fn the_runner_says_what_is_missing() {
    let _ = Node::ready();
    let (folder, inkling) = rendered("gtm-missing");
    let tag = "gtm/inkling-tag.tpl";
    let said = inkling.refused(&["gtm", "test", tag, "--web", "nowhere"], 2);
    assert!(said.contains("scripts/build-web") && said.contains("--web"), "{said}");
    let said = inkling.refused(&["gtm", "test", "nothing.tpl"], 2);
    assert!(said.contains("nothing.tpl"), "{said}");
    folder.write("no.tpl", "no template");
    assert!(inkling.refused(&["gtm", "test", "no.tpl"], 2).contains("___NAME___"));
    let mut command = inkling.command(&["gtm", "test", tag]);
    let output = command.env("PATH", folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("nodejs.org"), "{said}");
}

#[test]
fn a_scenario_that_fails_is_exit_code_1_and_named() {
    let _ = Node::ready();
    let (folder, inkling) = rendered("gtm-red");
    let tag = read(&folder, "inkling-tag.tpl");
    let changed = tag.replace("if (granted) start(true);", "start(granted);");
    assert_ne!(changed, tag);
    folder.write("changed.tpl", changed);
    let ran = inkling.call(&["gtm", "test", "changed.tpl"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.lines().any(|l| l.starts_with("not ok") && l.ends_with("denied once more: nothing starts")));
    let json = inkling.call(&["gtm", "test", "changed.tpl", "--output", "json"]);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &value["ok"]), (1, &false.into()));
}
