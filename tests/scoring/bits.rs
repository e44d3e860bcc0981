//! `/v1/score`, the table of the daily job and WebAssembly in Chromium give the same bits for the same events, however they
//! are cut into requests.

use super::start::{Serving, filled};
use batch_service::fold::{StateReader, VISITOR_STATE};
use batch_service::jobs::visits::{self, Visit, VisitEvent};
use batch_service::release::STABLE;
use batch_service::scores::{self, WrittenScore};
use conformance::world::{Folder, Node, Site};
use model_core::{Scorer, Target};
use serde_json::{Value, json};
use std::collections::HashMap;

/// An event as a caller writes it.
fn event(event: &VisitEvent) -> Value {
    let [name, page_location, page_referrer, source, medium, device, language] = &event.strings;
    let [time, offset, id, number, engaged, items, price, first] = event.numbers;
    let whole = |number: Option<f64>| number.unwrap_or(0.0) as i64;
    json!({
        "name": name, "page_location": page_location, "page_referrer": page_referrer, "source": source, "medium": medium,
        "device": device, "language": language, "time_us": whole(time), "utc_offset_s": whole(offset),
        "session_id": whole(id), "session_number": whole(number), "engaged_ms": whole(engaged), "items": whole(items),
        "price": price, "first_touch_us": whole(first),
    })
}

fn bits(score: &Value) -> String {
    format!("{:016x}", score["score"].as_f64().unwrap().to_bits())
}

/// Sends a visit in pieces of these many events; gives how many scores had the batch's bits.
fn compare(serving: &Serving, visit: &Visit, piece: usize) -> u64 {
    let (mut state, mut compared, mut sent) = (Value::Null, 0, 0);
    for events in visit.events.chunks(piece) {
        sent += events.len();
        let mut body = json!({"events": events.iter().map(event).collect::<Vec<_>>(), "target": "session"});
        if !state.is_null() {
            body["state"] = state;
        }
        let answer = serving.score(&body);
        let expected = &visit.scores[sent - 1];
        assert_eq!(expected.event_index, sent - 1);
        let score = &answer["scores"][0];
        assert_eq!(
            (&*bits(score), score["band"].as_str()),
            (&*expected.bits, Some(expected.band)),
            "visit {}",
            visit.user
        );
        compared += 1;
        state = answer["state"].clone();
    }
    compared
}

/// What the daily job wrote of the sessions of the last day, in the order of the visitors' ids.
fn table(site: &Site) -> Vec<WrittenScore> {
    let rows = scores::load(&*site.place.warehouse, *site.days().last().unwrap()).unwrap();
    let mut rows: Vec<WrittenScore> = rows.into_iter().filter(|row| row.target == "session").collect();
    rows.sort_by(|a, b| a.user.cmp(&b.user));
    rows
}

/// New visitors of the last day, whole, each with its place among all visitors of the day.
fn fresh(site: &Site, count: usize) -> Vec<(usize, Visit)> {
    let (mut found, mut all, last) = (Vec::new(), 0, *site.days().last().unwrap());
    visits::each(&site.place, last, last, |visit, _, _| {
        if visit.state.is_none() && visit.events.len() <= 40 && found.len() < count {
            found.push((all, visit));
        }
        all += 1;
        Ok(true)
    })
    .unwrap();
    assert!(found.len() > count / 2, "{}", found.len());
    assert_eq!(all, table(site).len(), "visitors of the day, and rows of the daily job");
    found
}

#[test]
fn the_same_bits_as_the_daily_job_and_chromium() {
    let node = Node::with_chromium();
    let filled = filled();
    let (written, placed) = (table(&filled.site), fresh(&filled.site, 300));
    for (place, visit) in &placed {
        let (row, last) = (&written[*place], visit.scores.last().unwrap());
        assert_eq!(
            (format!("{:016x}", row.score.to_bits()), &*row.band),
            (last.bits.clone(), last.band),
            "{}",
            row.user
        );
    }
    let visits: Vec<Visit> = placed.into_iter().map(|(_, visit)| visit).collect();
    let lines: Vec<String> = visits.iter().map(|visit| serde_json::to_string(visit).unwrap()).collect();
    let file = filled.site.folder.write("visits.ndjson", lines.join("\n") + "\n");
    let manifest = filled.site.publish(&conformance::world::web());
    let path = &manifest.contents.channels[STABLE].files["bundle"].path;
    let bundle = filled.site.folder.at(&format!("warehouse/store/release/{path}"));
    let found = &node.rescored("chromium", "dist/scorer.wasm", &[(file, bundle)])[0];
    let scores: usize = visits.iter().map(|visit| visit.scores.len()).sum();
    assert_eq!((&found["visits"], &found["compared"]), (&visits.len().into(), &scores.into()));

    let serving = Serving::shared("bits");
    let mut compared = 0;
    for (i, visit) in visits.iter().enumerate() {
        for piece in [1, 2 + i % 5, visit.events.len()] {
            compared += compare(&serving, visit, piece);
        }
    }
    println!(
        "{compared} scores of {} visits as the batch's, whose {scores} are those of Chromium, the last of each in the table",
        visits.len()
    );
    assert!(compared > scores as u64 && scores > 1_000, "{compared}, {scores}");
}

