//! The report as a table for the terminal.

use super::evaluate::{Evaluation, Measures};
use super::report::Report;
use crate::metrics::Interval;
use std::fmt::{self, Display, Formatter};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let m = &self.model;
        writeln!(
            f,
            "{} ({}, {} features, {} trees, {} calibration)",
            self.model_version, m.kind, m.features, m.trees, m.calibration.kind
        )?;
        for s in self.split.iter().chain([&self.data]) {
            writeln!(
                f,
                "  {:<10} {} to {}  {:>3} days {:>9} rows {:>7} positive",
                s.name, s.days[0], s.days[1], s.day_count, s.rows, s.positives
            )?;
        }
        writeln!(f)?;
        write!(f, "{}", self.test)?;
        if let Some(c) = &self.in_service {
            writeln!(f, "\n  in service: {} on {} rows, {} positive", c.version, c.rows, c.positives)?;
            for m in &c.measures {
                let [difference, low, high] = shown(&m.difference);
                writeln!(
                    f,
                    "  {:<18} {:.4} against {:.4}, difference {difference} ({low} to {high})",
                    m.name, m.model, m.in_service
                )?;
            }
        }
        let strongest: Vec<String> =
            self.importances.iter().take(8).map(|i| format!("{} {:.0} %", i.feature, i.share * 100.0)).collect();
        writeln!(f, "  strongest features: {}", strongest.join(", "))?;
        for w in &self.warnings {
            writeln!(f, "  warning: {w}")?;
        }
        for r in &self.release_reasons {
            writeln!(f, "  not released: {r}")?;
        }
        Ok(())
    }
}

impl Display for Evaluation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        table(f, "test", &self.all)?;
        if let Some(by) = &self.by_page_view {
            if let Some(pooled) = &by.pooled {
                writeln!(f)?;
                table(f, "page views below, pooled", pooled)?;
            }
            writeln!(
                f,
                "\n  AUC at page view        value  95 % interval        rows  positive  predicted  came true  calibration error  by chance"
            )?;
            for at in &by.at {
                let [value, low, high] = shown(&at.auc);
                let [predicted, rate] = [at.mean_score, at.rate].map(number);
                let [error, chance] = [at.calibration_error, at.calibration_error_by_chance].map(number);
                writeln!(
                    f,
                    "  {:>16} {value:>12}  {low} to {high} {:>9} {:>9} {predicted:>10} {rate:>10} {error:>18} {chance:>10}",
                    at.page_view, at.rows, at.positives
                )?;
            }
        }
        writeln!(f, "\n  score   came true  95 % interval        rows")?;
        for b in &self.calibration {
            writeln!(
                f,
                "  {:.4}     {:.4}  {:.4} to {:.4} {:>9}",
                b.score, b.observed, b.interval[0], b.interval[1], b.rows
            )?;
        }
        let gains: Vec<String> = self.deciles.iter().map(|d| format!("{:.0}", d.gain * 100.0)).collect();
        writeln!(f, "\n  gains by decile, %: {}", gains.join(" "))?;
        Ok(())
    }
}

fn table(f: &mut Formatter<'_>, title: &str, m: &Measures) -> fmt::Result {
    writeln!(f, "  {title}: {} rows, {} positive, {} visitors", m.rows, m.positives, m.visitors)?;
    writeln!(f, "  measure                 value  95 % interval       prior")?;
    for x in &m.measures {
        let [value, low, high] = shown(&x.model);
        writeln!(f, "  {:<20} {value:>8}  {low} to {high}   {:.4}", x.name, x.prior)?;
    }
    Ok(())
}

/// Value and ends of an interval.
pub(super) fn shown(i: &Interval) -> [String; 3] {
    [i.value, i.low, i.high].map(number)
}

/// Four digits; a dash for what is missing.
pub(super) fn number(value: f64) -> String {
    if value.is_finite() { format!("{value:.4}") } else { "-".to_owned() }
}
