//! What we have sent comes back in the export, and must not change a score: neither our events, nor other hits of the
//! Measurement Protocol, nor the pseudo events of audiences.

use super::world::config;
use batch_service::activation::{Bucket, DataManager, Destination, Item, Names};
use batch_service::scores;
use batch_service::warehouse::{LocalWarehouse, Warehouse};
use conformance::analytics::{Arrival, Server, exported};
use conformance::world::{Folder, Random, Site, micros, small_trees};
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use jiff::civil::Date;
use model_core::{Band, Target};
use serde_json::{Value, json};

const DAYS: usize = 15;
const TRAIN_TO: usize = 11;

/// The rows of a day of the made-up university.
fn rows(site: &Site, day: Date) -> Vec<Value> {
    let name = format!("export/_json/events_{}.json.gz", day.strftime("%Y%m%d"));
    let file = std::fs::File::open(site.folder.at(&name)).unwrap();
    let text = std::io::read_to_string(MultiGzDecoder::new(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn write(folder: &Folder, day: Date, rows: &[Value]) {
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    folder.write(&format!("export/events_{}.json", day.strftime("%Y%m%d")), lines);
}

/// A row as browsers of today send it: with the number of its page's batch.
fn with_page_id(row: &Value) -> Value {
    let mut row = row.clone();
    row["batch_page_id"] = row["event_timestamp"].clone();
    row
}

/// The day with everything that comes back of ours between its rows; how many rows were added.
fn with_echoes(server: &Server, day: Date, rows: &[Value], random: &mut Random) -> (Vec<Value>, usize) {
    let config = config(server);
    let destination = DataManager::with_patience(&config, Names::of(&config), super::world::patience()).unwrap();
    let noon = micros(&format!("{day}T12:00:00Z"));
    let mut users: Vec<&str> = rows.iter().filter_map(|row| row["user_pseudo_id"].as_str()).collect();
    users.sort_unstable();
    users.dedup();
    users.retain(|_| random.draw() < 0.3);
    let at = Timestamp::from_microsecond(noon).unwrap();
    server.clock.set(at);
    server.state().forget();
    let items: Vec<Item<'_>> = users
        .iter()
        .map(|user| Item { client_id: user, bucket: Bucket::of(random.draw()).unwrap(), band: Band::High })
        .collect();
    for batch in items.chunks(destination.batch_rows()) {
        let _ = destination.send(batch, at);
    }
    let mut all: Vec<Value> = rows.to_vec();
    let ours = exported(&server.state(), day, Arrival::ALL);
    assert_eq!(ours.len(), users.len());
    all.extend(ours.iter().map(|row| row.json(day)));
    for row in rows {
        let draw = random.draw();
        let mut copy = row.clone();
        // A purchase that a shop's server reports, and an audience's pseudo event: both a second after a real one.
        copy["event_timestamp"] =
            (row["event_timestamp"].as_str().unwrap().parse::<i64>().unwrap() + 1_000_000).to_string().into();
        copy["event_name"] = "application_submit".into();
        if draw < 0.02 {
            copy.as_object_mut().unwrap().remove("batch_page_id");
            all.push(copy);
        } else if draw < 0.04 {
            let params = copy["event_params"].as_array_mut().unwrap();
            params.push(json!({"key": "synthetic_bundle", "value": {"int_value": "1"}}));
            all.push(copy);
        }
    }
    let added = all.len() - rows.len();
    (all, added)
}

#[test]
fn what_comes_back_changes_no_bit() {
    let simulated = Site::simulated(Folder::fresh("activation-echoes-simulated"), DAYS, 6_000);
    let days = simulated.days();
    let (plain, ours) = (Folder::fresh("activation-echoes-plain"), Folder::fresh("activation-echoes-ours"));
    let (server, mut random, mut added) = (Server::start(), Random::of(11), 0);
    for day in &days {
        let rows: Vec<Value> = rows(&simulated, *day).iter().map(with_page_id).collect();
        // All rows of a stream tell that browsers have page ids.
        server.state().property.stream = rows[0]["stream_id"].as_str().unwrap_or_default().to_owned();
        write(&plain, *day, &rows);
        let (all, more) = with_echoes(&server, *day, &rows, &mut random);
        write(&ours, *day, &all);
        added += more;
    }
    assert!(added > 1_000, "{added} rows");
    let last = days[DAYS - 1];
    let mut found = Vec::new();
    for folder in [&plain, &ours] {
        let site = Site::of_export(folder.clone(), &["export"]);
        site.backfill(days[0], days[DAYS - 2]);
        let trained = batch_service::jobs::train::train(
            &site.place,
            &Target::ALL,
            None,
            days[TRAIN_TO],
            &small_trees(),
            &batch_service::jobs::promote::Gate::forced(),
        );
        trained.unwrap();
        let summary = site.run(last, false).unwrap();
        drop(site);
        let tables = folder.contents(&["warehouse/events_clean", "warehouse/visitor_state", "warehouse/snapshots"]);
        let warehouse = LocalWarehouse::open(folder.at("warehouse")).unwrap();
        let scores: Vec<(String, String, u64)> = scores::load(&warehouse as &dyn Warehouse, last)
            .unwrap()
            .into_iter()
            .map(|row| (row.user, row.target, row.score.to_bits()))
            .collect();
        found.push((tables, scores, serde_json::to_value(&summary).unwrap()["run"]["events"].clone()));
    }
    let (ours, plain) = (found.pop().unwrap(), found.pop().unwrap());
    assert!(
        plain.1.len() > 500 && plain.0.len() >= 2 * (DAYS - 1),
        "{} scores, {} files",
        plain.1.len(),
        plain.0.len()
    );
    for (name, bytes) in &plain.0 {
        assert!(ours.0.get(name) == Some(bytes), "{name} is another one");
    }
    assert_eq!(plain.0.len(), ours.0.len());
    assert!(plain.1 == ours.1, "scores");
    println!("{added} rows of ours on {DAYS} days; {} scores of {last} are the same bits", plain.1.len());
}
