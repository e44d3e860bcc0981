//! Browser scores that came back in the export, against the batch's recomputation.

use super::data::{DashboardData, Parity};
use super::format::{count, percent};
use super::html::{Answer, Panel, Table};
use super::status::Status;
use super::svg::Svg;

fn compared(data: &DashboardData) -> Option<&Parity> {
    data.parity.as_ref().filter(|parity| parity.compared > 0 && parity.bit_equal <= parity.compared)
}

/// Share of the compared scores that are equal to the last bit.
pub fn share(data: &DashboardData) -> Option<f64> {
    compared(data).map(|parity| parity.bit_equal as f64 / parity.compared as f64)
}

/// Same score in both places?
pub fn answer(data: &DashboardData) -> Answer {
    let Some(parity) = compared(data) else {
        return Answer::unknown("No score from a browser has come back in the export.");
    };
    let different = parity.compared - parity.bit_equal;
    if different == 0 {
        let text = format!("Yes: all {} compared scores are equal to the last bit.", count(parity.compared));
        return Answer::of(Status::Good, text);
    }
    let small = parity.max_abs_diff <= data.thresholds.parity_difference;
    let size = if parity.max_abs_diff.is_finite() { format!(", by at most {:.1e}", parity.max_abs_diff) } else { String::new() };
    let text = format!("No: {} of {} compared scores differ{size}.", count(different), count(parity.compared));
    Answer::of(if small { Status::Watch } else { Status::Alert }, text)
}

/// The panel.
pub fn panel(data: &DashboardData) -> Panel {
    let answer = answer(data);
    let mut table = Table::new("Browser and batch scores", &[("", false), ("Scores", true), ("Share", true)]);
    let mut chart_html = String::new();
    if let (Some(parity), Some(share)) = (compared(data), share(data)) {
        table.row(["equal to the last bit".into(), count(parity.bit_equal), percent(share)]);
        table.row(["different".into(), count(parity.compared - parity.bit_equal), percent(1.0 - share)]);
        let mut svg = Svg::new(500.0, 22.0);
        svg.rect("different", 0.0, 4.0, 496.0, 14.0, "different");
        svg.rect("bar", 0.0, 4.0, 496.0 * share, 14.0, "equal");
        chart_html = svg.finish("chart", &format!("Share of equal scores. {}", answer.text));
    }
    Panel {
        eyebrow: "Browser and warehouse".into(),
        question: "Is the score the same in both places?".into(),
        answer,
        chart_html,
        table: Some(table),
    }
}
