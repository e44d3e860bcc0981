//! A property whose reports are made of an export's events, as Google makes them: minutes, and counts.

use batch_service::events::{CleanEvents, EventView};
use batch_service::fold::Offsets;
use batch_service::ga4::Export;
use batch_service::shards::Shards;
use conformance::analytics::{Fact, Server};
use conformance::world::{Folder, Inkling, Site};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeMap;

pub const CLIENT: &str = "customUser:client_id";
pub const SESSION: &str = "customEvent:ga_session_id";

/// A site with an export, a property with the same events, and the program between them.
pub struct World {
    pub site: Site,
    pub server: Server,
    pub inkling: Inkling,
}

impl World {
    /// Simulated days; the property has registered client id and session id.
    pub fn new(name: &str, days: usize, visitors: u64) -> Self {
        let site = Site::simulated(Folder::fresh(&format!("ga4-{name}")), days, visitors);
        let server = Server::start();
        for (scope, parameter) in [("USER", "client_id"), ("EVENT", "ga_session_id")] {
            let dimension = json!({"scope": scope, "parameterName": parameter, "displayName": parameter});
            server.state().dimensions.push(dimension);
        }
        for day in site.days() {
            let (events, _) = site.found.read(day, Shards::ALL).unwrap();
            let facts = facts(&events, day, "Europe/London");
            server.state().data.facts.extend(facts);
        }
        let more = format!("client_id_dimension = \"{CLIENT}\"\nsession_id_dimension = \"{SESSION}\"\n");
        let inkling = program(&site.folder, &server, &more);
        Self { site, server, inkling }
    }

    /// First and last day.
    pub fn range(&self) -> [String; 2] {
        let days = self.site.days();
        [days.first(), days.last()].map(|day| day.unwrap().to_string())
    }

    /// Reads the history of all days into the warehouse `coarse`.
    pub fn read(&self, more: &[&str]) -> Vec<String> {
        let [from, to] = self.range();
        let call = ["ga4", "history", "--from", &from, "--to", &to, "--warehouse", "coarse"];
        call.into_iter().chain(more.iter().copied()).map(str::to_owned).collect()
    }
}

/// The program with a configuration for the server.
pub fn program(folder: &Folder, server: &Server, more: &str) -> Inkling {
    let (url, id) = (&server.url, server.state().property.id.clone());
    let text = format!(
        "profile = \"northgate-university\"\n[ga4]\nproperty = \"{id}\"\nadmin_endpoint = \"{url}\"\n\
         data_endpoint = \"{url}\"\n{more}"
    );
    folder.write("inkling.toml", text);
    Inkling::new(folder)
}

/// The events of a day as rows of reports.
fn facts(events: &CleanEvents, day: Date, zone: &str) -> Vec<Fact> {
    let zone = TimeZone::get(zone).unwrap();
    let mut sums: BTreeMap<BTreeMap<String, String>, [f64; 3]> = BTreeMap::new();
    for row in &events.rows {
        let event = events.view(row);
        let sum = sums.entry(dimensions(&event, &zone)).or_default();
        sum[0] += 1.0;
        sum[1] += f64::from(event.engaged_ms) / 1_000.0;
        sum[2] += f64::from(u8::from(event.name == "page_view"));
    }
    let fact = |(dimensions, [count, engaged, views]): (_, [f64; 3])| {
        let metrics = [
            ("eventCount", count),
            ("userEngagementDuration", engaged),
            ("screenPageViews", views),
            ("keyEvents", 0.0),
            ("sessions", 0.0),
            ("activeUsers", 0.0),
        ];
        Fact { date: day, dimensions, metrics: metrics.map(|(name, n)| (name.to_owned(), n)).into() }
    };
    sums.into_iter().map(fact).collect()
}

fn dimensions(event: &EventView<'_>, zone: &TimeZone) -> BTreeMap<String, String> {
    let moment = Timestamp::from_microsecond(event.time_us).unwrap().to_zoned(zone.clone());
    let set = |text: &str| if text.is_empty() { "(not set)".to_owned() } else { text.to_owned() };
    let session = if event.session_id == 0 { String::new() } else { event.session_id.to_string() };
    let path = event.page.splitn(4, '/').nth(3).unwrap_or_default();
    [
        ("dateHourMinute", moment.strftime("%Y%m%d%H%M").to_string()),
        (CLIENT, set(event.user)),
        ("eventName", set(event.name)),
        ("pageLocation", set(event.page)),
        ("pageReferrer", set(event.referrer)),
        ("deviceCategory", set(event.device)),
        ("languageCode", set(event.language)),
        ("streamId", set(event.stream)),
        (SESSION, set(&session)),
        ("pagePath", format!("/{}", path.split('?').next().unwrap_or_default())),
        ("sessionDefaultChannelGroup", "Direct".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Time of a report's minute, for a moment.
pub fn to_the_minute(time_us: i64) -> i64 {
    let offset = Offsets::new("Europe/London").unwrap().at(time_us);
    assert_eq!(offset % 60, 0, "zones are offset by whole minutes");
    time_us - time_us.rem_euclid(60_000_000)
}
