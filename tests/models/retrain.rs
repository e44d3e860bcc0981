//! `inkling train --if-needed`: no on a quiet site, yes for an old model and for one whose features drift.

use super::start::{LEARNT, change, copy, day};
use conformance::world::mail::{MailServer, PASSWORD, USER, body, header};
use conformance::world::{Folder, Inkling, Ran};
use serde_json::Value;
use std::process::Command;

/// The daily job on some days, with the monitor.
pub fn run(inkling: &Inkling, from: i64, to: i64) {
    for number in from..=to {
        let done = inkling.json(&["run", "--date", &day(number)]);
        assert_eq!(done["run"]["status"], "done", "{done}");
    }
}

/// On the days that the models do not know pages tell no scrolling any more.
pub fn without_scrolls(folder: &Folder) {
    change(folder, |row| (row["event_name"] != "scroll").then_some(row));
}

fn command(inkling: &Inkling, rules: &[(&str, &str)]) -> Command {
    let mut command = inkling.command(&["train", "--if-needed", "--algorithm", "linear", "--output", "json"]);
    for (key, value) in rules {
        command.env(format!("INKLING__RETRAIN__{key}"), value);
    }
    command.env("INKLING_SMTP_PASSWORD", PASSWORD);
    command
}

fn asked(inkling: &Inkling, rules: &[(&str, &str)]) -> Value {
    let output = command(inkling, rules).output().unwrap();
    let (text, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{said}");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn a_quiet_site_needs_none_and_an_old_model_is_challenged() {
    let (folder, inkling) = copy("quiet");
    run(&inkling, LEARNT + 1, LEARNT + 8);
    let before = folder.contents(&["warehouse/store"]);
    let quiet = asked(&inkling, &[]);
    for target in quiet.as_array().unwrap() {
        assert_eq!((&target["needed"], &target["challenger"]), (&false.into(), &Value::Null), "{target}");
        assert_eq!(target["age_days"], 8, "{target}");
        assert!(target["because"][0].as_str().unwrap().contains("neither drift nor what came true"), "{target}");
    }
    assert!(folder.contents(&["warehouse/store"]) == before, "a look writes nothing");
    let listed = inkling.json(&["model", "list"]);

    // From here on the admins are mailed; a look that finds nothing to decide is no mail.
    let server = MailServer::start(&folder, None);
    let mail = format!(
        "[alerts]\nsmtp = \"{}\"\nca_file = \"mail/ca.pem\"\nuser = \"{USER}\"\nfrom = \"a@example.org\"\n\
         to = [\"b@example.org\"]\nprefix = \"Northgate\"\n",
        server.address()
    );
    let config = std::fs::read_to_string(folder.at("inkling.toml")).unwrap();
    folder.write("inkling.toml", format!("{config}{mail}"));
    assert_eq!(asked(&inkling, &[]), quiet);
    assert!(server.messages().is_empty());

    let old = asked(&inkling, &[("MAX_AGE_DAYS", "7"), ("MIN_AGE_DAYS", "1")]);
    let session = &old[0];
    assert_eq!((&session["needed"], &session["target"]), (&true.into(), &"session".into()), "{session}");
    assert!(session["because"][0].as_str().unwrap().contains("8 days old, more than 7"), "{session}");
    let challenger = session["challenger"]["version"].as_str().unwrap();
    assert_eq!(session["challenger"]["champion"], listed["in_service"][0], "{session}");
    let comparison = &session["challenger"]["comparison"];
    assert_eq!(comparison["days"][1], day(LEARNT + 8), "the newest days: {comparison}");
    assert!(
        comparison["days"][0].as_str().unwrap() > day(LEARNT).as_str(),
        "that the champion does not know: {comparison}"
    );
    let names: Vec<&str> =
        comparison["measures"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["auc", "pr_auc", "log_loss", "brier", "calibration_error", "top_decile_lift"]);
    for measure in comparison["measures"].as_array().unwrap() {
        let [low, high] = [0, 1].map(|i| measure["model_interval"][i].as_f64().unwrap());
        assert!(low < high, "{measure}");
    }
    let kept = |file: &str| {
        let path = folder.at(&format!("warehouse/store/models/{challenger}/{file}"));
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    assert_eq!(serde_json::from_str::<Value>(&kept("challenger.json")).unwrap(), session["challenger"]);
    let text = kept("challenger.md");
    assert!(text.contains("| measure | challenger | champion | difference |") && text.contains(challenger), "{text}");
    let now = inkling.json(&["model", "list"]);
    assert_eq!(now["in_service"], listed["in_service"], "a challenger is not put into service by itself");
    assert_eq!(now["challenger"][0], challenger);

    let [mailed] = &server.messages()[..] else { panic!("one mail: {:?}", server.messages()) };
    assert_eq!(header(mailed, "Subject"), "Northgate: a new model is proposed");
    for says in [challenger, "8 days old, more than 7", "inkling model promote", "#a-model-is-proposed"] {
        assert!(body(mailed).contains(says), "{says:?} in {mailed}");
    }

    let waits = asked(&inkling, &[("MAX_AGE_DAYS", "7"), ("MIN_AGE_DAYS", "1")]);
    assert_eq!(waits[0]["needed"], false);
    assert!(waits[0]["because"][0].as_str().unwrap().contains("waits for a decision"), "{}", waits[0]);
    assert_eq!(server.messages().len(), 1, "it is told once");
    // A look that fails is told, too.
    let report = format!("warehouse/store/models/{challenger}/report.json");
    let whole = std::fs::read(folder.at(&report)).unwrap();
    folder.write(&report, "{");
    let failed = Ran::of(command(&inkling, &[]).output().unwrap());
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    let mails = server.messages();
    assert_eq!(header(&mails[1], "Subject"), "Northgate: the weekly look at the models has failed");
    assert!(body(&mails[1]).contains(&format!("report of model {challenger}")), "{}", mails[1]);
    folder.write(&report, whole);
    // So is one that cannot begin.
    std::fs::rename(folder.at("warehouse/events_clean"), folder.at("aside")).unwrap();
    let blind = Ran::of(command(&inkling, &[]).output().unwrap());
    std::fs::rename(folder.at("aside"), folder.at("warehouse/events_clean")).unwrap();
    assert_eq!(blind.code, 2, "{}", blind.stderr);
    let mails = server.messages();
    assert_eq!(header(&mails[2], "Subject"), "Northgate: the weekly look at the models has failed");
    assert!(body(&mails[2]).contains("the warehouse has no days"), "{}", mails[2]);
    // What a person decides.
    let outcome = session["challenger"]["outcome"].as_str().unwrap();
    let promoted = inkling.call(&["model", "promote", challenger, "--target", "session"]);
    assert_eq!(promoted.code, i32::from(outcome == "worse"), "{outcome}: {}", promoted.stderr);
}

#[test]
fn a_model_whose_features_drift_is_challenged() {
    let (folder, inkling) = copy("drifting");
    without_scrolls(&folder);
    run(&inkling, LEARNT + 1, LEARNT + 3);
    let young = asked(&inkling, &[]);
    assert_eq!((&young[0]["needed"], &young[0]["age_days"]), (&false.into(), &3.into()), "{}", young[0]);
    assert!(young[0]["because"].to_string().contains("yet features drift"), "{}", young[0]);
    run(&inkling, LEARNT + 4, LEARNT + 8);
    let asked = asked(&inkling, &[]);
    let session = &asked[0];
    assert_eq!(session["needed"], true, "{session}");
    let because = session["because"].to_string();
    assert!(because.contains("features drift, red on") && because.contains("session.scrolls (PSI"), "{because}");
    assert!(session["challenger"]["version"].is_string(), "{session}");
}

#[test]
fn rules_are_checked() {
    let (_, inkling) = copy("rules");
    for (key, value, says) in [
        ("MAX_AGE_DAYS", "5", "more than `retrain.min_age_days`"),
        ("LOOK_DAYS", "0", "1 to 60 days"),
        ("RED_DAYS", "8", "`retrain.look_days`"),
        ("RED_DAY", "8", "did you mean `retrain.red_days`?"),
    ] {
        let mut command = inkling.command(&["train", "--if-needed"]);
        let output = command.env(format!("INKLING__RETRAIN__{key}"), value).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{key}: {said}");
        assert!(said.contains(says), "{key}: {said}");
    }
    let said = inkling.refused(&["train", "--if-needed", "--force"], 2);
    assert!(said.contains("--force"), "{said}");
}
