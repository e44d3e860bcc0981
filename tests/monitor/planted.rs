//! A small university whose daily job has run on quiet days, with pages that tell their scores; each test gets a copy,
//! a mail server, and the next days to plant a fault in.

use batch_service::config::CloudConfig;
use batch_service::ga4::discover::{DiscoverOptions, discover};
use batch_service::jobs::replay::replay;
use batch_service::place::{Place, guess_profile};
use batch_service::store::registry;
use batch_service::warehouse::read::TableReader;
use conformance::world::mail::{MailServer, PASSWORD, USER};
use conformance::world::page::document_of;
use conformance::world::{Folder, Inkling, Ran, Row, Site};
use flate2::read::GzDecoder;
use jiff::civil::Date;
use model_core::Target;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::sync::OnceLock;

const VISITORS: u64 = 15_000;
/// Days that the models learn from.
const TRAINED: usize = 28;
/// Days of the daily job on which nothing is wrong: the outcomes of the first ones are known at the end.
const QUIET: usize = 12;
/// Days after them.
const NEXT: usize = 3;

/// Warehouse, export and mails after the quiet days.
pub struct Planted {
    pub folder: Folder,
    pub inkling: Inkling,
    /// All days of the export.
    pub days: Vec<Date>,
    pub mail: MailServer,
}

/// Rows of the export.
pub type Rows = Vec<Value>;

struct Base {
    folder: Folder,
    days: Vec<Date>,
    /// Mails that the quiet days gave.
    mails: Vec<Value>,
    /// What the job said of them.
    said: Vec<String>,
}

/// The base, made once.
fn base() -> &'static Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    BASE.get_or_init(|| {
        let site = Site::simulated(Folder::fresh("monitor-base"), TRAINED + QUIET + NEXT, VISITORS);
        let days = site.days();
        site.backfill(days[0], days[TRAINED - 1]);
        for target in Target::ALL {
            site.train(target, days[TRAINED - 1]);
        }
        let told = told(&site, &days);
        for (day, told) in days[TRAINED..].iter().zip(told) {
            let mut rows = original(&site.folder, *day);
            rows.extend(told);
            write(&site.folder, *day, &rows);
        }
        let planted = Planted::open(site.folder, days);
        let said = planted.quiet_days().iter().map(|day| planted.run(*day).stderr).collect();
        let mails = planted.mail.messages();
        Base { folder: planted.folder.clone(), days: planted.days.clone(), mails, said }
    })
}

/// A copy of it.
pub fn quiet(name: &str) -> Planted {
    let base = base();
    let folder = base.folder.copy(&format!("monitor-{name}"));
    let _ = std::fs::remove_dir_all(folder.at("mail"));
    Planted::open(folder, base.days.clone())
}

/// The mails of the quiet days, and what the job said of them.
pub fn mails_of_quiet_days() -> (&'static [Value], &'static [String]) {
    (&base().mails, &base().said)
}

impl Planted {
    fn open(folder: Folder, days: Vec<Date>) -> Self {
        let mail = MailServer::start(&folder, None);
        folder.write(
            "inkling.toml",
            format!(
                "events = [\"export\"]\nwarehouse = \"warehouse\"\n[alerts]\nuser = \"{USER}\"\nsmtp = \"{}\"\n\
                 ca_file = \"mail/ca.pem\"\nfrom = \"inkling@example.org\"\nto = [\"anna@example.org\"]\n\
                 prefix = \"Northgate\"\n",
                mail.address()
            ),
        );
        Self { inkling: Inkling::new(&folder), folder, days, mail }
    }

    /// The days that the job has worked on.
    pub fn quiet_days(&self) -> &[Date] {
        &self.days[TRAINED..TRAINED + QUIET]
    }

    /// The days that it has not.
    pub fn next_days(&self) -> &[Date] {
        &self.days[TRAINED + QUIET..]
    }

    /// Warehouse and store.
    pub fn place(&self) -> Place {
        let export = self.folder.at("export").to_string_lossy().into_owned();
        let found = discover(&[export], DiscoverOptions::default()).expect("an export");
        Place::open(&self.folder.at("warehouse"), None, None, &CloudConfig::default(), || guess_profile(&found))
            .expect("a warehouse")
    }

