//! Imported models in a real browser: every kind, made a bundle by the real program, gives after every event of some hundred
//! visits the same bits in Chromium as in the batch and in the scorer that read the bundle; and one of them as a release.

use batch_service::import::convert;
use batch_service::import::plain::{Link, Plain, Predictor};
use batch_service::jobs::{train, visits};
use batch_service::store::registry::{self, Decision};
use conformance::world::{Folder, Inkling, Node, Server, Site, clicked, raw, repository, same_bits};
use jiff::civil::Date;
use model_core::{Scorer, Target};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

/// What the models read: no feature that only a profile names, some that are missing for many, some that are codes.
const NUMBERS: [&str; 14] = [
    "session.page_views",
    "session.events",
    "session.seconds",
    "session.engaged_ms",
    "session.funnel_step",
    "session.distinct_pages",
    "session.number",
    "visitor.active_days",
    "session.seconds_per_page",
    "visitor.seconds_since_first_touch",
    "session.max_price",
    "session.seconds_since_page_view",
    "visitor.seconds_since_last_session",
    "moment.hour",
];
const CODES: [&str; 5] =
    ["session.channel", "session.device", "session.page_group", "session.previous_page_group", "moment.weekday"];
/// Visits that each model scores.
const VISITS: u64 = 300;
/// Names of categories have no place among features, so their models are refused.
const NAMED: [&str; 3] = ["histogram-names", "lightgbm-names", "xgboost-names"];
/// What is there for a scorer to get wrong; models of all of it are scored.
const TRAITS: [&str; 13] = [
    "weights",
    "weights of categories",
    "trees",
    "trees of categories",
    "missing values",
    "single precision",
    "over 31 leaves",
    "over 255 thresholds",
    "logistic",
    "single-precision logistic",
    "sigmoid",
    "isotonic",
    "mean of leaves",
];
/// Kinds of Python that refuse missing values learn from features that are always there.
const WHOLE: [&str; 4] = ["gradient", "gradient-zero", "regression", "regression-ordinal"];
/// The one that is released.
const RELEASED: &str = "xgboost-codes";

/// What a model has of it.
fn traits(plain: &Plain) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let _ = found.insert(match plain.link {
        Link::Logistic => "logistic",
        Link::SingleLogistic => "single-precision logistic",
        Link::Platt { .. } => "sigmoid",
        Link::Isotonic { .. } => "isotonic",
        Link::Probability => "mean of leaves",
    });
    let Predictor::Trees { trees, single, .. } = &plain.predictor else {
        found.extend(["weights", if plain.indicators.is_empty() { "weights" } else { "weights of categories" }]);
        return found;
    };
    let (mut thresholds, mut directions, mut most) = (BTreeMap::<usize, BTreeSet<u32>>::new(), BTreeSet::new(), 0);
    for tree in trees {
        let splits = || (0..tree.left.len()).filter(|node| tree.left[*node] != 0);
        most = most.max(splits().count() + 1);
        for node in splits() {
            let _ = thresholds.entry(tree.feature[node]).or_default().insert(tree.threshold[node].to_bits());
            let _ = directions.insert(tree.missing_left[node]);
        }
    }
    for (is_there, name) in [
        (true, "trees"),
        (!plain.indicators.is_empty(), "trees of categories"),
        (directions.len() == 2, "missing values"),
        (*single, "single precision"),
        (most > 31, "over 31 leaves"),
        (thresholds.values().any(|t| t.len() > 255), "over 255 thresholds"),
    ] {
        if is_there {
            let _ = found.insert(name);
        }
    }
    found
}

/// A site, with the rows that Python learns from beside it.
fn site() -> Site {
    let site = Site::simulated(Folder::fresh("import-browser"), 12, 3_000);
    let days = site.days();
    site.backfill(days[0], days[11]);
    write_rows(&site, days[11], &site.folder);
    site.folder.write("inkling.toml", "events = [\"export\"]\nwarehouse = \"warehouse\"\n");
    site
}

/// Rows of the real export's visits (beside the checkout, or where the variable says), or of a simulated one's.
pub fn rows_of_visits(folder: &Folder) {
    let beside = || repository().join("../shared/data/ga4_merch_history_202011");
    let real = std::env::var_os("GA4_EXPORT_FOLDER").map_or_else(beside, PathBuf::from);
    let own = Folder::fresh("import-visits");
    let site = if real.is_dir() {
        Site::of_export(own, &[&real.to_string_lossy()])
    } else {
        eprintln!("no export at {}: a simulated one", real.display());
        Site::simulated(own, 6, 3_000)
    };
    let days = site.days();
    site.backfill(days[0], days[2]);
    write_rows(&site, days[2], folder);
}

/// The snapshots of sessions up to a day, for Python.
fn write_rows(site: &Site, to: Date, folder: &Folder) {
    let rows = train::snapshots(&site.place, None, to).unwrap().session;
    let names = [&NUMBERS[..], &CODES].concat();
    let columns: Vec<&[f32]> =
        names.iter().map(|name| &*rows.columns[rows.names.iter().position(|n| n == name).unwrap()]).collect();
    let values = (0..rows.len()).flat_map(|row| columns.iter().flat_map(move |column| column[row].to_le_bytes()));
    folder.write("rows.f32", values.collect::<Vec<u8>>());
    let labels = rows.label.iter().flat_map(|label| i32::from(*label).to_le_bytes());
    folder.write("labels.i32", labels.collect::<Vec<u8>>());
    folder.write("rows.json", json!({"columns": names, "categories": CODES}).to_string());
}

