//! The tag and the export say the same: fixtures case by case, and a whole visit clicked in a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use batch_service::events::{CleanEvents, CleanRow};
use batch_service::fold::{Resolver, merge_days};
use batch_service::ga4::{ReadOptions, read_day};
use batch_service::profile::SiteProfile;
use conformance::world::{Folder, Node, Server, Site, clicked, input, raw, repository};
use jiff::civil::Date;
use model_core::{Event, Profile, Scorer, Target};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn profile() -> Profile {
    SiteProfile::load("northgate-university").unwrap().profile
}

fn json(path: &PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

/// Reads rows of the export, all of one day.
fn read(folder: &Folder, name: &str, rows: &[Value]) -> CleanEvents {
    let digits = rows[0]["event_date"].as_str().unwrap();
    let day: Date = format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]).parse().unwrap();
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let file = folder.write(&format!("{name}/events_{digits}.json"), lines);
    let (events, report) = read_day(&[file], day, &ReadOptions::default()).unwrap();
    assert_eq!(events.rows.len(), rows.len(), "{:?}", report.dropped);
    events
}

#[test]
fn push_and_row_are_one_event() {
    let node = Node::ready();
    let (folder, profile) = (Folder::fresh("mapping-fixtures"), profile());
    let cases = repository().join("tests/fixtures/mapping");
    let script = "import { mapping } from './dist/mapping.mjs'; import { readFileSync } from 'node:fs';
        console.log(JSON.stringify(mapping(JSON.parse(readFileSync(process.argv[1], 'utf8')))));";
    let mut names = Vec::new();
    for case in std::fs::read_dir(&cases).unwrap() {
        let case = case.unwrap().path();
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let push = case.join("push.json");
        let said = node.run(&["--input-type=module", "-e", script, &push.to_string_lossy()], &[]);
        let (tag, expected): (Value, Value) = (serde_json::from_str(&said).unwrap(), json(&case.join("event.json")));
        assert_eq!(tag["strings"], expected["strings"], "{name}");
        let numbers = |value: &Value| input(value).numbers;
        assert_eq!(numbers(&tag), numbers(&expected), "{name}");

        let events = read(&folder, &name, &[json(&case.join("row.json"))]);
        let of_row = Resolver::new(&profile, &events).unwrap().event(&events.rows[0]);
        let of_tag = profile.resolve(&raw(&input(&tag)));
        assert_eq!(of_row, of_tag, "{name}");
        assert!(of_row.time_us > 0 && of_row.session_id > 0 && of_row.group > 0 && of_row.first_touch_us > 0, "{name}");
        names.push(name);
    }
    names.sort();
    assert!(names.len() >= 6, "{names:?}");
    println!("{} cases: {}", names.len(), names.join(", "));
}

/// What is known after a moment of the visit.
struct Moment {
    /// The events of the moment, in the order that does not depend on who saw them.
    events: Vec<Event>,
    features: Vec<u32>,
    score: u64,
}

/// Folds events in the order given; what is known after each moment.
fn fold(scorer: &mut Scorer, events: &[Event]) -> Vec<Moment> {
    let mut moments = Vec::new();
    for moment in events.chunk_by(|a, b| a.time_us == b.time_us) {
        for event in moment {
            scorer.observe_event(event);
        }
        let mut events = moment.to_vec();
        events.sort();
        let features = scorer.row(Target::Session).unwrap().into_iter().map(f32::to_bits).collect();
        moments.push(Moment { events, features, score: scorer.score(Target::Session).unwrap().to_bits() });
    }
    moments
}

#[test]
fn a_visit_clicked_in_a_browser_is_the_visit_of_the_export() {
    let node = Node::with_chromium();
    let site = Site::published("mapping-clicks");
    let server = Server::start(&site.folder);
    let tag = clicked(&node, &server, &site.folder, "a whole visit");

    let profile = &site.place.site.profile;
    let version = batch_service::store::registry::in_service(&site.place.store, Target::Session).unwrap().unwrap();
    let bundle = batch_service::store::registry::load(&site.place.store, &version).unwrap().bundle;

    let seen: Vec<Event> = tag.iter().map(|(input, _)| profile.resolve(&raw(input))).collect();
    let of_tag = fold(&mut Scorer::new(bundle.clone()), &seen);
    // The bits that the browser showed after the last event of each moment.
    let shown = |i: usize| tag[i].1.expect("a score");
    let mut last = 0;
    for moment in &of_tag {
        last += moment.events.len();
        assert_eq!(shown(last - 1), moment.score, "the browser's score after event {}", last - 1);
    }

    let lines = std::fs::read_to_string(site.folder.at("clicks/rows.json")).unwrap();
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut days: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for row in &rows {
        days.entry(row["event_date"].as_str().unwrap()).or_default().push(row.clone());
    }
    let read: Vec<CleanEvents> = days.values().map(|rows| read(&site.folder, "clicked", rows)).collect();
    let mut resolvers: Vec<_> = read.iter().map(|e| Resolver::new(profile, e).unwrap()).collect();
    let mut exported: Vec<Event> = Vec::new();
    merge_days(&read, |_, slices| {
        assert!(exported.is_empty(), "one visitor");
        let rows = slices.iter().flat_map(|s| s.rows.iter().map(|row: &CleanRow| (s.day, row)));
        exported.extend(rows.map(|(day, row)| resolvers[day].event(row)));
        Ok(())
    })
    .unwrap();
    let of_export = fold(&mut Scorer::new(bundle), &exported);

    assert_eq!(of_tag.len(), of_export.len());
    for (i, (tag, export)) in of_tag.iter().zip(&of_export).enumerate() {
        assert_eq!(tag.events, export.events, "moment {i}");
        assert!(tag.features == export.features, "moment {i}: features");
        assert_eq!(tag.score, export.score, "moment {i}: score");
    }
    let names: std::collections::BTreeSet<_> = tag.iter().map(|(input, _)| input.strings[0].as_str()).collect();
    assert!(seen.iter().any(Event::is_conversion) && names.len() >= 15, "{names:?}");
    let internal = seen.iter().filter(|e| e.flags & Event::FLAG_EXTERNAL_REFERRER == 0).count();
    assert_eq!(internal, seen.len(), "a click within the demo site comes from no other site");
    println!(
        "{} events of {} names at {} moments, {} features each: events, features and scores are equal",
        seen.len(),
        names.len(),
        of_tag.len(),
        of_tag[0].features.len()
    );
}
