//! Base rates that move: seven of ten conversions are gone from a day on, nothing else changes.

use super::retrain::run;
use super::start::{copy, day, fewer_conversions, serving};
use batch_service::jobs::visits;
use conformance::world::page::rows_of;
use conformance::world::{Folder, Inkling, Node, Site};
use serde_json::{Map, Value};
use std::io::Write;

/// Predicted over observed of a version on some days, for the session target.
fn ratio(inkling: &Inkling, version: &str, from: i64, to: i64) -> f64 {
    let call = ["replay", "--from", &day(from), "--to", &day(to), "--out", "replay.parquet", "--model", version];
    let done = inkling.json(&call);
    let found = &done["evaluations"][0];
    assert_eq!((&found["target"], &found["model_version"]), (&"session".into(), &version.into()));
    let number = |value: &Value| value.as_f64().unwrap();
    number(&found["evaluation"]["mean_score"]) / number(&found["evaluation"]["all"]["rate"])
}

#[test]
fn a_moved_base_rate_is_repaired_on_days_that_nothing_was_learnt_from() {
    let (folder, inkling) = copy("recalibration");
    fewer_conversions(&folder, 30);
    let _ = inkling.json(&["backfill", "--to", &day(36)]);
    let old = serving(&inkling);
    let before = folder.contents(&[&format!("warehouse/store/models/{old}")]);
    let done = inkling.json(&["recalibrate", "--target", "session"]);
    let done = &done[0];
    println!("{}", serde_json::to_string_pretty(&done["report"]["comparison"]).unwrap());
    assert_eq!((&done["in_service"], &done["report"]["of"]), (&true.into(), &old.as_str().into()));
    let new = done["version"].as_str().unwrap().to_owned();
    assert_eq!(serving(&inkling), new);
    // The one that was recalibrated stays as it is.
    assert_eq!(folder.contents(&[&format!("warehouse/store/models/{old}")]), before);
    // Features are compared with the rows of the training, scores with the few that the calibration was fitted on.
    let reference = |version: &str| -> Value {
        let path = folder.at(&format!("warehouse/store/models/{version}/reference.json"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let (of_old, of_new) = (reference(&old), reference(&new));
    assert_eq!(of_new["independent"], of_old["independent"]);
    let [score, features @ ..] = of_new["distributions"].as_array().unwrap().as_slice() else { panic!("{of_new}") };
    let rows = score["independent"].as_f64().unwrap();
    assert!(rows > 0.0 && rows < score["rows"].as_f64().unwrap(), "{rows}");
    assert!(features.iter().all(|feature| feature["independent"].is_null()), "{features:?}");

    let card = inkling.json(&["model", "card", &new])["card"].as_str().unwrap().to_owned();
    assert!(card.contains(&format!("# Model card: {new}")) && card.contains(&format!("# Model card: {old}")), "{card}");

    let _ = inkling.json(&["backfill"]);
    let (was, is) = (ratio(&inkling, &old, 37, 40), ratio(&inkling, &new, 37, 40));
    println!("predicted over observed on the four days after: {was:.2} before, {is:.2} after");
    assert!(was > 2.5, "the planted shift is there: {was}");
    assert!((0.7..1.4).contains(&is), "{is}");
    same_bits_in_the_browser(&folder, &new);

    // On the same days there is nothing left to repair.
    let again = inkling.call(&["recalibrate", "--target", "session", "--to", &day(36)]);
    assert_eq!(again.code, 1, "{}{}", again.stdout, again.stderr);
    assert!(again.stdout.contains("NOT put into service"), "{}", again.stdout);
    assert_eq!(serving(&inkling), new, "a recalibration that is no better is not put into service");
}

#[test]
fn a_recalibrated_model_is_no_alarm() {
    let (folder, inkling) = copy("recalibrated");
    fewer_conversions(&folder, 30);
    let _ = inkling.json(&["backfill", "--to", &day(35)]);
    run(&inkling, 36, 36);
    let new = inkling.json(&["recalibrate", "--target", "session"])[0]["version"].as_str().unwrap().to_owned();
    run(&inkling, 37, 37);
    assert_eq!(serving(&inkling), new);
    let _ = inkling.json(&["dashboard", "data", "--out", "views.json"]);
    let document: Value = serde_json::from_slice(&std::fs::read(folder.at("views.json")).unwrap()).unwrap();
    let bars = rows_of(&document, "v_score_histogram");
    let shares = |date: String| -> Vec<f64> {
        let of_day = |row: &&Map<String, Value>| {
            let session = row["model_version"].as_str().unwrap().starts_with("session");
            session && row["event_date"] == date && row["channel"] == "all"
        };
        bars.iter().filter(of_day).map(|row| row["share"].as_f64().unwrap().max(1e-4)).collect()
    };
    let (was, is) = (shares(day(36)), shares(day(37)));
    let psi: f64 = was.iter().zip(&is).map(|(was, is)| (is - was) * (is / was).ln()).sum();
    assert!(was.len() > 5 && is.len() > 5 && psi > 0.3, "of any other model this would be red: {psi}");
    let alerts = rows_of(&document, "v_alerts");
    assert!(alerts.iter().all(|row| row["rule"] != "model:session"), "{alerts:?}");
}

/// The scorer of the pages gives the scores of the batch.
fn same_bits_in_the_browser(folder: &Folder, version: &str) {
    let node = Node::ready();
    let site = Site::of_export(folder.clone(), &["export"]);
    let days = site.days();
    let path = folder.at("visits.ndjson");
    let mut lines = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    let (mut seen, mut scored) = (0_u64, 0_u64);
    let model = visits::each(&site.place, days[37], days[39], |visit, _, _| {
        (seen, scored) = (seen + 1, scored + visit.scores.len() as u64);
        serde_json::to_writer(&mut lines, &visit)?;
        lines.write_all(b"\n")?;
        Ok(true)
    });
    assert_eq!(model.unwrap(), version);
    lines.flush().unwrap();
    assert!(scored > 1_000, "{scored} scores");
    let bundle = folder.at(&format!("warehouse/store/models/{version}/bundle.inkl"));
    let found = &node.rescored("node", "dist/scorer.wasm", &[(path, bundle)])[0];
    println!("{found}");
    assert_eq!((&found["visits"], &found["compared"]), (&seen.into(), &scored.into()));
}

#[test]
fn too_few_conversions_write_nothing() {
    let (folder, inkling) = copy("recalibration-few");
    fewer_conversions(&folder, 2);
    let _ = inkling.json(&["backfill", "--to", &day(30)]);
    let before = folder.contents(&["warehouse/store"]);
    let said = inkling.refused(&["recalibrate", "--target", "session"], 1);
    assert!(said.contains("at least 4 days after 2026-10-28") && said.contains("there are 2"), "{said}");
    let _ = inkling.json(&["backfill"]);
    let said = inkling.refused(&["recalibrate"], 1);
    assert!(said.contains("needs at least 50 visitors with a conversion in the days of the fit"), "{said}");
    assert!(folder.contents(&["warehouse/store"]) == before, "nothing is written");
    let said = inkling.refused(&["recalibrate", "--store", "none"], 2);
    assert!(said.contains("inkling train"), "{said}");
    let said = inkling.refused(&["recalibrate", "--model", "nobody"], 2);
    assert!(said.contains("no model nobody"), "{said}");
    let said = inkling.refused(&["recalibrate", "--days", "3"], 2);
    assert!(said.contains("--days"), "{said}");
}
