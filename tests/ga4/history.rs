//! `inkling ga4 history`, and what is made of it.

use super::reports::{World, to_the_minute};
use batch_service::events::{CleanEvents, Origin};
use batch_service::ga4::Export;
use batch_service::jobs::promote::Gate;
use batch_service::jobs::train::{snapshots, train};
use batch_service::shards::Shards;
use batch_service::warehouse::events_clean;
use batch_service::warehouse::read::TableReader;
use conformance::world::{Folder, Ran, small_trees};
use jiff::civil::Date;
use model_core::Target;
use std::collections::{BTreeMap, BTreeSet};

fn ran(world: &World, call: &[String]) -> Ran {
    let call: Vec<&str> = call.iter().map(String::as_str).collect();
    world.inkling.call(&call)
}

/// What of an event a report tells: client, minute, name, page, session; each with how often.
fn told(events: &CleanEvents) -> BTreeMap<(String, i64, String, String, i64), u64> {
    let mut found = BTreeMap::new();
    for row in &events.rows {
        let event = events.view(row);
        let [user, name, page] = [event.user, event.name, event.page].map(str::to_owned);
        *found.entry((user, to_the_minute(event.time_us), name, page, event.session_id)).or_default() += 1;
    }
    found
}

fn day_of(folder: &Folder, table: &str, day: Date) -> TableReader {
    TableReader::open(&folder.at(&format!("coarse/{table}/date={day}/part-000.parquet"))).unwrap()
}

