//! No visitor's id, no address and no secret in anything that leaves the program but its tables: ids and secrets that
//! can be recognised go in, and everything that comes out is searched for them.

use super::start::Place;
use conformance::world::google_keys::{KeyServer, token};
use conformance::world::http::Answer;
use conformance::world::mail::{self, MailServer, USER};
use conformance::world::{Row, day_file};
use jiff::tz::TimeZone;

const VISITOR: &str = "7770001110.7770002220";
const USER_ID: &str = "canary-user-id";
const SESSION: i64 = 7_770_003_330;
const ADDRESS: &str = "203.0.113.77";
const MAIL: &str = "canary.visitor@example.net";
const PASSWORD: &str = "canary-smtp-password";

/// A visit of somebody who can be recognised, with `faulty` rows that are to be rejected.
fn rows(place: &Place, day: jiff::civil::Date, faulty: usize) -> Vec<Row> {
    let noon = day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp().as_microsecond();
    let _ = place;
    let row = |i: i64, name: &str| {
        Row::new(VISITOR, noon + i * 10_000_000, name)
            .page(&format!("/courses?email={MAIL}&ip={ADDRESS}"))
            .session(SESSION, 1)
            .param("ip_override", ADDRESS)
            .with("user_id", USER_ID.into())
    };
    let mut rows: Vec<Row> = (0..50).map(|i| row(i, if i == 0 { "session_start" } else { "page_view" })).collect();
    let bad = |i: usize| match i % 4 {
        0 => row(100, "page_view").with("event_timestamp", VISITOR.into()),
        1 => row(100, ""),
        2 => row(100, "page_view").with("event_timestamp", "1".into()),
        _ => row(100, "page_view").with("event_date", "19990101".into()),
    };
    rows.extend((0..faulty).map(bad));
    rows
}

#[test]
fn nothing_that_is_said_tells_of_visitors_or_secrets() {
    let (place, keys) = (Place::copy("canaries"), KeyServer::start());
    // The right password is not the canary, so that the server refuses it and lettre has something to say.
    let server = MailServer::start(&place.folder, None);
    let configure = |user: &str| {
        place.folder.write(
            "inkling.toml",
            format!(
                "[alerts]\nsmtp = \"{}\"\nca_file = \"mail/ca.pem\"\nuser = \"{user}\"\nfrom = \"i@example.org\"\n\
                 to = [\"a@example.org\"]\n",
                server.address()
            ),
        );
    };
    configure(USER);
    std::fs::remove_file(place.folder.at(&place.file(place.day))).unwrap();
    let fill = |day, faulty| day_file(&place.folder, "export", day, &rows(&place, day, faulty));
    let broken_table = place.folder.at("warehouse/scores");
    let mut said: Vec<(String, String)> = Vec::new();
    let mut tell = |what: &str, text: String| said.push((what.to_owned(), text));
    let answered =
        |answer: Answer| (answer.status, format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)));

    for format in ["json", "text"] {
        for (password, attempt) in [(PASSWORD, "refused"), (mail::PASSWORD, "mailed")] {
            let _ = std::fs::remove_dir_all(place.folder.at("warehouse/store/alerts"));
            let serving = place.serve(&keys, &["--log-format", format], &[("INKLING_SMTP_PASSWORD", password)]);
            let mut expect = |what: &str, status: u16| {
                let (got, text) = answered(serving.trigger_day(place.day));
                assert_eq!(got, status, "{what}: {text}");
                tell(&format!("{format} {attempt} {what}"), text);
            };
            fill(place.day, 8);
            expect("rejected rows", 500);
            let whole = std::fs::read(fill(place.day, 0)).unwrap();
            std::fs::write(fill(place.day, 0), &whole[..whole.len() - 40]).unwrap();
            expect("a cut line", 500);
            fill(place.day, 0);
            let _ = std::fs::remove_dir_all(&broken_table);
            // A folder that can be listed, and where nobody can make anything.
            std::os::unix::fs::symlink("/proc", &broken_table).unwrap();
            expect("a step in the middle", 500);
            std::fs::remove_file(&broken_table).unwrap();
            expect("success", 200);
            tell("a wrong token", answered(serving.post(&[("Authorization", &format!("Bearer {}x", token()))], "")).1);
            tell("metrics", String::from_utf8(serving.get("/metrics").body).unwrap());
            tell(&format!("{format} {attempt} log"), serving.log());
        }
        let run = ["run", "--date", &place.day.to_string(), "--force", "--log-format", format, "--output", format];
        for faulty in [8, 0] {
            fill(place.day, faulty);
            let output = place.command(&run).env("INKLING_SMTP_PASSWORD", PASSWORD).output().unwrap();
            tell("stdout", String::from_utf8(output.stdout).unwrap());
            tell("stderr", String::from_utf8(output.stderr).unwrap());
        }
    }
    let messages = server.messages();
    assert!(messages.len() >= 6, "{}", messages.len());
    said.extend(messages.iter().map(|m| ("mail".to_owned(), m.to_string())));
    let kept = place.folder.contents(&["warehouse/store/alerts"]);
    said.extend(kept.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())));

    let all: String = said.iter().map(|(_, text)| text.as_str()).collect();
    // The canaries would be seen: the lines, the mails to be and the mails are there.
    for there in [
        "rejected",
        "\"severity\":\"CRITICAL\"",
        "535",
        "alert not mailed",
        "the daily run of",
        "\"step\":\"write_scores\"",
        "timestamp",
    ] {
        assert!(all.to_lowercase().contains(&there.to_lowercase()), "{there}");
    }
    let session = SESSION.to_string();
    for canary in
        [VISITOR, USER_ID, &session, ADDRESS, MAIL, PASSWORD, mail::PASSWORD, "7770001110", "eyJ", "PRIVATE KEY"]
    {
        for (what, text) in &said {
            assert!(!text.contains(canary), "{canary} in {what}: {text}");
        }
    }
}
