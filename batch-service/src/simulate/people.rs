//! Visitors: fixed traits, latent intent, what they did before.

use std::sync::Arc;

use super::calendar::{Calendar, DAY, HOUR, SECOND};
use super::channels::Channel;
use super::defects;
use super::intent::{drift, return_probability};
use super::pages::draw_course;
use super::rng::Rng;
use super::rows::{Device, Locale, Person};

const DEVICES: [Device; 6] = [
    device("mobile", "Apple", "iPhone", "iOS", "18.6", "Safari", "18.6"),
    device("mobile", "Samsung", "SM-S921B", "Android", "15", "Chrome", "140.0"),
    device("desktop", "Microsoft", "Chrome", "Windows", "11", "Chrome", "140.0"),
    device("desktop", "Apple", "Safari", "Macintosh", "Intel 10.15", "Safari", "18.6"),
    device("desktop", "Microsoft", "Edge", "Windows", "11", "Edge", "140.0"),
    device("tablet", "Apple", "iPad", "iOS", "18.6", "Safari", "18.6"),
];
const DEVICE_WEIGHTS: [f64; 6] = [34.0, 20.0, 20.0, 12.0, 8.0, 6.0];

const LOCALES: [Locale; 8] = [
    locale("en-gb", "Europe", "Northern Europe", "United Kingdom", "England", "Newcastle upon Tyne"),
    locale("en-gb", "Europe", "Northern Europe", "United Kingdom", "England", "London"),
    locale("en-us", "Europe", "Northern Europe", "United Kingdom", "Scotland", "Edinburgh"),
    locale("en-us", "Americas", "Northern America", "United States", "New York", "New York"),
    locale("zh-cn", "Asia", "Eastern Asia", "China", "Shanghai", "Shanghai"),
    locale("hi", "Asia", "Southern Asia", "India", "Maharashtra", "Mumbai"),
    locale("de", "Europe", "Western Europe", "Germany", "Berlin", "Berlin"),
    locale("es-es", "Europe", "Southern Europe", "Spain", "Madrid", "Madrid"),
];
const LOCALE_WEIGHTS: [f64; 8] = [38.0, 26.0, 8.0, 6.0, 9.0, 6.0, 4.0, 3.0];

/// Share of visitors whose first visit lies before the export.
const KNOWN_BEFORE: f64 = 0.15;

const fn device(
    category: &'static str,
    brand: &'static str,
    model: &'static str,
    system: &'static str,
    system_version: &'static str,
    browser: &'static str,
    browser_version: &'static str,
) -> Device {
    Device { category, brand, model, system, system_version, browser, browser_version }
}

const fn locale(
    language: &'static str,
    continent: &'static str,
    sub_continent: &'static str,
    country: &'static str,
    region: &'static str,
    city: &'static str,
) -> Locale {
    Locale { language, continent, sub_continent, country, region, city }
}

/// What a visitor is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A person with consent.
    Consented,
    /// A person without: rows carry no identifier.
    Denied,
    /// A crawler that runs the tag.
    Bot,
}

/// What a visitor has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Past {
    /// Prospectus requested.
    pub lead: bool,
    /// Open day booked.
    pub open_day: bool,
    /// Application begun.
    pub begun: bool,
    /// Application submitted.
    pub applied: bool,
}

/// A visitor between two sessions.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The visitor's own random stream.
    pub rng: Rng,
    /// Number in the simulation.
    pub index: u64,
    /// Person, person without consent, crawler.
    pub kind: Kind,
    /// Latent intent.
    pub intent: f64,
    /// Course of most interest.
    pub favourite: u8,
    /// Sessions so far, before the export too.
    pub sessions: u32,
    /// What was done so far.
    pub past: Past,
    /// Start of the next session (UTC microseconds); None when there is none in the export.
    pub next: Option<i64>,
    device: u8,
    locale: u8,
    home: Channel,
    id: u32,
    first_touch: Option<i64>,
}