#[test]
fn days_by_client_become_states_through_the_same_cleansing() {
    let world = World::new("states", 12, 3_000);
    let days = world.site.days();
    let done = ran(&world, &world.read(&["--output", "json"]));
    assert_eq!(done.code, 0, "{}", done.stderr);
    let done: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&done["days_by_client"], &done["flagged"]), (&12.into(), &serde_json::json!([])));

    let folded = world.inkling.json(&["backfill", "--events", "ga4-history", "--warehouse", "coarse"]);
    assert_eq!((&folded["days_folded"], &folded["days_missing"]), (&12.into(), &serde_json::json!([])));
    let coarse = batch_service::warehouse::LocalWarehouse::open(world.site.folder.at("coarse")).unwrap();
    let mut events = 0;
    for day in &days {
        let (export, _) = world.site.found.read(*day, Shards::ALL).unwrap();
        let history = events_clean::load(&coarse, *day).unwrap().unwrap();
        assert_eq!((export.origin, history.origin), (Origin::Export, Origin::DataApi));
        assert!(told(&export) == told(&history), "{day}: other events than those of the export");
        events += history.rows.len();
        // What a report does not tell is missing, and not made up.
        let made_up = history.rows.iter().map(|row| history.view(row));
        assert!(
            made_up
                .clone()
                .all(|e| e.first_touch_us == 0 && e.session_number == 0 && e.items == 0 && e.price.is_none())
        );
        assert!(made_up.clone().all(|e| e.time_us % 60_000_000 == 0));
    }
    assert_eq!(folded["events"], events);

    // The same visitors are known at the end of each day as from the export.
    let _ = world.inkling.json(&["backfill", "--events", "export", "--warehouse", "fine"]);
    let last = days.last().unwrap();
    let known = |warehouse: &str| -> BTreeSet<String> {
        let part = world.site.folder.at(&format!("{warehouse}/visitor_state/date={last}/part-000.parquet"));
        let file = TableReader::open(&part).unwrap();
        let texts = (0..file.groups()).map(|group| file.column(group, "user_pseudo_id").unwrap());
        texts
            .flat_map(|cells| cells.texts().unwrap().into_iter().flatten().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    assert!(known("coarse") == known("fine") && known("coarse").len() > 1_000);

    // Daily rows are made of it, rows of sessions are not; both say so.
    let place = |warehouse: &str| {
        let path = world.site.folder.at(warehouse);
        batch_service::place::Place::look(&path, None, None, &Default::default(), || unreachable!("it has one"))
            .unwrap()
    };
    let (rows, fine) =
        (snapshots(&place("coarse"), None, *last).unwrap(), snapshots(&place("fine"), None, *last).unwrap());
    assert_eq!((rows.session.len(), rows.daily.len()), (0, fine.daily.len()));
    assert!(fine.session.len() > 1_000 && rows.daily.len() > 1_000);
    assert_eq!(rows.daily.label, fine.daily.label);
    assert!(rows.daily.notes[0].contains("12 of 12 days") && fine.daily.notes.is_empty());
    // No browser would have computed scores of such days, whatever the model.
    train(&place("fine"), &[Target::Session], None, days[8], &small_trees(), &Gate::forced()).unwrap();
    let [from, to] = world.range();
    let replay = |warehouse| {
        [
            "replay",
            "--from",
            &from,
            "--to",
            &to,
            "--out",
            "r.parquet",
            "--store",
            "fine/store",
            "--warehouse",
            warehouse,
        ]
    };
    let said = world.inkling.refused(&replay("coarse"), 2);
    assert!(said.contains("is from the Data API, where moments within a minute are not told apart"), "{said}");
    assert_eq!(world.inkling.call(&replay("fine")).code, 0);
    println!("{events} events of {} days, {} daily rows", days.len(), rows.daily.len());
}

#[test]
fn history_fills_what_the_export_does_not_have() {
    let world = World::new("before", 6, 400);
    let days = world.site.days();
    assert_eq!(ran(&world, &world.read(&["--out", "past"])).code, 0);
    for day in &days[..3] {
        let name = format!("export/events_{}", day.strftime("%Y%m%d"));
        let _ = std::fs::remove_file(world.site.folder.at(&format!("{name}.json")));
        std::fs::remove_file(world.site.folder.at(&format!("{name}.parquet"))).unwrap();
    }
    let both = ["--events", "export", "ga4-history:past", "--warehouse", "both"];
    let done = world.inkling.json(&[&["backfill"], &both[..]].concat());
    assert_eq!(done["days_folded"], 6);
    let tables = batch_service::warehouse::LocalWarehouse::open(world.site.folder.at("both")).unwrap();
    let origins: Vec<Origin> =
        days.iter().map(|day| events_clean::load(&tables, *day).unwrap().unwrap().origin).collect();
    assert_eq!(origins[..3], [Origin::DataApi; 3]);
    assert_eq!(origins[3..], [Origin::Export; 3]);
    assert_eq!(world.inkling.json(&[&["backfill"], &both[..]].concat())["days_unchanged"], 6);
}

#[test]
fn without_a_client_id_there_are_aggregates_and_no_events() {
    let world = World::new("aggregates", 3, 300);
    let config = std::fs::read_to_string(world.site.folder.at("inkling.toml")).unwrap();
    let without: Vec<&str> = config.lines().filter(|line| !line.contains("_dimension")).collect();
    world.site.folder.write("inkling.toml", without.join("\n"));
    let done = ran(&world, &world.read(&[]));
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.contains("3 as aggregates only"), "{}", done.stdout);
    assert!(done.stderr.contains("the property has customUser:client_id"), "{}", done.stderr);

    let mut views = 0.0;
    for day in world.site.days() {
        let facts = world.server.state().data.facts.clone();
        views = facts.iter().filter(|f| f.date == day).map(|f| f.metrics["screenPageViews"]).sum();
        let file = day_of(&world.site.folder, "ga4_baseline", day);
        let [groupings, counts] = ["grouping", "page_views"].map(|name| file.column(0, name).unwrap());
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for (grouping, count) in groupings.texts().unwrap().into_iter().zip(counts.i64s().unwrap()) {
            *sums.entry(grouping.unwrap()).or_default() += count.unwrap();
        }
        let all = views as i64;
        assert_eq!(sums, BTreeMap::from([("channel", all), ("channel_page_group", all), ("day", all)]));
        assert_eq!(day_of(&world.site.folder, "ga4_history", day).total_rows(), 0);
    }
    assert!(views > 0.0);
    let said = world.inkling.refused(&["backfill", "--events", "ga4-history", "--warehouse", "coarse"], 3);
    assert!(said.contains("no day of ga4_history may become events"), "{said}");
}
