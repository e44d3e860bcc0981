//! What is known about a recalibrated model: its report, its card, and how both read in a terminal.

use super::evaluate::{BRIER, LOG_LOSS};
use super::recalibrate::{Method, Recalibrated, day_text};
use super::recalibration::Before;
use super::text::{number, shown};
use super::{AtPageView, Comparison, Evaluation, Slice};
use crate::metrics::Interval;
use model_core::{Model, Profile};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::{self, Display, Formatter, Write};

/// The report of a recalibration.
#[derive(Clone, Debug, Serialize)]
pub struct RecalibrationReport {
    /// Version of the model.
    pub model_version: String,
    /// `session` or `visitor`.
    pub target: &'static str,
    /// Name of the site profile.
    pub profile: String,
    /// The version whose trees or weights it has.
    pub of: String,
    /// The last day that these were fitted on; `None` when the version does not tell.
    pub learnt_to: Option<String>,
    /// How the calibration was fitted.
    pub method: Method,
    /// Days and rows of the fit, of the judgement, and of the calibration that is released.
    pub slices: Vec<Slice>,
    /// Visitors with a conversion in the fit and in the judged days.
    pub converting_visitors: [usize; 2],
    /// Predicted over observed of the old calibration on the days of the fit.
    pub fit_ratio: Interval,
    /// Lowest scores of the bands medium and high.
    pub bands: [f64; 2],
    /// The old calibration on the judged days.
    pub before: Before,
    /// The new calibration on the judged days, fitted on the days before them.
    pub after: Evaluation,
    /// Both on the same rows; `in_service` is the old one.
    pub comparison: Comparison,
    /// What deserves a look.
    pub warnings: Vec<String>,
    /// Whether it may be put into service without `--force`.
    pub release_allowed: bool,
    /// Why not.
    pub release_reasons: Vec<String>,
}

impl RecalibrationReport {
    /// Of a recalibration of `old`.
    #[must_use]
    pub fn of(done: &Recalibrated, old: &Model, profile: &Profile, learnt: Option<i32>) -> Self {
        let (before, after) = (&done.before, &done.after);
        let ratios = [before.mean_score, after.mean_score].map(|mean| mean / after.all.rate);
        let release_reasons = refusals(done, ratios);
        Self {
            model_version: done.model.version().to_owned(),
            target: done.model.target().as_str(),
            profile: profile.parts().name.clone(),
            of: old.version().to_owned(),
            learnt_to: learnt.map(day_text),
            method: done.method,
            slices: done.parts.slices.clone(),
            converting_visitors: done.parts.converting_visitors,
            fit_ratio: done.fit_ratio,
            bands: done.model.bands(),
            before: done.before.clone(),
            after: done.after.clone(),
            comparison: done.comparison.clone(),
            warnings: done.parts.notes.clone(),
            release_allowed: release_reasons.is_empty(),
            release_reasons,
        }
    }

    /// The `report.json` of the model: that of the old one, with what has changed, and `recalibration` for what was done.
    /// `data` stays what trees or weights were fitted on.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn merged(&self, of_old: &Value) -> serde_json::Result<Value> {
        let mut report = if of_old.is_object() { of_old.clone() } else { json!({}) };
        let kind = match self.method {
            Method::Shift => report["model"]["calibration"]["kind"].as_str().unwrap_or("platt").to_owned(),
            Method::Platt => "platt".to_owned(),
            Method::Isotonic => "isotonic".to_owned(),
        };
        report["model_version"] = json!(self.model_version);
        report["target"] = json!(self.target);
        report["profile"] = json!(self.profile);
        report["model"]["calibration"] = json!({"kind": kind, "method": self.method});
        report["model"]["bands"] = json!(self.bands);
        report["test"] = serde_json::to_value(&self.after)?;
        report["in_service"] = serde_json::to_value(&self.comparison)?;
        report["refit"] = json!(REFIT);
        report["warnings"] = json!(self.warnings);
        report["release_allowed"] = json!(self.release_allowed);
        report["release_reasons"] = json!(self.release_reasons);
        report["recalibration"] = json!({
            "of": self.of,
            "learnt_to": self.learnt_to,
            "method": self.method,
            "slices": self.slices,
            "converting_visitors": self.converting_visitors,
            "fit_ratio": self.fit_ratio,
            "before": self.before,
        });
        Ok(report)
    }

    /// The card: what was done, then that of the old model.
    #[must_use]
    pub fn markdown(&self, card_of_old: &str) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write_card(&mut out);
        if !card_of_old.is_empty() {
            let _ =
                write!(out, "\n---\n\nThe card of `{}`, whose trees or weights these are:\n\n{card_of_old}", self.of);
        }
        out
    }

    fn write_card(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "# Model card: {}\n", self.model_version)?;
        let to = self.learnt_to.as_ref().map_or_else(String::new, |day| format!(", fitted on days up to {day}"));
        writeln!(
            out,
            "- **Form**: trees or weights of `{}`{to}; the calibration is new: {}.",
            self.of,
            self.method.as_str()
        )?;
        writeln!(out, "- **Bands**: high from {:.4}, medium from {:.4}.", self.bands[1], self.bands[0])?;
        let allowed = if self.release_allowed { "allowed".to_owned() } else { self.release_reasons.join("; ") };
        writeln!(out, "- **Release**: {allowed}.\n\n{REFIT}\n")?;
        writeln!(out, "| days | for | from | to | rows | positive |\n|---:|---|---|---|---:|---:|")?;
        for s in &self.slices {
            let [from, to] = &s.days;
            writeln!(out, "| {} | {} | {from} | {to} | {} | {} |", s.day_count, s.name, s.rows, s.positives)?;
        }
        let [value, low, high] = shown(&self.fit_ratio);
        writeln!(
            out,
            "\nOn the days of the fit the old calibration predicted {value} times what came true ({low} to {high})."
        )?;
        writeln!(out, "\n| on the judged days | before | after | difference, 95 % interval |\n|---|---:|---:|---|")?;
        let [before, after] = self.ratios();
        writeln!(out, "| predicted over observed | {} | {} | |", number(before), number(after))?;
        for m in &self.comparison.measures {
            let [value, low, high] = shown(&m.difference);
            writeln!(out, "| {} | {:.4} | {:.4} | {value} ({low} to {high}) |", m.name, m.in_service, m.model)?;
        }
        if self.before.by_page_view.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n| page view | rows | came true | predicted before | after | calibration error before | after | by chance \
             |\n|---:|---:|---:|---:|---:|---:|---:|---:|"
        )?;
        for (page_view, rows, cells) in self.by_page_view() {
            writeln!(out, "| {page_view} | {rows} | {} |", cells.map(number).join(" | "))?;
        }
        Ok(())
    }

    /// Predicted over observed, before and after.
    #[must_use]
    pub fn ratios(&self) -> [f64; 2] {
        [self.before.mean_score, self.after.mean_score].map(|mean| mean / self.after.all.rate)
    }

    /// By page view its rows, and: came true, predicted before and after, calibration error before, after and by chance.
    fn by_page_view(&self) -> impl Iterator<Item = (u32, usize, [f64; 6])> {
        let after: &[AtPageView] = self.after.by_page_view.as_ref().map_or(&[], |by| &by.at);
        self.before.by_page_view.iter().zip(after).map(|(before, at)| {
            let errors = [before.calibration_error, at.calibration_error, at.calibration_error_by_chance];
            let cells = [at.rate, before.mean_score, at.mean_score, errors[0], errors[1], errors[2]];
            (at.page_view, at.rows, cells)
        })
    }
}

