//! Turns what happens in a visit into rows: requests, common parameters, identifiers.

use std::sync::Arc;

use super::calendar::{Calendar, SECOND};
use super::channels::Arrival;
use super::defects::{self, SessionId};
use super::pages::{ORIGIN, Page, SEARCH_TERMS};
use super::people::{Kind, Visitor};
use super::rng::Rng;
use super::rows::{Item, Param, Person, Row, Text, Value};

/// An event of a request.
#[derive(Debug)]
pub struct Hit {
    name: &'static str,
    params: Vec<Param>,
    item: Option<Item>,
}

impl Hit {
    /// An event without parameters of its own.
    pub fn new(name: &'static str) -> Self {
        Self { name, params: Vec::new(), item: None }
    }

    /// With a parameter.
    pub fn with(mut self, param: Param) -> Self {
        self.params.push(param);
        self
    }

    /// With an item.
    pub fn item(mut self, item: Item) -> Self {
        self.item = Some(item);
        self
    }
}

/// Sends the requests of one session.
pub struct Sender<'a> {
    /// The clock of the visit (UTC microseconds).
    pub now: i64,
    calendar: &'a Calendar,
    rows: &'a mut Vec<Row>,
    person: Arc<Person>,
    start: i64,
    number: i64,
    identifier: SessionId,
    first_ever: bool,
    campaign: Option<[&'static str; 3]>,
    exported_campaign: Option<[&'static str; 3]>,
    title: &'static str,
    location: Text,
    referrer: Option<Text>,
    landing: bool,
}

impl<'a> Sender<'a> {
    /// A session of `visitor` that starts now.
    pub fn new(
        visitor: &mut Visitor,
        person: Arc<Person>,
        start: i64,
        arrival: Arrival,
        calendar: &'a Calendar,
        rows: &'a mut Vec<Row>,
    ) -> Self {
        let identifier = match visitor.kind {
            Kind::Denied => SessionId::Absent,
            _ => defects::session_id(&mut visitor.rng),
        };
        Self {
            now: start,
            calendar,
            rows,
            start,
            number: i64::from(visitor.sessions),
            identifier,
            first_ever: person.first_touch == Some(start),
            person,
            campaign: arrival.campaign,
            exported_campaign: arrival.campaign.map(|campaign| defects::campaign(campaign, &mut visitor.rng)),
            title: "",
            location: Text::Fixed(""),
            referrer: arrival.referrer.map(Text::Fixed),
            landing: true,
        }
    }

    /// GA4's rule: more than ten seconds or at least two pages.
    pub fn engaged(&self, pages: usize) -> bool {
        pages >= 2 || self.now - self.start > 10 * SECOND
    }

    /// A page opens: its page view and the events that share the request.
    pub fn page(&mut self, page: Page, first: bool, pages: usize, mut hits: Vec<Hit>, rng: &mut Rng) {
        if !first {
            self.referrer = Some(self.location.clone());
        }
        self.landing = first;
        self.title = defects::title(page.title(), rng);
        self.location = location(page, self.campaign.filter(|_| first));
        if first && self.person.pseudo_id.is_some() {
            hits.push(Hit::new("session_start"));
            if self.first_ever {
                hits.push(Hit::new("first_visit"));
            }
            if let Some(view) = hits.first_mut() {
                view.params.push(Param::int("entrances", 1));
            }
        }
        self.send(self.now, hits, pages, rng);
    }

    /// One request: all its events share timestamp and bundle.
    pub fn send(&mut self, at: i64, hits: Vec<Hit>, pages: usize, rng: &mut Rng) {
        let bundle = (rng.next_u64() >> 30) as i64 - (1 << 33);
        let late = rng.chance(defects::LATE_REQUESTS);
        let Some(day) = self.calendar.day_of(at) else {
            return;
        };
        let engaged = pages >= 2 || at - self.start > 10 * SECOND;
        let Some(date) = self.calendar.days.get(day).map(|day| day.label.clone()) else {
            return;
        };
        for hit in hits {
            let mut params = hit.params;
            self.common_params(hit.name, engaged, &mut params, rng);
            rng.shuffle(&mut params);
            self.rows.push(Row {
                person: self.person.clone(),
                day,
                date: date.clone(),
                timestamp: at,
                name: hit.name,
                bundle,
                params,
                item: hit.item,
                late,
            });
        }
    }

    fn common_params(&self, name: &str, engaged: bool, params: &mut Vec<Param>, rng: &mut Rng) {
        params.reserve(10);
        match self.identifier {
            SessionId::Present => {
                params.push(Param::int("ga_session_id", self.start / SECOND));
                params.push(Param::int("ga_session_number", self.number));
            }
            SessionId::Null => params.push(Param::null("ga_session_id")),
            SessionId::Absent => {}
        }
        params.push(match (name, engaged) {
            ("user_engagement", _) => Param::int("session_engaged", 1),
            (_, true) => Param::text("session_engaged", "1"),
            (_, false) => Param::text("session_engaged", "0"),
        });
        params.push(Param { key: "page_location", value: Value::Text(self.location.clone()) });
        match &self.referrer {
            Some(referrer) => params.push(Param { key: "page_referrer", value: Value::Text(referrer.clone()) }),
            None if rng.chance(0.5) => params.push(Param::null("page_referrer")),
            None => {}
        }
        params.push(Param::text("page_title", self.title));
        if engaged {
            params.push(Param::int("engaged_session_event", 1));
        }
        if let Some([source, medium, name]) = self.exported_campaign.filter(|_| self.landing) {
            params.extend([
                Param::text("source", source),
                Param::text("medium", medium),
                Param::text("campaign", name),
            ]);
        }
    }
}

fn location(page: Page, campaign: Option<[&'static str; 3]>) -> Text {
    let mut url = format!("{ORIGIN}{}", page.path());
    let mut separator = '?';
    let mut query = |key: &str, value: &str| {
        url.push(separator);
        url.push_str(key);
        url.push('=');
        url.push_str(&value.replace(' ', "+"));
        separator = '&';
    };
    if let Page::Search(term) = page {
        query("q", SEARCH_TERMS.get(usize::from(term)).copied().unwrap_or(""));
    }
    if let Some([source, medium, name]) = campaign {
        query("utm_source", source);
        query("utm_medium", medium);
        query("utm_campaign", name);
    }
    Text::Shared(url.into())
}
