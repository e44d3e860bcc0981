//! Several processes that tell at the same time, and recipients that are put off.

use super::*;

/// Does something at every attempt before it accepts, as another process might.
struct Meanwhile<F>(F);

impl<F: Fn() + Send + Sync> Mailer for Meanwhile<F> {
    fn attempt(&self, _: &Mail, _: Timestamp, to: &[String]) -> Result<Vec<Answer>, Trouble> {
        (self.0)();
        Ok(vec![Answer::Accepted; to.len()])
    }
}

#[test]
fn four_tasks_that_fail_at_once_send_one_mail() {
    let (store, mailer) = (folder("four"), Planned::accepting());
    let failed =
        || Alerts::with(&config(), Ok(mailer.clone()), Some(&store)).failed(&failure(Kind::Failed, 20), now(6));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(failed);
        }
    });
    assert_eq!(mailer.seen().len(), 1);
    let incident = kept(&store).incidents.remove(0);
    assert_eq!((incident.failures, incident.notified, incident.unsent, incident.claim), (4, true, None, None));
}

#[test]
fn what_others_keep_while_a_mail_is_sent_stays() {
    let (store, others) = (folder("meanwhile"), Planned::accepting());
    let other = {
        let (store, others) = (store.clone(), Arc::clone(&others));
        move || {
            let alerts = Alerts::with(&config(), Ok(others.clone()), Some(&store));
            alerts.failed(&failure(Kind::Storage, 20), now(6));
            // The mail of this one is being sent by somebody else.
            alerts.failed(&failure(Kind::Failed, 20), now(6));
        }
    };
    Alerts::with(&config(), Ok(Arc::new(Meanwhile(other))), Some(&store)).failed(&failure(Kind::Failed, 20), now(6));
    let kinds: Vec<_> = kept(&store).incidents.iter().map(|i| (i.kind, i.notified, i.failures)).collect();
    assert_eq!(kinds, [(Kind::Failed, true, 2), (Kind::Storage, true, 1)]);
    assert_eq!(others.seen().len(), 1);

    // A run may succeed while the mail about its failure is on the way.
    let store = folder("overtaken");
    let over = {
        let (store, others) = (store.clone(), Arc::clone(&others));
        move || succeed(&Alerts::with(&config(), Ok(others.clone()), Some(&store)), 20, &[])
    };
    Alerts::with(&config(), Ok(Arc::new(Meanwhile(over))), Some(&store)).failed(&failure(Kind::Failed, 20), now(6));
    assert_eq!(kept(&store), Incidents::default());
    assert_eq!(others.seen().len(), 2);
}

#[test]
fn the_mail_of_a_process_that_died_is_sent_by_another() {
    let (store, mailer) = (folder("died"), Planned::accepting());
    let mut incidents = Incidents::default();
    let _ = incidents.failed(Kind::Failed, date(2026, 11, 20), "no idea", now(6), |_| Mail::new("id", "s", "b"));
    let due = incidents.claim("dead", now(6), Duration::from_secs(90), &config().to);
    assert_eq!((due.len(), &due[0].to, due[0].first), (1, &config().to, true));
    store.put(NAME, &serde_json::to_vec(&incidents).unwrap()).unwrap();
    let alerts = Alerts::with(&config(), Ok(mailer.clone()), Some(&store));
    alerts.failed(&failure(Kind::Failed, 20), now(6) + Duration::from_secs(180) - Duration::from_nanos(1));
    assert!(mailer.seen().is_empty());
    alerts.failed(&failure(Kind::Failed, 20), now(6) + Duration::from_secs(180));
    assert_eq!(mailer.seen().len(), 1);
}

#[test]
fn those_put_off_get_the_mail_another_time_and_only_they() {
    let (store, later) = (folder("put-off"), || Answer::Later("451 greylisted".into()));
    let config = AlertsConfig {
        to: ["a@example.org", "b@example.org", "c@example.org"].map(str::to_owned).to_vec(),
        deadline_seconds: 1,
        ..config()
    };
    let alerts = |mailer: &Arc<Planned>| Alerts::with(&config, Ok(mailer.clone()), Some(&store));
    let busy =
        Planned::new(vec![Ok(vec![Answer::Accepted, Answer::Refused("550".into()), later()]), Ok(vec![later()])]);
    alerts(&busy).failed(&failure(Kind::Failed, 20), now(6));
    assert_eq!(kept(&store).incidents[0].left, ["c@example.org"]);
    // The server is down, which says nothing of a recipient.
    let down = Planned::new(vec![Err(Trouble { text: "535 no".into(), passing: false })]);
    alerts(&down).failed(&failure(Kind::Failed, 20), now(7));
    assert_eq!(down.seen().len(), 1);
    let up = Planned::accepting();
    alerts(&up).failed(&failure(Kind::Failed, 20), now(8));
    alerts(&up).failed(&failure(Kind::Failed, 20), now(9));
    let seen = up.seen();
    assert_eq!((seen.len(), seen[0].1.as_slice()), (1, ["c@example.org".to_owned()].as_slice()));
    assert_eq!(seen[0].0.id, busy.seen()[0].0.id);

    // Some have heard that it is over; what fails then is news.
    let partly = Planned::new(vec![Ok(vec![Answer::Accepted, Answer::Accepted, later()]), Ok(vec![later()])]);
    succeed(&alerts(&partly), 20, &[]);
    alerts(&Planned::new(vec![Ok(vec![later(); 3])])).failed(&failure(Kind::Failed, 20), now(10));
    let open = kept(&store).incidents;
    assert_eq!((open.len(), &open[0].left, open[1].notified), (2, &vec!["c@example.org".to_owned()], false));
    // One who is put off for ever is given up.
    let days = jiff::SignedDuration::from_hours(4 * 24);
    alerts(&Planned::new(vec![Ok(vec![Answer::Accepted; 3])])).failed(&failure(Kind::Failed, 20), now(10) + days);
    assert_eq!(kept(&store).incidents.len(), 1);
}

