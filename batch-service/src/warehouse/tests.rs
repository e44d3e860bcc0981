//! The local warehouse: partitions are replaced whole, the same rows give the same bytes, and come back the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;

use jiff::civil::{Date, date};

use super::events_clean::{self, TABLE};
use super::local::LocalWarehouse;
use super::read::TableReader;
use super::scratch::Scratch;
use super::table::{Cells, Column, TableWriter, Type};
use super::{Fence, RunRow, Unpublished, Warehouse};
use crate::events::rules::Kind;
use crate::events::{CleanEvents, DayBuilder, RawRow};

const DAY: Date = date(2020, 12, 5);

/// A day of made-up events; every third has next to nothing.
fn day_of(rows: u32) -> CleanEvents {
    let mut day = DayBuilder::unchecked();
    for i in 0..rows {
        let mut text = |what: &str, n: u32| day.text(Kind::Verbatim, &format!("{what}{n}"));
        let mut row = RawRow { time_us: 1_607_169_600_000_000 + i64::from(i / 2), ..RawRow::EMPTY };
        row.user = text("user", i % (rows / 10 + 1));
        row.name = text("event", i % 11);
        if i % 3 > 0 {
            row.session_id = i64::from(i % 1000) * 7_919_333;
            row.session_number = i % 4;
            row.engaged_ms = i % 50 * 1000;
            row.page = text("https://a.example/", i % 300);
            row.referrer = text("https://g.example/", i % 7);
            row.source = text("source", i % 5);
            row.medium = text("medium", i % 3);
            row.campaign = text("campaign", i % 2);
            row.device = text("device", i % 3);
            row.language = text("language", i % 30);
            row.stream = text("", 7);
            row.transaction = if i % 100 == 1 { text("T", i) } else { 0 };
            row.items = i % 5;
            row.price = if i % 5 > 1 { f64::from(i % 90) / 7.0 } else { f64::NAN };
            row.first_touch_us = 1_600_000_000_000_000 + i64::from(i % 100);
        }
        day.push(&row, ("", 0));
    }
    day.finish().0
}

#[test]
fn events_come_back_the_same() {
    let scratch = Scratch::new();
    let warehouse = LocalWarehouse::open(scratch.path()).unwrap();
    assert_eq!(events_clean::load(&warehouse, DAY).unwrap(), None);
    // The last one fills several row groups.
    for rows in [0, 1, 2, 5000, 300_000] {
        let events = day_of(rows);
        assert_eq!(events.rows.len(), rows as usize);
        warehouse.publish(vec![events_clean::stage(&warehouse, DAY, &events).unwrap()], &Fence::none()).unwrap();
        assert!(events_clean::load(&warehouse, DAY).unwrap() == Some(events), "{rows}");
    }
    let table = TableReader::open(&warehouse.partition_files(TABLE, DAY).unwrap()[0]).unwrap();
    assert_eq!((table.groups(), table.total_rows()), (3, 300_000));
    let last_user = |group| {
        table.column(group, "user_pseudo_id").unwrap().texts().unwrap().last().copied().flatten().map(str::to_owned)
    };
    let first_user = table.column(1, "user_pseudo_id").unwrap().texts().unwrap()[0].map(str::to_owned);
    assert!(last_user(0) < first_user, "a visitor is in one row group only");
    assert_eq!(table.column(0, "event_date").unwrap().i64s().unwrap()[0], Some(18_601));
}

#[test]
fn the_same_events_give_the_same_bytes() {
    let events = day_of(3000);
    let bytes = events_clean::write(Vec::new(), DAY, &events).unwrap();
    assert!(bytes == events_clean::write(Vec::new(), DAY, &events.clone()).unwrap());
    assert!(bytes != events_clean::write(Vec::new(), DAY, &day_of(2999)).unwrap());
}

