//! The program on a bucket: models and releases there, tables in a folder.

use super::http::send;
use super::stand_in::{BUCKET, StandIn, held_wire};
use conformance::world::{Folder, Inkling, Server};
use std::sync::OnceLock;

const STORE: &str = "gs://inkling-test/site";

/// A warehouse of the made-up university with keys, and something to release beside the model; no model yet.
fn filled() -> &'static Folder {
    static FILLED: OnceLock<Folder> = OnceLock::new();
    FILLED.get_or_init(|| {
        let folder = Folder::fresh("cloud-filled");
        let inkling = Inkling::new(&folder);
        folder.write("inkling.toml", "events = [\"export\"]\nwarehouse = \"warehouse\"\n[release]\nweb = \"web\"\n");
        folder.write("web/scorer.wasm", b"\0asm, as far as the store is concerned");
        folder.write("web/scorer.js", "// the same as JavaScript");
        folder.write("web/loader.js", "// loads");
        let _ = inkling.json(&["simulate", "--out", "export", "--days", "12", "--visitors", "3000"]);
        let _ = inkling.json(&["backfill"]);
        let _ = inkling.json(&["release", "keys", "init"]);
        folder
    })
}

/// The program in a copy of that folder, and a bucket.
struct Cloud {
    inkling: Inkling,
    folder: Folder,
    stand_in: StandIn,
}

impl Cloud {
    fn start(name: &str) -> Self {
        let folder = filled().copy(&format!("cloud-{name}"));
        Self { inkling: Inkling::new(&folder), folder, stand_in: StandIn::start() }
    }

    fn call(&self, arguments: &[&str]) -> (i32, String, String) {
        call(&self.inkling, &self.stand_in.url(), arguments)
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let (code, out, err) = self.call(&[arguments, &["--output", "json"]].concat());
        assert_eq!(code, 0, "{arguments:?}: {err}");
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {out}"))
    }

    fn train(&self, arguments: &[&str]) -> String {
        let trained = self.json(&[&["train", "--target", "session", "--force"], arguments].concat());
        trained[0]["version"].as_str().unwrap().to_owned()
    }
}

/// A file of a release as `publish` and `verify` tell it.
fn file<'a>(release: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    &release["channels"]["stable"]["files"][name]
}

