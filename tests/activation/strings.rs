//! Every string of the Big List of Naughty Strings as the id of a visitor, in every text of the export, as the name of a
//! user property: what is sent is valid, and the rest is refused row by row, never with its batch.

use super::visitors::{id, write_scores, yesterday_and_today};
use super::world::{World, config};
use batch_service::activation::config::{Ga4Config, Way};
use batch_service::activation::upload::{Upload, UploadOptions};
use batch_service::activation::{DataImport, Names};
use batch_service::warehouse::Fence;
use conformance::analytics::imported;
use conformance::world::{Row, day_file, repository};
use std::collections::{BTreeMap, BTreeSet};

/// The list, which lies beside the checkout; otherwise a few of the same kinds.
fn strings() -> Vec<String> {
    let path = repository().join("../shared/corpora/blns.json");
    if let Ok(text) = std::fs::read_to_string(&path) {
        let strings: Vec<String> = serde_json::from_str(&text).unwrap();
        println!("{} strings of {}", strings.len(), path.display());
        return strings;
    }
    println!("no list at {}: a few strings of the same kinds", path.display());
    let few = [
        "",
        "undefined",
        "true",
        "1.00",
        "$1.00",
        "-1.00",
        "0x0",
        "١٢٣",
        "\u{0000}",
        "\u{feff}",
        "\u{202e}test",
        "Ω≈ç√∫",
        "田中さん",
        "👩🏽",
        "<script>alert(1)</script>",
        "1;DROP TABLE users",
        "{\"a\": 1}",
        "\"",
        "'",
        "\\",
        "\r\n",
        "a,b",
        "../../etc/passwd",
        "1.7976931348623157e308",
        "NaN",
        "1.2\u{200b}",
        "１.２",
        " 1.2",
        "1.2\n",
        "12.34",
    ];
    few.map(str::to_owned).to_vec()
}

/// Visitors with a score: those of the list, and others between them.
fn ids() -> (BTreeSet<String>, BTreeSet<String>) {
    let good: BTreeSet<String> = (0..2_500).map(id).collect();
    // A table has no row without an id.
    let bad = strings().into_iter().filter(|text| !text.is_empty() && !good.contains(text)).collect();
    (good, bad)
}

fn is_client_id(text: &str) -> bool {
    let number = |part: &str| (1..=20).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit());
    text.split('.').count() == 2 && text.split('.').all(number)
}

#[test]
fn a_naughty_id_is_refused_and_its_batch_is_not() {
    let (day, _) = yesterday_and_today();
    let (good, bad) = ids();
    let right: BTreeSet<String> = good.iter().chain(bad.iter().filter(|id| is_client_id(id))).cloned().collect();
    let wrong = (good.len() + bad.len() - right.len()) as u64;
    for way in [Way::DataManager, Way::MeasurementProtocol, Way::DataImport] {
        let world = World::new(&format!("activation-strings-{}", way.as_str()));
        let all: BTreeMap<&str, u32> = good.iter().chain(&bad).map(|id| (id.as_str(), 870)).collect();
        write_scores(&world.place(), day, all.into_iter().map(|(id, score)| (id.to_owned(), score)));
        let config = Ga4Config { data_import_folder: Some(world.folder.at("files")), ..config(&world.server) };
        let destination = match way {
            Way::DataManager => world.data_manager(),
            Way::MeasurementProtocol => world.measurement_protocol(),
            _ => Box::new(DataImport::open(&config, Names::of(&config)).unwrap()),
        };
        let place = world.place();
        let upload = Upload::to(&place, &config, None, day, UploadOptions::default(), destination).unwrap();
        let summary = upload.send(&Fence::none()).unwrap();
        assert_eq!(summary.plan.refused.values().sum::<u64>(), wrong, "{:?}", summary.plan.refused);
        assert_eq!((summary.sending.sent, summary.sending.refused), (right.len() as u64, 0), "{}", way.as_str());
        let arrived: BTreeSet<String> = match way {
            Way::DataImport => {
                let file = std::fs::read_dir(world.folder.at("files")).unwrap().next().unwrap().unwrap().path();
                let rows = imported(&std::fs::read(file).unwrap()).unwrap();
                assert!(rows.iter().all(|row| row.stream == world.server.state().property.stream));
                rows.into_iter().map(|row| row.client).collect()
            }
            _ => world.server.state().profiles().into_keys().collect(),
        };
        assert_eq!(arrived, right, "{}", way.as_str());
        assert!(world.server.state().dropped.is_empty(), "{:?}", world.server.state().dropped);
    }
}

