//! `aiosmtpd` with a certificate authority of its own, until it is dropped.

use super::{Folder, repository, venv};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Name for AUTH.
pub const USER: &str = "inkling";
/// Password for AUTH.
pub const PASSWORD: &str = "correct horse battery staple";

/// A mail server on this machine; its folder holds what it received.
pub struct MailServer {
    process: Child,
    folder: PathBuf,
}

impl MailServer {
    /// Starts it in the folder `mail` of a test. `mechanism` is the only AUTH that it offers, if given.
    #[must_use]
    pub fn start(folder: &Folder, mechanism: Option<&str>) -> Self {
        let program = venv().join("bin/python");
        let folder = folder.at("mail");
        std::fs::create_dir_all(&folder).unwrap();
        let _ = std::fs::remove_file(folder.join("port"));
        if let Some(name) = mechanism {
            std::fs::write(folder.join("mechanism"), name).unwrap();
        }
        let mut command = Command::new(program);
        command.arg(repository().join("tests/alerts/smtp_server.py")).arg(&folder).args([USER, PASSWORD]);
        let process = command.stdin(Stdio::piped()).spawn().expect("Python starts");
        let mut server = Self { process, folder };
        let start = Instant::now();
        while !server.folder.join("port").is_file() {
            if let Some(status) = server.process.try_wait().unwrap() {
                panic!("the mail server ended: {status}");
            }
            assert!(start.elapsed() < Duration::from_secs(60), "the mail server does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }

    /// Its address with STARTTLS.
    #[must_use]
    pub fn address(&self) -> String {
        self.port("port")
    }

    /// Its address with TLS from the first byte.
    #[must_use]
    pub fn implicit(&self) -> String {
        self.port("port-implicit")
    }

    fn port(&self, name: &str) -> String {
        format!("localhost:{}", std::fs::read_to_string(self.folder.join(name)).unwrap())
    }

    /// What it received, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Value> {
        let Ok(entries) = std::fs::read_dir(self.folder.join("messages")) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|p| serde_json::from_slice(&std::fs::read(p).unwrap()).unwrap()).collect()
    }

    /// A line for each AUTH.
    #[must_use]
    pub fn logins(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.join("logins")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Puts off this many recipients from now on.
    pub fn later(&self, recipients: u32) {
        std::fs::write(self.folder.join("later"), recipients.to_string()).unwrap();
    }

    /// Never takes mail to these addresses.
    pub fn refuse(&self, addresses: &[&str]) {
        std::fs::write(self.folder.join("refuse"), addresses.join("\n")).unwrap();
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A header of a message.
#[must_use]
pub fn header<'a>(message: &'a Value, name: &str) -> &'a str {
    message["headers"][name].as_str().unwrap_or_else(|| panic!("{name} in {message}"))
}

/// The text of a message.
#[must_use]
pub fn body(message: &Value) -> &str {
    message["body"].as_str().unwrap()
}
