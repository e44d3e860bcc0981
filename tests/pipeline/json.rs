//! `--output json`: every command gives one JSON value on stdout and nothing else.

use super::start::{DAY, LAST, copy};
use conformance::analytics::Server;
use conformance::world::Node;
use std::collections::BTreeSet;

/// A week before the end of the export: labels after it are known.
const EARLIER: &str = "2026-10-09";

#[test]
fn every_command_gives_json_when_asked() {
    let _ = Node::ready();
    let (folder, inkling) = copy("json");
    folder.write("demo.toml", "profile = \"site.toml\"\n");
    let to = "property = 1\nstream = 2\ndestination = \"data-import\"\ndata_import_folder = \"import\"\n";
    folder.write("upload.toml", format!("warehouse = \"warehouse\"\n[ga4]\n{to}"));
    let analytics = Server::start();
    let names = ["date", "sessionDefaultChannelGroup", "pagePath", "eventName"].map(str::to_owned);
    analytics.state().data.dimensions.extend(names);
    let sums = ["screenPageViews", "eventCount", "keyEvents", "userEngagementDuration", "sessions", "activeUsers"];
    analytics.state().data.metrics.extend(sums.map(str::to_owned));
    let (url, id) = (&analytics.url, analytics.state().property.id.clone());
    let endpoints = format!("admin_endpoint = \"{url}\"\ndata_endpoint = \"{url}\"\n");
    folder.write("ga4.toml", format!("profile = \"site.toml\"\n[ga4]\nproperty = {id}\n{endpoints}"));
    let listed = inkling.json(&["model", "list"]);
    let session = listed["in_service"][0].as_str().unwrap().to_owned();
    let (address, root) = ("https://www.northgate.example/inkling/", "0".repeat(64));
    let loader = format!("{address}loader.js");
    let calls: [&[&str]; 40] = [
        &["simulate", "--out", "small", "--days", "2", "--visitors", "50"],
        &["backfill"],
        &["train", "--to", EARLIER, "--target", "session", "--algorithm", "linear", "--force"],
        &["train-set", "export", "--to", EARLIER, "--out", "train-set.parquet"],
        &["recalibrate", "--target", "session", "--force"],
        &["train", "--if-needed", "--target", "session", "--algorithm", "linear"],
        &["run", "--date", DAY],
        &["watch"],
        &["alert", "list"],
        &["doctor"],
        &["replay", "--from", DAY, "--to", LAST, "--out", "replay.parquet"],
        &["upload", "--date", DAY, "--dry-run", "--config", "upload.toml"],
        &["ga4", "setup", "--audiences", "--config", "ga4.toml"],
        &["ga4", "history", "--from", DAY, "--to", LAST, "--out", "history", "--config", "ga4.toml"],
        &["model", "list"],
        &["model", "card", &session],
        &["model", "challenge", &session, "--target", "session"],
        &["model", "compare", "--target", "session"],
        &["model", "challenge", "--end", "--target", "session"],
        &["model", "promote", &session, "--target", "session", "--force"],
        &["model", "rollback", "--target", "session", "--force"],
        &["release", "keys", "init"],
        &["release", "keys", "show"],
        &["release", "publish"],
        &["release", "publish", "--canary", "5"],
        &["release", "end-canary"],
        &["release", "stop"],
        &["release", "resume"],
        &["release", "rollback", "--to", "1"],
        &["release", "keys", "renew"],
        &["release", "keys", "rotate"],
        &["release", "sign"],
        &["release", "verify"],
        &["gtm", "render", "--out", "gtm", "--loader", &loader, "--base", address, "--root", &root],
        &["gtm", "test", "gtm/inkling-value.tpl"],
        &["token", "key", "--key", "callers/shop.key"],
        &["token", "issue", "--caller", "shop", "--key", "callers/shop.key", "--audience", "https://scores.example"],
        &["dashboard", "build"],
        &["dashboard", "data", "--out", "views.json"],
        &["demo", "--out", "demo", "--days", "24", "--visitors", "5000", "--config", "demo.toml"],
    ];
    let mut covered = BTreeSet::from(["help", "serve"]);
    for call in calls {
        covered.insert(call[0]);
        let value = inkling.json(call);
        assert!(value.is_object() || value.is_array(), "{call:?}: {value}");
    }
    let help = inkling.call(&["--help"]).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: BTreeSet<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(commands, covered, "a command without a call here");
}
