//! The monitor's work on a day.

use super::alerts;
use super::browsers::Back;
use super::finding::{Finding, Tile};
use super::health::{self, Figures};
use super::outcomes::{self, Outcomes, WINDOW_DAYS, windows};
use super::performance::Expected;
use super::reference::Reference;
use super::rows::{Cell, Row, Table};
use super::sample::{Draw, MOST_ROWS, Sample, rows_of};
use super::sessions::Drawn;
use super::status::{Status, Thresholds};
use super::tables;
use super::volume::{History, Shape, Usual};
use super::{
    activation, bars, browsers, calibration, drift, gains, matured, models, performance, points, sample, segments,
    sessions, usual, volume,
};
use crate::fold::VISITOR_STATE;
use crate::ga4::Export;
use crate::jobs::{RunRecord, runs_between};
use crate::place::Place;
use crate::scores::{self, Serving};
use crate::warehouse::{Fence, events_clean};
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use model_core::Target;
use serde::Serialize;
use std::collections::BTreeMap;

/// Days of runs that are looked at: medians reach back 28 days, three days each.
const RUN_DAYS: i32 = 35;

/// After so many days without a score of a browser nothing is compared any more.
const DELIVERY_DAYS: i32 = 7;

/// How the monitor works.
#[derive(Clone, Debug)]
pub struct MonitorOptions {
    /// Where checks turn amber and red.
    pub thresholds: Thresholds,
    /// People who are mailed.
    pub recipients: usize,
    /// Write even if the run has been looked at.
    pub force: bool,
}

/// What the monitor found on a day.
#[derive(Clone, Debug, Serialize)]
pub struct Monitored {
    /// The day.
    #[serde(serialize_with = "as_text")]
    pub day: Date,
    /// What checks say; empty when the run had been looked at before.
    pub findings: Vec<Finding>,
    /// The alerts of the day, as the table has them.
    #[serde(skip)]
    pub alerts: Vec<Row>,
    /// Rows written by table.
    pub written: BTreeMap<&'static str, usize>,
}

/// Looks at the day of a run that is done, and publishes what it finds; a run that has been looked at is left alone.
///
/// # Errors
/// When a table cannot be read or written.
pub fn monitor(
    place: &Place,
    export: Option<&dyn Export>,
    run: &RunRecord,
    options: &MonitorOptions,
    fence: &Fence,
) -> Result<Monitored> {
    let day: Date = run.run_date.parse().context("the date of a run")?;
    let warehouse = &*place.warehouse;
    let seen = tables::HEALTH.read(warehouse, day)?;
    let of_run = |row: &Row| row.get(1).is_some_and(|id| id.text() == run.run_id);
    if !options.force && seen.iter().any(of_run) {
        let alerts = tables::ALERTS.read(warehouse, day)?;
        return Ok(Monitored { day, findings: Vec::new(), alerts, written: BTreeMap::new() });
    }
    let mut work = Work::new(place, run, day, options)?;
    work.data()?;
    for target in Target::ALL {
        work.target(target)?;
    }
    work.windows()?;
    work.delivery(export)?;
    work.finish(fence)
}

fn as_text<S: serde::Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

struct Work<'a> {
    place: &'a Place,
    run: &'a RunRecord,
    day: Date,
    options: &'a MonitorOptions,
    runs: Vec<RunRecord>,
    rows: BTreeMap<&'static str, Vec<Row>>,
    new: Vec<Outcomes>,
    findings: Vec<Finding>,
    figures: Figures,
    /// Rules that are not watched any more.
    over: Vec<String>,
    /// Sessions of the day.
    sessions: u64,
    /// Events of some of its visitors, until the session target has looked at them.
    drawn: Option<Drawn>,
    /// The model that counts for the figures.
    first: Option<String>,
}

impl<'a> Work<'a> {
    fn new(place: &'a Place, run: &'a RunRecord, day: Date, options: &'a MonitorOptions) -> Result<Self> {
        let from = day.checked_sub(RUN_DAYS.days())?;
        let runs = runs_between(&*place.warehouse, from, day)?;
        let of = |target: Target| run.models.iter().find(|m| m.starts_with(target.as_str())).cloned();
        let first = of(Target::Visitor).or_else(|| of(Target::Session)).or_else(|| run.models.first().cloned());
        Ok(Self {
            place,
            run,
            day,
            options,
            runs,
            rows: BTreeMap::new(),
            new: Vec::new(),
            findings: Vec::new(),
            figures: Figures::default(),
            over: Vec::new(),
            sessions: 0,
            drawn: None,
            first,
        })
    }

