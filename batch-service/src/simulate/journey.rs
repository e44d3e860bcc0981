//! One visit: pages, events, decisions.

use std::sync::Arc;

use super::calendar::{Calendar, SECOND};
use super::channels::{Arrival, Channel};
use super::defects;
use super::intent::{Moment, Quantity, WARMING, logistic};
use super::pages::{CONVERSION_EVENT, Page, course_at, draw_entry, draw_next};
use super::people::{Kind, Visitor};
use super::requests::{Hit, Sender};
use super::rng::Rng;
use super::rows::{Item, Param, Row};

/// Nobody looks at more pages in one visit.
const MOST_PAGES: usize = 60;

/// Plays the visitor's next session, which starts at `start`, and plans the one after it.
pub fn play(visitor: &mut Visitor, start: i64, calendar: &Calendar, rows: &mut Vec<Row>) {
    let start = defects::near_midnight(start, calendar, &mut visitor.rng);
    let person = Arc::new(visitor.begin_session(start));
    let channel = visitor.draw_channel();
    let arrival = channel.draw_arrival(&mut visitor.rng);
    let sender = Sender::new(visitor, person, start, arrival, calendar, rows);
    let mut visit = Visit { moment: opening_moment(visitor, channel, start, calendar), visitor, sender, pages: 0 };
    match visit.visitor.kind {
        Kind::Bot => visit.crawl(),
        _ => visit.browse(channel, arrival),
    }
    let (end, engaged) = (visit.sender.now, visit.sender.engaged(visit.pages));
    visitor.plan_next(end, engaged, calendar);
}

fn opening_moment(visitor: &Visitor, channel: Channel, start: i64, calendar: &Calendar) -> Moment {
    let local = calendar.local(start);
    let mut moment = Moment::new();
    moment.set(Quantity::Intent, visitor.intent);
    moment.set(Quantity::EarlierSessions, f64::from(visitor.sessions.saturating_sub(1)).min(5.0));
    moment.flag(Quantity::Lead, visitor.past.lead);
    moment.flag(Quantity::OpenDay, visitor.past.open_day);
    moment.flag(Quantity::Begun, visitor.past.begun);
    moment.flag(Quantity::Mobile, visitor.device().category == "mobile");
    moment.flag(Quantity::Email, channel == Channel::Email);
    moment.flag(Quantity::PaidSocial, channel == Channel::PaidSocial);
    moment.flag(Quantity::Evening, (18..23).contains(&local.hour));
    moment.flag(Quantity::Weekend, local.weekend);
    moment.flag(Quantity::International, !visitor.locale().language.starts_with("en"));
    moment
}

struct Visit<'a, 'b> {
    visitor: &'a mut Visitor,
    moment: Moment,
    sender: Sender<'b>,
    pages: usize,
}

impl Visit<'_, '_> {
    fn rng(&mut self) -> &mut Rng {
        &mut self.visitor.rng
    }

    fn browse(&mut self, channel: Channel, arrival: Arrival) {
        let to_apply = arrival.campaign.is_some_and(|[_, _, name]| name == "apply-now");
        let mut page = if self.visitor.past.applied || !(to_apply && self.rng().chance(0.3)) {
            draw_entry(channel, self.visitor.intent, self.visitor.favourite, self.rng())
        } else {
            Page::ApplyStart
        };
        while self.pages < MOST_PAGES {
            self.pages += 1;
            self.open(page);
            self.stay(page);
            match self.next(page) {
                Some(next) => page = next,
                None => break,
            }
        }
    }

    /// Sends the page view with everything that goes out in the same request.
    fn open(&mut self, page: Page) {
        let mut hits = vec![Hit::new("page_view")];
        match page {
            Page::Course(index) => {
                self.moment.count(Quantity::CoursePages, 4.0);
                let course = course_at(index);
                let item = Item { id: course.slug, name: course.name, price: course.fee };
                hits.push(Hit::new("view_item").item(item).with(Param::text("currency", "GBP")));
            }
            Page::Fees => self.moment.flag(Quantity::FeesSeen, true),
            Page::Search(term) => {
                hits.push(Hit::new("view_search_results").with(Param::text("search_term", search_term(term))))
            }
            Page::ThankYou => {
                self.visitor.past.applied = true;
                hits.push(Hit::new(CONVERSION_EVENT));
            }
            _ => {}
        }
        let first = self.pages == 1;
        self.sender.page(page, first, self.pages, hits, &mut self.visitor.rng);
    }

    /// What happens on the page until the visitor leaves it.
    fn stay(&mut self, page: Page) {
        let intent = self.visitor.intent;
        let median = page.dwell_median() * (1.0 + 0.15 * intent.clamp(-2.0, 2.0));
        let seconds = self.rng().log_normal(median, 0.9).clamp(1.0, 1_500.0);
        let mut parting = Vec::new();
        if self.rng().chance(logistic(-0.9 + 0.3 * intent + seconds / 90.0)) {
            self.sometime("scroll", vec![Param::int("percent_scrolled", 90)], seconds, 0.72, &mut parting);
        }
        match page {
            Page::Course(index) => self.on_course(index, seconds, &mut parting),
            Page::Home if self.rng().chance(0.12) => {
                self.moment.flag(Quantity::Video, true);
                let params = vec![Param::text("video_title", "Campus tour"), Param::int("video_percent", 0)];
                self.sometime("video_start", params, seconds, 0.3, &mut parting);
            }
            Page::Prospectus if !self.visitor.past.lead && self.rng().chance(logistic(-1.9 + 0.7 * intent)) => {
                self.visitor.past.lead = true;
                self.warm(Quantity::Lead);
                self.sometime("generate_lead", vec![Param::text("form_id", "prospectus")], seconds, 0.6, &mut parting);
            }
            Page::OpenDay if !self.visitor.past.open_day && self.rng().chance(logistic(-2.1 + 0.6 * intent)) => {
                self.visitor.past.open_day = true;
                self.warm(Quantity::OpenDay);
                self.sometime("sign_up", vec![Param::text("method", "open-day")], seconds, 0.6, &mut parting);
            }
            Page::ApplyStart | Page::ApplyDetails if self.rng().chance(0.75) => {
                self.sometime("form_start", vec![Param::text("form_id", "apply")], seconds, 0.2, &mut parting);
            }
            _ => {}
        }
        self.leave(seconds, parting);
    }