/// Calls the program with its store in the bucket; `web` is that of the configuration.
fn call(inkling: &Inkling, url: &str, arguments: &[&str]) -> (i32, String, String) {
    let mut command = inkling.command(&[arguments, &["--store", STORE]].concat());
    command.env_remove("INKLING__RELEASE__WEB").env("INKLING__CLOUD__STORAGE_ENDPOINT", url);
    let output = command.env_remove("STORAGE_EMULATOR_HOST").output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn models_and_releases_live_in_the_bucket() {
    let cloud = Cloud::start("release");
    let version = cloud.train(&[]);
    assert_eq!(cloud.json(&["model", "list"])["versions"], serde_json::json!([version]));
    assert!(!cloud.folder.at("warehouse/store").exists(), "nothing is left in the warehouse's own store");
    let card = cloud.json(&["model", "card", &version])["card"].as_str().unwrap().to_owned();
    assert!(card.contains(&version), "{card}");

    let (code, _, said) = cloud.call(&["release", "verify"]);
    assert!(code == 4 && said.contains("release-unreachable"), "{said}");
    let first = cloud.json(&["release", "publish"]);
    let second = cloud.json(&["release", "publish"]);
    assert_eq!((&first["version"], &second["version"]), (&1.into(), &2.into()));
    assert_eq!(first["channels"], second["channels"]);
    assert_eq!(cloud.json(&["release", "verify"]), second);

    // What a browser gets.
    let for_ever = "public, max-age=31536000, immutable";
    for name in ["bundle", "scorer", "fallback", "loader"] {
        let path = file(&second, name)["path"].as_str().unwrap();
        let got = cloud.stand_in.public(&format!("site/release/{path}"));
        assert_eq!((got.status, got.header("cache-control")), (200, for_ever), "{name}");
        assert_eq!(file(&second, name)["length"], got.body.len());
    }
    for (name, cache) in [
        ("release.json", "no-cache, max-age=0"),
        ("timestamp.json", "no-cache, max-age=0"),
        ("1.root.json", for_ever),
        ("2.snapshot.json", for_ever),
        ("2.targets.json", for_ever),
    ] {
        let got = cloud.stand_in.public(&format!("site/release/{name}"));
        assert_eq!((got.status, got.header("cache-control")), (200, cache), "{name}");
    }

    // The daily job scores with the model of the bucket.
    let day = batch_service::simulate::DEFAULT_START.to_string();
    let done = cloud.json(&["run", "--date", &day]);
    assert!(done["run"]["scored"].as_u64() > Some(0), "{}", done["run"]);
}

#[test]
fn the_server_shows_the_release_of_the_bucket() {
    let cloud = Cloud::start("serve");
    let _ = cloud.train(&[]);
    let mut command = cloud.inkling.command(&["serve", "--store", STORE, "--address", "127.0.0.1:0"]);
    command.args(["--address-file", "address"]).env_remove("INKLING__RELEASE__WEB");
    command.env("INKLING__CLOUD__STORAGE_ENDPOINT", cloud.stand_in.url());
    let server = Server::of(&mut command, &cloud.folder.at("address"));
    let get = |path: &str| send(server.address(), "GET", path, &[], b"");
    let before = (get("/health/ready").status, get("/release/release.json").status);
    let published = cloud.json(&["release", "publish"]);
    let scorer = file(&published, "scorer")["path"].as_str().unwrap();
    let after = (get("/health/ready").status, get("/release/release.json"), get(&format!("/release/{scorer}")));
    drop(server);
    assert_eq!(before, (503, 404));
    assert_eq!((after.0, after.1.status, after.2.status), (200, 200, 200));
    assert!(after.1.body == cloud.stand_in.public("site/release/release.json").body);
    assert!(after.2.body == cloud.stand_in.public(&format!("site/release/{scorer}")).body);
}

#[test]
fn the_variable_of_googles_clients_is_read_and_foreign_hosts_are_refused() {
    let cloud = Cloud::start("endpoint");
    let with = |name: &str, value: &str, store: &str| {
        let mut command = cloud.inkling.command(&["model", "list", "--store", store]);
        let output = command.env_remove("STORAGE_EMULATOR_HOST").env(name, value).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = with("STORAGE_EMULATOR_HOST", &cloud.stand_in.address, STORE);
    assert_eq!(code, 0, "{said}");
    for (name, value, store, says) in [
        ("STORAGE_EMULATOR_HOST", "storage.example:80", STORE, "on this machine"),
        ("INKLING__CLOUD__STORAGE_ENDPOINT", "http://storage.example", STORE, "https only"),
        ("INKLING__CLOUD__STORAGE_ENDPOINT", "nonsense", STORE, "endpoint nonsense"),
        ("X", "", "gs://Upper", "gs://BUCKET"),
        ("X", "", "s3://bucket", "a folder or gs://BUCKET[/PREFIX]"),
    ] {
        let (code, said) = with(name, value, store);
        assert!(code == 2 && said.contains(says), "{name}={value} {store}: {code} {said}");
    }
    let (code, said) = with("INKLING__CLOUD__STORAGE_ENDPOINT", &cloud.stand_in.url(), "gs://absent-bucket");
    // Listing says so; reading cannot tell it from an object that is not there.
    assert!(code == 1 && said.contains("no such bucket"), "{code} {said}");
}

#[test]
fn of_two_publishers_the_slower_one_is_told_who_won() {
    let cloud = Cloud::start("race");
    let (older, newer) = (cloud.train(&[]), cloud.train(&["--algorithm", "linear"]));
    assert_ne!(older, newer);
    let _ = cloud.json(&["release", "publish", "--model", &older]);
    // The first publisher has uploaded its files and is about to move release.json; the second one passes it, by the
    // number after that which the first one has begun.
    let (inkling, url, model) = (cloud.inkling.clone(), cloud.stand_in.url(), newer.clone());
    let address = held_wire(&cloud.stand_in.address, "name=site%2Frelease%2Frelease.json", move || {
        let (code, _, said) = call(&inkling, &url, &["release", "publish", "--model", &model]);
        assert_eq!(code, 0, "{said}");
    });
    let (code, out, said) =
        call(&cloud.inkling, &format!("http://{address}"), &["release", "publish", "--model", &older]);
    assert_eq!((code, out.as_str()), (1, ""), "{said}");
    let winner = format!("The winner is release 3 with model {newer}");
    assert!(said.contains(&winner) && said.contains("run the command again"), "{said}");
    let now = cloud.json(&["release", "verify"]);
    assert_eq!(
        (&now["version"], now["channels"]["stable"]["model_version"].as_str()),
        (&3.into(), Some(newer.as_str()))
    );
    // What it is told to do helps.
    let third = cloud.json(&["release", "publish", "--model", &older]);
    assert_eq!(third["version"], 4);
    assert_eq!(cloud.json(&["release", "verify"]), third);

    // The same for models: the first one looked before two others, which leave the version there that it had seen.
    assert_eq!(cloud.json(&["model", "list"])["in_service"][0], newer.as_str());
    let (inkling, url, there_and_back) = (cloud.inkling.clone(), cloud.stand_in.url(), [older.clone(), newer.clone()]);
    let address = held_wire(&cloud.stand_in.address, "name=site%2Fmodels%2Fin-service-session.json", move || {
        for model in &there_and_back {
            let (code, _, said) = call(&inkling, &url, &["model", "promote", model, "--target", "session"]);
            assert_eq!(code, 0, "{said}");
        }
    });
    let promote = ["model", "promote", older.as_str(), "--target", "session"];
    let (code, _, said) = call(&cloud.inkling, &format!("http://{address}"), &promote);
    assert!(code == 1 && said.contains(&format!("another command has put model {newer} there")), "{code} {said}");
    assert_eq!(cloud.json(&["model", "list"])["in_service"][0], newer.as_str());
}

#[test]
fn many_publishers_at_once_make_as_many_versions_as_winners() {
    let cloud = Cloud::start("crowd");
    let _ = cloud.train(&[]);
    let url = cloud.stand_in.url();
    // Other days, other bytes: no two of them publish the same release.
    let publish = |publisher: i64| {
        let (folder, url) = (&cloud.folder, url.as_str());
        let days = format!("days{publisher}.toml");
        let configuration = std::fs::read_to_string(folder.at("inkling.toml")).unwrap();
        folder.write(&days, format!("{configuration}days = {}\n", publisher + 3));
        let inkling = &cloud.inkling;
        move || call(inkling, url, &["release", "publish", "--output", "json", "--config", &days])
    };
    let outcomes: Vec<(i32, String, String)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..6).map(publish).map(|p| scope.spawn(p)).collect();
        running.into_iter().map(|r| r.join().unwrap()).collect()
    });
    let mut versions = Vec::new();
    for (code, out, said) in &outcomes {
        match code {
            0 => versions.push(serde_json::from_str::<serde_json::Value>(out).unwrap()["version"].as_u64()),
            _ => assert!(*code == 1 && said.contains("The winner is release"), "{code} {said}"),
        }
    }
    versions.sort_unstable();
    println!("{} of 6 published", versions.len());
    // One that a loser had begun is stepped over.
    assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "every version has one publisher: {versions:?}");
    assert_eq!(cloud.json(&["release", "verify"])["version"].as_u64(), *versions.last().unwrap());
}

