//! Texts, sanitising, incidents, attempts; no network.

mod several;

use super::book::NAME;
use super::mail::{Answer, Trouble};
use super::*;
use crate::jobs::{ExitKind, exit};
use crate::store::{Generation, LocalStore, Replaced, Seen};
use jiff::civil::{Date, date};
use std::sync::Mutex;

/// Answers by a plan, one entry an attempt; the last one is repeated.
struct Planned {
    plan: Vec<Result<Vec<Answer>, Trouble>>,
    seen: Mutex<Vec<(Mail, Vec<String>)>>,
}

impl Planned {
    fn new(plan: Vec<Result<Vec<Answer>, Trouble>>) -> Arc<Self> {
        Arc::new(Self { plan, seen: Mutex::default() })
    }

    fn accepting() -> Arc<Self> {
        Self::new(vec![Ok(vec![Answer::Accepted])])
    }

    fn seen(&self) -> Vec<(Mail, Vec<String>)> {
        self.seen.lock().unwrap().clone()
    }
}

impl Mailer for Planned {
    fn attempt(&self, mail: &Mail, _: Timestamp, to: &[String]) -> Result<Vec<Answer>, Trouble> {
        let mut seen = self.seen.lock().unwrap();
        seen.push((mail.clone(), to.to_vec()));
        self.plan[(seen.len() - 1).min(self.plan.len() - 1)].clone()
    }
}

fn config() -> AlertsConfig {
    AlertsConfig {
        smtp: Some("localhost:25".into()),
        from: "Inkling <inkling@example.org>".into(),
        to: vec!["a@example.org".into()],
        ..AlertsConfig::default()
    }
}

