//! Days of a property around the changes of its clocks: an event belongs to one day, and keeps the time at which it was
//! sent.

use super::visitors::{id, write_scores};
use super::world::{config, patience};
use batch_service::activation::ledger::{self, Entry, Ledger, State};
use batch_service::activation::upload::{Upload, UploadOptions};
use batch_service::activation::{Bucket, DataManager, Item, MeasurementProtocol, Names, Sent};
use batch_service::config::CloudConfig;
use batch_service::place::Place;
use batch_service::warehouse::Fence;
use conformance::analytics::{Arrival, Property, Server, Way, exported};
use conformance::world::{Folder, Site, day_file, repository};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use model_core::Band;

/// A change of the clocks: the day, the hours from UTC before and after, and its moment in UTC.
struct Change {
    zone: &'static str,
    day: Date,
    before: i64,
    after: i64,
    moment: &'static str,
}

const fn change(zone: &'static str, day: Date, before: i64, after: i64, moment: &'static str) -> Change {
    Change { zone, day, before, after, moment }
}

/// Both of 2026 in two zones, by the law and not by a library.
const CHANGES: [Change; 4] = [
    change("Europe/London", date(2026, 3, 29), 0, 1, "2026-03-29T01:00:00Z"),
    change("Europe/London", date(2026, 10, 25), 1, 0, "2026-10-25T01:00:00Z"),
    change("America/New_York", date(2026, 3, 8), -5, -4, "2026-03-08T07:00:00Z"),
    change("America/New_York", date(2026, 11, 1), -4, -5, "2026-11-01T06:00:00Z"),
];

impl Change {
    /// Every half hour of five days around it.
    fn moments(&self) -> Vec<Timestamp> {
        let middle: Timestamp = self.moment.parse().unwrap();
        (-120..120).map(|half| middle + SignedDuration::from_mins(30 * half)).collect()
    }

    /// The day of a moment.
    fn day_of(&self, moment: Timestamp) -> Date {
        let hours = if moment < self.moment.parse().unwrap() { self.before } else { self.after };
        let local = moment + SignedDuration::from_hours(hours);
        local.to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    fn days(&self) -> impl Iterator<Item = Date> {
        (-4..=4).map(|days: i64| self.day + days.days())
    }

    fn server(&self) -> Server {
        Server::of(Property { zone: self.zone.to_owned(), ..Property::default() })
    }
}

fn item(client_id: &str) -> Item<'_> {
    Item { client_id, bucket: Bucket::of(0.87).unwrap(), band: Band::High }
}

#[test]
fn an_event_is_on_one_day_and_has_the_time_of_its_sending() {
    for change in CHANGES {
        let server = change.server();
        let config = config(&server);
        let data_manager = DataManager::with_patience(&config, Names::of(&config), patience()).unwrap();
        let protocol = MeasurementProtocol::with_patience(&config, Names::of(&config), patience()).unwrap();
        let moments = change.moments();
        for (number, moment) in moments.iter().enumerate() {
            use batch_service::activation::Destination;
            server.clock.set(*moment);
            let (ours, theirs) = (id(2 * number), id(2 * number + 1));
            assert!(matches!(data_manager.send(&[item(&ours)], *moment), Sent::Received(Some(_))));
            assert!(matches!(protocol.send(&[item(&theirs)], *moment), Sent::Received(_)));
        }
        let state = server.state();
        assert_eq!((state.events.len(), state.dropped.len()), (2 * moments.len(), 0));
        for (number, event) in state.events.iter().enumerate() {
            assert_eq!(event.time_us, moments[number / 2].as_microsecond(), "nothing is dated back");
            // Only the Data Manager API demands a time.
            assert_eq!(event.timed, event.way == Way::DataManager);
        }
        let mut on_days = 0;
        for day in change.days() {
            let rows = exported(&state, day, Arrival::ALL);
            let expected = moments.iter().filter(|moment| change.day_of(**moment) == day).count();
            assert_eq!(rows.len(), 2 * expected, "{} {day}", change.zone);
            on_days += rows.len();
        }
        assert_eq!(on_days, state.events.len(), "each on one day: {} {}", change.zone, change.day);
        // A day of 23 hours, and one of 25.
        let long = moments.iter().filter(|moment| change.day_of(**moment) == change.day).count();
        assert_eq!(long, if change.after > change.before { 46 } else { 50 });
    }
}

