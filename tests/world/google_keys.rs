//! A stand-in for Google as a maker of tokens: keys of its own, and a server that shows the public ones.

use super::venv;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What tokens are made for.
pub const AUDIENCE: &str = "https://inkling.example.run.app";
/// The account that starts jobs.
pub const INVOKER: &str = "scheduler@my-project.iam.gserviceaccount.com";
/// The key that the server shows.
pub const KEY: &str = "key-1";

/// Two key pairs, made for this run of the tests; `ring` signs, and does not make keys.
pub fn pair(index: usize) -> &'static RsaKeyPair {
    static PAIRS: OnceLock<Vec<RsaKeyPair>> = OnceLock::new();
    const MAKE: &str = "
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives import serialization as s
import base64
for _ in range(2):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    der = key.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
    print(base64.b64encode(der).decode())
";
    let pairs = PAIRS.get_or_init(|| {
        let output = Command::new(venv().join("bin/python")).args(["-c", MAKE]).output().expect("Python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| RsaKeyPair::from_pkcs8(&STANDARD.decode(line).unwrap()).unwrap()).collect()
    });
    &pairs[index]
}

/// A time relative to now, in seconds.
pub fn now(offset: i64) -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64 + offset
}

/// The head of a token as Google makes them.
pub fn head() -> Value {
    json!({"alg": "RS256", "kid": KEY, "typ": "JWT"})
}

/// What a token for the trigger claims.
pub fn claims() -> Value {
    json!({
        "iss": "https://accounts.google.com", "aud": AUDIENCE, "azp": "1", "sub": "1", "email": INVOKER,
        "email_verified": true, "iat": now(-60), "exp": now(3_540),
    })
}

/// A part of a token.
pub fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// A token, signed by a pair.
pub fn signed(head: &Value, claims: &Value, pair: &RsaKeyPair) -> String {
    sign_with(&RSA_PKCS1_SHA256, head, claims, pair)
}

/// The same with SHA-512.
pub fn signed_512(head: &Value, claims: &Value, pair: &RsaKeyPair) -> String {
    sign_with(&RSA_PKCS1_SHA512, head, claims, pair)
}

fn sign_with(padding: &'static dyn RsaEncoding, head: &Value, claims: &Value, pair: &RsaKeyPair) -> String {
    let message = format!("{}.{}", encoded(head), encoded(claims));
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A good token.
pub fn token() -> String {
    signed(&head(), &claims(), pair(0))
}

/// The public keys as Google shows them.
fn shown() -> Value {
    let public: PublicKeyComponents<Vec<u8>> = pair(0).public().into();
    let encode = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
    let (n, e) = (encode(public.n), encode(public.e));
    json!({"keys": [{"kid": KEY, "kty": "RSA", "alg": "RS256", "use": "sig", "n": n, "e": e}]})
}

/// How the server of the keys answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// With its keys.
    Well,
    /// With 503.
    Fails,
    /// With what is no JSON.
    Nonsense,
    /// Not at all.
    Silent,
}

/// Shows the keys for the rest of the test process.
#[derive(Clone)]
pub struct KeyServer {
    /// Where they are.
    pub url: String,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicU32>,
}

impl KeyServer {
    /// On a port of its own.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/certs", listener.local_addr().unwrap());
        let server = Self { url, mood: Arc::new(Mutex::new(Mood::Well)), asked: Arc::default() };
        let (mood, asked) = (Arc::clone(&server.mood), Arc::clone(&server.asked));
        let body = shown().to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, mood, body) = (stream.unwrap(), *mood.lock().unwrap(), body.clone());
                asked.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    let _ = stream.read(&mut [0; 4096]);
                    let (status, body) = match mood {
                        Mood::Well => ("200 OK", body),
                        Mood::Fails => ("503 Service Unavailable", "later".to_owned()),
                        Mood::Nonsense => ("200 OK", "<html>".to_owned()),
                        Mood::Silent => return std::thread::sleep(Duration::from_secs(30)),
                    };
                    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n");
                    let _ = write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len());
                });
            }
        });
        server
    }

    /// Answers like this from now on.
    pub fn mood(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// How often keys were asked for.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}
