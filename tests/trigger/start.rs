//! A small university whose export ends yesterday, and `inkling serve` on it with the trigger open for one account.

use conformance::world::google_keys::{AUDIENCE, INVOKER, KeyServer, token};
use conformance::world::http::{Answer, send};
use conformance::world::{Folder, Inkling, Server, Site, web};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model_core::Target;
use serde_json::Value;
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;

pub const ROUTE: &str = "/v1/jobs/daily";
const DAYS: usize = 8;

/// The made-up university's time zone.
pub fn zone() -> TimeZone {
    TimeZone::get("Europe/London").unwrap()
}

/// The folder and its last two days, which no run has worked on; the last is yesterday.
fn filled() -> &'static (Folder, Date, Date) {
    static FILLED: OnceLock<(Folder, Date, Date)> = OnceLock::new();
    FILLED.get_or_init(|| {
        let yesterday = Timestamp::now().to_zoned(zone()).date().yesterday().unwrap();
        let start = yesterday.checked_sub((DAYS as i64 - 1).days()).unwrap();
        let site = Site::simulated_from(Folder::fresh("trigger-filled"), DAYS, 2_500, start);
        assert_eq!(site.place.site.profile.parts().time_zone, "Europe/London");
        let days = site.days();
        let [.., trained_to, before, last] = days[..] else { panic!("{days:?}") };
        site.backfill(days[0], trained_to);
        site.train(Target::Session, trained_to);
        site.folder.write("web/site/index.html", "<p>a page</p>");
        std::fs::copy(web().join("dashboard.html"), site.folder.at("web/dashboard.html")).expect("scripts/build-web");
        (site.folder, before, last)
    })
}

/// A copy of the university.
pub struct Place {
    pub folder: Folder,
    pub inkling: Inkling,
    /// The first day that no run has worked on.
    pub day: Date,
    /// The day after it: yesterday.
    pub last: Date,
}

impl Place {
    pub fn copy(name: &str) -> Self {
        let (filled, day, last) = filled();
        let folder = filled.copy(&format!("trigger-{name}"));
        let inkling = Inkling::new(&folder);
        Self { folder, inkling, day: *day, last: *last }
    }

    pub fn file(&self, day: Date) -> String {
        format!("export/events_{}.parquet", day.strftime("%Y%m%d"))
    }

    /// Cuts the day's file in half.
    pub fn break_export(&self, day: Date) {
        let bytes = std::fs::read(self.folder.at(&self.file(day))).unwrap();
        self.folder.write(&format!("whole-{day}"), &bytes);
        self.folder.write(&self.file(day), &bytes[..bytes.len() / 2]);
    }

    /// Makes it whole again.
    pub fn mend_export(&self, day: Date) {
        std::fs::rename(self.folder.at(&format!("whole-{day}")), self.folder.at(&self.file(day))).unwrap();
    }

    /// A call of the program with the export and the warehouse.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.inkling.command(arguments);
        command.env("INKLING__EVENTS", "export").env("INKLING__WAREHOUSE", "warehouse");
        command.env("INKLING__RELEASE__WEB", self.folder.at("web"));
        command.env("NO_PROXY", "127.0.0.1").env_remove("K_SERVICE").env_remove("CLOUD_RUN_JOB");
        command
    }

    /// Serves, open for the account, with further flags and variables.
    pub fn serve(&self, keys: &KeyServer, flags: &[&str], variables: &[(&str, &str)]) -> Serving {
        let trigger = [("AUDIENCE", AUDIENCE), ("INVOKER", INVOKER), ("JWKS", &keys.url)];
        let trigger: Vec<_> = trigger.iter().map(|(key, value)| (format!("INKLING__SERVE__{key}"), *value)).collect();
        let all: Vec<_> = trigger.iter().map(|(n, v)| (n.as_str(), *v)).chain(variables.iter().copied()).collect();
        self.serve_with(flags, &all)
    }

    /// Serves, with these flags and variables.
    pub fn serve_with(&self, flags: &[&str], variables: &[(&str, &str)]) -> Serving {
        self.serve_at("127.0.0.1:0", flags, variables)
    }

    /// The same at another address.
    pub fn serve_at(&self, address: &str, flags: &[&str], variables: &[(&str, &str)]) -> Serving {
        let mut command =
            self.command(&[&["serve", "--address", address, "--address-file", "address"], flags].concat());
        let server = Server::of(command.envs(variables.iter().copied()), &self.folder.at("address"));
        let address = server.address().to_owned();
        Serving { server, folder: self.folder.clone(), address }
    }
}

/// `inkling serve`, until it is dropped.
pub struct Serving {
    server: Server,
    folder: Folder,
    pub address: String,
}

impl Serving {
    pub fn get(&self, path: &str) -> Answer {
        send(&self.address, "GET", path, &[], b"")
    }

    /// The trigger with some headers.
    pub fn post(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        send(&self.address, "POST", ROUTE, headers, body.as_bytes())
    }

    /// The trigger with a good token.
    pub fn trigger(&self, body: &str) -> Answer {
        self.post(&[("Authorization", &format!("Bearer {}", token()))], body)
    }

    /// The trigger for a day.
    pub fn trigger_day(&self, day: Date) -> Answer {
        self.trigger(&format!("{{\"date\":\"{day}\"}}"))
    }

    /// What it has said on stderr.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.at("address.log")).unwrap()
    }

    /// The lines of the log that are JSON.
    pub fn lines(&self) -> Vec<Value> {
        self.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// A sample of `/metrics`, by its name with labels; 0 when there is none.
    pub fn metric(&self, name: &str) -> f64 {
        let page = String::from_utf8(self.get("/metrics").body).unwrap();
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Jobs that were started, whatever came of them.
    pub fn jobs(&self) -> f64 {
        let page = String::from_utf8(self.get("/metrics").body).unwrap();
        let ended = page.lines().filter_map(|line| line.strip_prefix("inkling_job_runs_total{")?.rsplit_once(' '));
        ended.map(|(_, count)| count.parse::<f64>().unwrap()).sum::<f64>() + self.metric("inkling_job_running")
    }

    pub fn signal(&self, name: &str) {
        self.server.signal(name);
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        self.server.ended()
    }
}
