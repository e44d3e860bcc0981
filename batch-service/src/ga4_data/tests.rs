#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::days;
use super::export::{History, WithHistory};
use super::history::{HistoryOptions, HistorySummary};
use super::pages::{self, Source};
use super::quota::{Exhausted, Pace, Span};
use super::reader::Reader;
use super::report::{Cell, Header, Metadata, Page, PropertyQuota, Query, QuotaStatus, Row};
use super::*;
use crate::activation::config::Ga4Config;
use crate::config::CloudConfig;
use crate::events::Origin;
use crate::ga4::{Export, ReadOptions, read_day};
use crate::place::Place;
use crate::profile::SiteProfile;
use crate::shards::Shards;
use crate::warehouse::LocalWarehouse;
use crate::warehouse::scratch::Scratch;
use anyhow::Result;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use std::cell::{Cell as Shared, RefCell};

const DAY: Date = date(2026, 3, 29);

/// A property whose every day is the same few rows, with so many tokens an hour and a day.
struct Property {
    rows: Vec<[&'static str; 9]>,
    metadata: Metadata,
    now: Shared<Timestamp>,
    hour: Shared<(i64, u64)>,
    tokens: (u64, u64),
    spent: Shared<u64>,
    asked: RefCell<Vec<(String, Date, u64)>>,
}

const COST: u64 = 10;

impl Property {
    fn new(rows: Vec<[&'static str; 9]>) -> Self {
        Self {
            rows,
            metadata: Metadata { time_zone: "UTC".to_owned(), ..Metadata::default() },
            now: Shared::new("2026-06-01T00:10:00Z".parse().unwrap()),
            hour: Shared::new((0, 0)),
            tokens: (10_000, 100_000),
            spent: Shared::new(0),
            asked: RefCell::default(),
        }
    }

    fn charge(&self) -> Result<PropertyQuota> {
        let hour = self.now.get().as_second() / 3_600;
        let (begun, used) = self.hour.get();
        let used = if begun == hour { used } else { 0 } + COST;
        let spent = self.spent.get() + COST;
        assert!(used <= self.tokens.0 && spent <= self.tokens.1, "Google was asked for more than it gives");
        self.hour.set((hour, used));
        self.spent.set(spent);
        let left = |of: u64, used: u64| Some(QuotaStatus { consumed: COST, remaining: of - used });
        Ok(PropertyQuota {
            tokens_per_day: left(self.tokens.1, spent),
            tokens_per_hour: left(self.tokens.0, used),
            ..PropertyQuota::default()
        })
    }
}

impl Source for Property {
    fn page(&self, query: &Query, day: Date, offset: u64, limit: u64) -> Result<Page> {
        self.asked.borrow_mut().push((query.name.to_owned(), day, offset));
        let cell = |value: &str| Cell { value: value.to_owned() };
        let rows: Vec<Row> = match query.name {
            "by client" => self
                .rows
                .iter()
                .map(|row| {
                    let dimensions = row[..8].iter().enumerate();
                    let minute = |text: &str| format!("{}{text}", day.strftime("%Y%m%d"));
                    let dimensions = dimensions
                        .map(|(at, text)| if at == 0 && *text != "(other)" { cell(&minute(text)) } else { cell(text) });
                    Row { dimension_values: dimensions.collect(), metric_values: row[8].split(' ').map(cell).collect() }
                })
                .collect(),
            _ => {
                let dimensions =
                    query.dimensions.iter().map(|name| cell(if name == "pagePath" { "/basket" } else { "Direct" }));
                let metrics = (0..query.metrics.len()).map(|n| cell(&(n + 1).to_string()));
                vec![Row { dimension_values: dimensions.collect(), metric_values: metrics.collect() }]
            }
        };
        let names =
            |names: &mut dyn Iterator<Item = &str>| names.map(|name| Header { name: name.to_owned() }).collect();
        Ok(Page {
            dimension_headers: names(&mut query.dimensions.iter().map(String::as_str)),
            metric_headers: names(&mut query.metrics.iter().copied()),
            row_count: rows.len() as u64,
            rows: rows.into_iter().skip(offset as usize).take(limit as usize).collect(),
            metadata: self.metadata.clone(),
            property_quota: Some(self.charge()?),
            kind: String::new(),
        })
    }
}

/// Minute, client, event, page, referrer, device, language, stream; count and engaged seconds.
fn rows() -> Vec<[&'static str; 9]> {
    let page = "https://shop.example/basket?email=x%40y.z&utm_source=news";
    vec![
        ["0059", "11.22", "page_view", page, "https://g.example/s?q=me", "mobile", "en-gb", "77", "3 0"],
        ["0059", "11.22", "user_engagement", page, "", "mobile", "en-gb", "77", "1 12"],
        ["0101", "GA1.1.33.44", "purchase", page, "(not set)", "desktop", "de", "77", "1 0"],
        ["0102", "(not set)", "page_view", page, "", "desktop", "de", "77", "5 0"],
    ]
}

fn config() -> Ga4Config {
    let client_id_dimension = Some("customUser:client_id".to_owned());
    Ga4Config { property: Some("1".to_owned()), client_id_dimension, ..Ga4Config::default() }
}

fn place(folder: &Scratch) -> Place {
    let general = || SiteProfile::load("ga4-default");
    Place::look(&folder.path().join("w"), None, None, &CloudConfig::default(), general).unwrap()
}

fn read(property: &Property, place: &Place, days: &[Date], wait: bool) -> HistorySummary {
    let (now, sleep) = (
        || property.now.get(),
        |time: std::time::Duration| {
            property.now.set(property.now.get().checked_add(SignedDuration::try_from(time).unwrap()).unwrap());
            Ok(())
        },
    );
    let config = config();
    let options = HistoryOptions { wait, page_rows: 2, now: &now, sleep: &sleep, ..HistoryOptions::of(DAY, DAY) };
    let query = clients::query(&config);
    let pace = Pace::default();
    Reader { place, config: &config, property: "1", source: property, query, pace, options: &options }
        .read(days)
        .unwrap()
}

fn history_of(place: &Place) -> Result<WithHistory> {
    let tables = LocalWarehouse::open(place.warehouse.folder()).unwrap();
    WithHistory::new(None, History::open(Box::new(tables)).unwrap())
}

/// What history gives is what an export of the same events gives, through the same cleansing.
#[test]
fn a_day_by_client_is_cleansed_like_an_export() {
    let folder = Scratch::new();
    let place = place(&folder);
    let done = read(&Property::new(rows()), &place, &[DAY], false);
    assert_eq!((done.days_by_client, done.events, done.events_with_client), (1, 10, 5));
    let history = history_of(&place).unwrap();
    let (found, report) = history.read(DAY, Shards::ALL).unwrap();
    assert_eq!((report.rows, report.events, report.visitors), (10, 5, 2));
    assert_eq!((found.origin, report.fault_share), (Origin::DataApi, 0.0));

    let event = |minute: &str, user: &str, name: &str, referrer: &str, more: &str, n: u32| {
        let at = format!("2026-03-29T{minute}:00Z").parse::<Timestamp>().unwrap().as_microsecond();
        let param = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"string_value":"{value}"}}}}"#);
        let (page, referrer) =
            (param("page_location", "https://shop.example/basket?utm_source=news"), param("page_referrer", referrer));
        let (device, language) = if user.starts_with('1') { ("mobile", "en-gb") } else { ("desktop", "de") };
        format!(
            r#"{{"event_date":"20260329","event_timestamp":"{at}","event_name":"{name}","user_pseudo_id":"{user}",
            "event_bundle_sequence_id":"{n}","stream_id":"77","device":{{"category":"{device}","language":"{language}"}},
            "event_params":[{page},{referrer}{more}]}}"#
        )
        .replace('\n', " ")
    };
    let engaged = r#",{"key":"engagement_time_msec","value":{"int_value":"12000"}}"#;
    let views = (0..3).map(|n| event("00:59", "11.22", "page_view", "https://g.example/s", "", n));
    let lines: Vec<String> = views
        .chain([
            event("00:59", "11.22", "user_engagement", "", engaged, 4),
            event("01:01", "33.44", "purchase", "", "", 5),
        ])
        .collect();
    let file = folder.write("events_20260329.json", lines.join("\n"));
    let (mut same, _) = read_day(&[file], DAY, &ReadOptions::default()).unwrap();
    assert_ne!(same, found, "the origin is told apart");
    same.origin = Origin::DataApi;
    assert_eq!(same, found);

    // In parts: each visitor in one of them, and whoever is none in the first.
    let parts: Vec<_> = (0..4).map(|n| history.read(DAY, Shards::new(n, 4).unwrap()).unwrap()).collect();
    assert_eq!(parts.iter().map(|(events, _)| events.rows.len()).sum::<usize>(), 5);
    assert_eq!(parts.iter().map(|(_, report)| report.rows).sum::<u64>(), 10);
}