#[test]
fn a_naughty_name_is_refused_before_anything_is_sent() {
    let world = World::new("activation-strings-names");
    let (day, _) = yesterday_and_today();
    write_scores(&world.place(), day, (0..10).map(|number| (id(number), 870)));
    let mut taken = 0;
    let more = ["ga_score", "_score", "user_id", "firebase_x", "inkling score", "in-kling", "intent", "Score2", "x"];
    let long = [24, 25].map(|length| "s".repeat(length));
    let names: BTreeSet<String> = strings().into_iter().chain(more.map(str::to_owned)).chain(long).collect();
    for name in &names {
        let config = Ga4Config { user_property_score: name.clone(), ..config(&world.server) };
        let of_names = Names::of(&config);
        assert_eq!(of_names.check().is_ok(), config.check().is_ok(), "{name:?}: two checks differ");
        if config.check().is_err() {
            continue;
        }
        taken += 1;
        world.server.state().forget();
        let destination = batch_service::activation::destination(&config, None).unwrap();
        let place = world.place();
        let upload = Upload::to(&place, &config, None, day, UploadOptions::default(), destination).unwrap();
        upload.send(&Fence::none()).unwrap();
        let profiles = world.server.state().profiles();
        assert!(profiles.len() == 10 && profiles.values().all(|known| known[name] == "85"), "{name:?}");
    }
    println!("{taken} of {} names are taken", names.len());
    assert!(taken >= 4 && taken < names.len() / 2);
}

#[test]
fn naughty_texts_in_the_export_break_no_day_and_no_batch() {
    let (day, _) = yesterday_and_today();
    let world = World::new("activation-strings-export");
    let noon = day.at(12, 0, 0, 0).in_tz("Europe/London").unwrap().timestamp().as_microsecond();
    let list = strings();
    let mut rows = Vec::new();
    for (number, text) in list.iter().enumerate() {
        let time = noon + number as i64 * 1_000_000;
        let row = |user: &str, name: &str| Row::new(user, time, name).session(1, 1);
        rows.push(row(&id(number), "page_view").page(text));
        rows.push(
            row(&id(number), "page_view").param("page_location", text.as_str()).param("page_title", text.as_str()),
        );
        rows.push(row(&id(number), text).param(text, text.as_str()));
        rows.push(row(text, "page_view").page("/"));
        let properties = serde_json::json!([{"key": text, "value": {"string_value": text}}]);
        rows.push(row(&id(number), "scroll").with("user_properties", properties));
    }
    day_file(&world.folder, "export", day, &rows);
    world.read_export(day);
    let states = world.place();
    let mut reader = batch_service::fold::StateReader::open(&*states.warehouse, day).unwrap();
    let mut users = BTreeSet::new();
    while let Some(row) = reader.next().unwrap() {
        users.insert(row.user);
    }
    assert!((0..list.len()).all(|number| users.contains(&id(number))), "nobody is lost because of a text");
    write_scores(&world.place(), day, users.iter().map(|user| (user.clone(), 500)));
    let summary = world.send(day, world.data_manager(), None).unwrap();
    let right = users.iter().filter(|user| is_client_id(user)).count() as u64;
    assert_eq!((summary.sending.sent, summary.sending.refused), (right, 0));
    assert_eq!(summary.plan.refused.values().sum::<u64>(), users.len() as u64 - right);
    assert_eq!(world.server.state().profiles().len() as u64, right);
}
