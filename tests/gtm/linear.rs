//! The variable that evaluates a linear model in the sandbox, against the Rust model on the same page views.

use super::rendered::{arguments, read};
use batch_service::config::CloudConfig;
use batch_service::gtm::linear_model;
use batch_service::place::Place;
use batch_service::profile::SiteProfile;
use batch_service::store::registry;
use conformance::world::{Folder, Inkling, Node, Random};
use model_core::{
    Among, Bundle, Calibration, FAMILIES, Indicator, LeafPrecision, LinearTerm, Model, ModelBuilder, Profile, RawEvent,
    Schema, Scratch, Target, Transform, TreeNodes, Unit, Visitor,
};
use serde_json::{Value, json};

const PROFILE: &str = "northgate-university";
const VISITORS: usize = 60;
/// The sandbox has neither `exp` nor `f32`.
const TOLERANCE: f64 = 1e-7;
const PATHS: [&str; 9] = [
    "/",
    "/courses",
    "/courses/physics",
    "/Courses/Art-History/",
    "/fees//",
    "/apply/start",
    "/apply/details",
    "/news",
    "",
];

fn profile() -> Profile {
    SiteProfile::load(PROFILE).unwrap().profile
}

/// A model that reads every kind of feature, also those that a variable cannot see.
fn model(profile: &Profile, calibration: Calibration) -> Model {
    let schema = Schema::new(profile);
    let mut chance = Random::of(11);
    let (mut names, mut terms) = (Vec::new(), Vec::new());
    for i in 0..schema.len() {
        let (feature, name) = (schema.feature(i).unwrap(), schema.name(profile, i).unwrap());
        let unit = FAMILIES[feature.family as usize].unit;
        if unit == Unit::Code || (name.starts_with("past.") && !name.starts_with("past.days7.")) {
            continue;
        }
        let scale = if unit == Unit::Seconds { 400.0 } else { 3.0 };
        let transform = if i % 2 == 0 { Transform::Sqrt } else { Transform::Identity };
        let (mean, deviation) = (chance.draw() * scale / 2.0, (0.2 + chance.draw()) * scale);
        terms.push(LinearTerm { transform, mean, deviation, weight: chance.draw() * 0.6 - 0.3 });
        names.push(name);
    }
    let builder = ModelBuilder::new(Target::Session, "linear-1").calibration(calibration).bands(0.3, 0.6);
    builder.linear(profile, &names, -0.2, terms).unwrap()
}

fn calibrations() -> [Calibration; 3] {
    let (margins, probabilities) = (vec![-1.5, -0.5, 0.1, 0.9, 2.0], vec![0.02, 0.11, 0.3, 0.52, 0.9]);
    [Calibration::None, Calibration::Platt { a: 0.8, b: -0.3 }, Calibration::Isotonic { margins, probabilities }]
}

/// Renders with this model in service.
fn render(name: &str, bundle: &Bundle, more: &[&str]) -> (Folder, Inkling, Vec<String>) {
    let folder = Folder::fresh(name);
    let place = Place::open(&folder.at("warehouse"), None, Some(PROFILE), &CloudConfig::default(), || unreachable!());
    let store = place.unwrap().store;
    registry::add(&store, "linear-1", &bundle.write(), "{}", "").unwrap();
    registry::promote(&store, Target::Session, "linear-1", &registry::Decision::by("test")).unwrap();
    let all = [&arguments(&["--linear", "--warehouse", "warehouse"])[..], more].concat();
    (folder.clone(), Inkling::new(&folder), all.into_iter().map(str::to_owned).collect())
}

