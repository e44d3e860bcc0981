//! Ties and the order of rows.

use batch_service::scores;
use batch_service::shards::Shards;
use conformance::world::{Folder, Site};
use jiff::civil::Date;
use model_core::Target;
use std::collections::HashMap;
use std::io::Read;

const SHUFFLES: u64 = 3;

/// The JSON rows of a day of a simulated export.
fn rows(site: &Site, day: Date) -> Vec<String> {
    let path = site.folder.at(&format!("export/_json/events_{}.json.gz", day.strftime("%Y%m%d")));
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Rows of one visitor that share a time.
fn ties(rows: &[String]) -> usize {
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    for row in rows {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        if let Some(user) = row["user_pseudo_id"].as_str() {
            *seen.entry((user.to_owned(), row["event_timestamp"].to_string())).or_default() += 1;
        }
    }
    seen.into_values().filter(|n| *n > 1).sum()
}

fn shuffle(rows: &mut [String], seed: u64) {
    let mut state = seed;
    for i in (1..rows.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rows.swap(i, (state >> 33) as usize % (i + 1));
    }
}

/// The scores of a day, bits and all, by visitor and target.
fn scored(site: &Site, day: Date) -> Vec<(String, String, u64, String)> {
    let rows = scores::load(&*site.place.warehouse, day).unwrap();
    rows.into_iter().map(|s| (s.user, s.target, s.score.to_bits(), s.band)).collect()
}

#[test]
fn the_order_of_rows_and_ties_changes_no_score() {
    let site = Site::simulated(Folder::fresh("traps-order"), 9, 3_000);
    let days = site.days();
    let (first, last) = (days[7], days[8]);
    site.backfill(days[0], days[6]);
    site.train(Target::Session, days[6]);
    for day in [first, last] {
        site.run(day, false).unwrap();
    }
    let mut tied = 0;
    for seed in 1..=SHUFFLES {
        for day in [first, last] {
            let mut rows = rows(&site, day);
            tied += ties(&rows);
            shuffle(&mut rows, seed);
            let (half, name) = (rows.len() / 2, day.strftime("%Y%m%d"));
            // Two files, as a large table is exported.
            for (part, rows) in [&rows[..half], &rows[half..]].into_iter().enumerate() {
                site.folder.write(&format!("shuffled-{seed}/events_{name}-{part:012}.json"), rows.join("\n"));
            }
        }
        // The same history and models, the shuffled days.
        let folder = site.folder.copy(&format!("traps-order-{seed}"));
        std::fs::remove_dir_all(folder.at("warehouse/scores")).unwrap();
        let shuffled = Site::of_export(folder, &[&format!("shuffled-{seed}")]);
        for day in [first, last] {
            let done = shuffled.run(day, false).unwrap();
            assert!(!done.unchanged, "other files");
            assert_eq!(scored(&shuffled, day), scored(&site, day), "{day}, order {seed}");
            for table in ["events_clean", "visitor_state"] {
                let part = |site: &Site| {
                    std::fs::read(&site.place.warehouse.files(table, day, Shards::ALL).unwrap()[0]).unwrap()
                };
                assert!(part(&shuffled) == part(&site), "{table} of {day}, order {seed}");
            }
        }
    }
    let compared = scored(&site, first).len() + scored(&site, last).len();
    assert!(tied > 1_000 && compared > 500, "{tied} rows in ties, {compared} scores");
    println!("{compared} scores, {SHUFFLES} orders, {} rows in ties", tied / SHUFFLES as usize);
}
