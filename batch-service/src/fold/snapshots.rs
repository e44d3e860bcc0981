//! Training rows: features at moments, labelled by what came later. One pass over a visitor's events makes both targets.

use crate::fold::{Offsets, Resolver, Slice};
use crate::training::{Snapshots, TrainingRows};
use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use model_core::{Event, FeatureRef, Profile, Schema, Target, Visitor};

/// Page views of a session past this one make no training row: such sessions are few and mostly not people.
const MAX_PAGE_VIEW: u32 = 50;

/// Which moments become rows.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotOptions {
    /// First day.
    pub from: Date,
    /// Last day. Labels are known by its end, or there is no row.
    pub to: Date,
    /// Daily rows are made for visitors seen in so many days.
    pub active_days: i32,
    /// Of the daily rows without a conversion one in so many is kept, drawn by visitor and day; it stands for them all.
    pub keep_one_in: u32,
}

/// Makes rows visitor by visitor.
pub struct SnapshotMaker {
    refs: Vec<FeatureRef>,
    options: SnapshotOptions,
    horizon: usize,
    /// End of each day from `from` to `to` and the offset then; whether the day has data.
    ends: Vec<(i64, i32, bool)>,
    first_day: i32,
    timeout_us: i64,
    /// Last time of an event of the current visitor whose moment is known to the minute only.
    coarse_until_us: i64,
    visitor: Visitor,
    row: Vec<f32>,
    session: Snapshots,
    daily: Snapshots,
    users: Vec<Box<str>>,
}

impl SnapshotMaker {
    /// `has_data` tells for each day from `options.from` on whether the warehouse has it.
    ///
    /// # Errors
    /// When the profile's time zone is unknown.
    pub fn new(profile: &Profile, options: SnapshotOptions, has_data: impl Fn(Date) -> bool) -> Result<Self> {
        let schema = Schema::new(profile);
        let refs: Vec<FeatureRef> = (0..schema.len()).filter_map(|i| schema.feature(i)).collect();
        let names: Vec<String> = (0..schema.len()).filter_map(|i| schema.name(profile, i)).collect();
        let offsets = Offsets::new(&profile.parts().time_zone)?;
        let mut ends = Vec::new();
        for day in options.from.series(1.day()).take_while(|d| *d <= options.to) {
            let (end, offset) = offsets.end_of(day)?;
            ends.push((end, offset, has_data(day)));
        }
        let empty = |target| Snapshots {
            notes: Vec::new(),
            target,
            names: names.clone(),
            columns: vec![Vec::new(); names.len()],
            label: Vec::new(),
            weight: Vec::new(),
            day: Vec::new(),
            visitor: Vec::new(),
            page_view: Vec::new(),
            session_id: Vec::new(),
            moment_us: Vec::new(),
        };
        Ok(Self {
            row: vec![f32::NAN; refs.len()],
            refs,
            horizon: usize::from(profile.parts().horizon_days),
            first_day: (options.from - date(1970, 1, 1)).get_days(),
            ends,
            options,
            timeout_us: i64::from(profile.parts().session_timeout_s) * 1_000_000,
            coarse_until_us: i64::MIN,
            visitor: Visitor::new(profile),
            session: empty(Target::Session),
            daily: empty(Target::Visitor),
            users: Vec::new(),
        })
    }

