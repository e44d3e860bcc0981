//! Made-up visitors, each with a score that is known without the program.

use batch_service::place::Place;
use batch_service::scores;
use batch_service::warehouse::Fence;
use batch_service::warehouse::parquet::{Dictionary, Plain};
use batch_service::warehouse::table::{Cells, TableWriter};
use conformance::world::{Folder, Random, Row, day_file};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde_json::json;

/// Thousandths of a probability: no rounding at the edge of a bucket.
type Thousandths = u32;

/// Every so-many-th visitor has another score on the second day: 2 %.
const CHANGED: usize = 50;
/// Every so-many-th visitor denies advertising: 5 %.
const DENIED: usize = 20;

/// The client id of a visitor; ids are in the order of numbers.
pub fn id(number: usize) -> String {
    format!("{}.{}", 1_000_000_000 + 3 * number, 1_700_000_000 + number)
}

/// Whether the visitor's last known consent is a denial.
pub fn denies(number: usize) -> bool {
    number % DENIED == 3
}

/// Whether the score of the second day is another one.
pub fn changes(number: usize) -> bool {
    number % CHANGED == 17
}

/// The score of a visitor on the first day, or on the second.
pub fn score(number: usize, second: bool) -> Thousandths {
    let first = (Random::of(number as u64).draw() * 1_000.0) as u32;
    if second && changes(number) { (first + 500) % 1_000 } else { first }
}

/// What Analytics is to know of a score.
pub fn words(score: Thousandths) -> (String, &'static str) {
    (format!("{:02}", score / 50 * 5), band(score))
}

fn band(score: Thousandths) -> &'static str {
    match score {
        0..300 => "low",
        300..700 => "medium",
        _ => "high",
    }
}

/// Writes the scores of a day; rows in the order of ids.
pub fn write_scores(place: &Place, day: Date, rows: impl Iterator<Item = (String, Thousandths)>) {
    const GROUP: usize = 65_536;
    let warehouse = &*place.warehouse;
    let mut replacement = warehouse.replace(scores::TABLE, day).unwrap();
    let mut writer = TableWriter::new(replacement.part().unwrap(), scores::TABLE, scores::COLUMNS).unwrap();
    let days = (day - date(1970, 1, 1)).get_days();
    let rows: Vec<(String, Thousandths)> = rows.collect();
    for rows in rows.chunks(GROUP) {
        let same = |text: &str| Cells::coded(Dictionary::text([text]), vec![0; rows.len()]);
        let mut users = Plain::default();
        rows.iter().for_each(|(user, _)| users.push(user.as_bytes()));
        let mut group = writer.group().unwrap();
        group.put(Cells::coded(Dictionary::i32(&[days]), vec![0; rows.len()])).unwrap();
        group.put_plain(&users).unwrap();
        group.put(Cells::i64s_optional(rows.iter().map(|_| None))).unwrap();
        group.put(same("visitor")).unwrap();
        group.put(Cells::f64s(rows.iter().map(|row| (f64::from(row.1) + 0.5) / 1_000.0).collect())).unwrap();
        group.put(Cells::texts(rows.iter().map(|row| Some(band(row.1))))).unwrap();
        group.put(Cells::i32s(vec![1; rows.len()])).unwrap();
        for text in ["v1", "bundle", "run"] {
            group.put(same(text)).unwrap();
        }
        group.put(Cells::texts(rows.iter().map(|_| None))).unwrap();
        group.finish().unwrap();
    }
    writer.finish().unwrap();
    warehouse.publish(vec![replacement], &Fence::none()).unwrap();
}

/// The scores of the first so many visitors.
pub fn write_all(place: &Place, day: Date, count: usize, second: bool) {
    write_scores(place, day, (0..count).map(|number| (id(number), score(number, second))));
}

/// The export of a day on which those who deny have said so, `export/` in the folder.
pub fn write_consent(folder: &Folder, day: Date, count: usize) {
    let noon = day.at(12, 0, 0, 0).in_tz("Europe/London").unwrap().timestamp().as_microsecond();
    let event = |number: usize, allows: &str| {
        let privacy = json!({"analytics_storage": "Yes", "ads_storage": allows, "uses_transient_token": "No"});
        Row::new(&id(number), noon + number as i64, "page_view").page("/").session(1, 1).with("privacy_info", privacy)
    };
    let denied = (0..count).filter(|number| denies(*number)).map(|number| event(number, "No"));
    // Some of the others have said that they allow it.
    let allowed = (0..count).filter(|number| number % 1_000 == 5).map(|number| event(number, "Yes"));
    let rows: Vec<Row> = denied.chain(allowed).collect();
    day_file(folder, "export", day, &rows);
}

/// Yesterday and today in London, by the clock of the machine: events are sent with the time at which they are sent.
pub fn yesterday_and_today() -> (Date, Date) {
    let today = Timestamp::now().in_tz("Europe/London").unwrap().date();
    (today.yesterday().unwrap(), today)
}
