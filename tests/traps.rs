//! The traps of real exports, from rows to scores. Those of a single file are tested where files are read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "traps/fields.rs"]
mod fields;
#[path = "traps/order.rs"]
mod order;
#[path = "traps/sessions.rs"]
mod sessions;

use batch_service::fold::{StateReader, VISITOR_STATE};
use conformance::world::{Folder, Row, Site, day_file};
use jiff::civil::{Date, date};
use model_core::{FeatureRef, Profile, Schema, Visitor};
use std::collections::BTreeMap;

/// Summer time: the day begins at 23:00 UTC of the day before.
const DAY: Date = date(2026, 10, 5);
const NEXT: Date = date(2026, 10, 6);

/// A warehouse filled with these days, for the made-up university.
fn filled(name: &str, days: &[(Date, Vec<Row>)]) -> Site {
    let folder = Folder::fresh(&format!("traps-{name}"));
    for (day, rows) in days {
        day_file(&folder, "export", *day, rows);
    }
    let site = Site::of_export(folder, &["export"]);
    assert_eq!(site.place.site.profile.parts().name, "northgate-university", "found by the pages' host");
    site.backfill(days[0].0, days[days.len() - 1].0);
    site
}

/// The features of everybody at their last event, by visitor and name; missing ones left out.
fn features(site: &Site) -> BTreeMap<String, BTreeMap<String, f32>> {
    let profile = &site.place.site.profile;
    let last = site.place.warehouse.partitions(VISITOR_STATE).unwrap().pop().unwrap();
    let mut states = StateReader::open(&*site.place.warehouse, last).unwrap();
    let mut found = BTreeMap::new();
    while let Some(row) = states.next().unwrap() {
        let mut visitor = Visitor::new(profile);
        visitor.restore_from(&row.state).unwrap();
        found.insert(row.user, row_of(profile, &mut visitor));
    }
    found
}

fn row_of(profile: &Profile, visitor: &mut Visitor) -> BTreeMap<String, f32> {
    let schema = Schema::new(profile);
    let refs: Vec<FeatureRef> = (0..schema.len()).filter_map(|i| schema.feature(i)).collect();
    let mut row = vec![f32::NAN; refs.len()];
    visitor.features(&refs, visitor.last_event_us(), visitor.last_utc_offset_s(), &mut row);
    let named = row.into_iter().enumerate().map(|(i, value)| (schema.name(profile, i).unwrap(), value));
    named.filter(|(_, value)| !value.is_nan()).collect()
}
