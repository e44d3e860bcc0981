//! `inkling serve` as a process of its own.

use super::{Folder, Inkling};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// `inkling serve`, until it is dropped.
pub struct Server {
    process: Child,
    /// Where it can be asked, `http://127.0.0.1:PORT`.
    pub url: String,
    /// From the start of the process to an address that answers.
    pub ready_in: Duration,
}

impl Server {
    /// Serves a site's warehouse on a free port of this machine.
    #[must_use]
    pub fn start(folder: &Folder) -> Self {
        let arguments = ["serve", "--warehouse", "warehouse", "--address", "127.0.0.1:0", "--address-file", "address"];
        Self::of(&mut Inkling::new(folder).command(&arguments), &folder.at("address"))
    }

    /// Starts a command that writes its address to this file; what it says goes to the one beside it that ends in `.log`.
    ///
    /// Panics when it ends before, or gives no address for half a minute.
    #[must_use]
    pub fn of(command: &mut Command, address: &Path) -> Self {
        let _ = std::fs::remove_file(address);
        let (log, start) = (address.with_extension("log"), Instant::now());
        command.stdout(Stdio::null()).stderr(File::create(&log).expect("its log"));
        let process = command.spawn().expect("the server starts");
        let mut server = Self { process, url: String::new(), ready_in: Duration::ZERO };
        while server.url.is_empty() {
            if let Some(status) = server.process.try_wait().expect("its status") {
                panic!("inkling serve ended: {status}: {}", std::fs::read_to_string(log).unwrap_or_default());
            }
            assert!(start.elapsed() < Duration::from_secs(30), "inkling serve gives no address");
            std::thread::sleep(Duration::from_millis(2));
            server.url = std::fs::read_to_string(address).unwrap_or_default();
        }
        server.ready_in = start.elapsed();
        server
    }

    /// Its host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Sends a signal such as `-TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.process.id().to_string()]).status().expect("kill");
        assert!(status.success());
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        self.process.wait().expect("its end")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
