//! Every permission of a rendered template is needed, and none can be added unseen.

use super::rendered::{TEMPLATES, read, rendered};
use conformance::world::{Folder, Inkling, Node};
use serde_json::{Value, json};

/// A template cut at its permissions: before, the permissions, after.
fn cut(text: &str) -> (String, Vec<Value>, String) {
    let head = text.find("_PERMISSIONS___\n").unwrap() + "_PERMISSIONS___\n".len();
    let tail = head + text[head..].find("\n___TESTS___").unwrap();
    let permissions = serde_json::from_str(&text[head..tail]).unwrap();
    (text[..head].to_owned(), permissions, text[tail..].to_owned())
}

/// Runs the tests of a template with other permissions.
fn run(folder: &Folder, inkling: &Inkling, text: &str, permissions: &[Value], flags: &[&str]) -> (i32, String) {
    let (before, _, after) = cut(text);
    folder.write("changed.tpl", format!("{before}\n{}\n{after}", serde_json::to_string(permissions).unwrap()));
    let ran = inkling.call(&[&["gtm", "test", "changed.tpl"], flags].concat());
    assert!(ran.stdout.contains("TAP version 14"), "{}{}", ran.stdout, ran.stderr);
    (ran.code, ran.stdout)
}

#[test]
fn without_any_permission_or_entry_of_one_a_scenario_fails() {
    let _ = Node::ready();
    let (folder, inkling) = rendered("gtm-without");
    let mut tried = 0;
    for template in TEMPLATES {
        let text = read(&folder, template);
        let (_, permissions, _) = cut(&text);
        assert_eq!(run(&folder, &inkling, &text, &permissions, &["--scenarios-only"]).0, 0, "{template} as it is");
        let mut poorer: Vec<Vec<Value>> = Vec::new();
        for (i, permission) in permissions.iter().enumerate() {
            let mut without = permissions.clone();
            without.remove(i);
            poorer.push(without);
            for (p, parameter) in permission["instance"]["param"].as_array().unwrap().iter().enumerate() {
                for entry in 0..parameter["value"]["listItem"].as_array().map_or(0, Vec::len) {
                    let mut without = permissions.clone();
                    let list = &mut without[i]["instance"]["param"][p]["value"]["listItem"];
                    list.as_array_mut().unwrap().remove(entry);
                    poorer.push(without);
                }
            }
        }
        for permissions in poorer {
            let (code, said) = run(&folder, &inkling, &text, &permissions, &["--scenarios-only"]);
            assert!(code == 1 && said.contains("not ok"), "{template}: no scenario misses anything: {permissions:?}");
            tried += 1;
        }
    }
    println!("{tried} permissions and entries taken away, each noticed by a scenario");
}

#[test]
fn a_permission_that_nothing_needs_is_not_good() {
    let _ = Node::ready();
    let (folder, inkling) = rendered("gtm-unused");
    for template in TEMPLATES {
        let text = read(&folder, template);
        let (_, mut permissions, _) = cut(&text);
        let key = json!({"publicId": "logging", "versionId": "1"});
        let debug = json!([{"key": "environments", "value": {"type": 1, "string": "debug"}}]);
        permissions.push(json!({"instance": {"key": key, "param": debug}, "isRequired": true}));
        let (code, said) = run(&folder, &inkling, &text, &permissions, &[]);
        assert!(code == 1 && said.contains("permission logging: no scenario needs it"), "{template}: {said}");
    }
}