/// One visitor's page views as the sandbox is shown them, each with the score of the Rust model.
fn visits(profile: &Profile, model: &Model, unseen: &[bool], chance: &mut Random) -> Vec<Value> {
    let refs = model.feature_refs(&Schema::new(profile)).unwrap();
    let (mut visitor, mut scratch) = (Visitor::new(profile), Scratch::default());
    let mut row = vec![0.0; refs.len()];
    let mut ms = 1_700_000_000_000 + (chance.draw() * 1e9) as i64;
    let touch = ms / 1000 - (chance.draw() * 1e6) as i64;
    let (with_ids, mut number) = (chance.draw() < 0.8, 1 + (chance.draw() * 4.0) as u32);
    let mut session = ms / 1000;
    let mut steps = Vec::new();
    for _ in 0..3 + (chance.draw() * 9.0) as usize {
        let path = PATHS[(chance.draw() * PATHS.len() as f64) as usize];
        let (session_id, session_number) = if with_ids { (session, number) } else { (0, 0) };
        let location = format!("https://northgate.example{path}");
        visitor.observe(&profile.resolve(&RawEvent {
            name: "page_view",
            page_location: &location,
            time_us: ms * 1000,
            session_id,
            session_number,
            first_touch_us: touch * 1_000_000,
            ..RawEvent::default()
        }));
        visitor.features(&refs, ms * 1000, 0, &mut row);
        for (value, unseen) in row.iter_mut().zip(unseen) {
            if *unseen {
                *value = f32::NAN;
            }
        }
        let score = model.score(&row, &mut scratch);
        let band = model.band(score).as_str();
        steps.push(json!([ms, path, session_id.to_string(), session_number, touch, score, band]));
        let long = chance.draw() < 0.25;
        ms += if long { 1_900_000 + (chance.draw() * 1e7) as i64 } else { 1 + (chance.draw() * 300_000.0) as i64 };
        if long {
            (session, number) = (ms / 1000, number + 1);
        }
    }
    steps
}

/// The template with these visits for tests.
fn with_visits(template: &str, visits: &[Vec<Value>]) -> String {
    let setup = "const Math = require('Math'); const templateStorage = require('templateStorage'); \
        const makeString = require('makeString'); \
        const page = (step) => { templateStorage.clear(); \
        mock('getTimestampMillis', step[0]); mock('getUrl', step[1]); \
        mock('readAnalyticsStorage', {client_id: '1.' + makeString(step[4]), \
        sessions: step[2] === '0' ? [] : [{session_id: step[2], session_number: step[3]}]}); \
        const band = runCode({value: 'band'}); const score = templateStorage.getItem('inkling_linear').score; \
        assertThat(Math.abs(score - step[5]), makeString(score) + ' for ' + makeString(step[5])).isLessThan(TOLERANCE); \
        assertThat(band).isEqualTo(step[6]); };";
    let scenarios: Vec<Value> = visits
        .iter()
        .zip(1..)
        .map(|(steps, i)| json!({"name": format!("visitor {i}"), "code": format!("{}.forEach(page);", json!(steps))}))
        .collect();
    let tests = json!({"setup": setup.replace("TOLERANCE", &format!("{TOLERANCE:?}")), "scenarios": scenarios});
    format!("{}___TESTS___\n\n{tests}\n", &template[..template.find("___TESTS___").unwrap()])
}