#[test]
fn a_file_of_the_release_with_other_bytes_stops_the_publisher() {
    let cloud = Cloud::start("taken");
    let version = cloud.train(&[]);
    let first = cloud.json(&["release", "publish"]);
    let path = file(&first, "scorer")["path"].as_str().unwrap();
    let name = format!("site/release/{path}");
    assert_eq!(cloud.stand_in.overwrite(&name, b"something else").status, 200);
    let (code, _, said) = cloud.call(&["release", "publish"]);
    assert!(code == 4 && said.contains(&format!("gs://{BUCKET}/{name} is in the store already")), "{code} {said}");
    let (code, _, said) = cloud.call(&["release", "verify"]);
    assert!(code == 4 && said.contains("length-mismatch"), "{said}");
    let release: Vec<u8> = cloud.stand_in.public("site/release/release.json").body;
    let text = String::from_utf8(release).unwrap();
    assert!(
        text.contains("\\\"version\\\":1}") || text.contains("\\\"version\\\":1,"),
        "release.json was not moved: {text}"
    );

    // A model of the registry, not in service any more, is trained again.
    let _ = cloud.train(&["--algorithm", "linear"]);
    let bundle = format!("site/models/{version}/bundle.inkl");
    assert_eq!(cloud.stand_in.overwrite(&bundle, b"x").status, 200);
    let (code, _, said) = cloud.call(&["train", "--target", "session", "--force"]);
    assert!(code == 4 && said.contains("bundle.inkl is in the store already"), "{code} {said}");
}

#[test]
fn a_model_of_python_is_read_from_a_bucket_unless_it_is_too_long() {
    let cloud = Cloud::start("import");
    let feature = "session.page_views";
    let model = serde_json::json!({
        "schema": "inkling.model/1", "source": "ours 1.0", "inputs": [feature], "base": -2.0, "link": "logistic",
        "predictor": {"linear": [{"column": 0, "weight": 0.5, "mean": 2.0, "scale": 1.0, "missing": 0.0}]},
    });
    let import = |name: &str| {
        let file = format!("gs://{BUCKET}/{name}");
        cloud.call(&["model", "import", &file, "--target", "session", "--output", "json"])
    };
    assert_eq!(cloud.stand_in.overwrite("theirs/model.json", model.to_string().as_bytes()).status, 200);
    let (code, out, said) = import("theirs/model.json");
    assert!(code <= 1, "{code} {said}");
    let done: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&done["source"], &done["target"]), (&"ours 1.0".into(), &"session".into()), "{done}");
    let listed = cloud.json(&["model", "list"]);
    assert_eq!(listed["models"][0]["lineage"]["source"]["file"], "model.json", "{listed}");

    let most = 16 << 20;
    assert_eq!(cloud.stand_in.overwrite("theirs/most.pickle", &vec![b' '; most]).status, 200);
    assert_eq!(cloud.stand_in.overwrite("theirs/longer.pickle", &vec![b' '; most + 1]).status, 200);
    let (code, _, said) = import("theirs/most.pickle");
    assert!(code == 2 && !said.contains("longer than"), "{code} {said}");
    let (code, _, said) = import("theirs/longer.pickle");
    assert!(code == 2 && said.contains("theirs/longer.pickle: longer than 16 MiB"), "{code} {said}");
    let (code, _, said) = import("theirs/absent.pickle");
    assert!(code == 2 && said.contains("there is no such object"), "{code} {said}");
}
