//! `inkling upload`, and the upload after the daily job, to a file for Data Import.

use super::start::profile;
use batch_service::activation::Bucket;
use batch_service::scores;
use batch_service::warehouse::LocalWarehouse;
use conformance::world::{Folder, Inkling};
use jiff::civil::Date;
use jiff::{Span, Timestamp, tz::TimeZone};
use std::collections::BTreeMap;

/// Days of export; the last one is the day before yesterday, so that nobody was seen too long ago.
const DAYS: i64 = 14;

fn settings(ga4: &str) -> String {
    format!("events = [\"export\"]\nwarehouse = \"warehouse\"\nprofile = \"site.toml\"\n[ga4]\n{ga4}")
}

fn filled(name: &str) -> (Folder, Inkling, Date) {
    let folder = Folder::fresh(name);
    let inkling = Inkling::new(&folder);
    let last = Timestamp::now().to_zoned(TimeZone::UTC).date().checked_sub(Span::new().days(2)).unwrap();
    let start = last.checked_sub(Span::new().days(DAYS - 1)).unwrap().to_string();
    folder.write("inkling.toml", settings(""));
    folder.write("site.toml", profile());
    let days = (DAYS).to_string();
    let made = ["simulate", "--out", "export", "--days", &days, "--visitors", "5000", "--start", &start];
    let _ = inkling.json(&made);
    let _ = inkling.json(&["backfill", "--to", &last.yesterday().unwrap().to_string()]);
    (folder, inkling, last)
}

/// The rows of the one file, by client id.
fn imported(folder: &Folder) -> BTreeMap<String, String> {
    let files = folder.files("import");
    assert_eq!(files.len(), 1, "{files:?}");
    let name = files.into_keys().next().unwrap();
    let text = std::fs::read_to_string(folder.at(&name)).unwrap();
    let mut lines = text.split_terminator("\r\n");
    assert_eq!(lines.next(), Some("client_id,stream_id,inkling_score,inkling_band"));
    lines.map(|line| line.split_once(',').unwrap()).map(|(id, rest)| (id.to_owned(), rest.to_owned())).collect()
}

#[test]
fn the_daily_job_sends_its_scores_once() {
    let (folder, inkling, last) = filled("pipeline-upload");
    let day = last.to_string();
    let train = ["train", "--target", "visitor", "--algorithm", "linear", "--force"];
    let trained = inkling.call(&train);
    assert_eq!(trained.code, 0, "{}", trained.stderr);
    let to = "property = \"123\"\nstream = \"456\"\ndestination = \"data-import\"\ndata_import_folder = \"import\"\n";
    folder.write("inkling.toml", settings(to));
    let ran = inkling.json(&["run", "--date", &day]);
    let sent = &ran["upload"]["sending"]["sent"];
    assert!(sent.as_u64() > Some(100) && *sent == ran["upload"]["plan"]["planned"], "{ran}");

    // What is in the file is what the scores say.
    let warehouse = LocalWarehouse::open(folder.at("warehouse")).unwrap();
    let scores = scores::load(&warehouse, last).unwrap();
    let scored = scores.into_iter().filter(|score| score.target == "visitor").map(|score| {
        let bucket = Bucket::of(score.score).unwrap().word();
        (score.user, format!("456,{bucket},{}", score.band))
    });
    assert_eq!(imported(&folder), scored.collect());

    // Nothing has changed: there is nothing to send, neither by the job nor by the command.
    let again = inkling.json(&["run", "--date", &day]);
    assert_eq!((&again["unchanged"], &again["upload"]["plan"]["planned"]), (&true.into(), &0.into()), "{again}");
    let other = inkling.json(&["upload", "--date", &day]);
    assert_eq!((&other["plan"]["unchanged"], &other["sending"]["batches"]), (sent, &0.into()));
    assert_eq!(folder.files("import").len(), 1);

    // Another property knows nothing yet. A dry run shows requests and no visitor.
    folder.write("inkling.toml", settings(&to.replace("123", "124")));
    let before = folder.files("warehouse");
    let dry = inkling.json(&["upload", "--date", &day, "--dry-run"]);
    assert_eq!((&dry["plan"]["planned"], &dry["sending"]["batches"]), (sent, &0.into()), "{dry}");
    let samples: Vec<&str> = dry["samples"].as_array().unwrap().iter().map(|sample| sample.as_str().unwrap()).collect();
    assert_eq!(samples.len(), 3);
    assert!(samples.iter().all(|sample| sample.contains("…,456,")), "{samples:?}");
    assert_eq!(folder.files("warehouse"), before);

    // What cannot be sent does not undo what was scored.
    folder.write(
        "inkling.toml",
        settings("property = 125\nmeasurement_id = \"G-TEST1\"\ndestination = \"measurement-protocol\"\n"),
    );
    let failed = inkling.call(&["run", "--date", &day, "--force"]);
    assert_eq!(failed.code, 2, "{}", failed.stderr);
    assert!(failed.stderr.contains("INKLING__GA4__API_SECRET"), "{}", failed.stderr);
    assert!(!scores::load(&warehouse, last).unwrap().is_empty());
    let unset = inkling.call(&["upload", "--date", &day, "--destination", "data-import"]);
    assert!(unset.code == 2 && unset.stderr.contains("`stream` in [ga4] is not set"), "{}", unset.stderr);
}