#[test]
fn columns_of_every_type_come_back() {
    const COLUMNS: &[Column] = &[
        Column::required("flag", Type::Bool),
        Column::optional("small", Type::I32),
        Column::optional("big", Type::I64),
        Column::required("half", Type::F32),
        Column::optional("score", Type::F64),
        Column::optional("text", Type::Text),
        Column::required("state", Type::Bytes),
        Column::required("day", Type::Date),
    ];
    let scratch = Scratch::new();
    let mut writer = TableWriter::new(Vec::new(), "all", COLUMNS).unwrap();
    for _ in 0..2 {
        let mut group = writer.group().unwrap();
        group.put(Cells::bools(vec![true, false, true])).unwrap();
        group.put(Cells::i32s_optional([Some(i32::MIN), None, Some(7)])).unwrap();
        group.put(Cells::i64s(vec![i64::MAX, i64::MIN, 0])).unwrap();
        group.put(Cells::f32s(vec![0.5, -1.0, f32::MAX])).unwrap();
        group.put(Cells::f64s_optional([None, Some(0.1), Some(f64::MIN_POSITIVE)])).unwrap();
        group.put(Cells::texts([Some("low"), None, Some("low")])).unwrap();
        group.put(Cells::bytes([&b"\0\xff"[..], b"", b"x"])).unwrap();
        group.put(Cells::i32s(vec![18_601; 3])).unwrap();
        group.finish().unwrap();
    }
    let path = scratch.write("all.parquet", writer.finish().unwrap());
    let table = TableReader::open(&path).unwrap();
    assert_eq!((table.groups(), table.rows(1).unwrap(), table.total_rows()), (2, 3, 6));
    let column = |name| table.column(1, name).unwrap();
    assert_eq!(column("flag").bools().unwrap(), [Some(true), Some(false), Some(true)]);
    assert_eq!(column("small").i64s().unwrap(), [Some(i64::from(i32::MIN)), None, Some(7)]);
    assert_eq!(column("big").i64s().unwrap(), [Some(i64::MAX), Some(i64::MIN), Some(0)]);
    assert_eq!(column("half").f64s().unwrap(), [Some(0.5), Some(-1.0), Some(f64::from(f32::MAX))]);
    assert_eq!(column("score").f64s().unwrap(), [None, Some(0.1), Some(f64::MIN_POSITIVE)]);
    assert_eq!(column("text").texts().unwrap(), [Some("low"), None, Some("low")]);
    assert_eq!(column("state").bytes().unwrap(), [Some(&b"\0\xff"[..]), Some(b""), Some(b"x")]);
    assert_eq!(column("day").i64s().unwrap(), [Some(18_601); 3]);
    assert!(column("text").i64s().is_err());
    assert!(table.column(0, "nothing").is_err());
}

#[test]
fn wrong_cells_are_refused() {
    const COLUMNS: &[Column] = &[Column::required("a", Type::I64), Column::required("b", Type::Text)];
    let mut writer = TableWriter::new(Vec::new(), "t", COLUMNS).unwrap();
    let mut group = writer.group().unwrap();
    assert!(group.put(Cells::i64s_optional([Some(1), None])).is_err(), "missing in a required column");
    drop(group);
    let mut writer = TableWriter::new(Vec::new(), "t", COLUMNS).unwrap();
    let mut group = writer.group().unwrap();
    assert!(group.put(Cells::f64s(vec![1.0])).is_err(), "another type");
    drop(group);
    let mut writer = TableWriter::new(Vec::new(), "t", COLUMNS).unwrap();
    let mut group = writer.group().unwrap();
    group.put(Cells::i64s(vec![1])).unwrap();
    assert!(group.put(Cells::texts([Some("a"), Some("b")])).is_err(), "another number of rows");
    drop(group);
    let mut writer = TableWriter::new(Vec::new(), "t", COLUMNS).unwrap();
    let mut group = writer.group().unwrap();
    group.put(Cells::i64s(vec![1])).unwrap();
    assert!(group.finish().is_err(), "a column is not written");
}

fn put(warehouse: &LocalWarehouse, content: &str) {
    use std::io::Write;
    let mut replacement = warehouse.replace("t", DAY).unwrap();
    replacement.part().unwrap().write_all(content.as_bytes()).unwrap();
    replacement.commit().unwrap();
}

fn get(warehouse: &LocalWarehouse) -> Option<String> {
    let files = warehouse.partition_files("t", DAY).unwrap();
    files.first().map(|file| fs::read_to_string(file).unwrap())
}

#[test]
fn a_partition_is_replaced_whole_or_not_at_all() {
    let scratch = Scratch::new();
    let warehouse = LocalWarehouse::open(scratch.path()).unwrap();
    assert_eq!(warehouse.partitions("t").unwrap(), []);
    put(&warehouse, "one");
    {
        let mut given_up = warehouse.replace("t", DAY).unwrap();
        given_up.part().unwrap();
    }
    assert_eq!(get(&warehouse).as_deref(), Some("one"));
    put(&warehouse, "two");
    assert_eq!(get(&warehouse).as_deref(), Some("two"));
    assert_eq!(warehouse.partitions("t").unwrap(), [DAY]);
    assert_eq!(fs::read_dir(scratch.path().join("t")).unwrap().count(), 1, "nothing is left over");
    warehouse.remove("t", DAY).unwrap();
    assert_eq!(warehouse.partitions("t").unwrap(), []);
}

