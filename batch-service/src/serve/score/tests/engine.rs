use super::*;
use crate::profile::SiteProfile;
use crate::serve::score::body::parse;
use model_core::{ModelBuilder, Profile, Target};

fn profile(name: &str) -> Profile {
    SiteProfile::load(name).unwrap().profile
}

fn loaded(profile: &Profile) -> Arc<Loaded> {
    let model = ModelBuilder::new(Target::Session, "a").linear(profile, &[], 0.5, Vec::new()).unwrap();
    Arc::new(Loaded::of(profile, &model))
}

fn keys() -> StateKeys {
    StateKeys::of(Some("CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=".to_owned())).unwrap().unwrap()
}

fn scored(
    profile: &Profile,
    keys: &StateKeys,
    body: &str,
    before: Option<&[u8]>,
) -> Result<serde_json::Value, Unscored> {
    let answer = score(&loaded(profile), keys, "shop", &parse::<Body<'_>>(body.as_bytes()).unwrap(), before)?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

const EVENT: &str = "{\"events\":[{\"name\":\"page_view\",\"time_us\":1700000000000000}]}";

#[test]
fn a_visitor_is_known_from_the_first_event_on() {
    let (profile, keys) = (profile("northgate-university"), keys());
    let again = |answer: &serde_json::Value| {
        scored(&profile, &keys, &serde_json::json!({"state": answer["state"]}).to_string(), None).unwrap()
    };
    let nothing = scored(&profile, &keys, "{}", None).unwrap();
    assert_eq!((&nothing["known"], &again(&nothing)["known"]), (&false.into(), &false.into()));
    let first = scored(&profile, &keys, EVENT, None).unwrap();
    assert_eq!((&first["known"], &again(&first)["known"]), (&false.into(), &true.into()));
    let empty = Scorer::new(loaded(&profile).bundle.clone()).save();
    assert_eq!(scored(&profile, &keys, EVENT, Some(&empty)).unwrap()["known"], false);
}

#[test]
fn a_state_of_the_warehouse_of_another_profile_is_no_fault_of_the_caller() {
    let (ours, other, keys) = (profile("northgate-university"), profile("ga4-default"), keys());
    let state = Scorer::new(loaded(&other).bundle.clone()).save();
    let refused = scored(&ours, &keys, "{}", Some(&state)).unwrap_err();
    assert_eq!((&refused, refused.status().as_u16()), (&Unscored::Warehouse, 503));
    // One that the caller sends is.
    let sealed = scored(&other, &keys, "{}", None).unwrap()["state"].clone();
    let body = serde_json::json!({"state": sealed}).to_string();
    assert_eq!(scored(&ours, &keys, &body, None).unwrap_err(), Unscored::State);
}