fn now(hour: i8) -> Timestamp {
    date(2026, 11, 23).at(hour, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

fn failure(kind: Kind, day: i8) -> Failure {
    Failure {
        kind,
        date: date(2026, 11, day),
        tables_of: date(2026, 11, day),
        code: 4,
        step: Some("read".into()),
        causes: vec!["2026-11-20: step read".into(), "events.json: line 2: broken".into()],
        written: vec!["events_clean".into()],
        untouched: vec!["visitor_state".into(), "scores".into()],
        perhaps: Vec::new(),
        next: vec!["inkling run --date 2026-11-20".into()],
    }
}

fn folder(name: &str) -> LocalStore {
    let path = std::env::temp_dir().join(format!("inkling-alerts-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    LocalStore::new(path)
}

fn kept(store: &dyn ObjectStore) -> Incidents {
    store.get(NAME).unwrap().map(|bytes| serde_json::from_slice(&bytes).unwrap()).unwrap_or_default()
}

fn succeed(alerts: &Alerts<'_>, day: i8, missing: &[Date]) {
    let missing = |_, _| missing.to_vec();
    let again = |day: Date| format!("inkling run --date {day}");
    alerts.succeeded(&Recovery { date: date(2026, 11, day), missing: &missing, again: &again }, now(9));
}

#[test]
fn a_mail_names_what_an_admin_needs() {
    let (store, mailer) = (folder("names"), Planned::accepting());
    Alerts::with(&config(), Ok(mailer.clone()), Some(&store)).failed(&failure(Kind::BrokenExport, 20), now(6));
    let (mail, to) = mailer.seen().remove(0);
    assert_eq!(to, ["a@example.org"]);
    assert_eq!(mail.subject, "Inkling: run of 2026-11-20 failed: a file of the export cannot be read");
    for says in [
        "Step:         read\n",
        "Exit code:    4\n",
        "Cause:        2026-11-20: step read\n",
        "  because     events.json: line 2: broken\n",
        "Written:      events_clean\n",
        "Not written:  visitor_state, scores (as before this run)\n",
        "What to do:   docs/RUNBOOK.md#broken-export\n",
        "    inkling run --date 2026-11-20\n",
    ] {
        assert!(mail.body.contains(says), "{says:?} in {}", mail.body);
    }
}

#[test]
fn a_mail_says_whose_tables_it_lists_and_what_nobody_knows() {
    let (store, mailer) = (folder("tables"), Planned::accepting());
    let alerts = Alerts::with(&config(), Ok(mailer.clone()), Some(&store));
    let earlier = Failure { tables_of: date(2026, 11, 19), ..failure(Kind::Failed, 20) };
    alerts.failed(&earlier, now(6));
    let tables = [vec!["events_clean".to_owned(), "scores".into()], Vec::new(), Vec::new()];
    let [perhaps, written, untouched] = tables;
    alerts.failed(&Failure { perhaps, written, untouched, ..failure(Kind::Storage, 20) }, now(6));
    let bodies: Vec<String> = mailer.seen().into_iter().map(|(mail, _)| mail.body).collect();
    let says =
        "\nWritten (2026-11-19): events_clean\nNot written (2026-11-19): visitor_state, scores (as before this run)\n";
    assert!(bodies[0].contains(says), "{}", bodies[0]);
    let says = "\nPerhaps written: events_clean, scores (the next run settles it)\n\nWhat to do:";
    assert!(bodies[1].contains(says), "{}", bodies[1]);
}

#[test]
fn the_runbook_has_a_section_for_every_kind() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/RUNBOOK.md");
    let text = std::fs::read_to_string(path).unwrap();
    let anchors: Vec<String> =
        text.lines().filter_map(|l| l.strip_prefix("## ")).map(|l| l.to_lowercase().replace(' ', "-")).collect();
    for anchor in Kind::ALL.map(Kind::anchor).into_iter().chain(["mail"]) {
        assert!(anchors.iter().any(|a| a == anchor), "{anchor} in {anchors:?}");
    }
}

#[test]
fn kinds_of_errors() {
    let kind = |error: anyhow::Error| Kind::of(&error.context("2026-11-20: step read"));
    assert_eq!(kind(exit(ExitKind::Usage, "which export?")), Kind::Configuration);
    assert_eq!(kind(exit(ExitKind::Integrity, "another profile")), Kind::Integrity);
    let broken = crate::ga4::ReadFailure::Truncated { file: "x".into() };
    assert_eq!(kind(broken.into()), Kind::BrokenExport);
    assert_eq!(kind(std::io::Error::from(std::io::ErrorKind::StorageFull).into()), Kind::Storage);
    assert_eq!(kind(anyhow::anyhow!("no idea")), Kind::Failed);
}

#[test]
fn one_mail_for_an_incident_and_one_when_it_is_over() {
    let (store, mailer) = (folder("one"), Planned::accepting());
    let alerts = Alerts::with(&config(), Ok(mailer.clone()), Some(&store));
    alerts.failed(&failure(Kind::BrokenExport, 20), now(6));
    alerts.failed(&failure(Kind::BrokenExport, 20), now(7));
    alerts.failed(&failure(Kind::BrokenExport, 21), now(8));
    assert_eq!(mailer.seen().len(), 1);
    // Another kind and a day further away are other incidents.
    alerts.failed(&failure(Kind::Storage, 21), now(8));
    alerts.failed(&failure(Kind::BrokenExport, 10), now(8));
    assert_eq!(mailer.seen().len(), 3);
    assert_eq!(kept(&store).incidents[0].failures, 3);

    // A day before the incidents says nothing of them.
    succeed(&alerts, 9, &[]);
    assert_eq!(mailer.seen().len(), 3);
    succeed(&alerts, 20, &[date(2026, 11, 21)]);
    let sent = mailer.seen();
    assert_eq!(sent.len(), 5, "of the 10th, and of the 20th to 21st; the storage of the 21st is still open");
    let body = &sent[3].0.body;
    assert!(body.contains("2026-11-20 to 2026-11-21") && body.contains("events.json: line 2: broken"), "{body}");
    assert!(body.contains("    inkling run --date 2026-11-21\n"), "{body}");
    assert_eq!(sent[3].0.reply_to.as_ref(), Some(&sent[0].0.id));
    succeed(&alerts, 21, &[]);
    succeed(&alerts, 22, &[]);
    assert_eq!(mailer.seen().len(), 6);
    assert_eq!(kept(&store), Incidents::default());
    // It may happen again.
    alerts.failed(&failure(Kind::BrokenExport, 22), now(10));
    assert_eq!(mailer.seen().len(), 7);
}

#[test]
fn nobody_counts_as_told_until_the_server_has_accepted() {
    let store = folder("told");
    let down = || Planned::new(vec![Err(Trouble { text: "535 no".into(), passing: false })]);
    let alerts = |mailer: &Arc<Planned>| Alerts::with(&config(), Ok(mailer.clone()), Some(&store));
    let mailer = down();
    alerts(&mailer).failed(&failure(Kind::Failed, 20), now(6));
    alerts(&mailer).failed(&failure(Kind::Failed, 20), now(7));
    assert_eq!(mailer.seen().len(), 2);
    assert!(kept(&store).incidents[0].unsent.is_some());
    let up = Planned::accepting();
    alerts(&up).failed(&failure(Kind::Failed, 20), now(8));
    alerts(&up).failed(&failure(Kind::Failed, 20), now(8));
    assert_eq!(up.seen().len(), 1);
    // The mail that it is over is kept and tried again, too.
    succeed(&alerts(&down()), 20, &[]);
    assert!(kept(&store).incidents[0].recovered_at.is_some());
    succeed(&alerts(&up), 21, &[]);
    assert!(up.seen()[1].0.subject.contains("succeed again"));
    assert_eq!(kept(&store), Incidents::default());
    // Failing again before anybody heard that it was over is the same incident.
    alerts(&up).failed(&failure(Kind::Failed, 20), now(9));
    succeed(&alerts(&down()), 20, &[]);
    alerts(&up).failed(&failure(Kind::Failed, 20), now(10));
    assert_eq!(up.seen().len(), 3);
}

#[test]
fn a_state_that_cannot_be_read_keeps_nobody_from_being_told() {
    let (store, mailer) = (folder("broken"), Planned::accepting());
    store.put(NAME, b"{\"incidents\": 7}").unwrap();
    Alerts::with(&config(), Ok(mailer.clone()), Some(&store)).failed(&failure(Kind::Failed, 20), now(6));
    Alerts::with(&config(), Ok(mailer.clone()), None).failed(&failure(Kind::Failed, 20), now(7));
    assert_eq!(mailer.seen().len(), 2);
    assert_eq!(kept(&store).incidents.len(), 1);
}

#[test]
fn watch_tells_once_and_once_when_it_is_over() {
    let (store, mailer) = (folder("watch"), Planned::accepting());
    let alerts = Alerts::with(&config(), Ok(mailer.clone()), Some(&store));
    let overdue = Overdue { hours: 26, last: Some((now(3), "2026-11-20".into())), next: vec!["inkling run".into()] };
    alerts.overdue(&overdue, now(6));
    alerts.overdue(&overdue, now(6) + jiff::SignedDuration::from_hours(72));
    assert_eq!(mailer.seen().len(), 1);
    assert!(mailer.seen()[0].0.body.contains("26 hours; the last one, of 2026-11-20, ended at 2026-11-23 03:00 UTC"));
    // A run that succeeds is for watch to see.
    succeed(&alerts, 23, &[]);
    assert_eq!(mailer.seen().len(), 1);
    alerts.in_time("a run succeeded", now(9));
    alerts.in_time("a run succeeded", now(10));
    assert_eq!(mailer.seen().len(), 2);
}

#[test]
fn those_put_off_are_tried_again_and_the_refused_are_not() {
    let to: Vec<String> = ["a@x", "b@x", "c@x"].map(str::to_owned).to_vec();
    let mailer = Planned::new(vec![
        Err(Trouble { text: "connection refused".into(), passing: true }),
        Ok(vec![Answer::Accepted, Answer::Refused("550".into()), Answer::Later("451".into())]),
        Ok(vec![Answer::Accepted]),
    ]);
    let mail = Mail::new("id", "subject", "body");
    let done = deliver(mailer.clone(), mail.clone(), now(6), &to, Duration::from_secs(20));
    assert_eq!(done.accepted, ["a@x", "c@x"]);
    assert_eq!((done.refused, done.attempts), (vec![("b@x".into(), "550".into())], 3));
    assert_eq!(mailer.seen()[2].1, ["c@x"]);

    let busy = Planned::new(vec![Ok(vec![Answer::Later("451".into())])]);
    let start = std::time::Instant::now();
    let done = deliver(busy.clone(), mail.clone(), now(6), &to[..1], Duration::from_secs(1));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!((done.accepted.len(), done.waiting.len()), (0, 1));
    assert!(done.cause().contains("451"));

    /// Never answers.
    struct Silent;
    impl Mailer for Silent {
        fn attempt(&self, _: &Mail, _: Timestamp, _: &[String]) -> Result<Vec<Answer>, Trouble> {
            std::thread::sleep(Duration::from_secs(3_600));
            Ok(Vec::new())
        }
    }
    let done = deliver(Arc::new(Silent), mail, now(6), &to[..1], Duration::from_millis(200));
    assert!(done.cause().contains("no answer"), "{}", done.cause());
}

#[test]
fn hostile_text_neither_panics_nor_makes_headers() {
    let long = "x".repeat(5_000);
    let texts = [
        "a\r\nBcc: evil@example.org",
        "a\nb",
        "a\rb",
        "nul\0",
        "\u{2028}line\u{2029}",
        "\u{202e}drow",
        "\"quoted\\\" <x>",
        "Zoë ☃ 雪 \u{1F600}",
        "\u{85}\u{7f}\u{1b}[31m",
        "",
        long.as_str(),
    ];
    let to = vec!["a@example.org".to_owned()];
    for text in texts {
        let mailer = SmtpMailer::new(
            &AlertsConfig {
                // Nobody listens there: what matters is that the message is built.
                smtp: Some("127.0.0.1:1".into()),
                tls: Tls::None,
                from: format!("{text} <inkling@example.org>"),
                to: vec![format!("{text} <a@example.org>")],
                ..config()
            },
            None,
        );
        let mailer = mailer.unwrap_or_else(|e| panic!("{text:?}: {e}"));
        let mut mail = Mail::new("id", text, &format!("{text}\n{text}"));
        assert!(!mail.subject.chars().any(char::is_control) && mail.subject.chars().count() <= 150, "{text:?}");
        assert!(mail.body.lines().all(|l| l.chars().count() <= 500 && !l.chars().any(char::is_control)), "{text:?}");
        mail.reply_to = Some("other".into());
        let message = String::from_utf8(mailer.message(&mail, now(6), &to).unwrap()).unwrap();
        let headers = message.split("\r\n\r\n").next().unwrap();
        assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
        assert!(headers.contains("Message-ID: <id@example.org>"), "{headers}");
        assert!(message.lines().all(|line| line.len() <= 998), "{text:?}");
        let trouble = mailer.attempt(&mail, now(6), &to).unwrap_err();
        assert!(trouble.passing, "{trouble:?}");
    }
    for text in ["", "x", "a@b\r\nRCPT TO:c@d", "<>", "é@example.org", "a@b>"] {
        assert!(mail::mailbox(text).is_err(), "{text:?}");
    }
    let one = mail::mailbox("a@b\r\nRCPT TO:<c@d>").unwrap();
    assert_eq!((one.name.as_deref(), one.email.to_string().as_str()), (Some("a@b  RCPT TO:"), "c@d"));
}

#[test]
fn what_is_missing_is_said_without_the_password() {
    let says = |config: AlertsConfig, password: Option<&str>| {
        SmtpMailer::new(&config, password.map(str::to_owned)).err().unwrap_or_default()
    };
    let user = AlertsConfig { user: Some("inkling".into()), ..config() };
    assert!(says(user, None).contains("INKLING_SMTP_PASSWORD"));
    let absent = AlertsConfig { ca_file: Some("/nonexistent.pem".into()), ..config() };
    let said = says(absent, Some("hunter2"));
    assert!(said.contains("/nonexistent.pem") && !said.contains("hunter2"), "{said}");
}
