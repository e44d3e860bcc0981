//! A model that was trained because it seemed time, beside the one in service: on the same newest days, for a decision.

use super::compare::Comparison;
use super::evaluate::{AUC, LOG_LOSS};
use super::report::Report;
use super::text::shown;
use serde::Serialize;
use std::fmt::{self, Display, Formatter, Write};

/// What the comparison says. Intervals decide, not values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// AUC or log-loss is better beyond doubt, and neither is worse.
    Better,
    /// Neither is better or worse beyond doubt.
    Alike,
    /// One is worse beyond doubt, or the challenger is no better than the prior.
    Worse,
    /// There is no model in service, or too few conversions are later than its own days.
    Unknown,
}

impl Outcome {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better than the champion",
            Self::Alike => "not shown to be better or worse than the champion",
            Self::Worse => "worse",
            Self::Unknown => "not comparable yet",
        }
    }
}

/// The report of a challenger.
#[derive(Clone, Debug, Serialize)]
pub struct ChallengerReport {
    /// Version of the challenger.
    pub version: String,
    /// `session` or `visitor`.
    pub target: &'static str,
    /// Version in service; `None` when there is none.
    pub champion: Option<String>,
    /// Why it was trained.
    pub trained_because: Vec<String>,
    /// What the comparison says.
    pub outcome: Outcome,
    /// Both on the test days that neither has learnt from; `model` is the challenger, `in_service` the champion.
    pub comparison: Option<Comparison>,
    /// Why it may not be put into service without `--force`.
    pub refused_because: Vec<String>,
}

impl ChallengerReport {
    /// Of the report of its training.
    #[must_use]
    pub fn of(report: &Report, trained_because: &[String]) -> Self {
        let comparison = report.in_service.clone();
        Self {
            version: report.model_version.clone(),
            target: report.target,
            champion: comparison.as_ref().map(|c| c.version.clone()),
            trained_because: trained_because.to_vec(),
            outcome: outcome(report, comparison.as_ref()),
            comparison,
            refused_because: report.release_reasons.clone(),
        }
    }

    /// What to type to put it into service.
    #[must_use]
    pub fn promote(&self) -> String {
        format!("inkling model promote {} --target {}", self.version, self.target)
    }

    /// As Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        let champion = self.champion.as_deref().unwrap_or("none");
        writeln!(out, "# Challenger report: {}\n", self.version)?;
        writeln!(out, "- **Champion**: {champion}.")?;
        writeln!(out, "- **Trained because**: {}.", self.trained_because.join("; "))?;
        writeln!(out, "- **Outcome**: {}.", self.outcome.as_str())?;
        for reason in &self.refused_because {
            writeln!(out, "- **Held back**: {reason}.")?;
        }
        writeln!(out, "- **To put it into service**: `{}`.", self.promote())?;
        let Some(c) = &self.comparison else { return Ok(()) };
        writeln!(
            out,
            "\nOn {} to {}, {} rows and {} positive, later than all that either has learnt from. Intervals: 95 %, \
             bootstrap over visitors, drawn alike for both. The challenger is judged as it was fitted on the days before \
             them.\n",
            c.days[0], c.days[1], c.rows, c.positives
        )?;
        if c.measures.is_empty() {
            return writeln!(out, "Too few positive rows to compare.");
        }
        writeln!(out, "| measure | challenger | champion | difference |\n|---|---|---|---|")?;
        for m in &c.measures {
            let [value, low, high] = shown(&m.difference);
            let cell = |value: f64, [low, high]: [f64; 2]| format!("{value:.4} ({low:.4} to {high:.4})");
            let (ours, theirs) = (cell(m.model, m.model_interval), cell(m.in_service, m.in_service_interval));
            writeln!(out, "| {} | {ours} | {theirs} | {value} ({low} to {high}) |", m.name)?;
        }
        Ok(())
    }
}

fn outcome(report: &Report, comparison: Option<&Comparison>) -> Outcome {
    if !report.release_allowed {
        return Outcome::Worse;
    }
    let differences = comparison.and_then(|c| Some((c.difference(AUC)?, c.difference(LOG_LOSS)?)));
    match differences {
        None => Outcome::Unknown,
        Some((auc, loss)) if auc.low > 0.0 || loss.high < 0.0 => Outcome::Better,
        Some(_) => Outcome::Alike,
    }
}

impl Display for ChallengerReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "challenger {}: {}", self.version, self.outcome.as_str())?;
        if let Some(c) = self.comparison.as_ref().filter(|c| !c.measures.is_empty()) {
            let days = format!("{} to {}", c.days[0], c.days[1]);
            writeln!(f, "  against {} on {days}, {} rows, {} positive", c.version, c.rows, c.positives)?;
            for m in &c.measures {
                let [value, low, high] = shown(&m.difference);
                writeln!(
                    f,
                    "  {:<18} {:.4} against {:.4}, difference {value} ({low} to {high})",
                    m.name, m.model, m.in_service
                )?;
            }
        }
        self.refused_because.iter().try_for_each(|reason| writeln!(f, "  held back: {reason}"))?;
        write!(f, "  to put it into service: {}", self.promote())
    }
}