    fn add(&mut self, table: &Table, rows: Vec<Row>) {
        self.rows.entry(table.name).or_default().extend(rows);
    }

    fn before(&self, table: &Table) -> Result<Vec<Row>> {
        let days = self.place.warehouse.partitions(table.name)?;
        match days.into_iter().rfind(|d| *d < self.day) {
            Some(before) => table.read(&*self.place.warehouse, before),
            None => Ok(Vec::new()),
        }
    }

    /// What came in.
    fn data(&mut self) -> Result<()> {
        let warehouse = &*self.place.warehouse;
        let Some(events) = events_clean::load(warehouse, self.day)? else { return Ok(()) };
        let shape = Shape::of(&events, &self.place.site.profile.parts().time_zone)?;
        self.drawn = Some(Drawn::of(self.day, events));
        self.sessions = shape.sessions;
        let usual = self.usual()?;
        let first = self.runs.iter().find(|r| r.run_date == self.run.run_date && r.status == "done");
        let history = History::of(&self.runs, self.day);
        self.figures.visitors_median_28d =
            history.median(self.day, |r| (r.visitors_scored > 0).then_some(r.visitors_scored));
        let (row, findings) = volume::row_of(self.run, first, &shape, &history, &usual, &self.options.thresholds);
        self.add(&tables::VOLUME, vec![row]);
        self.findings.extend(findings);
        Ok(())
    }

    fn usual(&self) -> Result<Usual> {
        let warehouse = &*self.place.warehouse;
        let rows = usual::days(&tables::VOLUME, warehouse, self.day)?.days.concat();
        let numbers = |rows: &[Row], column: &str| -> Result<Vec<f64>> {
            let at = tables::VOLUME.position(column)?;
            Ok(rows.iter().filter_map(|row| row.get(at)?.number()).collect())
        };
        let gap = usual::middle(numbers(&rows, "missing_hours")?);
        // Sundays may be longer without an event than other days; a fault of one of them is not in the middle.
        let same = numbers(&usual::same_weekdays(&tables::VOLUME, warehouse, self.day)?, "missing_hours")?;
        let of_weekday = usual::middle(same);
        let single_view_share = usual::middle(numbers(&rows, "single_view_share")?).unwrap_or(1.0);
        let gap = gap.into_iter().chain(of_weekday).reduce(f64::max).map(|hours| hours as usize);
        Ok(Usual { gap, single_view_share })
    }

    /// What the model of a target read and said on the day, and the outcomes that are known.
    fn target(&mut self, target: Target) -> Result<()> {
        let (warehouse, profile) = (&*self.place.warehouse, &self.place.site.profile);
        if target == Target::Visitor {
            let (folded, scored) = (warehouse.partitions(VISITOR_STATE)?, warehouse.partitions(scores::TABLE)?);
            let horizon = i64::from(profile.parts().horizon_days);
            for (of, known) in matured::due(&folded, &scored, self.day, horizon) {
                self.new.extend(matured::outcomes(self.place, of, known)?);
            }
        }
        for version in &self.run.models {
            let Some(mut model) = Serving::load(&*self.place.store, profile, target, Some(version))? else { continue };
            let (sample, one_in) = if target == Target::Visitor {
                let one_in = Draw::of(self.day, rows_of(self.place, VISITOR_STATE, self.day)?, MOST_ROWS).one_in;
                (sample::visitors(self.place, self.day, &mut model)?, one_in)
            } else {
                let Some(drawn) = self.drawn.take() else { continue };
                let views = sessions::page_views(self.place, self.day, drawn)?;
                let names = model.model()?.feature_names(profile);
                let (sample, outcomes) = views.judged(model.model()?, names, self.day);
                let one_in = outcomes.weight.first().map_or(1, |weight| *weight as u64);
                self.new.push(outcomes);
                (sample, one_in)
            };
            self.compare(&sample, one_in)?;
        }
        Ok(())
    }

