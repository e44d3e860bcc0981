#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::client::{Audience, Dimension};
use super::*;
use crate::jobs::{ExitKind, exit_kind};

fn dimension(parameter: &str, display: &str, scope: &str) -> Dimension {
    Dimension {
        name: format!("properties/1/customDimensions/{parameter}"),
        parameter_name: parameter.to_owned(),
        display_name: display.to_owned(),
        scope: scope.to_owned(),
        disallow_ads_personalization: false,
    }
}

fn planned(config: &Ga4Config, there: &[Dimension]) -> Setup {
    let steps = dimensions::plan(&dimensions::wanted(config), there);
    Setup { property: "1".to_owned(), applied: false, steps }
}

fn actions(setup: &Setup) -> Vec<Action> {
    setup.steps.iter().map(|step| step.action).collect()
}

#[test]
fn what_is_there_is_kept_and_what_is_missing_is_planned() {
    let config = Ga4Config::default();
    let score = dimension("inkling_score", "a name that somebody likes better", "USER");
    let setup = planned(&config, &[score.clone(), dimension("other", "Other", "EVENT")]);
    assert_eq!(actions(&setup), [Action::Keep, Action::Create]);
    assert!(setup.to_string().contains("1 of 2 to be written; nothing was"), "{setup}");
    let band = dimension("inkling_band", "Inkling band", "USER");
    let setup = planned(&config, &[score.clone(), band]);
    assert_eq!((setup.open(), setup.to_string().contains("nothing to do")), (0, true));

    let private = Ga4Config { disallow_ads_personalization: true, ..Ga4Config::default() };
    assert_eq!(actions(&planned(&private, &[score])), [Action::Change, Action::Create]);
}

#[test]
fn what_is_in_the_way_is_named_with_what_to_do() {
    let cases = [
        (dimension("inkling_score", "Score", "EVENT"), "scope EVENT; archive it"),
        (dimension("x", "inkling SCORE", "USER"), "rename that one"),
    ];
    for (there, says) in cases {
        let setup = planned(&Ga4Config::default(), &[there]);
        assert_eq!(actions(&setup), [Action::Conflict, Action::Create]);
        let error = setup.refuse_conflicts().unwrap_err();
        assert_eq!(exit_kind(&error), ExitKind::Usage);
        assert!(error.to_string().contains(says) && error.to_string().contains("nothing was written"), "{error}");
    }
    let full: Vec<Dimension> = (0..24).map(|n| dimension(&format!("d{n}"), &format!("D {n}"), "USER")).collect();
    let setup = planned(&Ga4Config::default(), &full);
    let notes: Vec<bool> = setup.steps.iter().map(|step| step.note.contains("room for 25")).collect();
    assert_eq!(notes, [false, true], "the second one is the 26th: {setup}");
}

#[test]
fn an_audience_is_known_again_whatever_a_server_leaves_out() {
    let wanted = audiences::wanted(&Ga4Config::default());
    assert_eq!(audiences::plan(&wanted, &[]).iter().filter(|step| step.action == Action::Create).count(), 3);
    let clause = serde_json::json!([{"clauseType": "INCLUDE", "simpleFilter": {
        "scope": "AUDIENCE_FILTER_SCOPE_ACROSS_ALL_SESSIONS",
        "filterExpression": {"andGroup": {"filterExpressions": [{"orGroup": {"filterExpressions": [
            {"dimensionOrMetricFilter": {"fieldName": "customUser:inkling_band", "atAnyPointInTime": false,
                "inListFilter": {"values": ["high"], "caseSensitive": true}}}]}}]}}}}]);
    let mut there = Audience {
        display_name: "Inkling high intent".to_owned(),
        membership_duration_days: 30,
        filter_clauses: clause,
    };
    let first = |there: &Audience| audiences::plan(&wanted, std::slice::from_ref(there)).remove(0);
    assert_eq!((first(&there).action, first(&there).note.as_str()), (Action::Keep, ""));
    there.membership_duration_days = 90;
    assert!(first(&there).note.contains("other conditions"), "{}", first(&there));
}