#[test]
fn a_day_that_is_not_whole_is_never_made_into_events() {
    let sampled = Metadata {
        sampling_metadatas: vec![report::Sampling { samples_read_count: 10, sampling_space_size: 100 }],
        time_zone: "UTC".to_owned(),
        ..Metadata::default()
    };
    let thresholded = Metadata { subject_to_thresholding: true, sampling_metadatas: Vec::new(), ..sampled.clone() };
    let cut = Metadata { data_loss_from_other_row: true, subject_to_thresholding: false, ..thresholded.clone() };
    let mut other = rows();
    other.push(["(other)", "(other)", "(other)", "(other)", "(other)", "(other)", "(other)", "(other)", "9 0"]);
    for (metadata, rows, flag) in [
        (sampled, rows(), Flag::Sampled),
        (thresholded, rows(), Flag::Thresholded),
        (cut, rows(), Flag::OtherRow),
        (Metadata { time_zone: "UTC".to_owned(), ..Metadata::default() }, other, Flag::OtherRow),
    ] {
        let folder = Scratch::new();
        let place = place(&folder);
        let mut property = Property::new(rows);
        property.metadata = metadata;
        let done = read(&property, &place, &[DAY], false);
        assert_eq!(done.flagged.iter().map(|day| day.flags.clone()).collect::<Vec<_>>(), [vec![flag]]);
        assert!(done.to_string().contains(flag.word()), "{done}");
        let row = days::load(&*place.warehouse, DAY).unwrap().unwrap();
        assert_eq!((row.usable, row.flags.as_deref()), (false, Some(flag.word())));
        assert_eq!(row.sampling, (flag == Flag::Sampled).then_some((10, 100)));
        let error = history_of(&place).unwrap_err();
        assert!(error.to_string().contains("no day of ga4_history"), "{error}");
        // What is flagged once stays in the summary of later calls.
        assert_eq!(read(&property, &place, &[DAY], false).flagged.len(), 1);
    }
}

