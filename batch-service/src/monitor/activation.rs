//! What came of the uploads to Google Analytics, by day and destination, from the table `activations`.
//!
//! Attempted are rows that were sent, or were to be sent and refused; accepted those that the destination has taken, seen
//! in the export or not; the share is missing without attempts. The latency is the time from planning to sending, its 95th
//! percentile (the value that at least 95 % do not exceed).

use super::finding::{Finding, Tile, percent};
use super::rows::{Row, row};
use super::status::{Status, Thresholds};
use crate::activation::ledger;
use crate::shards::Shards;
use crate::warehouse::Warehouse;
use crate::warehouse::read::TableReader;
use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Days whose uploads are looked at again: what has arrived is known later.
const LOOK_BACK_DAYS: i32 = 7;

#[derive(Default)]
struct Sent {
    accepted: u64,
    rejected: u64,
    unsure: u64,
    latency_ms: Vec<f64>,
}

/// The rows of the last days up to `day`, and what they say.
///
/// # Errors
/// When the table cannot be read.
pub fn rows(warehouse: &dyn Warehouse, day: Date, thresholds: &Thresholds) -> Result<(Vec<Row>, Finding)> {
    let mut finding = Finding {
        rule: "activation".to_owned(),
        tile: Tile::Activation,
        status: Status::Grey,
        value: f64::NAN,
        threshold: thresholds.activation_accepted[1],
        cause: String::new(),
    };
    let mut rows = Vec::new();
    let first = day.checked_sub(LOOK_BACK_DAYS.days())?;
    for of in warehouse.partitions(ledger::TABLE)?.into_iter().filter(|of| (first..=day).contains(of)) {
        for (destination, mut sent) in read(warehouse, of)? {
            let attempted = sent.accepted + sent.rejected + sent.unsure;
            if attempted == 0 {
                continue;
            }
            let share = sent.accepted as f64 / attempted as f64;
            let status = Status::below(share, thresholds.activation_accepted);
            sent.latency_ms.sort_by(f64::total_cmp);
            let at = ((sent.latency_ms.len() as f64 * 0.95).ceil() as usize).saturating_sub(1);
            rows.push(row![
                of,
                destination.as_str(),
                attempted,
                sent.accepted,
                sent.rejected,
                share,
                sent.latency_ms.get(at).copied(),
                status,
            ]);
            if of == day && status >= finding.status {
                (finding.status, finding.value) = (status, share);
                finding.cause = format!("{destination} took {} of {attempted} scores", percent(share));
            }
        }
    }
    Ok((rows, finding))
}

fn read(warehouse: &dyn Warehouse, day: Date) -> Result<BTreeMap<String, Sent>> {
    let mut by_destination: BTreeMap<String, Sent> = BTreeMap::new();
    for path in warehouse.files(ledger::TABLE, day, Shards::ALL)? {
        let file = TableReader::open(&path)?;
        for group in 0..file.groups() {
            let (destinations, states) = (file.column(group, "destination")?, file.column(group, "state")?);
            let (planned, sent_at) = (file.column(group, "planned_at")?, file.column(group, "sent_at")?);
            let (destinations, states) = (destinations.texts()?, states.texts()?);
            let times = planned.i64s()?.into_iter().zip(sent_at.i64s()?);
            for ((destination, state), (planned, sent_at)) in destinations.into_iter().zip(states).zip(times) {
                let sent = by_destination.entry(destination.unwrap_or_default().to_owned()).or_default();
                match state.unwrap_or_default() {
                    "sent" | "seen" => sent.accepted += 1,
                    "refused" | "missing" => sent.rejected += 1,
                    "sending" => sent.unsure += 1,
                    _ => continue,
                }
                if let (Some(planned), Some(sent_at)) = (planned, sent_at) {
                    sent.latency_ms.push((sent_at - planned) as f64 / 1_000.0);
                }
            }
        }
    }
    Ok(by_destination)
}
