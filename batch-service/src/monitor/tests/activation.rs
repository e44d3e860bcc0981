//! Uploads of the last days, as the monitor counts them.

use crate::activation::Bucket;
use crate::activation::ledger::{self, Entry, Ledger, State};
use crate::monitor::activation::rows;
use crate::monitor::finding::Tile;
use crate::monitor::rows::{Cell, Row, row};
use crate::monitor::status::{Status, Thresholds};
use crate::warehouse::{Fence, LocalWarehouse, Warehouse};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use model_core::Band;
use std::path::PathBuf;

const DAY: Date = date(2026, 11, 20);
const PLANNED_AT: i64 = 1_795_000_000_000_000;

/// A warehouse with uploads.
struct Uploads {
    folder: PathBuf,
    warehouse: LocalWarehouse,
}

impl Uploads {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("inkling-uploads-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self { warehouse: LocalWarehouse::open(&folder).unwrap(), folder }
    }

    /// Adds those of a day: of a destination so many rows in each state, in the order of [`State::ALL`].
    fn on(&self, day: Date, all: &[(&str, [usize; State::ALL.len()])]) {
        let mut uploaded = Ledger::default();
        for (destination, counts) in all {
            let (destination, sent_to) = (uploaded.word(destination), uploaded.word("a property"));
            let states =
                State::ALL.into_iter().zip(counts).flat_map(|(state, count)| std::iter::repeat_n(state, *count));
            let states: Vec<State> = states.collect();
            // Sent one a second, the last row first: latencies are not in the order of the rows.
            let (mut seconds, last) = (states.iter().filter(|state| sent(**state)).count() as i64, states.len());
            for (number, state) in states.into_iter().enumerate() {
                let mut entry = Entry::planned(Bucket::of(0.3).unwrap(), Band::Medium, PLANNED_AT);
                (entry.state, entry.destination, entry.sent_to) = (state, destination, sent_to);
                if sent(state) {
                    entry.sent_at = PLANNED_AT + seconds * 1_000_000;
                    seconds -= 1;
                }
                uploaded.push(&format!("{number:03} of {last}"), entry).unwrap();
            }
        }
        let staged = ledger::stage(&self.warehouse, day, &uploaded).unwrap();
        self.warehouse.publish(vec![staged], &Fence::none()).unwrap();
    }
}

impl Drop for Uploads {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Refused rows are not sent, others that are more than planned have a time.
fn sent(state: State) -> bool {
    !matches!(state, State::Planned | State::Refused)
}

fn days_ago(days: i32) -> Date {
    DAY.checked_sub(days.days()).unwrap()
}

#[test]
fn uploads_are_counted_by_destination_and_the_worst_of_the_day_is_told() {
    let uploads = Uploads::new("counted");
    // Planned, sending, sent, seen, missing, refused.
    uploads.on(
        DAY,
        &[
            ("data-manager", [0, 1, 60, 37, 1, 1]),
            ("measurement-protocol", [50, 0, 180, 9, 8, 3]),
            ("data-import", [0, 0, 40, 0, 0, 0]),
        ],
    );
    let (found, finding) = rows(&uploads.warehouse, DAY, &Thresholds::default()).unwrap();
    // 95 % of 40, 99 and 197 rows that have a time are 38, 94.05 and 187.15.
    let of = |destination: &str, counts: [u64; 3], share: f64, p95_ms: f64, status: Status| -> Row {
        row![DAY, destination, counts[0], counts[1], counts[2], share, p95_ms, status]
    };
    let expected = [
        of("data-import", [40, 40, 0], 1.0, 38_000.0, Status::Green),
        of("data-manager", [100, 97, 2], 0.97, 95_000.0, Status::Amber),
        of("measurement-protocol", [200, 189, 11], 0.945, 188_000.0, Status::Red),
    ];
    assert_eq!(found, expected);
    assert_eq!((finding.rule.as_str(), finding.tile, finding.status), ("activation", Tile::Activation, Status::Red));
    assert_eq!((finding.value, finding.threshold), (0.945, 0.95));
    assert_eq!(finding.cause, "measurement-protocol took 94 % of 200 scores");
}

#[test]
fn the_limits_are_still_green_and_amber() {
    let uploads = Uploads::new("limits");
    uploads.on(DAY, &[("data-import", [0, 0, 95, 0, 0, 5]), ("data-manager", [0, 0, 0, 99, 1, 0])]);
    let (found, finding) = rows(&uploads.warehouse, DAY, &Thresholds::default()).unwrap();
    let statuses: Vec<&str> = found.iter().map(|row| row[7].text()).collect();
    assert_eq!(statuses, ["amber", "green"]);
    assert_eq!((finding.status, finding.value), (Status::Amber, 0.95), "the worst, not the last");
}

#[test]
fn uploads_of_the_seven_days_before_are_looked_at_again() {
    let uploads = Uploads::new("before");
    for back in [8, 7, 1] {
        uploads.on(days_ago(back), &[("data-manager", [0, 0, 0, 1, 1, 0])]);
    }
    // Of a plan that nothing came of yet, and of rows that were all refused, of which none has a time.
    uploads.on(days_ago(3), &[("data-manager", [5, 0, 0, 0, 0, 0])]);
    uploads.on(days_ago(2), &[("data-manager", [0, 0, 0, 0, 0, 5])]);
    uploads.on(DAY.tomorrow().unwrap(), &[("data-manager", [0, 0, 1, 0, 0, 0])]);
    let (found, finding) = rows(&uploads.warehouse, DAY, &Thresholds::default()).unwrap();
    let half =
        |back: i32| -> Row { row![days_ago(back), "data-manager", 2_u64, 1_u64, 1_u64, 0.5, 2_000.0, Status::Red] };
    let refused = row![days_ago(2), "data-manager", 5_u64, 0_u64, 5_u64, 0.0, Cell::Null, Status::Red];
    assert_eq!(found, [half(7), refused, half(1)]);
    // They are no news: only the day's own uploads are judged.
    assert_eq!((finding.status, finding.cause.as_str()), (Status::Grey, ""));
    assert!(finding.value.is_nan());
}
