//! The export to BigQuery of what was taken: the rows of a day, as a user finds them the next morning.

use super::state::{Kept, State};
use crate::world::{Random, Row};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// What of the sent events the export has.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The part that is there, 0 to 1, to the nearest event.
    pub share: f64,
    /// Which ones are there.
    pub seed: u64,
}

impl Arrival {
    /// All of them.
    pub const ALL: Self = Self { share: 1.0, seed: 0 };
}

/// The rows of a day in the property's time zone, ordered by time.
#[must_use]
pub fn exported(state: &State, day: Date, arrival: Arrival) -> Vec<Row> {
    let zone = TimeZone::get(&state.property.zone).unwrap();
    let on_day = |event: &&Kept| {
        Timestamp::from_microsecond(event.time_us).is_ok_and(|time| time.to_zoned(zone.clone()).date() == day)
    };
    let mut random = Random::of(arrival.seed);
    let mut events: Vec<(f64, &Kept)> = state.events.iter().filter(on_day).map(|e| (random.draw(), e)).collect();
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    events.truncate((events.len() as f64 * arrival.share).round() as usize);
    events.sort_by_key(|(_, event)| event.time_us);
    events.into_iter().map(|(_, event)| row(state, event)).collect()
}

fn row(state: &State, event: &Kept) -> Row {
    let property = |(name, value): &(String, String)| json!({"key": name, "value": {"string_value": value, "set_timestamp_micros": event.time_us.to_string()}});
    let properties: Vec<Value> = event.properties.iter().map(property).collect();
    let mut row = Row::new(&event.client, event.time_us, &event.name)
        .with("user_properties", properties.into())
        .with("stream_id", state.property.stream.clone().into())
        .with("platform", "WEB".into())
        // What comes through a server has no device, and no batch of a page.
        .with("device", json!({"category": null, "language": null}));
    for (name, value) in &event.params {
        row = row.param(name, value.clone());
    }
    row
}
