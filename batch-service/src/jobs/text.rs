//! Results as people read them.

use super::agreement::Agreement;
use super::backfill::BackfillSummary;
use super::compare::ModelComparison;
use super::daily::DailySummary;
use super::demo::DemoSummary;
use super::promote::Reason;
use super::recalibrate::RecalibrateSummary;
use super::replay::ReplaySummary;
use super::retrain::{Need, Proposal};
use super::run::DaySummary;
use super::shadow::Shadowed;
use super::train::TrainSummary;
use super::watch::Watched;
use std::fmt::{Display, Formatter, Result};

impl Display for BackfillSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "{} days folded ({} events, {} conversion events) in {:.1} s, {} unchanged",
            self.days_folded, self.events, self.conversions, self.seconds, self.days_unchanged
        )?;
        for (reason, rows) in self.dropped.iter().filter(|(_, rows)| **rows > 0) {
            write!(f, "\n  dropped: {rows} rows, {reason}")?;
        }
        if !self.days_missing.is_empty() {
            write!(f, "\n  not in the export: {}", self.days_missing.join(", "))?;
        }
        Ok(())
    }
}

impl Display for DaySummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let run = &self.run;
        if self.unchanged {
            return write!(f, "{}: nothing has changed, nothing was written (run {})", run.run_date, run.run_id);
        }
        write!(
            f,
            "{}: {} events, {} visitors, {} scores in {:.2} s (run {})",
            run.run_date, run.events, run.visitors, run.scored, run.seconds, run.run_id
        )?;
        for dropped in run.dropped.iter().filter(|d| d.rows > 0) {
            write!(f, "\n  dropped: {} rows, {}", dropped.rows, dropped.reason)?;
        }
        Ok(())
    }
}

impl Display for DailySummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.earlier.iter().try_for_each(|day| writeln!(f, "{day}"))?;
        match &self.day {
            Some(day) => write!(f, "{day}")?,
            None => f.write_str("this part is handed in; the last one publishes the day")?,
        }
        if let Some(upload) = &self.upload {
            write!(f, "\nupload of {upload}")?;
        }
        self.shadow.iter().try_for_each(|shadowed| write!(f, "\n{shadowed}"))?;
        match &self.monitored {
            Some(monitored) => write!(f, "\n{monitored}"),
            None => Ok(()),
        }
    }
}

impl Display for Shadowed {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { target, version, scored, champion, agreement, note } = self;
        if let Some(note) = note {
            return write!(f, "challenger {version} of the target {target} does not score: {note}");
        }
        write!(f, "challenger {version}: {scored} scores of the target {target}, kept apart")?;
        match (champion, agreement) {
            (Some(champion), Some(agreement)) => write!(f, "; beside champion {champion}: {agreement}"),
            _ => Ok(()),
        }
    }
}

impl Display for Agreement {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "{:.1} % in the same band, mean absolute difference {:.4}, mean {:.4} against {:.4}",
            self.same_band * 100.0,
            self.mean_absolute_difference,
            self.challenger_mean,
            self.champion_mean
        )
    }
}

impl Display for ModelComparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}: challenger {} beside champion {}", self.target, self.challenger, self.champion)?;
        if let Some(a) = &self.agreement {
            let [first, last] = &a.days;
            write!(f, "\n  {} scores of both on {} days, {first} to {last}: {a}", a.rows, a.day_count)?;
        }
        if let Some(c) = self.outcomes.as_ref().filter(|c| !c.measures.is_empty()) {
            let ([first, last], rows, positives) = (&c.days, c.rows, c.positives);
            write!(f, "\n  on {rows} moments with a known outcome, {first} to {last}, {positives} came true:")?;
            for m in &c.measures {
                let d = m.difference;
                write!(
                    f,
                    "\n  {:<18} {:.4} against {:.4}, difference {:+.4} ({:+.4} to {:+.4})",
                    m.name, m.model, m.in_service, d.value, d.low, d.high
                )?;
            }
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n  note: {note}"))
    }
}

impl Display for Watched {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match (&self.last_success, &self.last_day) {
            (Some(at), Some(day)) => {
                write!(f, "a run succeeded last at {}, for {day}", at.strftime("%Y-%m-%d %H:%M UTC"))?;
            }
            _ => write!(f, "no run has ever succeeded here")?,
        }
        if self.in_time { Ok(()) } else { write!(f, ": not within {} hours", self.hours) }
    }
}

impl Display for TrainSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{}", self.report)?;
        if self.in_service {
            writeln!(f, "in service: {} (trained in {:.1} s)", self.version, self.seconds)
        } else {
            not_put(f, &self.version, &self.reasons)
        }
    }
}

fn not_put(f: &mut Formatter<'_>, version: &str, reasons: &[Reason]) -> Result {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    writeln!(f, "NOT put into service: {version} ({}); `--force` does it all the same", reasons.join("; "))
}

impl Display for RecalibrateSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{}", self.report)?;
        if self.in_service {
            writeln!(f, "in service: {}; pages get it with `inkling release publish`", self.version)
        } else {
            not_put(f, &self.version, &self.reasons)
        }
    }
}

impl Display for Proposal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Need { target, needed, because, .. } = &self.need;
        let word = if *needed { "it is time to train" } else { "no training is needed" };
        write!(f, "{target}: {word}: {}", because.join("; "))?;
        if let Some(challenger) = &self.challenger {
            write!(f, "\n{challenger}")?;
        }
        self.not_trained.iter().try_for_each(|why| write!(f, "\n  no challenger: {why}"))
    }
}

impl Display for ReplaySummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{} page views scored by {}", self.rows, self.models.join(", "))?;
        for e in &self.evaluations {
            writeln!(f, "\n{} on {} to {}", e.model_version, self.days[0], self.days[self.days.len() - 1])?;
            write!(f, "{}", e.evaluation)?;
        }
        Ok(())
    }
}

impl Display for DemoSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for model in &self.models {
            write!(f, "{model}")?;
        }
        writeln!(f, "\nOn days that these models have not seen:")?;
        write!(f, "{}", self.held_back)?;
        let m = &self.release;
        writeln!(f, "\nrelease {} of {}, good until {}", m.version, m.contents.site, m.expires)?;
        writeln!(
            f,
            "{} events gave {} scores in {}/scores",
            self.scored_events,
            self.scores,
            self.warehouse.display()
        )?;
        write!(f, "dashboard: {}", self.dashboard.display())
    }
}