    /// The daily job of a day, which must be done.
    pub fn run(&self, day: Date) -> Ran {
        self.call(&["run", "--date", &day.to_string()])
    }

    /// A command that must be done.
    pub fn call(&self, arguments: &[&str]) -> Ran {
        let mut command = self.inkling.command(arguments);
        let ran = Ran::of(command.env("INKLING_SMTP_PASSWORD", PASSWORD).output().expect("the program starts"));
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        ran
    }

    /// Plants a fault into the export of a day.
    pub fn plant(&self, day: Date, fault: impl FnOnce(Rows) -> Rows) {
        write(&self.folder, day, &fault(read(&self.folder, day)));
    }

    /// The document of the page.
    pub fn document(&self) -> Value {
        let _ = self.call(&["dashboard", "build", "--out", "page.html"]);
        document_of(&std::fs::read_to_string(self.folder.at("page.html")).unwrap())
    }
}

/// What pages tell on the days after the training, the same scores as the warehouse's, by four of five visitors.
fn told(site: &Site, days: &[Date]) -> Vec<Rows> {
    let scratch = Site::of_export(site.folder.copy("monitor-scratch"), &["export"]);
    let days = &days[TRAINED..];
    scratch.backfill(days[0], days[days.len() - 1]);
    days.iter().map(|day| told_on(&scratch, *day)).collect()
}

fn told_on(site: &Site, day: Date) -> Rows {
    let path = site.folder.at("replay.parquet");
    replay(&site.place, day, day, None, &path).expect("a replay");
    let model = registry::in_service(&*site.place.store, Target::Session).unwrap().unwrap();
    let file = TableReader::open(&path).unwrap();
    let mut told = Rows::new();
    for group in 0..file.groups() {
        let column = |name: &str| file.column(group, name).unwrap();
        let (users, targets) = (column("user_pseudo_id"), column("target"));
        let (users, targets) = (users.texts().unwrap(), targets.texts().unwrap());
        let (times, sessions) = (column("event_timestamp").i64s().unwrap(), column("ga_session_id").i64s().unwrap());
        let scores = column("score").f64s().unwrap();
        for at in 0..scores.len() {
            let (user, time, score) = (users[at].unwrap(), times[at].unwrap(), scores[at].unwrap());
            let silent = user.bytes().map(u32::from).sum::<u32>().is_multiple_of(5);
            let (Some("session"), Some(session), false) = (targets[at], sessions[at], silent) else { continue };
            let row = Row::new(user, time + 1_000, "inkling_score")
                .session(session, 1)
                .param("inkling_score", ((score * 20.0).round() / 20.0).to_string())
                .param("inkling_score_exact", score.to_string())
                .param("inkling_model_version", model.as_str())
                .param("inkling_bundle", "3f5a9c0d1e2b4a68")
                .param("inkling_load_ms", (100 + 10 * (at % 8)).to_string());
            told.push(row.json(day));
        }
    }
    assert!(told.len() > 300, "{day}: {}", told.len());
    told
}

fn name(day: Date) -> String {
    format!("events_{}", day.strftime("%Y%m%d"))
}

/// The rows as they were simulated.
fn original(folder: &Folder, day: Date) -> Rows {
    let file = std::fs::File::open(folder.at(&format!("export/_json/{}.json.gz", name(day)))).unwrap();
    lines(BufReader::new(GzDecoder::new(file)))
}

fn read(folder: &Folder, day: Date) -> Rows {
    lines(BufReader::new(std::fs::File::open(folder.at(&format!("export/{}.json", name(day)))).unwrap()))
}

fn lines(input: impl BufRead) -> Rows {
    input.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

/// Puts rows in the place of a day's file.
fn write(folder: &Folder, day: Date, rows: &Rows) {
    let _ = std::fs::remove_file(folder.at(&format!("export/{}.parquet", name(day))));
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    folder.write(&format!("export/{}.json", name(day)), text);
}