/// Imports a model; its version.
fn imported(inkling: &Inkling, model: &Value) -> Option<String> {
    let text = |key: &str| model[key].as_str();
    let (name, file) = (text("name").unwrap(), text("file").unwrap());
    let mut call = vec!["model", "import", file, "--target", "session", "--output", "json"];
    if let Some(map) = text("map") {
        call.extend(["--map", map]);
    }
    let ran = inkling.call(&call);
    if NAMED.contains(&name) {
        assert_eq!(ran.code, 2, "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains("whose categories have names"), "{name}: {}", ran.stderr);
        return None;
    }
    assert!(ran.code <= 1, "{name}: {}", ran.stderr);
    let done: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{name}: {e}: {}", ran.stderr));
    Some(done["version"].as_str().unwrap().to_owned())
}

/// Writes visits with the scores that the batch gives them by a model, after those of the scorer were seen to be the same:
/// how many visits, scores, and visits that end with a missing value.
fn batch(site: &Site, version: &str, path: &PathBuf) -> [u64; 3] {
    let (store, days) = (&site.place.store, site.days());
    registry::promote(store, Target::Session, version, &Decision::by("test")).unwrap();
    let mut scorer = Scorer::new(registry::load(store, version).unwrap().bundle);
    let mut lines = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let (mut visits, mut scores, mut missing) = (0, 0, 0);
    visits::each(&site.place, days[10], days[11], |visit, _, _| {
        same_bits(version, &mut scorer, &visit);
        visits += 1;
        scores += visit.scores.len() as u64;
        missing += u64::from(scorer.row(Target::Session).unwrap().iter().any(|value| value.is_nan()));
        serde_json::to_writer(&mut lines, &visit)?;
        lines.write_all(b"\n")?;
        Ok(visits < VISITS)
    })
    .unwrap();
    lines.flush().unwrap();
    [visits, scores, missing]
}

/// Every kind in Chromium.
pub fn check(python: impl Fn(&Folder)) {
    let (node, site) = (Node::with_chromium(), site());
    python(&site.folder);
    let inkling = Inkling::new(&site.folder);
    let models: Value = serde_json::from_slice(&std::fs::read(site.folder.at("models.json")).unwrap()).unwrap();
    let (mut runs, mut counted, mut seen, mut versions) = (vec![], vec![], BTreeSet::new(), BTreeMap::new());
    for model in models.as_array().unwrap() {
        let (name, file) = (model["name"].as_str().unwrap(), model["file"].as_str().unwrap());
        let Some(version) = imported(&inkling, model) else { continue };
        let plain = convert(&std::fs::read(site.folder.at(file)).unwrap(), file).unwrap();
        seen.append(&mut traits(&plain));
        let path = site.folder.at(&format!("{name}.ndjson"));
        counted.push((name, batch(&site, &version, &path)));
        runs.push((path, site.folder.at(&format!("warehouse/store/models/{version}/bundle.inkl"))));
        let _ = versions.insert(name, version);
    }
    assert_eq!(seen, BTreeSet::from(TRAITS));
    assert_eq!(versions.len() + NAMED.len(), models.as_array().unwrap().len());
    let mut all = 0;
    for (found, (name, [visits, scores, missing])) in
        node.rescored("chromium", "dist/scorer.wasm", &runs).iter().zip(counted)
    {
        println!("{name}: {visits} visits, {missing} of them with missing values, {scores} scores of the same bits");
        assert_eq!((&found["visits"], &found["compared"]), (&visits.into(), &scores.into()), "{name}");
        assert!(visits == VISITS && scores > 1_000, "{name}");
        assert_eq!(missing > VISITS / 2, !WHOLE.contains(&name), "{name}: {missing}");
        all += scores;
    }
    println!("{} models, {all} scores", runs.len());
    released(&node, &site, &inkling, &versions[RELEASED]);
}

/// One of them in service and released, by the real program: what the loader shows on the demo site is what the scorer says.
fn released(node: &Node, site: &Site, inkling: &Inkling, version: &str) {
    let _ = inkling.json(&["model", "promote", version, "--target", "session", "--force"]);
    let _ = inkling.json(&["release", "keys", "init"]);
    let release = inkling.json(&["release", "publish", "--force"]);
    assert_eq!(release["channels"]["stable"]["model_version"], version);
    let days = site.days();
    let sample = visits::sample(&site.place, days[9], days[11]).unwrap();
    assert_eq!(sample.model_version, version);
    site.folder.write("warehouse/visits.json", serde_json::to_vec(&sample).unwrap());
    let server = Server::start(&site.folder);
    // The page of replayed visits asserts the bits itself.
    let clicked = clicked(node, &server, &site.folder, "a whole visit|replay");
    let mut scorer = Scorer::new(registry::load(&site.place.store, version).unwrap().bundle);
    let mut compared = 0;
    for (at, (event, shown)) in clicked.iter().enumerate() {
        scorer.observe(&raw(event));
        let score = scorer.score(Target::Session).unwrap();
        assert_eq!(*shown, Some(score.to_bits()), "event {at}: {score}");
        compared += 1;
    }
    println!(
        "{version}, released: {compared} scores of a visit on the demo site, {} visits replayed",
        sample.visits.len()
    );
    assert!(compared > 20, "{compared}");
}