    /// Adds a visitor: the state before the first day, if there is one, and the rows of each day.
    ///
    /// # Errors
    /// When the state does not parse.
    pub fn add(
        &mut self,
        id: &str,
        state: Option<&[u8]>,
        slices: &[Slice<'_>],
        resolvers: &mut [Resolver<'_>],
    ) -> Result<()> {
        self.visitor.clear();
        self.coarse_until_us = i64::MIN;
        if let Some(state) = state {
            self.visitor.restore_from(state)?;
        }
        let mut one = OneVisitor {
            number: self.users.len() as u32,
            hash: farmhash::fingerprint64(id.as_bytes()),
            next_end: 0,
            open: Vec::new(),
            session_start: i64::MIN,
            session_rows: self.session.len(),
            daily_rows: self.daily.len(),
        };
        self.users.push(id.into());
        let mut events = slices.iter().flat_map(|s| s.rows.iter().map(|r| (s.day, r))).peekable();
        let mut page_view = false;
        while let Some((day, row)) = events.next() {
            let event = resolvers[day].event(row);
            if resolvers[day].origin().is_coarse() {
                self.coarse_until_us = event.time_us;
            }
            self.ends_before(event.time_us, &mut one);
            self.visitor.observe(&event);
            page_view |= event.is_page_view();
            if events.peek().is_none_or(|(_, next)| next.time_us > row.time_us) {
                self.step_done(&event, page_view, &mut one);
                page_view = false;
            }
        }
        self.ends_before(i64::MAX, &mut one);
        // The outcome of a session that may still go on is not known.
        let last_end = self.ends.last().map_or(0, |e| e.0);
        if self.visitor.last_event_us() + self.timeout_us > last_end && self.visitor.session_conversion_us().is_none() {
            truncate(&mut self.session, one.session_rows);
        }
        if self.options.keep_one_in > 1 {
            drop_weightless(&mut self.daily, one.daily_rows);
        }
        Ok(())
    }

    /// All events of a moment are folded.
    fn step_done(&mut self, event: &Event, page_view: bool, one: &mut OneVisitor) {
        let (now, offset) = (self.visitor.last_event_us(), self.visitor.last_utc_offset_s());
        if self.visitor.session_start_us() != one.session_start {
            one.session_start = self.visitor.session_start_us();
            one.session_rows = self.session.len();
        }
        if self.visitor.last_conversion_us() == Some(now) {
            for row in one.open.drain(..) {
                if now <= row.until_us {
                    self.daily.label[row.index] = true;
                    self.daily.weight[row.index] = 1.0;
                }
            }
        }
        match self.visitor.session_conversion_us() {
            Some(at) if at == now => self.session.label[one.session_rows..].fill(true),
            // Within a minute nobody knows what came first, a page view or the conversion.
            None if self.visitor.session_start_us() <= self.coarse_until_us => {}
            None if page_view && self.visitor.page_views() <= MAX_PAGE_VIEW => {
                self.visitor.features(&self.refs, now, offset, &mut self.row);
                let day = model_core::local_day(event.time_us, offset);
                let moment = Moment {
                    day,
                    visitor: one.number,
                    page_view: self.visitor.page_views(),
                    session_id: self.visitor.session_id(),
                    us: now,
                };
                push(&mut self.session, &self.row, moment, 1.0);
            }
            _ => {}
        }
    }

    /// Makes the daily rows of all days that end before a moment.
    fn ends_before(&mut self, time_us: i64, one: &mut OneVisitor) {
        while let Some(&(end, offset, has_data)) = self.ends.get(one.next_end).filter(|e| e.0 <= time_us) {
            let day = one.next_end;
            one.next_end += 1;
            let Some(&(until_us, _, _)) = self.ends.get(day + self.horizon) else { continue };
            let seen = self.visitor.is_seen() && self.visitor.last_conversion_us().is_none();
            let active = self.visitor.last_event_us() >= end - i64::from(self.options.active_days) * 86_400_000_000;
            if has_data && seen && active {
                let draw =
                    (one.hash ^ (day as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let kept = (draw >> 32).is_multiple_of(u64::from(self.options.keep_one_in));
                let weight = if kept { self.options.keep_one_in as f32 } else { 0.0 };
                self.visitor.features(&self.refs, end, offset, &mut self.row);
                let day = self.first_day + day as i32;
                let moment = Moment { day, visitor: one.number, page_view: 0, session_id: 0, us: end };
                push(&mut self.daily, &self.row, moment, weight);
                one.open.push(OpenRow { index: self.daily.len() - 1, until_us });
            }
        }
    }

    /// The rows of both targets.
    #[must_use]
    pub fn finish(self) -> TrainingRows {
        TrainingRows { session: self.session, daily: self.daily, users: self.users }
    }
}

struct OneVisitor {
    number: u32,
    hash: u64,
    /// Index of the next day whose end has not come.
    next_end: usize,
    /// Daily rows whose horizon is open.
    open: Vec<OpenRow>,
    session_start: i64,
    /// First row of the current session.
    session_rows: usize,
    /// First daily row of the visitor.
    daily_rows: usize,
}

struct OpenRow {
    index: usize,
    until_us: i64,
}

/// Whose and when a row is.
struct Moment {
    day: i32,
    visitor: u32,
    page_view: u32,
    session_id: i64,
    us: i64,
}

fn push(to: &mut Snapshots, row: &[f32], moment: Moment, weight: f32) {
    for (column, value) in to.columns.iter_mut().zip(row) {
        column.push(*value);
    }
    to.label.push(false);
    to.weight.push(weight);
    to.day.push(moment.day);
    to.visitor.push(moment.visitor);
    to.page_view.push(moment.page_view);
    to.session_id.push(moment.session_id);
    to.moment_us.push(moment.us);
}

fn truncate(rows: &mut Snapshots, len: usize) {
    rows.columns.iter_mut().for_each(|c| c.truncate(len));
    rows.label.truncate(len);
    rows.weight.truncate(len);
    rows.day.truncate(len);
    rows.visitor.truncate(len);
    rows.page_view.truncate(len);
    rows.session_id.truncate(len);
    rows.moment_us.truncate(len);
}

/// Drops the rows from `first` on that no longer stand for any.
fn drop_weightless(rows: &mut Snapshots, first: usize) {
    let kept: Vec<usize> = (first..rows.len()).filter(|i| rows.weight[*i] > 0.0).collect();
    fn keep<T: Copy>(values: &mut Vec<T>, first: usize, kept: &[usize]) {
        for (to, from) in kept.iter().enumerate() {
            values[first + to] = values[*from];
        }
        values.truncate(first + kept.len());
    }
    rows.columns.iter_mut().for_each(|c| keep(c, first, &kept));
    keep(&mut rows.label, first, &kept);
    keep(&mut rows.weight, first, &kept);
    keep(&mut rows.day, first, &kept);
    keep(&mut rows.visitor, first, &kept);
    keep(&mut rows.page_view, first, &kept);
    keep(&mut rows.session_id, first, &kept);
    keep(&mut rows.moment_us, first, &kept);
}
