//! A challenger scores the day's visitors, too, apart from the scores that count, and is compared with the champion.

use super::retrain::run;
use super::start::{LEARNT, copy, day, serving};
use batch_service::profile::SiteProfile;
use batch_service::shards::Shards;
use batch_service::store::{LocalStore, registry};
use batch_service::warehouse::read::TableReader;
use batch_service::warehouse::{LocalWarehouse, Warehouse};
use conformance::world::{Folder, Inkling};
use model_core::{Bundle, ModelBuilder, Target};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Scores of a version on a day: bits and band by target and visitor.
fn scores(folder: &Folder, table: &str, number: i64, version: &str) -> BTreeMap<(String, String), (u64, String)> {
    let warehouse = LocalWarehouse::open(folder.at("warehouse")).unwrap();
    let mut found = BTreeMap::new();
    for path in warehouse.files(table, day(number).parse().unwrap(), Shards::ALL).unwrap() {
        let file = TableReader::open(&path).unwrap();
        for group in 0..file.groups() {
            let column = |name: &str| file.column(group, name).unwrap();
            let (users, targets, bands) = (column("user_pseudo_id"), column("target"), column("band"));
            let (versions, values) = (column("model_version"), column("score").f64s().unwrap());
            let (users, targets) = (users.texts().unwrap(), targets.texts().unwrap());
            let (versions, bands) = (versions.texts().unwrap(), bands.texts().unwrap());
            for row in (0..users.len()).filter(|row| versions[*row] == Some(version)) {
                let text = |of: &[Option<&str>]| of[row].unwrap().to_owned();
                found.insert((text(&targets), text(&users)), (values[row].unwrap().to_bits(), text(&bands)));
            }
        }
    }
    found
}

/// How alike they are: scores of both, share in the same band, mean absolute difference.
fn alike(
    ours: &BTreeMap<(String, String), (u64, String)>,
    theirs: &BTreeMap<(String, String), (u64, String)>,
) -> [f64; 3] {
    let (mut rows, mut alike, mut apart) = (0.0, 0.0, 0.0);
    for (key, (bits, band)) in theirs {
        let Some((score, other)) = ours.get(key) else { continue };
        rows += 1.0;
        alike += f64::from(u8::from(other == band));
        apart += (f64::from_bits(*score) - f64::from_bits(*bits)).abs();
    }
    [rows, alike / rows, apart / rows]
}

