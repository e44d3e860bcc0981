//! Outcomes that become known again.

use crate::monitor::outcomes::{self, Outcome, Outcomes};
use crate::monitor::segment::Segment;
use crate::warehouse::{Fence, LocalWarehouse, Warehouse};
use jiff::civil::date;
use model_core::Target;

#[test]
fn of_outcomes_that_became_known_twice_the_newest_count() {
    let folder = std::env::temp_dir().join(format!("inkling-outcomes-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let warehouse = LocalWarehouse::open(&folder).unwrap();
    let of = |day: i8, rows: u32| {
        let mut outcomes = Outcomes::new(date(2026, 10, day), Target::Visitor, "visitor-a");
        for cluster in 0..rows {
            let segment = Segment::of(&[]);
            outcomes.push(Outcome { score: 0.5, label: false, weight: 1.0, decile: 1, segment, country: "", cluster });
        }
        outcomes
    };
    // A day of scores that became known with two days of the job, since one of them was worked on late.
    for (known, all) in [(3, vec![of(27, 5)]), (4, vec![of(27, 7), of(28, 2)])] {
        let day = date(2026, 11, known);
        warehouse.publish(vec![outcomes::stage(&warehouse, day, &all).unwrap()], &Fence::none()).unwrap();
    }
    let found = outcomes::load(&warehouse, date(2026, 11, 1), date(2026, 11, 5)).unwrap();
    let found: Vec<_> = found.iter().map(|o| (o.day, o.len())).collect();
    assert_eq!(found, [(date(2026, 10, 27), 7), (date(2026, 10, 28), 2)]);
    std::fs::remove_dir_all(folder).unwrap();
}