#[test]
fn the_sandbox_scores_page_views_as_rust_does() {
    let _ = Node::ready();
    let profile = profile();
    let (mut chance, mut views) = (Random::of(3), 0);
    for (calibration, kind) in calibrations().into_iter().zip(["none", "platt", "isotonic"]) {
        let bundle = Bundle::new(profile.clone(), vec![model(&profile, calibration)]).unwrap();
        let model = bundle.model(Target::Session).unwrap();
        let coverage = linear_model(&bundle).unwrap().coverage;
        let names = model.feature_names(&profile);
        let unseen: Vec<bool> = names.iter().map(|name| coverage.unseen.contains(name)).collect();
        assert_eq!((coverage.seen.len(), names.len()), (31, coverage.seen.len() + coverage.unseen.len()));
        let (folder, inkling, arguments) = render(&format!("gtm-linear-{kind}"), &bundle, &[]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let done = inkling.json(&arguments);
        assert_eq!(done["linear"]["seen"], json!(coverage.seen));
        let all: Vec<Vec<Value>> = (0..VISITORS).map(|_| visits(&profile, model, &unseen, &mut chance)).collect();
        views += all.iter().map(Vec::len).sum::<usize>();
        let scores: Vec<f64> = all.iter().flatten().map(|step| step[5].as_f64().unwrap()).collect();
        let (low, high) = scores.iter().fold((1.0f64, 0.0f64), |(l, h), s| (l.min(*s), h.max(*s)));
        assert!(high - low > 0.2, "the scores differ: {low} to {high}");
        folder.write("visits.tpl", with_visits(&read(&folder, "inkling-linear.tpl"), &all));
        let result = inkling.json(&["gtm", "test", "visits.tpl", "--scenarios-only"]);
        assert_eq!((&result["passed"], &result["failed"]), (&json!(VISITORS), &json!(0)), "{result}");
    }
    println!("{views} page views of {} visitors within {TOLERANCE:e} of Rust", 3 * VISITORS);
}

#[test]
fn what_is_rendered_passes_the_templates_own_tests_and_is_in_the_container() {
    let _ = Node::ready();
    let profile = profile();
    let bundle = Bundle::new(profile.clone(), vec![model(&profile, Calibration::None)]).unwrap();
    let (folder, inkling, arguments) = render("gtm-linear-own", &bundle, &["--model", "linear-1", "--stream", "G-A1"]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let _ = inkling.json(&arguments);
    let result = inkling.json(&["gtm", "test", "gtm/inkling-linear.tpl"]);
    assert_eq!(result["ok"], true, "{result}");
    let container: Value = serde_json::from_str(&read(&folder, "container.json")).unwrap();
    let version = &container["containerVersion"];
    assert_eq!(version["customTemplate"][2]["templateData"], read(&folder, "inkling-linear.tpl"));
    let linear: Vec<&Value> =
        version["variable"].as_array().unwrap().iter().filter(|v| v["type"] == "cvt_1_103").collect();
    assert_eq!(linear.len(), 2);
    for variable in linear {
        let stream = json!({"type": "TEMPLATE", "key": "stream", "value": "G-A1"});
        assert!(variable["parameter"].as_array().unwrap().contains(&stream), "{variable}");
    }
}

#[test]
fn a_model_of_trees_is_refused_with_what_to_do() {
    let profile = profile();
    let tree = TreeNodes {
        feature: vec![0, 0, 0],
        threshold: vec![2.0, 0.0, 0.0],
        missing_left: vec![true; 3],
        left: vec![1, 0, 0],
        right: vec![2, 0, 0],
        value: vec![0.0, -1.0, 1.0],
        cover: vec![2.0, 1.0, 1.0],
    };
    let names = ["session.page_views".to_owned()];
    let builder = ModelBuilder::new(Target::Session, "linear-1");
    let trees = builder.trees(&profile, &names, 0.0, &[tree], LeafPrecision::Quantised).unwrap();
    let bundle = Bundle::new(profile.clone(), vec![trees]).unwrap();
    let (folder, inkling, arguments) = render("gtm-linear-trees", &bundle, &[]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = inkling.refused(&arguments, 2);
    assert!(
        said.contains("of the kind `trees`") && said.contains("--algorithm linear") && said.contains("--model"),
        "{said}"
    );
    assert!(!folder.at("gtm").exists(), "nothing was written");
}

#[test]
fn what_the_sandbox_cannot_compute_is_refused_by_name() {
    let profile = profile();
    let names = ["session.page_views", "session.device"].map(str::to_owned);
    let term = LinearTerm { transform: Transform::Identity, mean: 0.0, deviation: 1.0, weight: 0.5 };
    let mobile = Indicator { feature: 1, codes: vec![Among::No, Among::Yes], others: Among::No };
    let build = |builder: ModelBuilder, terms| builder.linear(&profile, &names, -1.0, vec![term; terms]).unwrap();
    let builder = || ModelBuilder::new(Target::Session, "linear-1");
    let indicator = build(builder().indicators(vec![mobile]), 3);
    let single = build(builder().calibration(Calibration::SingleLogistic), 2);
    for (name, model, reason) in [("code", indicator, "session.device"), ("single", single, "single precision")] {
        let bundle = Bundle::new(profile.clone(), vec![model]).unwrap();
        let (folder, inkling, arguments) = render(&format!("gtm-linear-{name}"), &bundle, &[]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let said = inkling.refused(&arguments, 2);
        assert!(said.contains("linear-1") && said.contains(reason), "{said}");
        assert!(!folder.at("gtm").exists(), "nothing was written");
    }
}