/// A warehouse of a property in a zone.
fn warehouse(folder: &Folder, zone: &str) -> Place {
    let built_in = repository().join("batch-service/profiles/northgate-university.toml");
    let text = std::fs::read_to_string(built_in).unwrap();
    let london = "time_zone = \"Europe/London\"";
    assert!(text.contains(london));
    let profile = folder.write("profile.toml", text.replace(london, &format!("time_zone = \"{zone}\"")));
    let guess = || unreachable!("the profile is given");
    let profile = Some(profile.to_str().unwrap());
    Place::open(&folder.at("warehouse"), None, profile, &CloudConfig::default(), guess).unwrap()
}

/// What was sent at any time of those days is looked for on its own day, and found there.
#[test]
fn what_was_sent_around_a_change_is_found_on_its_day() {
    for change in CHANGES {
        let name = format!("activation-days-{}", change.day);
        let (folder, server) = (Folder::fresh(&name), change.server());
        let (place, config) = (warehouse(&folder, change.zone), config(&server));
        let names = Names::of(&config);
        let sent_to = format!("{}/{}/{}", server.state().property.id, names.score, names.band);
        let moments = change.moments();
        let mut number = 0;
        for day in change.days() {
            let mut rows = Ledger::default();
            let (way, place_of) = (rows.word("data-manager"), rows.word(&sent_to));
            for moment in moments.iter().filter(|moment| change.day_of(**moment) == day) {
                let mut entry = Entry::planned(Bucket::of(0.87).unwrap(), Band::High, moment.as_microsecond());
                (entry.destination, entry.sent_to) = (way, place_of);
                (entry.state, entry.sent_at) = (State::Sent, moment.as_microsecond());
                rows.push(&id(number), entry).unwrap();
                number += 1;
            }
            if !rows.is_empty() {
                let content = ledger::stage(&*place.warehouse, day, &rows).unwrap();
                place.warehouse.publish(vec![content], &Fence::none()).unwrap();
            }
        }
        assert_eq!(number, moments.len());
        let destination = DataManager::with_patience(&config, names.clone(), patience()).unwrap();
        for (number, moment) in moments.iter().enumerate() {
            use batch_service::activation::Destination;
            server.clock.set(*moment);
            let _ = destination.send(&[item(&id(number))], *moment);
        }
        // One of the day of the change does not arrive.
        let lost = moments.iter().position(|moment| change.day_of(*moment) == change.day).unwrap() + 3;
        server.state().events.remove(lost);
        for day in change.days() {
            day_file(&folder, "export", day, &exported(&server.state(), day, Arrival::ALL));
        }
        let last = change.days().last().unwrap();
        write_scores(&place, last, std::iter::once(("1.2".to_owned(), 870)));
        let site = Site::of_export(folder, &["export"]);
        let destination = Box::new(DataManager::with_patience(&config, names, patience()).unwrap());
        let options = UploadOptions::default();
        let upload = Upload::to(&place, &config, Some(&site.found), last, options, destination).unwrap();
        server.clock.run();
        let summary = upload.send(&Fence::none()).unwrap();
        let (mut seen, mut missing) = (0, 0);
        for arrival in &summary.arrival {
            let of = |word: &str| arrival.rows.get(word).copied().unwrap_or_default();
            let is_change = arrival.day == change.day.to_string();
            assert_eq!(of("missing"), u64::from(is_change), "{} {}", change.zone, arrival.day);
            (seen, missing) = (seen + of("seen"), missing + of("missing"));
        }
        assert_eq!((seen, missing), (moments.len() as u64 - 1, 1), "{} {:?}", change.zone, summary.arrival);
    }
}
