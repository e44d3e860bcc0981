//! A small university with a warehouse and a model in service; each test gets a copy, and a mail server if it wants one.

use conformance::world::mail::{MailServer, PASSWORD, USER};
use conformance::world::{Folder, Inkling, Ran, Site};
use jiff::civil::Date;
use model_core::Target;
use serde_json::Value;
use std::sync::OnceLock;

const DAYS: usize = 8;

/// The folder, and its last two days, which no run has worked on.
fn filled() -> &'static (Folder, Date, Date) {
    static FILLED: OnceLock<(Folder, Date, Date)> = OnceLock::new();
    FILLED.get_or_init(|| {
        let site = Site::simulated(Folder::fresh("alerts-filled"), DAYS, 1_500);
        let days = site.days();
        let [.., trained_to, before, last] = days[..] else { panic!("{days:?}") };
        site.backfill(days[0], trained_to);
        site.train(Target::Session, trained_to);
        (site.folder, before, last)
    })
}

/// A warehouse with alerts.
pub struct Alerting {
    pub folder: Folder,
    pub inkling: Inkling,
    pub day: Date,
    pub next: Date,
}

impl Alerting {
    pub fn copy(name: &str) -> Self {
        let (filled, day, next) = filled();
        let folder = filled.copy(&format!("alerts-{name}"));
        let inkling = Inkling::new(&folder);
        Self { folder, inkling, day: *day, next: *next }
    }

    /// With a mail server, and told to use it.
    pub fn with_server(name: &str) -> (Self, MailServer) {
        let alerting = Self::copy(name);
        let server = MailServer::start(&alerting.folder, None);
        alerting.configure(&format!("smtp = \"{}\"\nca_file = \"mail/ca.pem\"\n", server.address()));
        (alerting, server)
    }

    /// Writes the configuration, with these lines about alerts.
    pub fn configure(&self, alerts: &str) {
        let text = format!(
            "events = [\"export\"]\nwarehouse = \"warehouse\"\n[alerts]\nuser = \"{USER}\"\n\
             from = \"Inkling, daily <inkling@example.org>\"\nto = [\"Anna <anna@example.org>\", \"bo@example.org\"]\n\
             prefix = \"Northgate\"\n{alerts}"
        );
        self.folder.write("inkling.toml", text);
    }

    /// Calls the program with the password of the mail server.
    pub fn call(&self, arguments: &[&str]) -> Ran {
        self.call_with(arguments, PASSWORD)
    }

    pub fn call_with(&self, arguments: &[&str], password: &str) -> Ran {
        let mut command = self.inkling.command(arguments);
        let ran = Ran::of(command.env("INKLING_SMTP_PASSWORD", password).output().expect("the program starts"));
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(password), "the password was printed");
        ran
    }

    /// The daily job of a day.
    pub fn run(&self, day: Date) -> Ran {
        self.call(&["run", "--date", &day.to_string()])
    }

    /// Cuts the day's file in half.
    pub fn break_export(&self, day: Date) {
        let file = self.file(day);
        let bytes = std::fs::read(self.folder.at(&file)).unwrap();
        self.folder.write(&format!("whole-{day}"), &bytes);
        self.folder.write(&file, &bytes[..bytes.len() / 2]);
    }

    /// Makes it whole again.
    pub fn mend_export(&self, day: Date) {
        std::fs::rename(self.folder.at(&format!("whole-{day}")), self.folder.at(&self.file(day))).unwrap();
    }

    fn file(&self, day: Date) -> String {
        format!("export/events_{}.parquet", day.strftime("%Y%m%d"))
    }
}

/// The lines of stderr that are JSON of this severity.
pub fn lines(ran: &Ran, severity: &str) -> Vec<Value> {
    let values = ran.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values.filter(|value| value["severity"] == severity).collect()
}
