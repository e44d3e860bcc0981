//! A wire to fake-gcs-server that can be held.

pub use conformance::world::{BUCKET, BucketServer as StandIn};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

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