/// A store that can be written and, for now, not be read.
#[derive(Debug)]
struct Blind(LocalStore);

impl ObjectStore for Blind {
    fn look(&self, _: &str) -> anyhow::Result<Option<Seen>> {
        anyhow::bail!("503")
    }

    fn put(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.0.put(name, bytes)
    }

    fn put_new(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.0.put_new(name, bytes)
    }

    fn replace(&self, name: &str, seen: &Generation, bytes: &[u8]) -> anyhow::Result<Replaced> {
        self.0.replace(name, seen, bytes)
    }

    fn list(&self, folder: &str) -> anyhow::Result<Vec<String>> {
        self.0.list(folder)
    }
}

#[test]
fn nothing_is_written_that_was_not_read_or_has_not_changed() {
    let (store, mailer) = (folder("blind"), Planned::accepting());
    Alerts::with(&config(), Ok(mailer.clone()), Some(&Blind(store.clone()))).failed(&failure(Kind::Failed, 20), now(6));
    assert_eq!(mailer.seen().len(), 1);
    let alerts = Alerts::with(&config(), Ok(mailer.clone()), Some(&store));
    succeed(&alerts, 20, &[]);
    alerts.in_time("a run succeeded", now(9));
    assert!(!store.root().exists());
    alerts.failed(&failure(Kind::Failed, 20), now(6));
    let written = std::fs::metadata(store.root().join(NAME)).unwrap().modified().unwrap();
    succeed(&alerts, 19, &[]);
    assert_eq!(std::fs::metadata(store.root().join(NAME)).unwrap().modified().unwrap(), written);
}

/// Refuses mails with a word in the subject.
struct Choosy(&'static str, Mutex<Vec<String>>);

impl Mailer for Choosy {
    fn attempt(&self, mail: &Mail, _: Timestamp, to: &[String]) -> Result<Vec<Answer>, Trouble> {
        self.1.lock().unwrap().push(mail.subject.clone());
        let refused = mail.subject.contains(self.0);
        Ok(vec![if refused { Answer::Refused("554 looks like spam".into()) } else { Answer::Accepted }; to.len()])
    }
}

#[test]
fn a_mail_that_is_refused_holds_no_other_back() {
    let store = folder("refused");
    let refused = Kind::Storage.title();
    let mailer = Arc::new(Choosy(refused, Mutex::default()));
    let alerts = Alerts::with(&config(), Ok(mailer.clone()), Some(&store));
    alerts.failed(&failure(Kind::Storage, 20), now(6));
    alerts.failed(&failure(Kind::Failed, 20), now(7));
    // The refused one comes first again, and the other one after it.
    let subjects = mailer.1.lock().unwrap().clone();
    assert!(subjects.len() == 3 && subjects[1].contains(refused) && !subjects[2].contains(refused), "{subjects:?}");
    let kept: Vec<_> = kept(&store).incidents.iter().map(|i| (i.notified, i.claim.is_none())).collect();
    assert_eq!(kept, [(false, true), (true, true)]);
}

#[test]
fn a_check_that_turns_red_later_is_a_mail_of_its_own() {
    let (store, mailer) = (folder("figures"), Planned::accepting());
    let alerts = Alerts::with(&config(), Ok(mailer.clone()), Some(&store));
    let day = |day: i8, rules: &[(Kind, &str)]| {
        let red =
            |(kind, rule): &(Kind, &str)| Red { kind: *kind, rule: (*rule).to_owned(), cause: format!("{rule} {day}") };
        let red = rules.iter().map(red).collect();
        alerts.figures(&Figures { date: date(2026, 11, day), red, next: Vec::new() }, now(6));
        mailer.seen().into_iter().map(|(mail, _)| (mail.subject, mail.body)).collect::<Vec<_>>()
    };
    let [volume, drift, model] =
        [(Kind::Data, "volume"), (Kind::Scores, "drift:session"), (Kind::Scores, "model:session")];
    // What is red on a day is one mail, also when it is still red on the next.
    assert_eq!(day(20, &[volume, drift]).len(), 1);
    assert_eq!(day(21, &[volume, drift]).len(), 1);
    // Another check of the same group is news.
    let mails = day(22, &[volume, drift, model]);
    assert_eq!(mails.len(), 2);
    assert!(mails[1].1.contains("model:session") && !mails[1].1.contains("drift:session"), "{}", mails[1].1);
    // Each is over by itself, and the mail about it says nothing of the other.
    let mails = day(23, &[volume]);
    assert_eq!(mails.len(), 3);
    assert!(mails[2].1.contains("What was told then is red no more"), "{}", mails[2].1);
    assert_eq!(day(24, &[]).len(), 4);
    assert_eq!(kept(&store), Incidents::default());
}
