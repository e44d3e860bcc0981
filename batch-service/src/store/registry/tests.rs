//! The history of promotions, and going back in it.

use super::*;
use crate::store::LocalStore;
use model_core::{Model, ModelBuilder, Profile};

fn store(name: &str, versions: &[&str]) -> LocalStore {
    let root = std::env::temp_dir().join(format!("inkling-registry-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&root);
    let store = LocalStore::new(root);
    let profile = crate::profile::SiteProfile::load("ga4-default").unwrap().profile;
    for version in versions {
        let bundle = Bundle::new(profile.clone(), vec![model(&profile, version)]).unwrap().write();
        add(&store, version, &bundle, "{}", "").unwrap();
    }
    store
}

fn model(profile: &Profile, version: &str) -> Model {
    ModelBuilder::new(Target::Session, version).linear(profile, &[], 0.5, Vec::new()).unwrap()
}

fn promoted(store: &LocalStore, version: &str) {
    promote(store, Target::Session, version, &Decision::by("model promote")).unwrap();
}

/// What `model rollback` does.
fn back(store: &LocalStore) -> Option<String> {
    let version = before_in_service(store, Target::Session).unwrap()?;
    promote(store, Target::Session, &version, &Decision::by(ROLLBACK)).unwrap();
    Some(version)
}

#[test]
fn each_promotion_is_kept_with_the_one_before() {
    let store = store("kept", &["a", "b"]);
    assert_eq!(history(&store, Target::Session).unwrap(), []);
    promoted(&store, "a");
    let against = ["report: worse".to_owned()];
    let decision = Decision { why: Some("a fair"), against: &against, ..Decision::by("train") };
    promote(&store, Target::Session, "b", &decision).unwrap();
    // What serves already is not put there again.
    promoted(&store, "b");
    let found = history(&store, Target::Session).unwrap();
    let said: Vec<_> = found.iter().map(|p| (p.version.as_str(), p.by.as_deref(), p.previous.as_deref())).collect();
    assert_eq!(said, [("a", Some("model promote"), None), ("b", Some("train"), Some("a"))]);
    assert_eq!((found[1].why.as_deref(), &found[1].against[..]), (Some("a fair"), &against[..]));
    assert_eq!(in_service(&store, Target::Session).unwrap().as_deref(), Some("b"));
    assert_eq!(in_service(&store, Target::Visitor).unwrap(), None);
}

#[test]
fn going_back_twice_goes_back_further() {
    let store = store("back", &["a", "b", "c", "d"]);
    assert_eq!(back(&store), None, "nothing serves");
    promoted(&store, "a");
    assert_eq!(back(&store), None, "there was none before");
    promoted(&store, "b");
    promoted(&store, "c");
    assert_eq!(back(&store).as_deref(), Some("b"));
    assert_eq!(back(&store).as_deref(), Some("a"));
    assert_eq!(back(&store), None);
    promoted(&store, "d");
    assert_eq!(back(&store).as_deref(), Some("a"), "the one that d followed");
    // Put there on purpose, a version follows what served then.
    promoted(&store, "c");
    promoted(&store, "a");
    assert_eq!(back(&store).as_deref(), Some("c"));
    assert_eq!(history(&store, Target::Session).unwrap().len(), 10);
}

#[test]
fn a_pointer_of_an_earlier_program_is_the_beginning_of_the_history() {
    let store = store("earlier", &["a", "b"]);
    store.put("models/in-service-session.json", br#"{"version":"a"}"#).unwrap();
    assert_eq!(in_service(&store, Target::Session).unwrap().as_deref(), Some("a"));
    promoted(&store, "b");
    let found = history(&store, Target::Session).unwrap();
    assert_eq!((found[0].version.as_str(), &found[0].at), ("a", &None));
    assert_eq!(back(&store).as_deref(), Some("a"));
}

#[test]
fn a_decision_about_another_champion_is_refused() {
    let store = store("after", &["a", "b"]);
    promoted(&store, "a");
    let decision = Decision { after: Some("x"), ..Decision::by(ROLLBACK) };
    let said = promote(&store, Target::Session, "b", &decision).unwrap_err().to_string();
    assert!(said.contains("another command has put model a there meanwhile"), "{said}");
    assert_eq!(history(&store, Target::Session).unwrap().len(), 1);
}

#[test]
fn a_challenger_can_be_set_and_ended() {
    let store = store("challenger", &["a", "b"]);
    let now = || challenger(&store, Target::Session).unwrap();
    promoted(&store, "a");
    assert_eq!(now(), None);
    challenge(&store, Target::Session, Some("b")).unwrap();
    assert_eq!(now().as_deref(), Some("b"));
    challenge(&store, Target::Session, None).unwrap();
    assert_eq!(now(), None);
    challenge(&store, Target::Session, Some("b")).unwrap();
    promoted(&store, "b");
    assert_eq!(now(), None, "it serves by now");
}

#[test]
fn a_lineage_is_written_once() {
    let store = store("lineage", &["a"]);
    assert_eq!(Lineage::load(&store, "a").unwrap(), None);
    let first = Lineage::now("train", Some(["2026-01-01".to_owned(), "2026-02-01".to_owned()]), None);
    first.keep(&store, "a").unwrap();
    Lineage::now("recalibrate", None, Some("x")).keep(&store, "a").unwrap();
    assert_eq!(Lineage::load(&store, "a").unwrap(), Some(first));
}