#[test]
fn quotas_end_the_reading_before_google_does_and_it_goes_on_later() {
    let days: Vec<Date> = (1..=9).map(|day| date(2026, 3, day)).rev().collect();
    // A day is two pages by client and three reports: five requests.
    let day = 5 * COST;
    let folder = Scratch::new();
    let place = place(&folder);
    let mut property = Property::new(rows());
    property.tokens = (4 * day, 6 * day + 2 * COST);
    let stopped = read(&property, &place, &days, false);
    assert_eq!((stopped.days_by_client, stopped.days_left), (3, 6), "{stopped}");
    assert!(stopped.stopped.as_ref().is_some_and(|why| why.contains("of the hour")), "{stopped}");
    // The next hour, with waiting for those after it, until the day's tokens are used up.
    property.now.set("2026-06-01T01:00:00Z".parse().unwrap());
    let waited = read(&property, &place, &days, true);
    assert_eq!((waited.days_by_client, waited.days_unchanged), (2, 3), "{waited}");
    assert!(waited.stopped.as_ref().is_some_and(|why| why.contains("of the day")), "{waited}");
    assert_eq!(waited.days_left, 4);
    // The next day.
    property.spent.set(0);
    property.now.set("2026-06-02T00:00:00Z".parse().unwrap());
    let rest = read(&property, &place, &days, true);
    assert_eq!((rest.days_by_client, rest.days_unchanged, rest.days_left, &rest.stopped), (4, 5, 0, &None), "{rest}");
    assert_eq!(history_of(&place).unwrap().days().len(), 9);
    // And then there is nothing left to ask.
    let asked = property.asked.borrow().len();
    assert_eq!(read(&property, &place, &days, true).days_unchanged, 9);
    assert_eq!(property.asked.borrow().len(), asked);
}

