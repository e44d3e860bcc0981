//! One day in many formats is one day.

use std::io::Write;

use ::parquet::basic::{Compression, Encoding};
use ::parquet::file::properties::WriterVersion;

use super::export::{P, Style, TestEvent, event, json, parquet, text};
use super::{Scratch, read};
use crate::events::CleanEvents;

/// Events of every make, by number.
pub fn many_events(count: i64) -> Vec<TestEvent> {
    (0..count)
        .map(|i| {
            let name = ["page_view", "scroll", "view_item", "purchase"][(i % 4) as usize];
            let mut row = event(&format!("user{}", i % 17), i / 3, name);
            row.bundle = Some(i);
            if i % 5 == 0 {
                row.device = None;
            }
            // Some rows have no parameters and no items at all.
            if i % 7 == 0 {
                return row;
            }
            row.prices = (0..i % 4).map(|k| (k % 2 == 0).then_some(k as f64 + 0.5)).collect();
            row.transaction = (i % 6 == 0).then(|| format!("T{i}"));
            row = row
                .with("page_title", text(&format!("title {}", i % 50)))
                .with("ga_session_id", P::Int(1000 + i % 20))
                .with("page_location", text(&format!("https://a.example/{}?utm_source=s{}", i % 40, i % 3)));
            match i % 4 {
                0 => row.with("ga_session_number", P::Int(i % 3 + 1)).with("engagement_time_msec", P::Double(i as f64)),
                1 => row.with("engagement_time_msec", P::Float(i as f64)).with("value", P::Double(0.5)),
                2 => row.with("ga_session_number", text("4")).with("page_referrer", P::Null),
                _ => row.with("page_referrer", text("https://g.example/?q")).with("session_engaged", P::Int(1)),
            }
        })
        .collect()
}

fn read_bytes(name: &str, bytes: &[u8]) -> CleanEvents {
    let scratch = Scratch::new();
    let file = scratch.write(name, bytes);
    let (events, report) = read(&[file]).unwrap_or_else(|error| panic!("{name}: {error:#}"));
    assert_eq!(report.dropped.faults(), 0);
    events
}

#[test]
fn every_way_of_writing_parquet_gives_the_same_events() {
    let rows = many_events(2500);
    let expected = read_bytes("plain.parquet", &parquet(&rows, &Style::PYARROW));
    assert_eq!(expected.rows.len(), rows.len());
    let base = Style::PYARROW;
    let styles = [
        ("small pages", Style { page_rows: 7, ..base }),
        ("row groups", Style { group_rows: 900, page_rows: 100, ..base }),
        ("pages v2", Style { version: WriterVersion::PARQUET_2_0, page_rows: 33, ..base }),
        (
            "pages v2, zstd",
            Style { version: WriterVersion::PARQUET_2_0, compression: Compression::ZSTD(Default::default()), ..base },
        ),
        ("snappy", Style { compression: Compression::SNAPPY, ..base }),
        ("gzip", Style { compression: Compression::GZIP(Default::default()), ..base }),
        ("bigquery lists", Style { element: Some("item"), ..base }),
        ("hive lists", Style { list: "bag", element: Some("array_element"), optional_list: true, ..base }),
        ("two-level lists", Style { list: "array", element: None, ..base }),
        ("optional lists", Style { optional_list: true, page_rows: 11, ..base }),
        ("plain", Style { dictionary: false, page_rows: 500, ..base }),
        ("delta", Style { dictionary: false, encoding: Some(Encoding::DELTA_BYTE_ARRAY), page_rows: 64, ..base }),
        ("delta length", Style { dictionary: false, encoding: Some(Encoding::DELTA_LENGTH_BYTE_ARRAY), ..base }),
    ];
    for (name, style) in styles {
        assert!(read_bytes(name, &parquet(&rows, &style)) == expected, "{name}");
    }
}

#[test]
fn a_day_in_several_files_is_one_day() {
    let rows = many_events(100);
    let expected = read_bytes("one.parquet", &parquet(&rows, &Style::PYARROW));
    let scratch = Scratch::new();
    let files = [
        scratch.write("b.parquet", parquet(&rows[50..], &Style::PYARROW)),
        scratch.write("a.json", lines(&rows[..50])),
        // Delivered twice.
        scratch.write("c.json", lines(&rows[20..30])),
    ];
    let (events, report) = read(&files).unwrap();
    assert!(events == expected);
    assert_eq!(report.files.len(), 3);
    assert_eq!(report.rows, 110);
}

fn lines(rows: &[TestEvent]) -> String {
    rows.iter().map(|row| json(row).to_string() + "\n").collect()
}

#[test]
fn json_plain_compressed_and_as_an_array_equals_parquet() {
    let rows = many_events(200);
    let expected = read_bytes("day.parquet", &parquet(&rows, &Style::PYARROW));
    let plain = lines(&rows);
    let array = serde_json::to_string_pretty(&rows.iter().map(json).collect::<Vec<_>>()).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(plain.as_bytes()).unwrap();
    let zst = zstd::encode_all(plain.as_bytes(), 1).unwrap();
    for (name, bytes) in [
        ("day.json", plain.as_bytes()),
        ("day.json.gz", &gz.finish().unwrap()),
        ("day.ndjson.zst", &zst),
        ("array.json", array.as_bytes()),
        ("mark.json", format!("\u{feff}\n{plain}").as_bytes()),
    ] {
        assert!(read_bytes(name, bytes) == expected, "{name}");
    }
    assert_eq!(read_bytes("empty.json", b""), CleanEvents::default());
}