    fn compare(&mut self, sample: &Sample, one_in: u64) -> Result<()> {
        let (store, thresholds) = (&*self.place.store, self.options.thresholds);
        let reference = Reference::load(store, &sample.model_version)?;
        let expected = Expected::of(store, &sample.model_version)?;
        let (rows, finding) = drift::rows(sample, reference.as_ref(), self.day, &thresholds);
        let before = bars::Bars::of(&self.before(&tables::SCORES)?, sample.target.as_str());
        let swapped = bars::swapped(sample, before.as_ref(), expected.of.as_deref(), &thresholds);
        if self.first.as_ref() == Some(&sample.model_version) {
            let psi = tables::DRIFT.position("psi")?;
            let feature = tables::DRIFT.position("feature")?;
            let status = tables::DRIFT.position("status")?;
            let status = |row: &Row| Status::parse(row.get(status).map_or("", Cell::text));
            // Of those that are red, or amber, the one that is farthest: it is the one to look at.
            let worst = rows.iter().reduce(|a, b| if status(b) > status(a) { b } else { a });
            self.figures.worst =
                worst.and_then(|row| Some((row.get(feature)?.text().to_owned(), row.get(psi)?.number()?)));
        }
        self.add(&tables::DRIFT, rows);
        self.findings.extend([swapped, finding]);
        self.add(
            &tables::SCORES,
            bars::rows(sample, reference.as_ref(), self.day, one_in, thresholds.small_cell.visitors),
        );
        // Those of the session target are known at once.
        if sample.target == Target::Visitor {
            let rows = performance::immature(sample, self.day, one_in, &expected);
            self.estimate(&rows)?;
            self.add(&tables::PERFORMANCE, rows);
        }
        Ok(())
    }

    /// Takes the estimated AUC of the model that counts.
    fn estimate(&mut self, rows: &[Row]) -> Result<()> {
        let at = |column: &str| tables::PERFORMANCE.position(column);
        let (model, metric, value) = (at("model_version")?, at("metric")?, at("value_estimated")?);
        let is = |row: &&Row, at: usize, text: &str| row.get(at).is_some_and(|c| c.text() == text);
        let Some(first) = &self.first else { return Ok(()) };
        if let Some(row) = rows.iter().find(|row| is(row, model, first) && is(row, metric, "auc")) {
            self.figures.auc_estimated = row.get(value).and_then(Cell::number);
        }
        Ok(())
    }

    /// What the outcomes say: of each day that has become known, and of the last weeks.
    fn windows(&mut self) -> Result<()> {
        let (place, thresholds) = (self.place, self.options.thresholds);
        let horizon = place.site.profile.parts().horizon_days;
        let new = std::mem::take(&mut self.new);
        for outcomes in &new {
            let expected = Expected::of(&*place.store, &outcomes.model_version)?;
            let one = windows(std::slice::from_ref(outcomes), outcomes.target, outcomes.day);
            let overlap = one.first().map_or(1.0, |window| window.overlap(horizon));
            let rows = performance::mature(outcomes, overlap, &expected, &thresholds);
            // Those of earlier days have said so when they were given.
            if outcomes.day == self.day {
                self.estimate(&rows)?;
            }
            self.add(&tables::PERFORMANCE, rows);
            self.add(&tables::DECILES, gains::by_day(outcomes));
        }
        let mut all =
            outcomes::load(&*place.warehouse, self.day.checked_sub(WINDOW_DAYS.days())?, self.day.yesterday()?)?;
        // A day that is worked on late makes outcomes known again.
        all.retain(|old| !new.iter().any(|new| (new.day, &new.model_version) == (old.day, &old.model_version)));
        all.extend(new.iter().cloned());
        for target in Target::ALL {
            let Some(last) = all.iter().filter(|o| o.target == target).map(|o| o.day).max() else { continue };
            for window in windows(&all, target, last) {
                self.window(&window, window.overlap(horizon))?;
            }
        }
        self.new = new;
        Ok(())
    }

