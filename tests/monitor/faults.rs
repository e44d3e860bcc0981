//! Faults that are planted turn the right check red, send one mail and are named in it; quiet days send none.

use super::planted::{Planted, Rows, mails_of_quiet_days, quiet};
use batch_service::store::registry;
use conformance::world::page::rows_of;
use conformance::world::{Folder, Random, Site};
use jiff::Timestamp;
use model_core::Target;
use serde_json::{Map, Value, json};

const CHECKS: [&str; 9] = ["volume", "calibration", "auc", "lift", "drift", "segments", "tag", "parity", "activation"];

/// What a fault does.
struct Seen {
    /// The check that is red for it, as the column of `v_health_today` names it.
    check: &'static str,
    /// Others that it may turn red, too.
    also: &'static [&'static str],
    /// The rule of its alert.
    rule: &'static str,
    /// Words of its cause.
    says: &'static [&'static str],
    /// Words of the mail's subject.
    subject: &'static str,
}

fn health(document: &Value) -> Map<String, Value> {
    rows_of(document, "v_health_today").remove(0)
}

fn red(document: &Value) -> Vec<&'static str> {
    let health = health(document);
    CHECKS.into_iter().filter(|check| health[&format!("status_{check}")] == "red").collect()
}

/// Plants a fault on the first of the next days, runs the job, and looks at page, table and mail.
fn seen(name: &str, seen: &Seen, fault: impl FnOnce(Rows) -> Rows) -> Planted {
    let planted = quiet(name);
    let day = planted.next_days()[0];
    planted.plant(day, fault);
    let _ = planted.run(day);
    told(&planted, seen);
    planted
}

