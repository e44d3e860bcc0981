//! Files that are not what they should be, and days that are not there.

use std::path::PathBuf;
use std::sync::Arc;

use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use jiff::civil::date;

use super::export::{Style, json, parquet};
use super::formats::many_events;
use super::{ReadFailure, Scratch, read};
use crate::ga4::discover::{DiscoverOptions, discover};

fn failure(name: &str, bytes: &[u8]) -> (anyhow::Error, PathBuf) {
    let scratch = Scratch::new();
    let file = scratch.write(name, bytes);
    let Err(error) = read(std::slice::from_ref(&file)) else { panic!("{name}: no error") };
    (error, file)
}

fn empty_table(schema: &str) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::builder().build())).unwrap();
    file.into_inner().unwrap()
}

#[test]
fn truncated_and_foreign_files_are_named_as_such() {
    let whole = parquet(&many_events(50), &Style::PYARROW);
    let (error, file) = failure("events_20201205.parquet", &whole[..whole.len() / 2]);
    assert!(matches!(error.downcast_ref(), Some(ReadFailure::Truncated { .. })), "{error:#}");
    assert!(error.to_string().contains(&file.display().to_string()));

    for bytes in [&b""[..], b"PK", b"a text file, not a table"] {
        let (error, _) = failure("events_20201205.parquet", bytes);
        assert!(matches!(error.downcast_ref(), Some(ReadFailure::NotParquet { .. })), "{error:#}");
    }
    let (error, _) = failure("events_20201205.parquet", b"PAR1 and much that is no footer PAR1");
    assert!(matches!(error.downcast_ref(), Some(ReadFailure::Broken { .. })), "{error:#}");
}

#[test]
fn a_broken_page_is_found_by_row_group_and_column() {
    let style = Style { group_rows: 100, ..Style::PYARROW };
    let mut bytes = parquet(&many_events(200), &style);
    let reader = ::parquet::file::reader::SerializedFileReader::new(bytes::Bytes::from(bytes.clone())).unwrap();
    let metadata = ::parquet::file::reader::FileReader::metadata(&reader).clone();
    let column = metadata.row_group(1).columns().iter().find(|c| c.column_path().string() == "user_pseudo_id").unwrap();
    let (start, length) = column.byte_range();
    let end = (start + length) as usize;
    // 17 visitors have codes of 5 bits: 31 is none of them.
    bytes[end - 20..end].fill(0xff);
    let (error, _) = failure("events_20201205.parquet", &bytes);
    let message = format!("{error:#}");
    assert!(message.contains("row group 2 of 2: rows 101 to 200: column user_pseudo_id"), "{message}");
}

#[test]
fn damaged_files_never_stop_the_program() {
    let whole = parquet(&many_events(60), &Style { page_rows: 20, ..Style::PYARROW });
    let scratch = Scratch::new();
    let mut refused = 0;
    for at in (0..whole.len()).step_by(13) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        refused += u32::from(read(&[scratch.write("x.parquet", &bytes)]).is_err());
    }
    assert!(refused > 0);
}

#[test]
fn other_tables_are_refused_by_name() {
    let ua = "message schema { optional int64 visitId; optional binary fullVisitorId (UTF8);
        required group hits (LIST) { repeated group list { required group element { optional int64 hitNumber; } } } }";
    let (error, _) = failure("events_20201205.parquet", &empty_table(ua));
    assert!(error.to_string().contains("Universal Analytics"), "{error:#}");
    let (error, _) = failure("events_20201205.json", b"{\"visitId\":\"1\",\"hits\":[{\"hitNumber\":\"1\"}]}\n");
    assert!(error.to_string().contains("Universal Analytics"), "{error:#}");

    let (error, _) =
        failure("x.parquet", &empty_table("message schema { optional int64 a; optional int64 event_timestamp; }"));
    assert!(
        error.to_string().contains("no column event_name, user_pseudo_id, event_params; the file has a"),
        "{error:#}"
    );
    let (error, _) = failure("x.json", b"{\"a\":1}\n{\"a\":2}\n");
    assert!(error.to_string().contains("no row has event_timestamp, event_name, event_params"), "{error:#}");

    let flat = "message schema { optional int64 event_timestamp; optional binary event_name (UTF8);
        optional binary user_pseudo_id (UTF8); optional binary event_params (UTF8); }";
    let (error, _) = failure("x.parquet", &empty_table(flat));
    assert!(error.to_string().contains("event_params is not a list"), "{error:#}");
}

#[test]
fn broken_json_is_found_by_line() {
    let row = json(&many_events(1)[0]).to_string();
    let (error, _) = failure("x.json", format!("{row}\n{row}\n{}", &row[..row.len() / 2]).as_bytes());
    assert!(error.to_string().contains("the file is broken: line 3: EOF"), "{error:#}");
    let (error, _) = failure("x.json", format!("[{row},{}", &row[..9]).as_bytes());
    assert!(error.to_string().contains("after row 1: EOF"), "{error:#}");
    let gz = [0x1f, 0x8b, 8, 0, 0, 0];
    let (error, file) = failure("x.json.gz", &gz);
    assert!(format!("{error:#}").contains(&file.display().to_string()), "{error:#}");
    let (error, _) = failure("x.json", b"event_date,event_name\n");
    assert!(error.to_string().contains("neither JSON objects nor a JSON array"), "{error:#}");
}

#[test]
fn days_are_found_in_folders_patterns_and_shards() {
    let scratch = Scratch::new();
    for name in [
        "events_20201103.parquet",
        "more/events_20201101/part-0.parquet",
        "more/events_20201101/part-1.parquet",
        "more/events_20201101/_SUCCESS",
        "json/events_20201105-000000000001.json.gz",
        "json/events_20201105-000000000000.json.gz",
        "events_intraday_20201106.parquet",
        "events_intraday_20201103.parquet",
        "events_fresh_20201106.parquet",
        "readme.md",
    ] {
        scratch.write(name, "");
    }
    let folder = scratch.path().display().to_string();
    let found = discover(std::slice::from_ref(&folder), DiscoverOptions::default()).unwrap();
    let days: Vec<_> = found.days.iter().map(|(day, files)| (*day, files.len())).collect();
    assert_eq!(days, [(date(2020, 11, 1), 2), (date(2020, 11, 3), 1), (date(2020, 11, 5), 2)]);
    assert_eq!(found.notes.len(), 4, "{:?}", found.notes);
    assert_eq!(found.missing(date(2020, 11, 1), date(2020, 11, 5)), [date(2020, 11, 2), date(2020, 11, 4)]);

    let intraday = discover(std::slice::from_ref(&folder), DiscoverOptions { intraday: true }).unwrap();
    assert_eq!(intraday.days[&date(2020, 11, 6)].len(), 1);
    assert_eq!(intraday.days[&date(2020, 11, 3)].len(), 1);

    let pattern = format!("{folder}/**/*.gz");
    assert_eq!(discover(&[pattern], DiscoverOptions::default()).unwrap().days.len(), 1);
    let twice = [folder.clone(), format!("{folder}/events_20201103.parquet")];
    assert_eq!(discover(&twice, DiscoverOptions::default()).unwrap().days[&date(2020, 11, 3)].len(), 1);

    let error = discover(&[format!("{folder}/nothing")], DiscoverOptions::default()).unwrap_err();
    assert!(error.to_string().contains("no such file or folder"), "{error:#}");
    scratch.write("none/readme.md", "");
    let error = discover(&[format!("{folder}/none")], DiscoverOptions::default()).unwrap_err();
    assert!(error.to_string().contains("no events_YYYYMMDD files"), "{error:#}");
}