    fn window(&mut self, window: &outcomes::Window, overlap: f64) -> Result<()> {
        let thresholds = self.options.thresholds;
        let version = &window.outcomes.model_version;
        let expected = Expected::of(&*self.place.store, version)?;
        let ranked = window.outcomes.ranked();
        let ratio = calibration::ratio(&ranked, overlap, calibration::OF_ALL, &thresholds);
        let (segment_rows, of_segments) = segments::rows(window, overlap, &thresholds);
        if self.run.models.contains(version) {
            let of_auc = performance::finding(window, &ranked, overlap, &expected, &thresholds);
            if self.first.as_ref() == Some(version) {
                self.figures.calibration_ratio = Some(ratio.value).filter(|v| v.is_finite());
                self.figures.auc_realised = Some(of_auc.value).filter(|v| v.is_finite());
            }
            let of_lift = gains::finding(window, &ranked, overlap, &expected, &thresholds);
            let of_all = calibration::finding(window, &ranked, ratio, &thresholds);
            self.findings.extend([of_all, of_auc, of_lift, of_segments]);
        }
        self.add(&tables::CALIBRATION, calibration::rows(window, &ranked, overlap, &thresholds));
        self.add(&tables::GAINS, gains::rows(window, &ranked));
        self.add(&tables::CURVE, points::rows(window, &ranked));
        self.add(&tables::SEGMENTS, segment_rows);
        Ok(())
    }

    /// Whether pages tell scores, and the same as the warehouse.
    fn browsers(&mut self, export: Option<&dyn Export>) -> Result<()> {
        let (warehouse, profile) = (&*self.place.warehouse, &self.place.site.profile);
        // Only these rows of the export can be such scores.
        let may_be = self.run.dropped.iter().any(|d| d.reason == "own_score" && d.rows > 0);
        let back = match export.filter(|_| may_be) {
            Some(export) => Back::read(export, self.day)?,
            None => Back::default(),
        };
        let (loads, scored) = (tables::TAG.position("loads")?, tables::TAG.position("scored")?);
        let sum = |rows: &[Row], at: usize| rows.iter().filter_map(|row| row.get(at)?.number()).sum::<f64>();
        let usual::Usual { days, new } = usual::days(&tables::TAG, warehouse, self.day)?;
        let shares = days.iter().map(|rows| (sum(rows, loads), sum(rows, scored)));
        let shares = shares.filter(|(loads, _)| *loads > 0.0).map(|(loads, scored)| scored / loads);
        let usual = usual::middle(shares.collect()).unwrap_or(0.0);
        let blocked = volume::without_id(self.run);
        let (rows, finding) = browsers::tag(&back, self.day, [self.sessions, blocked], usual, &self.options.thresholds);
        // A site that has stopped telling for good: its alert is closed, not left open.
        if new && finding.status == Status::Grey {
            self.over.push(finding.rule.clone());
        }
        self.add(&tables::TAG, rows);
        self.findings.push(finding);
        for version in self.run.models.iter().filter(|_| !back.is_empty()) {
            let model = Serving::load(&*self.place.store, profile, Target::Session, Some(version))?;
            let events = events_clean::load(warehouse, self.day)?;
            let (Some(mut model), Some(events)) = (model, events) else { continue };
            let compared = browsers::compare(self.place, self.day, &back, events, &mut model)?;
            self.figures.parity_share = Some(compared.share()).filter(|share| share.is_finite());
            let (rows, finding) = compared.row_of(self.day, version, &self.options.thresholds);
            self.add(&tables::PARITY, rows);
            self.findings.push(finding);
        }
        let from = self.day.checked_sub(DELIVERY_DAYS.days())?;
        let today = self.rows.get(tables::PARITY.name).is_some_and(|rows| !rows.is_empty());
        if !today && tables::PARITY.read_days(warehouse, from, self.day.yesterday()?)?.is_empty() {
            self.over.push("parity".to_owned());
        }
        Ok(())
    }

    /// Whether scores get where they should.
    fn delivery(&mut self, export: Option<&dyn Export>) -> Result<()> {
        self.browsers(export)?;
        let (rows, finding) = activation::rows(&*self.place.warehouse, self.day, &self.options.thresholds)?;
        self.figures.activation_accepted_share = Some(finding.value).filter(|v| v.is_finite());
        // Nothing was to be uploaded on these days.
        if rows.is_empty() {
            self.over.push(finding.rule.clone());
        }
        self.add(&tables::ACTIVATION, rows);
        self.findings.push(finding);
        Ok(())
    }

    /// Targets of which another model serves than on the day whose alerts are still open.
    fn replaced(&self) -> Result<Vec<Target>> {
        let days = self.place.warehouse.partitions(tables::ALERTS.name)?;
        let before = days.into_iter().rfind(|d| *d < self.day).map(|d| d.to_string());
        let run = self.runs.iter().rfind(|r| r.status == "done" && before.as_ref() == Some(&r.run_date));
        let of = |run: &RunRecord, target: &Target| run.models.iter().find(|m| m.starts_with(target.as_str())).cloned();
        let replaced = |target: &Target| {
            let (before, now) = (run.map(|run| of(run, target)), of(self.run, target));
            now.is_some() && before.is_some_and(|before| before != now)
        };
        Ok(Target::ALL.into_iter().filter(replaced).collect())
    }

