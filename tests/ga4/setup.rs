//! `inkling ga4 setup`.

use super::reports::program;
use conformance::analytics::{Fault, Server};
use conformance::world::{Folder, Inkling};
use serde_json::{Value, json};

const CREATE: &str = "customDimensions.create";

fn world(name: &str) -> (Server, Inkling) {
    world_with(name, "")
}

fn world_with(name: &str, more: &str) -> (Server, Inkling) {
    let server = Server::start();
    let inkling = program(&Folder::fresh(&format!("ga4-setup-{name}")), &server, more);
    (server, inkling)
}

fn written(server: &Server) -> usize {
    let calls = [CREATE, "customDimensions.patch", "audiences.create"];
    calls.iter().map(|call| server.requests(call)).sum()
}

fn actions(done: &Value) -> Vec<&str> {
    done["steps"].as_array().unwrap().iter().map(|step| step["action"].as_str().unwrap()).collect()
}

#[test]
fn what_is_missing_is_planned_then_written_and_then_there_is_nothing_to_do() {
    let (server, inkling) = world("all");
    // More than a page of others.
    for n in 0..7 {
        let other = json!({"scope": "EVENT", "parameterName": format!("p{n}"), "displayName": format!("P {n}")});
        server.state().dimensions.push(other);
    }
    let planned = inkling.json(&["ga4", "setup", "--audiences"]);
    assert_eq!((actions(&planned), &planned["applied"]), (vec!["create"; 5], &false.into()));
    assert_eq!(written(&server), 0, "a plan writes nothing");
    let text = inkling.call(&["ga4", "setup"]);
    assert!(text.stdout.contains("2 of 2 to be written; nothing was, `--apply` does it"), "{}", text.stdout);

    let done = inkling.json(&["ga4", "setup", "--apply", "--audiences"]);
    assert_eq!((&done["applied"], written(&server)), (&true.into(), 5));
    let dimensions = server.state().dimensions.clone();
    let audiences = server.state().audiences.clone();
    let ours: Vec<&Value> = dimensions.iter().filter(|of| of["scope"] == "USER").collect();
    let names: Vec<&Value> = ours.iter().map(|of| &of["parameterName"]).collect();
    assert_eq!(names, ["inkling_score", "inkling_band"]);
    assert!(ours.iter().all(|of| of["disallowAdsPersonalization"] == false));
    let names: Vec<&Value> = audiences.iter().map(|of| &of["displayName"]).collect();
    assert_eq!(names, ["Inkling high intent", "Inkling rising intent", "Inkling cooling intent"]);

    let again = inkling.json(&["ga4", "setup", "--apply", "--audiences"]);
    assert_eq!(actions(&again), ["keep"; 5]);
    assert_eq!(written(&server), 5, "what is done is not done again");
    assert!(again["steps"].as_array().unwrap().iter().all(|step| step["note"] == ""), "{again}");
}

#[test]
fn names_and_ads_are_as_configured_and_changed_when_that_changes() {
    let more = "user_property_band = \"intent_band\"\ndisallow_ads_personalization = true\n";
    let (server, inkling) = world_with("configured", more);
    let other = json!({"name": "properties/123456789/customDimensions/1", "scope": "USER",
        "parameterName": "inkling_score", "displayName": "Somebody's name for it"});
    server.state().dimensions.push(other);
    let done = inkling.json(&["ga4", "setup", "--apply"]);
    assert_eq!(actions(&done), ["change", "create"]);
    let dimensions = server.state().dimensions.clone();
    assert!(dimensions.iter().all(|of| of["disallowAdsPersonalization"] == true), "{dimensions:?}");
    assert_eq!(dimensions[0]["displayName"], "Somebody's name for it", "names of people stay");
    assert_eq!(dimensions[1]["parameterName"], "intent_band");
    assert_eq!(actions(&inkling.json(&["ga4", "setup", "--apply"])), ["keep", "keep"]);
}

#[test]
fn a_conflict_is_said_and_nothing_is_written() {
    let (server, inkling) = world("conflict");
    let other = json!({"scope": "EVENT", "parameterName": "inkling_score", "displayName": "Score"});
    server.state().dimensions.push(other);
    for call in [&["ga4", "setup"][..], &["ga4", "setup", "--apply", "--audiences"]] {
        let said = inkling.refused(call, 2);
        assert!(said.contains("scope EVENT") && said.contains("user_property_score"), "{said}");
    }
    assert_eq!(written(&server), 0);
}

#[test]
fn a_full_property_and_an_archived_name_are_told_apart() {
    let (server, inkling) = world("full");
    for n in 0..24 {
        let other = json!({"scope": "USER", "parameterName": format!("p{n}"), "displayName": format!("P {n}")});
        server.state().dimensions.push(other);
    }
    let planned = inkling.json(&["ga4", "setup"]);
    assert!(planned["steps"][1]["note"].as_str().unwrap().contains("room for 25"), "{planned}");
    let said = inkling.refused(&["ga4", "setup", "--apply"], 2);
    assert!(said.contains("no room for inkling_band") && said.contains("archive one"), "{said}");
    // A full property is no matter of patience.
    assert_eq!(server.requests(CREATE), 2);

    let (server, inkling) = world("archived");
    server.plan(CREATE, &[Fault::Status(409)]);
    let said = inkling.refused(&["ga4", "setup", "--apply"], 2);
    assert!(said.contains("was archived") && said.contains("user_property_score"), "{said}");
}

#[test]
fn lost_answers_and_passing_faults_end_well() {
    let (server, inkling) = world("lost");
    server.plan(CREATE, &[Fault::ResetAfter, Fault::Fine, Fault::Status(503), Fault::Truncated]);
    server.plan("customDimensions.list", &[Fault::Html(502), Fault::RetryAfter(429, 1), Fault::Reset]);
    server.plan("audiences.create", &[Fault::ResetAfter]);
    let done = inkling.json(&["ga4", "setup", "--apply", "--audiences"]);
    assert_eq!(done["applied"], true);
    assert_eq!(server.state().dimensions.len(), 2);
    assert_eq!(server.state().audiences.len(), 3);
}

#[test]
fn what_cannot_pass_is_said_with_what_to_do() {
    let (server, inkling) = world("refused");
    server.always("customDimensions.list", Fault::Status(403));
    let said = inkling.refused(&["ga4", "setup"], 1);
    assert!(said.contains("listing customDimensions") && said.contains("Property access management"), "{said}");
    let inkling = program(&Folder::fresh("ga4-setup-nobody"), &server, "");
    let said = inkling.refused(&["ga4", "setup", "--config", "other.toml"], 2);
    assert!(said.contains("other.toml"), "{said}");
}
