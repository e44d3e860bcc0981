//! A university with sixteen days of export, a filled warehouse and models of both targets; each test gets a copy.

use conformance::world::{Folder, Inkling, repository};
use std::sync::OnceLock;

/// The last day of the export.
pub const LAST: &str = "2026-10-16";
/// The models know the days up to this one.
pub const TRAINED_TO: &str = "2026-10-13";
/// A day after it.
pub const DAY: &str = "2026-10-14";
/// The tables whose bytes are the same for the same input.
pub const TABLES: [&str; 3] = ["warehouse/events_clean", "warehouse/visitor_state", "warehouse/scores"];

/// The made-up university with events that come more often as conversions, so that a small export teaches both targets.
pub fn profile() -> String {
    let path = repository().join("batch-service/profiles/northgate-university.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let changes = [
        ("name = \"northgate-university\"", "name = \"northgate-small\""),
        ("horizon_days = 7", "horizon_days = 2"),
        ("events = [\"application_submit\"]", "events = [\"application_submit\", \"generate_lead\", \"sign_up\"]"),
    ];
    changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

fn filled() -> &'static Folder {
    static FILLED: OnceLock<Folder> = OnceLock::new();
    FILLED.get_or_init(|| {
        let folder = Folder::fresh("pipeline-filled");
        let inkling = Inkling::new(&folder);
        folder.write("site.toml", profile());
        folder.write("inkling.toml", "events = [\"export\"]\nwarehouse = \"warehouse\"\nprofile = \"site.toml\"\n");
        let made = inkling.json(&["simulate", "--out", "export", "--days", "16", "--visitors", "5000", "--json"]);
        assert!(made["late_rows"].as_u64() > Some(0), "{made}");
        let done = inkling.json(&["backfill"]);
        assert_eq!((&done["days_folded"], &done["days_unchanged"]), (&16.into(), &0.into()));
        assert_eq!(done["days_missing"], serde_json::json!([]));
        let trained = inkling.json(&["train", "--to", TRAINED_TO, "--force"]);
        let targets: Vec<_> =
            trained.as_array().unwrap().iter().map(|t| t["report"]["target"].as_str().unwrap()).collect();
        assert_eq!(targets, ["session", "visitor"]);
        folder
    })
}

/// A copy of the filled folder.
pub fn copy(name: &str) -> (Folder, Inkling) {
    let folder = filled().copy(&format!("pipeline-{name}"));
    let inkling = Inkling::new(&folder);
    (folder, inkling)
}