    fn finish(mut self, fence: &Fence) -> Result<Monitored> {
        let (place, day) = (self.place, self.day);
        let before = self.before(&tables::MODELS)?;
        let models = models::rows(place, &self.runs, &before)?;
        if let Some(first) = &self.first {
            let to = tables::MODELS.position("train_to")?;
            let of_first = models.iter().find(|row| row.first().is_some_and(|c| c.text() == first));
            self.figures.trained_to = of_first.and_then(|row| row.get(to)?.day());
        }
        self.add(&tables::MODELS, models);
        self.figures.model_version.clone_from(&self.first);
        // What the data say explains what models say.
        self.findings.sort_by_key(|finding| (finding.tile != Tile::Volume, super::finding::Group::of(&finding.rule)));
        let health =
            health::row_of(self.run, day, &place.site.profile.parts().time_zone, &self.figures, &self.findings)?;
        let at = health.get(4).map(|c| c.text().to_owned()).unwrap_or_default();
        self.add(&tables::HEALTH, vec![health]);
        let recipients = self.options.recipients;
        let (warehouse, run_id, replaced) = (&*place.warehouse, &self.run.run_id, self.replaced()?);
        let is_over = |rule: &str| {
            let target = rule.split_once(':').map(|(_, target)| target);
            self.over.iter().any(|over| over == rule) || replaced.iter().any(|of| target == Some(of.as_str()))
        };
        let alerts = alerts::rows(warehouse, day, run_id, &at, recipients, &self.findings, is_over)?;
        self.add(&tables::ALERTS, alerts.clone());
        let mut contents = Vec::new();
        let mut written = BTreeMap::new();
        let known = self.new.iter().map(Outcomes::len).sum();
        written.insert(outcomes::TABLE, known);
        if known > 0 || place.warehouse.partitions(outcomes::TABLE)?.binary_search(&day).is_ok() {
            contents.push(outcomes::stage(&*place.warehouse, day, &self.new)?);
        }
        // A folder's tables are put in place one after the other. `HEALTH`, the first of them, says that the run has been
        // looked at: it comes last.
        for table in tables::TABLES.iter().rev() {
            let rows = self.rows.remove(table.name).unwrap_or_default();
            // A table without rows is not made for that; one that has rows of the day loses them.
            if rows.is_empty() && place.warehouse.partitions(table.name)?.binary_search(&day).is_err() {
                continue;
            }
            written.insert(table.name, rows.len());
            contents.push(table.stage(&*place.warehouse, day, &rows)?);
        }
        place.warehouse.publish(contents, fence)?;
        Ok(Monitored { day, findings: self.findings, alerts, written })
    }
}

impl Monitored {
    /// What checks say that are red on the day, the most telling first: rule and cause. Of one that says nothing on the day
    /// it is what it said on the day that it turned red, with that day.
    #[must_use]
    pub fn red(&self) -> Vec<(String, String)> {
        let at = |row: &Row, column: usize| row.get(column).map(|c| c.text().to_owned()).unwrap_or_default();
        let open = self.alerts.iter().filter(|row| row.get(2) == Some(&Cell::Null));
        let day = self.day.to_string();
        let said = |rule: &str, opened: &str, cause: String| {
            let today = self.findings.iter().find(|finding| finding.rule == rule && finding.status == Status::Red);
            match (today, opened.get(opened.len().saturating_sub(day.len())..)) {
                (Some(today), _) => today.cause.clone(),
                (None, Some(since)) if since != day => format!("since {since}: {cause}"),
                (None, _) => cause,
            }
        };
        open.map(|row| (at(row, 4), said(&at(row, 4), &at(row, 0), at(row, 10)))).collect()
    }
}

impl std::fmt::Display for Monitored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let red = self.red();
        write!(f, "{}: {}", self.day, if red.is_empty() { "the figures are as usual" } else { "not as usual" })?;
        red.iter().try_for_each(|(rule, cause)| write!(f, "\n  {rule}: {cause}"))
    }
}
