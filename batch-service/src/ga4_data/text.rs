//! Results as people read them.

use super::flags::Flag;
use super::history::HistorySummary;
use std::fmt::{Display, Formatter, Result};

impl Display for HistorySummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "property {}: {} days read by client ({} events, {} of them with a client), {} as aggregates only, {} unchanged",
            self.property,
            self.days_by_client,
            self.events,
            self.events_with_client,
            self.days_aggregated,
            self.days_unchanged
        )?;
        for day in &self.flagged {
            write!(f, "\n  not whole: {}", day.date)?;
            let words = |flags: &[Flag]| flags.iter().map(|flag| flag.word()).collect::<Vec<_>>().join(", ");
            if !day.flags.is_empty() {
                write!(f, ", by client ({}), and never made into events", words(&day.flags))?;
            }
            if !day.baseline_flags.is_empty() {
                write!(f, ", aggregates ({})", words(&day.baseline_flags))?;
            }
        }
        write!(f, "\n  {} tokens spent", self.tokens)?;
        if let Some(left) = self.tokens_left {
            write!(f, ", {left} left of the day")?;
        }
        if let Some(why) = &self.stopped {
            write!(f, "\n  {} days are left ({why}); the same command goes on, without --again", self.days_left)?;
        }
        Ok(())
    }
}