#[test]
fn the_same_bits_for_visitors_of_the_warehouse() {
    let filled = filled();
    let (place, serving) = (&filled.site.place, Serving::shared("bits-known"));
    let day = *place.warehouse.partitions(VISITOR_STATE).unwrap().last().unwrap();
    let mut states = StateReader::open(&*place.warehouse, day).unwrap();
    let profile = &place.site.profile;
    let mut scorers: Vec<(Target, Scorer)> = Target::ALL
        .into_iter()
        .map(|target| {
            let version = batch_service::store::registry::in_service(&place.store, target).unwrap().unwrap();
            (target, Scorer::new(batch_service::store::registry::load(&place.store, &version).unwrap().bundle))
        })
        .collect();
    let written: HashMap<String, WrittenScore> =
        table(&filled.site).into_iter().map(|row| (row.user.clone(), row)).collect();
    let (mut compared, mut in_table) = (0, 0);
    while let Some(row) = states.next().unwrap() {
        if batch_service::shards::shard(&row.user) % 16 != 3 {
            continue;
        }
        let later = row.last_event_us + 3_600_000_000;
        for events in [
            json!([]),
            json!([{"name": "page_view", "time_us": later, "page_location": "https://www.northgate.example/fees"}]),
        ] {
            let answer = serving.score(&json!({"user_pseudo_id": row.user, "events": events}));
            assert_eq!(answer["known"], true);
            assert_eq!(answer["scores"].as_array().unwrap().len(), 2, "{answer}");
            for (i, (target, scorer)) in scorers.iter_mut().enumerate() {
                scorer.restore(&row.state).unwrap();
                if events != json!([]) {
                    let mut offsets = batch_service::fold::Offsets::new(&profile.parts().time_zone).unwrap();
                    let raw = model_core::RawEvent {
                        name: "page_view",
                        page_location: "https://www.northgate.example/fees",
                        time_us: later,
                        utc_offset_s: offsets.at(later),
                        price: f64::NAN,
                        ..Default::default()
                    };
                    let _ = scorer.observe(&raw);
                }
                let (told, score) = (&answer["scores"][i], scorer.score(*target).unwrap());
                assert_eq!(told["target"], target.as_str());
                assert_eq!(bits(told), format!("{:016x}", score.to_bits()));
                let reasons = scorer.reasons(*target).unwrap();
                let strongest = reasons.by_feature.iter().map(|c| c.abs()).fold(0.0, f64::max);
                let first = told["reasons"][0]["contribution"].as_f64().map_or(0.0, f64::abs);
                assert_eq!(first.to_bits(), strongest.to_bits());
                assert_eq!(told["model_version"], scorer.bundle().model(*target).unwrap().version());
                compared += 1;
            }
            // Nothing has happened since the daily job, which scores a session of its day at the last event.
            if let Some(written) = written.get(&row.user).filter(|_| events == json!([])) {
                let told = &answer["scores"][0];
                let of_job = (format!("{:016x}", written.score.to_bits()), &*written.band);
                assert_eq!((bits(told), told["band"].as_str().unwrap()), of_job, "{}", row.user);
                in_table += 1;
            }
        }
    }
    println!("{compared} scores of known visitors, {in_table} of them in the daily job's table");
    assert!(compared > 100 && in_table > 10, "{compared}, {in_table}");
    let unknown = serving.score(&json!({"user_pseudo_id": "1.2", "events": []}));
    assert_eq!((&unknown["known"], &unknown["scores"]), (&json!(false), &json!([])));
}

#[test]
fn the_same_bits_for_a_real_export() {
    let site = Site::real_or_simulated(Folder::fresh("scoring-real"), 6, 3_000);
    let days = site.days();
    site.backfill(days[0], days[5]);
    site.train(Target::Session, days[4]);
    let site = Site { found: site.found, ..site };
    std::fs::copy(filled().site.folder.at("inkling.toml"), site.folder.at("inkling.toml")).unwrap();
    // Without keys there is no root, and the model in service is the one that is asked.
    let serving = Serving::start(&site.folder, &[]);
    let (mut compared, mut seen) = (0, 0);
    visits::each(&site.place, days[5], days[5], |visit, _, _| {
        if visit.state.is_none() && visit.events.len() <= 100 {
            compared += compare(&serving, &visit, 100);
            compared += compare(&serving, &visit, 7);
            seen += 1;
        }
        Ok(seen < 400)
    })
    .unwrap();
    println!("{compared} scores of {seen} visits");
    assert!(compared > 600, "{compared}");
}