fn told(planted: &Planted, seen: &Seen) {
    let day = planted.next_days()[0];
    let document = planted.document();
    let red = red(&document);
    assert!(red.contains(&seen.check), "{red:?}: {:?}", health(&document));
    let alerts = rows_of(&document, "v_alerts");
    assert!(red.iter().all(|check| *check == seen.check || seen.also.contains(check)), "{red:?}: {alerts:?}");
    assert_eq!(health(&document)["status"], "red");
    let alert = alerts.iter().find(|alert| alert["rule"] == seen.rule).unwrap_or_else(|| panic!("{alerts:?}"));
    assert_eq!((&alert["closed_at"], &alert["severity"]), (&Value::Null, &json!("red")));
    let cause = alert["cause"].as_str().unwrap();
    let mails = planted.mail.messages();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let subject = mails[0]["headers"]["Subject"].as_str().unwrap();
    assert!(subject.contains(seen.subject) && subject.contains(&day.to_string()), "{subject}");
    // Lines of a mail may be cut.
    let body = mails[0]["body"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(body.contains(&format!("{}:", seen.rule)), "{}: {body}", seen.rule);
    for words in seen.says {
        assert!(cause.contains(words), "{words:?} in {cause:?}");
        assert!(body.contains(words), "{words:?} in {body:?}");
    }
}

#[test]
fn quiet_days_send_no_mail() {
    let (mails, said) = mails_of_quiet_days();
    assert!(said.len() >= 10);
    assert!(mails.is_empty(), "{mails:?}");
    let planted = quiet("quiet");
    let document = planted.document();
    let health = health(&document);
    for (check, status) in [("volume", "green"), ("tag", "green"), ("parity", "green"), ("freshness", "green")] {
        assert_eq!(health[&format!("status_{check}")], status, "{health:?}");
    }
    for check in ["calibration", "auc", "lift"] {
        assert!(["green", "amber"].contains(&health[&format!("status_{check}")].as_str().unwrap()), "{health:?}");
    }
    assert_eq!(health["parity_share"], 1.0);
    let tag = rows_of(&document, "v_tag_daily").pop().unwrap();
    let (load, blocked) = (tag["p75_load_ms"].as_f64().unwrap(), tag["blocked_by_consent"].as_u64().unwrap());
    assert!((140.0..=160.0).contains(&load), "of 100 to 170 ms three of four: {tag:?}");
    assert!(blocked > 0 && tag["signature_failures"].is_null(), "no page told of any: {tag:?}");
    assert!(rows_of(&document, "v_alerts").is_empty());
    let alerts = planted
        .quiet_days()
        .iter()
        .flat_map(|day| batch_service::monitor::tables::ALERTS.read(&*planted.place().warehouse, *day).unwrap());
    assert_eq!(alerts.count(), 0);
}

#[test]
fn half_a_day_that_is_missing() {
    let planted = seen("half-day", &OF_MORNINGS, mornings);
    // It goes on: that is not usual on the second day either. A version without its bundle is no reason to stop.
    let (first, second) = (planted.next_days()[0], planted.next_days()[1]);
    let id = format!("volume-{first}");
    let listed = planted.inkling.call(&["alert", "list"]);
    assert!(listed.stdout.contains(&format!("{id}: there are no events from 12:00 to 24:00")), "{}", listed.stdout);
    assert!(listed.stdout.contains("not acknowledged"), "{}", listed.stdout);
    let seen = planted.inkling.json(&["alert", "acknowledge", &id]);
    let unknown = planted.inkling.call(&["alert", "acknowledge", "volume"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
    assert!(
        unknown.stderr.contains("no alert volume is open; open are ") && unknown.stderr.contains(&id),
        "{}",
        unknown.stderr
    );
    registry::put_text(&*planted.place().store, "visitor-20200101-aaaaaa", "report.json", "{}").unwrap();
    planted.plant(second, mornings);
    let ran = planted.run(second);
    assert!(ran.stderr.contains("visitor-20200101-aaaaaa has no bundle"), "{}", ran.stderr);
    let document = planted.document();
    assert_eq!(health(&document)["status_volume"], "red", "{:?}", health(&document));
    let of_volume = |alert: &Map<String, Value>| alert["rule"] == "volume";
    let alerts: Vec<_> = rows_of(&document, "v_alerts").into_iter().filter(of_volume).collect();
    assert!(alerts.len() == 1 && alerts[0]["closed_at"].is_null(), "{alerts:?}");
    assert_eq!(alerts[0]["acknowledged_at"], seen["acknowledged_at"]);
    assert!(seen["acknowledged_at"].is_string(), "{seen}");
    let versions = rows_of(&document, "v_model_versions");
    let without = versions.iter().find(|row| row["model_version"] == "visitor-20200101-aaaaaa");
    assert!(without.is_some_and(|row| row["sha256"].is_null()), "{versions:?}");
}

#[test]
fn a_run_that_dies_while_it_writes_its_figures_is_looked_at_again() {
    let planted = quiet("dies");
    let day = planted.next_days()[0];
    planted.plant(day, mornings);
    let mut dying = planted.inkling.command(&["run", "--date", &day.to_string()]);
    // After the three tables of the day, among those of the figures.
    let ended = dying.env("INKLING_FAILPOINT", "publish.middle:6").output().expect("the program starts");
    assert!(!ended.status.success());
    assert_eq!(planted.mail.messages().len(), 0);
    let _ = planted.run(day);
    told(&planted, &OF_MORNINGS);
    let days = planted.place().warehouse.partitions(batch_service::monitor::outcomes::TABLE).unwrap();
    assert_eq!(days.last(), Some(&day));
}

/// What a day is told of that has only mornings.
const OF_MORNINGS: Seen = Seen {
    check: "volume",
    also: &["drift", "calibration"],
    rule: "volume",
    says: &["there are no events from 12:00 to 24:00"],
    subject: "the data of the day are not as usual",
};

fn mornings(mut rows: Rows) -> Rows {
    rows.retain(|row| {
        let at: i64 = row["event_timestamp"].as_str().unwrap().parse().unwrap();
        let at = Timestamp::from_microsecond(at).unwrap().in_tz("Europe/London").unwrap();
        at.hour() < 12
    });
    rows
}

#[test]
fn a_release_that_pages_refuse() {
    let says = Seen {
        check: "tag",
        also: &[],
        rule: "tag",
        says: &["31 pages refused the release, most of them for `hash-mismatch`"],
        subject: "",
    };
    let planted = seen("refused", &says, |mut rows| {
        let scores: Vec<Value> = rows.iter().filter(|row| row["event_name"] == "inkling_score").cloned().collect();
        let off = scores.into_iter().zip(0..40).map(|(mut row, i)| {
            let code =
                ["hash-mismatch", "wasm-refused", "release-unreachable", "<b>"][(i as usize).saturating_sub(27) / 4];
            row["event_name"] = "inkling_off".into();
            row["event_params"] = json!([{"key": "inkling_code", "value": {"string_value": code}}]);
            row
        });
        rows.extend(off.collect::<Vec<_>>());
        rows
    });
    let document = planted.document();
    let alert = rows_of(&document, "v_alerts").remove(0);
    assert_eq!((alert["value"].as_f64(), alert["threshold"].as_f64()), (Some(31.0), Some(0.0)), "{alert:?}");
    let tag = rows_of(&document, "v_tag_daily").pop().unwrap();
    let told = ["signature_failures", "wasm_unsupported", "errors"].map(|name| tag[name].as_u64().unwrap());
    assert_eq!(told, [31, 4, 5], "{tag:?}");
}

#[test]
fn a_wave_of_bots() {
    let says = Seen {
        check: "volume",
        // Bots tell no scores.
        also: &["drift", "tag"],
        rule: "volume",
        says: &["saw one page and did nothing", "perhaps a program", "cheap-clicks.example"],
        subject: "the data of the day are not as usual",
    };
    seen("bots", &says, |mut rows| {
        let mut random = Random::of(5);
        let view = rows.iter().find(|row| row["event_name"] == "page_view").unwrap().clone();
        for i in 0..800 {
            let mut bot = view.clone();
            let day: i64 = view["event_timestamp"].as_str().unwrap().parse().unwrap();
            let start = day - day.rem_euclid(86_400_000_000);
            let at = start + (random.draw() * 80_000_000_000.0) as i64;
            bot["event_timestamp"] = at.to_string().into();
            bot["user_pseudo_id"] = format!("{}.{}", 3_000_000_000_u64 + i, at / 1_000_000).into();
            bot["user_first_touch_timestamp"] = at.to_string().into();
            bot["traffic_source"] =
                json!({"medium": "referral", "name": "(referral)", "source": "cheap-clicks.example"});
            let session = json!({"key": "ga_session_id", "value": {"int_value": (at / 1_000_000).to_string()}});
            let page = json!({"key": "page_location", "value": {"string_value": "https://www.northgate.example/"}});
            let source = json!({"key": "source", "value": {"string_value": "cheap-clicks.example"}});
            bot["event_params"] = json!([session, page, source]);
            rows.push(bot);
        }
        rows
    });
}

/// Conversions that come too late, or not at all.
#[test]
fn late_labels() {
    let says = Seen {
        check: "volume",
        // Pages told the scores of what they had seen themselves.
        also: &["parity"],
        rule: "labels",
        says: &["0 conversions came where", "are conversions late"],
        subject: "the data of the day are not as usual",
    };
    seen("labels", &says, without_conversions);
}

fn without_conversions(mut rows: Rows) -> Rows {
    rows.retain(|row| {
        row["event_name"] != "application_submit" && !row["event_params"].to_string().contains("/apply/thank-you")
    });
    rows
}

#[test]
fn a_dropped_feature() {
    let says = Seen {
        check: "drift",
        // Pages told the scores of what they had seen themselves.
        also: &["parity"],
        rule: "drift:session",
        says: &["session.language is missing for 99 % of page views"],
        subject: "the scores may not be right",
    };
    seen("dropped", &says, |mut rows| {
        for row in &mut rows {
            row["device"].as_object_mut().map(|device| device.remove("language"));
        }
        rows
    });
}

/// Engagement in seconds.
#[test]
fn a_unit_that_has_changed() {
    let says = Seen {
        check: "drift",
        // Pages told the scores of what they had seen themselves.
        also: &["parity"],
        rule: "drift:session",
        says: &["session.engaged_ms_per_page has drifted", "0.001 times that of the training", "has its unit changed?"],
        subject: "the scores may not be right",
    };
    seen("unit", &says, |mut rows| {
        for param in rows.iter_mut().filter_map(|row| row["event_params"].as_array_mut()).flatten() {
            if param["key"] == "engagement_time_msec" {
                let engaged: i64 = param["value"]["int_value"].as_str().unwrap().parse().unwrap();
                param["value"]["int_value"] = (engaged / 1_000).to_string().into();
            }
        }
        rows
    });
}

#[test]
fn a_silent_tag_and_that_it_speaks_again() {
    let says = Seen {
        check: "tag",
        also: &[],
        rule: "tag",
        says: &["0 % of the sessions told a score, usually", "is the tag still on the pages"],
        subject: "scores do not get where they should",
    };
    let silent = |mut rows: Rows| {
        rows.retain(|row| row["event_name"] != "inkling_score");
        rows
    };
    let planted = seen("silent", &says, silent);
    // The admins know; nothing new is wrong.
    let [_, second, third] = planted.next_days() else { panic!("{:?}", planted.next_days()) };
    planted.plant(*second, silent);
    let _ = planted.run(*second);
    assert_eq!(planted.mail.messages().len(), 1);
    let _ = planted.run(*third);
    let mails = planted.mail.messages();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(mails[1]["headers"]["Subject"].as_str().unwrap().contains("as usual again"), "{:?}", mails[1]);
    let alerts = rows_of(&planted.document(), "v_alerts");
    assert!(alerts.len() == 1 && !alerts[0]["closed_at"].is_null(), "{alerts:?}");
}

#[test]
fn browsers_that_say_something_else() {
    let says = Seen {
        check: "parity",
        also: &[],
        rule: "parity",
        says: &["scores of browsers are not those of the warehouse", "1.00e-5"],
        subject: "scores do not get where they should",
    };
    seen("parity", &says, |mut rows| {
        for row in rows.iter_mut().filter(|row| row["event_name"] == "inkling_score") {
            for param in row["event_params"].as_array_mut().unwrap() {
                if param["key"] == "inkling_score_exact" {
                    let exact: f64 = param["value"]["string_value"].as_str().unwrap().parse().unwrap();
                    param["value"]["string_value"] = (exact + 1e-5).to_string().into();
                }
            }
        }
        rows
    });
}

/// A model that was trained on days without most of their conversions is put into service by mistake.
#[test]
fn a_swapped_model() {
    let planted = quiet("swapped");
    let other = Site::simulated(Folder::fresh("monitor-other"), 28, 6_000);
    let days = other.days();
    let mut random = Random::of(9);
    for day in &days {
        let file =
            std::fs::File::open(other.folder.at(&format!("export/_json/events_{}.json.gz", day.strftime("%Y%m%d"))));
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file.unwrap()), &mut text).unwrap();
        let few = |line: &&str| {
            let converts = line.contains("application_submit") || line.contains("/apply/thank-you");
            !converts || random.draw() < 0.1
        };
        let kept: String = text.lines().filter(few).map(|line| format!("{line}\n")).collect();
        other.folder.write(&format!("rare/events_{}.json", day.strftime("%Y%m%d")), kept);
    }
    let rare = Site::of_export(other.folder, &["rare"]);
    rare.backfill(days[0], days[27]);
    let version = rare.train(Target::Session, days[27]).version;
    let (from, place) = (registry::load(&*rare.place.store, &version).unwrap(), planted.place());
    let report = registry::text_if_there(&*rare.place.store, &version, "report.json").unwrap().unwrap();
    registry::add(&place.store, &version, &from.bundle.write(), &report, "").unwrap();
    let _ = planted.call(&["model", "promote", &version, "--target", "session"]);
    let _ = planted.run(planted.next_days()[0]);
    let says = Seen {
        check: "drift",
        also: &["calibration", "lift", "auc"],
        rule: "model:session",
        says: &["serves in place of session-", "its scores are not as before"],
        subject: "the scores may not be right",
    };
    told(&planted, &says);
    let cause = planted.mail.messages()[0]["body"].as_str().unwrap().split_whitespace().collect::<String>();
    assert!(cause.contains(&format!("model{version}serves")), "{cause}");
}