impl Visitor {
    /// Visitor number `index` of a seed.
    pub fn new(seed: u64, index: u64, calendar: &Calendar, traffic: &[f64]) -> Self {
        let mut rng = Rng::new(seed, index + 1);
        let intent = rng.normal();
        let kind = match rng.uniform() {
            p if p < defects::CONSENT_DENIED => Kind::Denied,
            p if p < defects::CONSENT_DENIED + defects::BOTS => Kind::Bot,
            _ => Kind::Consented,
        };
        let day = rng.weighted(traffic);
        let first = calendar.draw_moment(day, &mut rng);
        let (mut sessions, mut first_touch) = (0, None);
        if kind == Kind::Consented && rng.chance(KNOWN_BEFORE) {
            sessions = 1 + rng.exponential(1.2) as u32;
            first_touch = first.map(|first| first - DAY - (rng.exponential(20.0) * DAY as f64) as i64);
        }
        Self {
            intent,
            kind,
            index,
            favourite: draw_course(&mut rng),
            sessions,
            past: Past::default(),
            next: first,
            device: rng.weighted(&DEVICE_WEIGHTS) as u8,
            locale: rng.weighted(&LOCALE_WEIGHTS) as u8,
            home: Channel::draw(intent, &mut rng),
            id: 100_000_000 + rng.below(2_000_000_000) as u32,
            first_touch,
            rng,
        }
    }

    /// The device of the visitor.
    pub fn device(&self) -> &'static Device {
        DEVICES.get(usize::from(self.device)).unwrap_or(&DEVICES[0])
    }

    /// Language and place of the visitor.
    pub fn locale(&self) -> &'static Locale {
        LOCALES.get(usize::from(self.locale)).unwrap_or(&LOCALES[0])
    }

    /// Opens a session: counts it and tells what its rows say about the visitor.
    pub fn begin_session(&mut self, start: i64) -> Person {
        self.sessions += 1;
        let first_touch = *self.first_touch.get_or_insert(start);
        let known = self.kind != Kind::Denied;
        let (device, locale) = (self.device(), self.locale());
        let mut person = Person {
            index: self.index,
            pseudo_id: known.then(|| Arc::from(format!("{}.{}", self.id, first_touch / SECOND))),
            first_touch: known.then_some(first_touch),
            device,
            language: locale.language,
            browser_version: device.browser_version,
            locale,
            city: locale.city,
            source: known.then(|| self.home.first_touch()),
        };
        defects::blur_person(&mut person, &mut self.rng);
        person
    }

    /// The channel of the session now open.
    pub fn draw_channel(&mut self) -> Channel {
        if self.sessions <= 1 {
            self.home
        } else if self.rng.chance(0.4) {
            Channel::Direct
        } else {
            Channel::draw(self.intent, &mut self.rng)
        }
    }

    /// After a session that ended at `end`: whether and when the visitor comes back.
    pub fn plan_next(&mut self, end: i64, engaged: bool, calendar: &Calendar) {
        self.next = None;
        let warm = self.past.lead || self.past.open_day;
        let p = match self.kind {
            Kind::Consented => return_probability(self.intent, engaged, warm, self.past.applied),
            Kind::Denied => 0.2,
            Kind::Bot => 0.7,
        };
        let Some(today) = calendar.day_of(end) else {
            return;
        };
        if !self.rng.chance(p) {
            return;
        }
        let days = self.rng.log_normal(2.2, 1.1);
        self.intent = drift(self.intent, days, &mut self.rng);
        let mut day = today + (days + 0.5) as usize;
        if calendar.traffic(day) < 1.0 && self.rng.chance(0.2) {
            day += 1;
        }
        self.next = if day == today {
            // Never within the 30 minutes that would make it the same session.
            Some(end + HOUR * 2 / 3 + (self.rng.uniform() * 5.0 * HOUR as f64) as i64)
        } else {
            // A session may end on the day after it began; half a day apart is always a new one.
            calendar.draw_moment(day, &mut self.rng).map(|next| next.max(end + HOUR))
        };
    }
}
