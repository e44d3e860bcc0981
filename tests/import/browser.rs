//! Imported models in a real browser: every kind, imported, put into service and released by the real program, gives after
//! every event of some hundred visits the same bits in Chromium as in the batch and in the scorer that read the bundle.

use batch_service::import::convert;
use batch_service::import::plain::{Link, Plain, Predictor};
use batch_service::jobs::train;
use batch_service::jobs::visits::{self, VisitEvent, Visits};
use batch_service::store::registry;
use conformance::world::{Folder, Inkling, Node, Server, Site, clicked, raw, same_bits, scored};
use jiff::civil::Date;
use model_core::{Scorer, Target};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

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
const VISITS: usize = 300;
/// Names of categories have no place among features, so their models are refused.
const NAMED: [&str; 3] = ["histogram-names", "lightgbm-names", "xgboost-names"];
/// What is there for a scorer to get wrong; models of all of it are scored.
const TRAITS: [&str; 15] = [
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
    "mean of weights",
    "mean of trees",
];
/// Kinds of Python that refuse missing values learn from features that are always there.
const WHOLE: [&str; 4] = ["gradient", "gradient-zero", "regression", "regression-ordinal"];
/// The one that a whole visit is clicked with.
const CLICKED: &str = "xgboost-codes";

/// What a model has of it.
fn traits(plain: &Plain) -> BTreeSet<&'static str> {
    let has_sets = !plain.indicators.is_empty();
    let Predictor::Mean(members) = &plain.predictor else { return traits_of(&plain.predictor, &plain.link, has_sets) };
    let of_members = members.iter().flat_map(|member| traits_of(&member.predictor, &member.link, has_sets));
    let of_mean = match &members[0].predictor {
        Predictor::Linear(_) => "mean of weights",
        _ => "mean of trees",
    };
    of_members.chain([of_mean]).collect()
}

fn traits_of(predictor: &Predictor, link: &Link, has_sets: bool) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let _ = found.insert(match link {
        Link::Logistic => "logistic",
        Link::SingleLogistic => "single-precision logistic",
        Link::Platt { .. } => "sigmoid",
        Link::Isotonic { .. } => "isotonic",
        Link::Probability => "mean of leaves",
    });
    let Predictor::Trees { trees, single, .. } = predictor else {
        found.extend(["weights", if has_sets { "weights of categories" } else { "weights" }]);
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
        (has_sets, "trees of categories"),
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

/// Rows of the visits of the real export, or of a simulated one.
pub fn rows_of_visits(folder: &Folder) {
    let site = Site::real_or_simulated(Folder::fresh("import-visits"), 6, 3_000);
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

/// What the batch says of some visits.
struct Batch {
    scores: u64,
    /// Visits that end with a missing value.
    missing: u64,
}

/// Writes visits with the scores that the batch gives them by the model in service, after those of the scorer were seen to be
/// the same, to where the server shows them.
fn batch(site: &Site, version: &str) -> Batch {
    let (store, days) = (&site.place.store, site.days());
    let mut scorer = Scorer::new(registry::load(store, version).unwrap().bundle);
    let mut found = Visits { model_version: String::new(), profile: "export".to_owned(), visits: Vec::new() };
    let mut batch = Batch { scores: 0, missing: 0 };
    found.model_version = visits::each(&site.place, days[10], days[11], |visit, _, _| {
        same_bits(version, &mut scorer, &visit);
        batch.scores += visit.scores.len() as u64;
        batch.missing += u64::from(scorer.row(Target::Session).unwrap().iter().any(|value| value.is_nan()));
        found.visits.push(visit);
        Ok(found.visits.len() < VISITS)
    })
    .unwrap();
    assert_eq!((&*found.model_version, found.visits.len()), (version, VISITS));
    site.folder.write("warehouse/visits.json", serde_json::to_vec(&found).unwrap());
    batch
}

/// Every kind in Chromium.
pub fn check(python: impl Fn(&Folder)) {
    let (node, site) = (Node::with_chromium(), site());
    python(&site.folder);
    let inkling = Inkling::new(&site.folder);
    let models: Value = serde_json::from_slice(&std::fs::read(site.folder.at("models.json")).unwrap()).unwrap();
    let _ = inkling.json(&["release", "keys", "init"]);
    let server = Server::start(&site.folder);
    let mut chromium = node.asked(&["test/browser/released.mjs"], &[("BASE_URL", &server.url)]);
    let (mut seen, mut versions, mut all) = (BTreeSet::new(), BTreeMap::new(), 0);
    for model in models.as_array().unwrap() {
        let (name, file) = (model["name"].as_str().unwrap(), model["file"].as_str().unwrap());
        let Some(version) = imported(&inkling, model) else { continue };
        let plain = convert(&std::fs::read(site.folder.at(file)).unwrap(), file).unwrap();
        seen.append(&mut traits(&plain));
        release(&inkling, &version);
        let batch = batch(&site, &version);
        let said = chromium.ask(name);
        assert_eq!((&said["errors"], &said["code"]), (&json!([]), &Value::Null), "{name}: {said}");
        let replayed = &said["replayed"];
        let counts = ["visits", "compared", "equal"].map(|count| replayed[count].as_u64());
        assert_eq!(counts, [VISITS as u64, batch.scores, batch.scores].map(Some), "{name}: {replayed}");
        let (scores, missing) = (batch.scores, batch.missing);
        println!("{name}: {VISITS} visits, {missing} of them with missing values, {scores} scores of the same bits");
        assert!(scores > 1_000, "{name}");
        assert_eq!(missing > VISITS as u64 / 2, !WHOLE.contains(&name), "{name}: {missing}");
        // The loader itself, on a page of the site.
        assert_eq!(said["modelVersion"], version);
        let shown = scored(&said["recent"]);
        assert!(!shown.is_empty(), "{name}");
        same_scores(&site, &version, &shown);
        all += scores + shown.len() as u64;
        let _ = versions.insert(name, version);
    }
    assert_eq!(seen, BTreeSet::from(TRAITS));
    assert_eq!(versions.len() + NAMED.len(), models.as_array().unwrap().len());
    println!("{} models, {all} scores", versions.len());
    release(&inkling, &versions[CLICKED]);
    let _ = batch(&site, &versions[CLICKED]);
    let clicked = clicked(&node, &server, &site.folder, "a whole visit");
    same_scores(&site, &versions[CLICKED], &clicked);
    assert!(clicked.len() > 20, "{}", clicked.len());
}

/// Puts a model into service and releases it.
fn release(inkling: &Inkling, version: &str) {
    let _ = inkling.json(&["model", "promote", version, "--target", "session", "--force"]);
    let release = inkling.json(&["release", "publish", "--force"]);
    assert_eq!(release["channels"]["stable"]["model_version"], version);
}

/// What the loader shows is what the scorer says.
fn same_scores(site: &Site, version: &str, shown: &[(VisitEvent, Option<u64>)]) {
    let mut scorer = Scorer::new(registry::load(&site.place.store, version).unwrap().bundle);
    for (at, (event, bits)) in shown.iter().enumerate() {
        scorer.observe(&raw(event));
        let score = scorer.score(Target::Session).unwrap();
        assert_eq!(*bits, Some(score.to_bits()), "{version}, event {at}: {score}");
    }
}
