//! A made-up university with models of both targets, scores of its last day and a release, and `inkling serve` on it with two callers.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use batch_service::release::{FileKey, Signer};
use batch_service::serve::issue;
use conformance::world::http::{Answer, send};
use conformance::world::{Folder, Inkling, Server, Site, web};
use model_core::Target;
use serde_json::Value;
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub const AUDIENCE: &str = "https://scores.northgate.example";
pub const ORIGIN: &str = "https://www.northgate.example";
/// A caller whose rate is no hindrance, and whose pages may ask.
pub const SHOP: &str = "shop";
/// One that may ask twice a second, and has no pages.
pub const SLOW: &str = "slow";
const STATE_KEY: [u8; 32] = [9; 32];

/// The university.
pub struct Filled {
    pub site: Site,
}

/// The university, once for all tests.
pub fn filled() -> &'static Filled {
    static FILLED: OnceLock<Filled> = OnceLock::new();
    FILLED.get_or_init(|| {
        let site = Site::simulated(Folder::fresh("scoring-filled"), 24, 5_000);
        let days = site.days();
        site.backfill(days[0], days[23]);
        site.train(Target::Session, days[20]);
        site.train(Target::Visitor, days[23]);
        let _ = site.run(days[23], false).expect("the daily job");
        let _ = site.publish(&web());
        for name in [SHOP, SLOW] {
            let _ = FileKey::create(&site.folder.at(&format!("callers/{name}.key"))).unwrap();
        }
        let public = |name: &str| {
            BASE64_STANDARD.encode(FileKey::read(&site.folder.at(&format!("callers/{name}.key"))).unwrap().public())
        };
        let toml = format!(
            "[serve]\naudience = \"{AUDIENCE}\"\n[[serve.callers]]\nname = \"{SHOP}\"\nkeys = [\"{}\"]\n\
             origins = [\"{ORIGIN}\"]\nrequests_per_second = 1000000\n[[serve.callers]]\nname = \"{SLOW}\"\nkeys = [\"{}\"]\n\
             requests_per_second = 2\n",
            public(SHOP),
            public(SLOW)
        );
        site.folder.write("inkling.toml", toml);
        Filled { site }
    })
}

/// The key of a caller.
pub fn key(name: &str) -> FileKey {
    FileKey::read(&filled().site.folder.at(&format!("callers/{name}.key"))).unwrap()
}

pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

/// A good token of a caller.
pub fn token(name: &str) -> String {
    issue(&key(name), name, AUDIENCE, now(), 900).unwrap()
}

/// `inkling serve`, until it is dropped.
pub struct Serving {
    server: Server,
    folder: Folder,
    pub address: String,
    bearer: String,
}

impl Serving {
    /// On a copy of the university, or on the one that all tests share, with further variables.
    pub fn start(folder: &Folder, variables: &[(&str, &str)]) -> Self {
        let name = variables.iter().find(|(name, _)| *name == "INKLING_TEST_NAME").map_or("shared", |(_, value)| value);
        let address = format!("{name}.address");
        let mut command = Self::command(folder, &["serve", "--address", "127.0.0.1:0", "--address-file", &address]);
        let server = Server::of(command.envs(variables.iter().copied()), &folder.at(&address));
        let (address, bearer) = (server.address().to_owned(), format!("Bearer {}", token(SHOP)));
        Self { server, folder: folder.clone(), address, bearer }
    }

    /// A call of the program with the university's warehouse.
    pub fn command(folder: &Folder, arguments: &[&str]) -> Command {
        let mut command = Inkling::new(folder).command(arguments);
        command.env("INKLING__WAREHOUSE", "warehouse").env("INKLING_STATE_KEY", BASE64_STANDARD.encode(STATE_KEY));
        command.env("NO_PROXY", "127.0.0.1").env_remove("K_SERVICE").env_remove("CLOUD_RUN_JOB");
        command
    }

    /// The server that tests share that do not change it.
    pub fn shared(name: &str) -> Self {
        Self::start(&filled().site.folder, &[("INKLING_TEST_NAME", name)])
    }

    pub fn get(&self, path: &str) -> Answer {
        send(&self.address, "GET", path, &[], b"")
    }

    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        send(&self.address, "POST", path, headers, body)
    }

    /// JSON with a token; again while the server turns requests away because its machine is busy with other work.
    pub fn ask(&self, path: &str, token: &str, body: &str) -> Answer {
        let (start, bearer) = (Instant::now(), format!("Bearer {token}"));
        loop {
            let headers = [("Authorization", &*bearer), ("Content-Type", "application/json")];
            let answer = self.post(path, &headers, body.as_bytes());
            let busy = answer.status == 503 && answer.json()["detail"] == "too many requests at once";
            if !busy || start.elapsed() > Duration::from_secs(30) {
                return answer;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// JSON of the caller `shop`.
    pub fn shop(&self, path: &str, body: &Value) -> Answer {
        let headers = [("Authorization", &*self.bearer), ("Content-Type", "application/json")];
        self.post(path, &headers, body.to_string().as_bytes())
    }

    /// A score for `shop`, which is 200. A server whose machine is busy with other work turns requests away, and says when to
    /// ask again.
    pub fn score(&self, body: &Value) -> Value {
        let start = Instant::now();
        let mut answer = self.shop("/v1/score", body);
        while answer.status == 503 && start.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_secs(answer.header("retry-after").parse().unwrap()));
            answer = self.shop("/v1/score", body);
        }
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// What it has said on stderr.
    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.at(&format!("{name}.log"))).unwrap()
    }

    pub fn signal(&self, name: &str) {
        self.server.signal(name);
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        self.server.ended()
    }
}

/// A problem as RFC 9457 has it.
pub fn problem(answer: &Answer, status: u16, what: &str) -> Value {
    assert_eq!(answer.status, status, "{what}: {}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{what}");
    for field in ["type", "title", "detail"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{what}: {field} in {problem}");
    }
    problem
}