    fn on_course(&mut self, index: u8, seconds: f64, parting: &mut Vec<Hit>) {
        let (intent, course) = (self.visitor.intent, course_at(index));
        if self.rng().chance(logistic(-2.6 + 0.6 * intent)) {
            self.moment.flag(Quantity::Brochure, true);
            let params = vec![Param::text("file_extension", "pdf"), Param::text("file_name", course.slug)];
            self.sometime("file_download", params, seconds, 0.5, parting);
        }
        if self.rng().chance(logistic(-2.2 + 0.4 * intent)) {
            self.moment.flag(Quantity::Compared, true);
            let params = vec![Param::text("content_type", "compare_course"), Param::text("item_id", course.slug)];
            self.sometime("select_content", params, seconds, 0.5, parting);
        }
    }

    fn warm(&mut self, quantity: Quantity) {
        self.visitor.intent += WARMING;
        self.moment.set(Quantity::Intent, self.visitor.intent);
        self.moment.flag(quantity, true);
    }

    /// Sends an event in the course of the stay, or (with probability `together`) in the request that ends it.
    fn sometime(
        &mut self,
        name: &'static str,
        params: Vec<Param>,
        seconds: f64,
        together: f64,
        parting: &mut Vec<Hit>,
    ) {
        let mut hit = Hit::new(name);
        for param in params {
            hit = hit.with(param);
        }
        if self.rng().chance(together) {
            parting.push(hit);
        } else {
            let after = self.rng().range(0.2, 0.95) * seconds;
            let at = self.sender.now + (after * SECOND as f64) as i64;
            self.sender.send(at, vec![hit], self.pages, &mut self.visitor.rng);
        }
    }

    fn leave(&mut self, seconds: f64, mut parting: Vec<Hit>) {
        let end = self.sender.now + (seconds * SECOND as f64) as i64;
        if self.rng().chance(0.72) {
            let engaged = seconds * self.rng().range(0.6, 1.0) * 1_000.0;
            let engaged = defects::engagement(engaged as i64, self.rng());
            parting.push(Hit::new("user_engagement").with(Param::int("engagement_time_msec", engaged)));
        }
        self.sender.now = end;
        if !parting.is_empty() {
            self.sender.send(end, parting, self.pages, &mut self.visitor.rng);
        }
        // The next page never shares a timestamp with the last request of this one.
        self.sender.now += 1 + (self.visitor.rng.range(0.05, 1.2) * SECOND as f64) as i64;
    }

    fn next(&mut self, page: Page) -> Option<Page> {
        let moment = self.moment;
        let applied = self.visitor.past.applied;
        match page {
            Page::ThankYou => {
                if defects::reloads(self.rng()) {
                    return Some(Page::ThankYou);
                }
                return if self.rng().chance(0.8) { None } else { Some(Page::Home) };
            }
            Page::ApplyStart if self.rng().chance(moment.probability(|effect| effect.apply_continue)) => {
                self.visitor.past.begun = true;
                self.moment.flag(Quantity::Begun, true);
                let at = self.sender.now;
                self.sender.send(at, vec![Hit::new("application_start")], self.pages, &mut self.visitor.rng);
                self.sender.now += SECOND;
                return Some(Page::ApplyDetails);
            }
            Page::ApplyDetails if self.rng().chance(moment.probability(|effect| effect.apply_continue)) => {
                return Some(Page::ApplyReview);
            }
            Page::ApplyReview if self.rng().chance(moment.probability(|effect| effect.apply_submit)) => {
                return Some(Page::ThankYou);
            }
            Page::ApplyStart | Page::ApplyDetails | Page::ApplyReview => {}
            _ if !applied && self.rng().chance(moment.probability(|effect| effect.apply_start)) => {
                // Who has begun before goes on where the form was left.
                return Some(if self.visitor.past.begun { Page::ApplyDetails } else { Page::ApplyStart });
            }
            _ => {}
        }
        draw_next(page, self.visitor.intent, self.visitor.favourite, self.rng())
    }

    /// A crawler: many pages, a second each, no engagement.
    fn crawl(&mut self) {
        let pages = 10 + self.rng().below(40);
        let mut page = Page::Home;
        for _ in 0..pages {
            self.pages += 1;
            self.open(page);
            let pause = self.rng().range(0.3, 1.5);
            self.sender.now += (pause * SECOND as f64) as i64;
            page = match self.rng().below(3) {
                0 => Page::Courses,
                1 => Page::Course(self.rng().below(5) as u8),
                _ => [Page::Home, Page::Fees, Page::OpenDay, Page::Prospectus][self.rng().below(4)],
            };
        }
    }
}

fn search_term(term: u8) -> &'static str {
    super::pages::SEARCH_TERMS.get(usize::from(term)).copied().unwrap_or("")
}
