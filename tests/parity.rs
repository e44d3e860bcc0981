//! The same bits everywhere: the daily job, a model that never left memory, the bundle read back, Wasm in Node and Wasm
//! in Chromium, after every event of every visit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use batch_service::jobs::visits;
use batch_service::scores;
use batch_service::store::registry;
use conformance::world::{Folder, Node, Site, same_bits, small_trees};
use jiff::ToSpan;
use jiff::civil::Date;
use model_core::{Bundle, Scorer, Target};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};

/// Fewer scores would prove little.
const LEAST: u64 = 100_000;

/// The days that are trained on, and the three that are scored.
struct Days {
    site: Site,
    train_to: Date,
    from: Date,
    to: Date,
}

/// Three days of the real export, otherwise of a simulated one with as many events.
fn days() -> Days {
    let folder = Folder::fresh("parity");
    let site = Site::real_or_simulated(folder, 8, 20_000);
    let days = site.days();
    site.backfill(days[0], days[7]);
    Days { site, train_to: days[4], from: days[5], to: days[7] }
}

#[test]
fn every_prefix_of_every_visit_has_one_score() {
    let node = Node::with_chromium();
    let Days { site, train_to, from, to } = days();
    let profile = &site.place.site.profile;

    let snapshots = batch_service::jobs::train::snapshots(&site.place, None, train_to).unwrap().session;
    let model = batch_service::training::train(&snapshots, profile, &small_trees(), None).unwrap().model;
    let in_memory = Bundle::new(profile.clone(), vec![model.clone()]).unwrap();
    let bytes = in_memory.write();
    registry::add(&site.place.store, model.version(), &bytes, "{}", "").unwrap();
    registry::promote(&site.place.store, Target::Session, model.version(), &registry::Decision::by("test")).unwrap();
    let bundle = site.folder.write("model.bin", &bytes);

    let mut natives =
        [("in memory", Scorer::new(in_memory)), ("read back", Scorer::new(Bundle::read(&bytes).unwrap()))];
    let path = site.folder.at("visits.ndjson");
    let mut lines = BufWriter::new(File::create(&path).unwrap());
    let (mut visits, mut scored, mut with_state) = (0_u64, 0_u64, 0_u64);
    visits::each(&site.place, from, to, |visit, _, _| {
        for (name, scorer) in &mut natives {
            same_bits(name, scorer, &visit);
        }
        visits += 1;
        scored += visit.scores.len() as u64;
        with_state += u64::from(visit.state.is_some());
        serde_json::to_writer(&mut lines, &visit)?;
        lines.write_all(b"\n")?;
        Ok(true)
    })
    .unwrap();
    lines.flush().unwrap();
    println!(
        "{from} to {to}: {visits} visitors ({with_state} with a history), {scored} scores, model {}",
        model.version()
    );
    assert!(scored > LEAST, "{scored} scores");
    assert!(with_state > 100);

    let runs = [(path, bundle)];
    for (runtime, scorer) in
        [("node", "dist/scorer.wasm"), ("chromium", "dist/scorer.wasm"), ("node", "dist/scorer.js")]
    {
        let found = &node.rescored(runtime, scorer, &runs)[0];
        println!("{scorer}: {found}");
        assert_eq!((&found["visits"], &found["compared"]), (&visits.into(), &scored.into()));
    }
    the_daily_job_agrees(&site, from, to);
}

/// What the table `scores` says at the end of a day is what a browser would have shown after the day's last event.
fn the_daily_job_agrees(site: &Site, from: Date, to: Date) {
    let mut compared = 0;
    for day in from.series(1.day()).take_while(|d| *d <= to) {
        site.run(day, false).unwrap();
        let written = scores::load(&*site.place.warehouse, day).unwrap();
        let mut written: Vec<_> = written.into_iter().filter(|s| s.target == "session").collect();
        // Both go through the visitors in the order of their ids.
        written.sort_by(|a, b| a.user.cmp(&b.user));
        let mut written = written.into_iter();
        let mut seen = HashMap::new();
        visits::each(&site.place, day, day, |visit, _, _| {
            let (last, row) = (visit.scores.last().unwrap(), written.next().expect("a row for every visitor"));
            assert_eq!(format!("{:016x}", row.score.to_bits()), last.bits, "{day}: {}", row.user);
            assert_eq!(row.band, last.band);
            assert!(seen.insert(row.user, ()).is_none());
            compared += 1;
            Ok(true)
        })
        .unwrap();
        assert!(written.next().is_none(), "{day}: a row more than visitors");
    }
    println!("the daily job: {compared} rows of the table scores");
    assert!(compared > 1_000);
}
