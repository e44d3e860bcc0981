//! `inkling ga4 history` when Google spoils reports, refuses requests or is hard to reach.

use super::reports::World;
use conformance::analytics::Fault;
use conformance::world::Ran;
use jiff::ToSpan;
use serde_json::{Value, json};

fn ran(world: &World, more: &[&str]) -> Ran {
    let call = world.read(more);
    let call: Vec<&str> = call.iter().map(String::as_str).collect();
    world.inkling.call(&call)
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}{}", ran.stdout, ran.stderr))
}

#[test]
fn reports_that_are_not_whole_are_flagged_and_never_become_events() {
    let world = World::new("flags", 2, 200);
    let spoil = |flag: &str| {
        let data = &mut world.server.state().data;
        data.other = (flag == "other_row").then(|| ("customUser:client_id".to_owned(), 3));
        data.sampling = (flag == "sampled").then_some((1_000, 20_000_000));
        data.threshold = (flag == "thresholded").then_some(2.0);
    };
    for flag in ["other_row", "sampled", "thresholded"] {
        spoil(flag);
        let done = ran(&world, &["--again", "--output", "json"]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        let done = json_of(&done);
        let flags: Vec<&Value> = done["flagged"].as_array().unwrap().iter().map(|day| &day["flags"]).collect();
        assert_eq!(flags, [&json!([flag]), &json!([flag])], "{done}");
        let said = ran(&world, &[]);
        assert!(said.stdout.contains(&format!("by client ({flag}), and never made into events")), "{}", said.stdout);
        let said = world.inkling.refused(&["backfill", "--events", "ga4-history", "--warehouse", "coarse"], 3);
        assert!(said.contains(&format!("left aside in ga4_history: {flag}")), "{said}");
    }
    // Once Google gives them whole, they are taken.
    spoil("nothing");
    assert_eq!(json_of(&ran(&world, &["--again", "--output", "json"]))["flagged"], json!([]));
    let done = world.inkling.json(&["backfill", "--events", "ga4-history", "--warehouse", "coarse"]);
    assert_eq!(done["days_folded"], 2);
}

#[test]
fn passing_faults_change_nothing() {
    let world = World::new("faults", 2, 200);
    assert_eq!(ran(&world, &["--out", "well"]).code, 0);
    let faults = [Fault::Status(500), Fault::Reset, Fault::Truncated, Fault::Html(502), Fault::RetryAfter(429, 1)];
    world
        .server
        .plan("runReport", &[&faults[..], &[Fault::Fine; 2], &[Fault::ResetAfter, Fault::Status(503)]].concat());
    world.server.plan("getMetadata", &[Fault::Status(503)]);
    let done = ran(&world, &["--out", "ill"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(done.stderr.matches("trying again").count(), 8, "{}", done.stderr);
    for table in ["ga4_history", "ga4_baseline"] {
        let contents =
            |of: &str| -> Vec<_> { world.site.folder.contents(&[&format!("{of}/{table}")]).into_values().collect() };
        assert!(contents("well") == contents("ill"), "{table}");
    }
}

#[test]
fn lasting_faults_are_told_and_leave_what_is_done() {
    let world = World::new("lasting", 3, 100);
    // A day is four reports.
    world.server.plan("runReport", &[&[Fault::Fine; 4][..], &[Fault::Status(403)]].concat());
    let said = ran(&world, &[]);
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("report by client of") && said.stderr.contains("as a Viewer"), "{}", said.stderr);
    world.server.plan("runReport", &[Fault::Says("{}")]);
    let said = ran(&world, &[]);
    assert!(said.code == 1 && said.stderr.contains("the answer is no report"), "{}", said.stderr);
    let rest = json_of(&ran(&world, &["--output", "json"]));
    assert_eq!((&rest["days_by_client"], &rest["days_unchanged"]), (&2.into(), &1.into()));
    let state = world.server.state();
    let mut ids = state.data.facts.iter().map(|fact| &fact.dimensions["customUser:client_id"]);
    assert!(!ids.any(|id| said.stderr.contains(id.as_str())), "an id of a visitor is told");
}

#[test]
fn quotas_stop_it_with_exit_code_3_and_it_goes_on_from_there() {
    let world = World::new("quota", 8, 100);
    let days = 8;
    // Four reports a day, and a reserve of two: a project's hour is enough for two days and a bit.
    world.server.state().tokens.project_hour = 4 * 10 * 2 + 30;
    let stopped = ran(&world, &["--output", "json"]);
    assert_eq!(stopped.code, 3, "{}", stopped.stderr);
    let done = json_of(&stopped);
    assert_eq!((&done["days_by_client"], &done["days_left"]), (&2.into(), &(days - 2).into()));
    assert!(done["stopped"].as_str().unwrap().contains("project's hour"), "{done}");
    // At once again: the first answer tells that there is nothing to be had, or Google does.
    let again = ran(&world, &["--output", "json"]);
    assert_eq!((again.code, &json_of(&again)["days_by_client"]), (3, &0.into()), "{}", again.stderr);
    let asked = world.server.requests("runReport");
    assert!(asked <= 4 * 2 + 4, "{asked} requests for two days");

    // The next hour has tokens again, but the day does not have enough for all.
    let next = world.server.clock.now().checked_add(1.hour()).unwrap();
    world.server.clock.set(next);
    world.server.state().tokens = conformance::analytics::TokenQuota { day: 300, ..Default::default() };
    let stopped = ran(&world, &["--output", "json"]);
    let done = json_of(&stopped);
    assert_eq!(stopped.code, 3, "{}", stopped.stderr);
    assert!(done["stopped"].as_str().unwrap().contains("of the day"), "{done}");
    // And the next day it goes on to the end.
    world.server.clock.set(next.checked_add(24.hours()).unwrap());
    world.server.state().tokens = Default::default();
    let done = json_of(&ran(&world, &["--output", "json"]));
    assert_eq!(done["days_left"], 0);
    let folded = world.inkling.json(&["backfill", "--events", "ga4-history", "--warehouse", "coarse"]);
    assert_eq!(folded["days_folded"], days);
}

#[test]
fn what_is_wrongly_configured_is_told_before_a_report_is_asked_for() {
    let world = World::new("config", 1, 50);
    let config = std::fs::read_to_string(world.site.folder.at("inkling.toml")).unwrap();
    world.site.folder.write("inkling.toml", config.replace("customUser:client_id", "customUser:clientid"));
    let said = ran(&world, &[]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("has not registered `customUser:clientid`"), "{}", said.stderr);
    assert!(said.stderr.contains("customUser:client_id, customEvent:ga_session_id"), "{}", said.stderr);
    world.site.folder.write("inkling.toml", &config);
    for (range, says) in [
        (["2026-10-02", "2026-10-01"], "is after"),
        (["2025-01-01", "2026-10-01"], "more than 366 days"),
        (["2026-10-01", "2099-10-01"], "more than 366 days"),
        (["2099-10-01", "2099-10-02"], "is not over yet"),
    ] {
        let call = ["ga4", "history", "--from", range[0], "--to", range[1], "--warehouse", "coarse"];
        let said = world.inkling.refused(&call, 2);
        assert!(said.contains(says), "{said}");
    }
    assert_eq!(world.server.requests("runReport"), 0);
    // Days of another time zone would be cut at other moments.
    world.site.folder.write("inkling.toml", config.replace("northgate-university", "ga4-default"));
    let said = ran(&world, &[]);
    assert!(said.code == 2 && said.stderr.contains("Europe/London"), "{}{}", said.stdout, said.stderr);
}
