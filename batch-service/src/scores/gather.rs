//! Puts the scores of a day's parts together.

use super::{DayScores, ScoreRow, Serving};
use crate::warehouse::read::TableReader;
use anyhow::{Context, Result};
use model_core::Band;
use std::path::PathBuf;

/// The scores of a day from the files of its parts, in the order of one process: by model, then by visitor.
///
/// # Errors
/// When a file cannot be read.
pub fn gather(files: &[PathBuf], models: &[Serving]) -> Result<Vec<DayScores>> {
    let mut rows = Vec::new();
    for path in files {
        let file = TableReader::open(path)?;
        for group in 0..file.groups() {
            let (users, targets) = (file.column(group, "user_pseudo_id")?, file.column(group, "target")?);
            let (sessions, bands) = (file.column(group, "ga_session_id")?, file.column(group, "band")?);
            let (values, reasons) = (file.column(group, "score")?, file.column(group, "reasons")?);
            let sessions = sessions.i64s()?;
            let (users, targets, reasons) = (users.texts()?, targets.texts()?, reasons.texts()?);
            for (row, (score, band)) in values.f64s()?.into_iter().zip(bands.texts()?).enumerate() {
                let band = [Band::Low, Band::Medium, Band::High].into_iter().find(|b| Some(b.as_str()) == band);
                rows.push((
                    targets[row].unwrap_or_default().to_owned(),
                    users[row].unwrap_or_default().to_owned(),
                    sessions[row].unwrap_or(0),
                    score.context("a score is never missing")?,
                    band.with_context(|| format!("{}: an unknown band", path.display()))?,
                    reasons[row].map(str::to_owned),
                ));
            }
        }
    }
    rows.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let mut found = models.iter().map(DayScores::of).collect::<Result<Vec<_>>>()?;
    for (target, user, session_id, score, band, reasons) in rows {
        let scores = found.iter_mut().find(|s| s.target().as_str() == target);
        let scores = scores.with_context(|| format!("a score of target {target}, which has no model"))?;
        scores.push(ScoreRow { user: &user, session_id, score, band, reasons });
    }
    Ok(found)
}