/// Other models of both targets, of fewer days.
fn others(inkling: &Inkling) -> Vec<String> {
    let trained = inkling.json(&["train", "--algorithm", "linear", "--to", &day(LEARNT - 4), "--force"]);
    trained.as_array().unwrap().iter().map(|t| t["version"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_challengers_scores_are_those_that_it_gives_in_service() {
    let (shadowed, inkling) = copy("shadow");
    let (served, other) = copy("shadow-served");
    let champion = serving(&inkling);
    let champions = inkling.json(&["model", "list"])["in_service"].clone();
    let others = others(&other);
    assert_eq!(self::others(&inkling), others);
    for (target, (old, new)) in ["session", "visitor"].iter().zip(champions.as_array().unwrap().iter().zip(&others)) {
        let _ = inkling.json(&["model", "promote", old.as_str().unwrap(), "--target", target, "--force"]);
        let _ = inkling.json(&["model", "challenge", new, "--target", target]);
    }
    // Without a challenger there is no table.
    let date = day(LEARNT + 1);
    let done = other.json(&["run", "--date", &date]);
    assert_eq!((&done["shadow"], served.at("warehouse/shadow_scores").exists()), (&json!([]), false));
    let done = inkling.json(&["run", "--date", &date]);
    for (target, version) in others.iter().enumerate() {
        let (theirs, ours) = (&done["shadow"][target], scores(&shadowed, "shadow_scores", LEARNT + 1, version));
        let expected = scores(&served, "scores", LEARNT + 1, version);
        assert!(expected.len() > 100, "{}", expected.len());
        assert!(ours == expected, "{version}: {} and {} scores", ours.len(), expected.len());
        assert_eq!(json!([theirs["version"], theirs["scored"]]), json!([version, expected.len()]));
        let champion = champions[target].as_str().unwrap();
        assert_eq!(theirs["champion"], champion);
        let said =
            ["rows", "same_band", "mean_absolute_difference"].map(|of| theirs["agreement"][of].as_f64().unwrap());
        let found = alike(&scores(&shadowed, "scores", LEARNT + 1, champion), &ours);
        assert!(said.iter().zip(found).all(|(said, found)| (said - found).abs() < 1e-9), "{theirs}, {found:?}");
        assert!(said[0] > 100.0 && said[1] < 1.0 && said[2] > 0.0, "two models: {theirs}");
        assert!(scores(&shadowed, "scores", LEARNT + 1, version).is_empty(), "only champions are in `scores`");
    }
    assert!(!scores(&shadowed, "scores", LEARNT + 1, &champion).is_empty());
    let text = inkling.call(&["run", "--date", &date]).stdout;
    assert!(
        text.contains(&format!("; beside champion {champion}: ")) && text.contains(" % in the same band"),
        "{text}"
    );
    // The same day again writes nothing.
    let before = shadowed.contents(&["warehouse/shadow_scores"]);
    assert_eq!(inkling.json(&["run", "--date", &date])["shadow"], done["shadow"]);
    assert!(shadowed.contents(&["warehouse/shadow_scores"]) == before);
}

#[test]
fn champion_and_challenger_are_compared() {
    let (folder, inkling) = copy("compared");
    let compare = ["model", "compare", "--target", "session"];
    let said = inkling.refused(&compare, 2);
    assert!(said.contains("the target session has no challenger"), "{said}");
    let champion = serving(&inkling);
    let challenger = others(&inkling).remove(0);
    let _ = inkling.json(&["model", "promote", &champion, "--target", "session", "--force"]);
    let _ = inkling.json(&["model", "challenge", &challenger, "--target", "session"]);
    let early = inkling.json(&compare);
    assert_eq!((&early["agreement"], &early["outcomes"]), (&Value::Null, &Value::Null), "{early}");
    assert_eq!(early["notes"].as_array().unwrap().len(), 2, "{early}");
    run(&inkling, LEARNT + 1, LEARNT + 6);

    let found = inkling.json(&compare);
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    for number in LEARNT + 1..=LEARNT + 6 {
        let of_day = |(user, target): (String, String)| (format!("{number} {user}"), target);
        ours.extend(scores(&folder, "scores", number, &champion).into_iter().map(|(key, score)| (of_day(key), score)));
        let of_both = scores(&folder, "shadow_scores", number, &challenger);
        theirs.extend(of_both.into_iter().map(|(key, score)| (of_day(key), score)));
    }
    let [rows, same_band, apart] = alike(&ours, &theirs);
    let agreement = &found["agreement"];
    assert_eq!(json!([agreement["rows"], agreement["day_count"]]), json!([rows as u64, 6]), "{found}");
    let number = |name: &str| agreement[name].as_f64().unwrap();
    assert!((number("same_band") - same_band).abs() < 1e-9, "{agreement}");
    assert!((number("mean_absolute_difference") - apart).abs() < 1e-9, "{agreement}");
    assert!(number("same_band") < 1.0 && number("mean_absolute_difference") > 0.0, "two models: {agreement}");
    let outcomes = &found["outcomes"];
    assert_eq!(outcomes["days"], json!([day(LEARNT + 1), day(LEARNT + 6)]), "days that neither knows");
    let names: Vec<&str> =
        outcomes["measures"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert!(["auc", "log_loss", "calibration_error"].iter().all(|name| names.contains(name)), "{outcomes}");
    let auc = &outcomes["measures"][0];
    let [model, champions, value] =
        [&auc["model"], &auc["in_service"], &auc["difference"]["value"]].map(|v| v.as_f64().unwrap());
    assert!((model - champions - value).abs() < 1e-9 && model > 0.6, "{auc}");
    let text = inkling.call(&compare).stdout;
    assert!(text.contains("% in the same band") && text.contains("auc "), "{text}");
}

#[test]
fn a_challenger_that_cannot_score_is_a_note() {
    let (folder, inkling) = copy("shadow-note");
    // Of another site.
    let profile = SiteProfile::load("ga4-default").unwrap().profile;
    let model = ModelBuilder::new(Target::Session, "foreign").linear(&profile, &[], 0.5, Vec::new()).unwrap();
    let bundle = Bundle::new(profile, vec![model]).unwrap().write();
    registry::add(&LocalStore::new(folder.at("warehouse/store")), "foreign", &bundle, "{}", "").unwrap();
    let _ = inkling.json(&["model", "challenge", "foreign", "--target", "session"]);
    let ran = inkling.call(&["run", "--date", &day(LEARNT + 1), "--output", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("challenger foreign of the target session does not score: "), "{}", ran.stderr);
    let done: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(done["shadow"][0]["note"].as_str().unwrap().contains("another site profile"), "{done}");
    assert!(!folder.at("warehouse/shadow_scores").exists());
}