const REFIT: &str = "The calibration that is released is fitted in the same way on all of the days; the measures are those \
                     of one that was fitted on the older days alone, on the newest ones.";

/// What the old calibration must be off by, as a ratio: less is not worth a release.
const WORTH: f64 = 1.05;

/// Why a recalibrated model may not be put into service. On the older days the old calibration must be off by more than
/// chance and by what is worth it, unless only another form than a shift does; on the newest ones the new calibration must be better by log-loss
/// and by predicted over observed, and by the Brier score not worse beyond doubt.
fn refusals(done: &Recalibrated, [before, after]: [f64; 2]) -> Vec<String> {
    let (comparison, fit) = (&done.comparison, done.fit_ratio);
    let of = &comparison.version;
    let mut reasons = Vec::new();
    let off = (fit.low > 1.0 || fit.high < 1.0) && fit.value.ln().abs() > WORTH.ln();
    if done.method == Method::Shift && !off {
        let [value, low, high] = shown(&fit);
        reasons.push(format!(
            "{of} is not shown to be off by 5 %: on the days of the fit it predicted {value} times what came true ({low} to \
             {high})"
        ));
    }
    let text = |measure: usize| {
        comparison.measures.get(measure).map_or_else(String::new, |m| {
            let [value, low, high] = shown(&m.difference);
            format!("{} {:.5} against {:.5}, difference {value} ({low} to {high})", m.name, m.model, m.in_service)
        })
    };
    let rows = comparison.rows;
    if comparison.difference(LOG_LOSS).is_none_or(|d| d.value.is_nan() || d.value >= 0.0) {
        reasons.push(format!("no better than {of} on the newest {rows} rows: {}", text(LOG_LOSS)));
    }
    let nearer = after.ln().abs() < before.ln().abs();
    if !nearer {
        let ratios = format!("{before:.3} times what came true before, {after:.3} now");
        reasons.push(format!("no nearer to what came true than {of} on the newest {rows} rows: {ratios}"));
    }
    if comparison.difference(BRIER).is_some_and(|d| d.low > 0.0) {
        reasons.push(format!("worse than {of}: {}", text(BRIER)));
    }
    reasons
}

impl Display for RecalibrationReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} with another calibration ({})", self.model_version, self.of, self.method.as_str())?;
        for s in &self.slices {
            writeln!(
                f,
                "  {:<8} {} to {}  {:>3} days {:>9} rows {:>7} positive",
                s.name, s.days[0], s.days[1], s.day_count, s.rows, s.positives
            )?;
        }
        let [value, low, high] = shown(&self.fit_ratio);
        writeln!(f, "  on the days of the fit predicted / observed was {value} ({low} to {high})")?;
        writeln!(f, "\n  on the judged days        before     after  difference, 95 % interval")?;
        let [before, after] = self.ratios();
        writeln!(f, "  {:<22} {:>9} {:>9}", "predicted / observed", number(before), number(after))?;
        for m in &self.comparison.measures {
            let [value, low, high] = shown(&m.difference);
            writeln!(f, "  {:<22} {:>9.4} {:>9.4}  {value} ({low} to {high})", m.name, m.in_service, m.model)?;
        }
        if !self.before.by_page_view.is_empty() {
            writeln!(
                f,
                "\n  page view      rows  came true  predicted before     after  calibration error before     after  by chance"
            )?;
        }
        for (page_view, rows, cells) in self.by_page_view() {
            let [rate, before, after, error_before, error_after, chance] = cells.map(number);
            write!(f, "  {page_view:>9} {rows:>9} {rate:>10} {before:>17} {after:>9} {error_before:>25}")?;
            writeln!(f, " {error_after:>9} {chance:>10}")?;
        }
        for w in &self.warnings {
            writeln!(f, "  warning: {w}")?;
        }
        Ok(())
    }
}