#[test]
fn a_holder_that_was_overtaken_is_refused() {
    let scratch = Scratch::new();
    let warehouse = LocalWarehouse::open(scratch.path()).unwrap();
    // Neither knows that it has lost the lease.
    let fence = |number| Fence::of(number, std::sync::Arc::default());
    let publish = |content: &str, fence: &Fence| {
        use std::io::Write;
        let mut replacement = warehouse.replace("t", DAY).unwrap();
        replacement.part().unwrap().write_all(content.as_bytes()).unwrap();
        warehouse.publish(vec![replacement], fence)
    };
    publish("first", &fence(5)).unwrap();
    publish("first again", &fence(5)).unwrap();
    publish("second", &fence(7)).unwrap();
    let error = publish("sleeper", &fence(5)).unwrap_err();
    assert!(error.root_cause().to_string().contains("another run has taken over"), "{error:#}");
    assert!(error.downcast_ref::<Unpublished>().unwrap().written.is_empty());
    assert_eq!(get(&warehouse).as_deref(), Some("second"));
    assert_eq!(fs::read_dir(scratch.path().join("t")).unwrap().count(), 1, "nothing is left over");
    publish("alone", &Fence::none()).unwrap();
    assert!(publish("sleeper", &fence(6)).is_err());
    assert_eq!(fs::read_to_string(scratch.path().join(".run/fence")).unwrap(), "7");
}

#[test]
fn runs_that_are_added_at_the_same_time_are_all_kept() {
    let scratch = Scratch::new();
    let warehouse = LocalWarehouse::open(scratch.path()).unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let warehouse = &warehouse;
            scope.spawn(move || {
                let text = number.to_string();
                let (run_id, status, started_at, record) = (text.clone(), "done".into(), text, "{}".into());
                warehouse.add_run(&RunRow { run_date: DAY, run_id, status, started_at, record }).unwrap();
            });
        }
    });
    assert_eq!(warehouse.runs(DAY, DAY).unwrap().len(), 8);
}

#[test]
fn opening_recovers_from_a_crash_at_any_step() {
    let (new, old, now) = (".tmp-2020-12-05", ".old-2020-12-05", "date=2020-12-05");
    // What a crash leaves: before the first rename, between the two, after the second.
    for (left, expected) in [
        (vec![(now, "old"), (new, "half")], "old"),
        (vec![(old, "old"), (new, "new")], "old"),
        (vec![(old, "old"), (now, "new")], "new"),
    ] {
        let scratch = Scratch::new();
        for (folder, content) in &left {
            scratch.write(&format!("t/{folder}/part-000.parquet"), content);
        }
        let warehouse = LocalWarehouse::open(scratch.path()).unwrap();
        assert_eq!(get(&warehouse).as_deref(), Some(expected), "{left:?}");
        assert_eq!(fs::read_dir(scratch.path().join("t")).unwrap().count(), 1, "{left:?}");
        put(&warehouse, "later");
        assert_eq!(get(&warehouse).as_deref(), Some("later"));
    }
}

#[test]
fn recovery_leaves_a_running_writer_alone() {
    let scratch = Scratch::new();
    let warehouse = LocalWarehouse::open(scratch.path()).unwrap();
    let mut running = warehouse.replace("t", DAY).unwrap();
    running.part().unwrap();
    LocalWarehouse::open(scratch.path()).unwrap();
    running.commit().unwrap();
    assert_eq!(warehouse.partition_files("t", DAY).unwrap().len(), 1);
}

#[test]
fn writers_of_the_same_day_do_not_mix() {
    let scratch = Scratch::new();
    let warehouse = LocalWarehouse::open(scratch.path()).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let warehouse = &warehouse;
            scope.spawn(move || {
                for round in 0..25 {
                    let mut replacement = warehouse.replace("t", DAY).unwrap();
                    for part in ["first", "second"] {
                        let text = format!("{writer} {round} {part}");
                        std::io::Write::write_all(&mut replacement.part().unwrap(), text.as_bytes()).unwrap();
                    }
                    replacement.commit().unwrap();
                }
            });
        }
    });
    let parts: Vec<String> =
        warehouse.partition_files("t", DAY).unwrap().iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!(parts[0].replace("first", "second"), parts[1]);
    assert!(parts[0].contains(" 24 "), "the last of a writer's partitions stands: {parts:?}");
    assert_eq!(fs::read_dir(scratch.path().join("t")).unwrap().count(), 1);
}