#[test]
fn a_day_that_may_still_change_is_read_again() {
    let folder = Scratch::new();
    let place = place(&folder);
    let property = Property::new(rows());
    property.now.set("2026-03-31T23:59:59Z".parse().unwrap());
    assert_eq!(read(&property, &place, &[DAY], false).days_by_client, 1);
    property.now.set("2026-04-02T00:00:00Z".parse().unwrap());
    assert_eq!(read(&property, &place, &[DAY], false).days_by_client, 1, "it was read two days after its end");
    assert_eq!(read(&property, &place, &[DAY], false).days_unchanged, 1);
}

/// Pages that do not add up, as a property gives that changes while it is read.
struct Pages(RefCell<Vec<(Vec<&'static str>, u64)>>);

impl Source for Pages {
    fn page(&self, _: &Query, _: Date, _: u64, _: u64) -> Result<Page> {
        let (rows, row_count) = self.0.borrow_mut().remove(0);
        let row = |text: &str| Row { dimension_values: vec![Cell { value: text.to_owned() }], ..Row::default() };
        Ok(Page { rows: rows.into_iter().map(row).collect(), row_count, ..Page::default() })
    }
}

#[test]
fn all_pages_together_are_the_report() {
    let read = |pages: &[(&[&'static str], u64)]| {
        let pages = Pages(RefCell::new(pages.iter().map(|(rows, count)| (rows.to_vec(), *count)).collect()));
        let query = Query { name: "x", dimensions: vec!["d".to_owned()], metrics: Vec::new(), without_events: &[] };
        pages::read(&pages, &query, DAY, 2, &mut Pace::default()).map(|whole| whole.rows.len())
    };
    assert_eq!(read(&[(&["a", "b"], 3), (&["c"], 3)]).unwrap(), 3);
    assert_eq!(read(&[(&[], 0)]).unwrap(), 0);
    for (wrong, says) in [
        (&[(&["a", "b"][..], 3), (&["b"], 3)][..], "on two pages"),
        (&[(&["a", "b"], 3), (&[], 3)], "2 rows came, it has 3"),
        (&[(&["a", "b"], 4), (&["c"], 2)], "3 rows came, it has 2"),
    ] {
        let error = read(wrong).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("changed while it was read"), "{error}");
    }
    let mut pace = Pace::default();
    pace.note(Some(PropertyQuota { tokens_per_day: Some(QuotaStatus::default()), ..PropertyQuota::default() }));
    let query = Query { name: "x", dimensions: Vec::new(), metrics: Vec::new(), without_events: &[] };
    let error = pages::read(&Pages(RefCell::default()), &query, DAY, 2, &mut pace).unwrap_err();
    assert_eq!(error.downcast_ref::<Exhausted>().map(|e| e.span), Some(Span::Day), "nothing was asked");
}
