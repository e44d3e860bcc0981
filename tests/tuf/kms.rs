//! An online key in Cloud KMS: the real program against a server that answers as the published API does. Nothing here has
//! talked to Google.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conformance::world::answers::{html, json as answered};
use conformance::world::wire::{Cut, serve};
use conformance::world::{Folder, Inkling, Node, Ran, Site};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

const NAME: &str = "projects/p/locations/europe-west2/keyRings/inkling/cryptoKeys/releases/cryptoKeyVersions/";
/// RFC 8410: an Ed25519 key in X.509.
const BEFORE_KEY: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What goes wrong with a signature.
#[derive(Clone, Copy)]
enum Fault {
    Status(u16),
    Html,
    /// By another key.
    Wrong,
    Short,
}

#[derive(Default)]
struct Kept {
    faults: VecDeque<Fault>,
    signatures: usize,
    algorithm: Option<&'static str>,
}

#[derive(Clone, Default)]
struct Kms(Arc<Mutex<Kept>>);

impl Kms {
    fn start() -> (Self, String) {
        let kms = Self::default();
        let app = Router::new().fallback(answer).with_state(kms.clone());
        let url = serve(app, Cut::default());
        (kms, url)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap()
    }
}

/// The key of a version.
fn key(version: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[version; 32]).unwrap()
}

async fn answer(State(kms): State<Kms>, method: Method, uri: Uri, body: Bytes) -> Response {
    let path = uri.path().strip_prefix("/v1/").unwrap_or_default();
    let Some(rest) = path.strip_prefix(NAME) else { return refuse(404) };
    let Some(version) = rest.get(..1).and_then(|digit| digit.parse::<u8>().ok()) else { return refuse(404) };
    let pair = key(version);
    match (method, &rest[1..]) {
        (Method::GET, "/publicKey") => {
            let spki = STANDARD.encode([&BEFORE_KEY[..], pair.public_key().as_ref()].concat());
            let pem = format!("-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n");
            let algorithm = kms.kept().algorithm.unwrap_or("EC_SIGN_ED25519");
            answered(200, &json!({"name": path, "pem": pem, "algorithm": algorithm}))
        }
        (Method::POST, ":asymmetricSign") => {
            let asked: Value = serde_json::from_slice(&body).unwrap();
            let data = STANDARD.decode(asked["data"].as_str().unwrap()).unwrap();
            let fault = kms.kept().faults.pop_front();
            let signature = match fault {
                Some(Fault::Status(status)) => return refuse(status),
                Some(Fault::Html) => return html(200),
                Some(Fault::Wrong) => key(version + 1).sign(&data).as_ref().to_vec(),
                Some(Fault::Short) => vec![0; 63],
                None => pair.sign(&data).as_ref().to_vec(),
            };
            kms.kept().signatures += 1;
            let name = &path[..path.len() - ":asymmetricSign".len()];
            answered(200, &json!({"name": name, "signature": STANDARD.encode(signature)}))
        }
        _ => refuse(404),
    }
}

fn refuse(status: u16) -> Response {
    answered(status, &json!({"error": {"code": status, "message": "refused"}}))
}

/// Calls the program with the version of the key that is configured.
fn call(site: &Site, url: &str, version: u8, words: &[&str]) -> Ran {
    let mut command = Inkling::new(&site.folder).command(words);
    command.env("INKLING__RELEASE__ONLINE_KEY", format!("{NAME}{version}")).env("INKLING__CLOUD__KMS_ENDPOINT", url);
    Ran::of(command.output().unwrap())
}

#[test]
fn a_key_in_cloud_kms_signs_releases_and_is_replaced_by_its_next_version() {
    let _ = Node::ready();
    let site = Site::simulated(Folder::fresh("kms"), 12, 2_000);
    let days = site.days();
    site.backfill(days[0], days[11]);
    site.train(model_core::Target::Session, days[8]);
    let (kms, url) = Kms::start();
    let done = |version: u8, words: &[&str]| {
        let ran = call(&site, &url, version, &[words, &["--output", "json"]].concat());
        assert_eq!(ran.code, 0, "{words:?}: {}", ran.stderr);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    done(1, &["release", "keys", "init"]);
    let private: Vec<_> = site.folder.files("keys").into_keys().filter(|name| name.ends_with(".key")).collect();
    assert!(private.is_empty(), "no key that signs is on this machine: {private:?}");
    kms.kept().faults.extend([Fault::Status(503), Fault::Html, Fault::Status(429)]);
    assert_eq!(done(1, &["release", "publish", "--warehouse", "warehouse"])["version"], 1);
    assert!(kms.kept().signatures >= 3 && kms.kept().faults.is_empty());
    assert_eq!(done(1, &["release", "verify", "--warehouse", "warehouse"])["version"], 1);
    // Another version of the key signs only after the holders of the root keys have said so.
    let refused = call(&site, &url, 2, &["release", "sign", "--warehouse", "warehouse"]);
    assert!(refused.code == 4 && refused.stderr.contains("does not trust the online key"), "{}", refused.stderr);
    let same = call(&site, &url, 1, &["release", "keys", "rotate"]);
    assert!(same.code == 2 && same.stderr.contains("make another version of it"), "{}", same.stderr);
    assert_eq!(done(2, &["release", "keys", "rotate"])["version"], 2);
    assert_eq!(done(2, &["release", "sign", "--warehouse", "warehouse"])["version"], 2);
    assert_eq!(done(2, &["release", "verify", "--warehouse", "warehouse"])["version"], 2);
    // Nothing is published with a signature that is none.
    for (fault, said) in [
        (Fault::Wrong, "the signature is not one of this message by this key"),
        (Fault::Short, "the answer is not a signature of 64 bytes"),
        (Fault::Status(403), "roles/cloudkms.signerVerifier"),
    ] {
        kms.kept().faults.push_back(fault);
        let refused = call(&site, &url, 2, &["release", "sign", "--warehouse", "warehouse"]);
        assert!(refused.code == 1 && refused.stderr.contains(said), "{} {}", refused.code, refused.stderr);
        assert_eq!(done(2, &["release", "verify", "--warehouse", "warehouse"])["version"], 2);
    }
    kms.kept().algorithm = Some("EC_SIGN_P256_SHA256");
    let refused = call(&site, &url, 2, &["release", "sign", "--warehouse", "warehouse"]);
    assert!(refused.code == 2 && refused.stderr.contains("need one of EC_SIGN_ED25519"), "{}", refused.stderr);
}

#[test]
fn a_key_whose_name_is_none_is_refused_before_anything_is_asked() {
    let folder = Folder::fresh("kms-names");
    for name in
        ["releases", "projects/p/locations/l/keyRings/r/cryptoKeys/k", "projects/p/../l/keyRings/r/cryptoKeys/k/x/1"]
    {
        let mut command = Inkling::new(&folder).command(&["release", "keys", "init"]);
        command.env("INKLING__RELEASE__ONLINE_KEY", name).env("INKLING__CLOUD__KMS_ENDPOINT", "http://127.0.0.1:1");
        let ran = Ran::of(command.output().unwrap());
        assert!(ran.code == 2 && ran.stderr.contains("cryptoKeyVersions"), "{name}: {}", ran.stderr);
    }
}
