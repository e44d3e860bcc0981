//! Browser scores that came back in the export, against the batch's recomputation.

use super::data::{DashboardData, Parity};
use super::format::{count, percent};
use super::html::{Answer, Panel, Table};
use super::status::Status;
use super::svg::{Anchor, Svg};

fn compared(data: &DashboardData) -> Option<&Parity> {
    data.parity.as_ref().filter(|parity| parity.compared > 0 && parity.bit_equal <= parity.compared)
}

fn share(parity: &Parity) -> f64 {
    parity.bit_equal as f64 / parity.compared as f64
}

/// The share of equal scores; nearly all is never rounded up to all.
fn shown(parity: &Parity) -> String {
    if parity.bit_equal < parity.compared && share(parity) > 0.999 { ">99.9%".into() } else { percent(share(parity)) }
}

/// The share of equal scores and how many were compared.
pub fn in_short(data: &DashboardData) -> Option<(String, u64)> {
    compared(data).map(|parity| (shown(parity), parity.compared))
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
    let size = if parity.max_abs_diff.is_finite() {
        format!(", by at most {:.1e}", parity.max_abs_diff)
    } else {
        String::new()
    };
    let text = format!("No: {} of {} compared scores differ{size}.", count(different), count(parity.compared));
    Answer::of(if small { Status::Watch } else { Status::Alert }, text)
}

/// The panel.
pub fn panel(data: &DashboardData) -> Panel {
    let answer = answer(data);
    let mut table = Table::new("Browser and batch scores", &[("Result", false), ("Scores", true), ("Share", true)]);
    let mut chart_html = String::new();
    if let Some(parity) = compared(data) {
        let share = share(parity);
        table.row(["equal to the last bit".into(), count(parity.bit_equal), shown(parity)]);
        table.row(["different".into(), count(parity.compared - parity.bit_equal), percent(1.0 - share)]);
        let mut svg = Svg::new(500.0, 104.0);
        let callout = format!("{} of {}", count(parity.bit_equal), count(parity.compared));
        let callout = if callout.len() > 40 { shown(parity) } else { callout };
        svg.text("callout", 0.0, 24.0, Anchor::Start, &callout);
        svg.text("tick", 0.0, 46.0, Anchor::Start, "browser scores equal the batch's to the last bit");
        svg.rect("different", 0.0, 66.0, 496.0, 10.0, "different");
        // One difference among millions must still be seen.
        let equal = if parity.bit_equal < parity.compared { (496.0 * share).min(492.0) } else { 496.0 };
        svg.rect("bar", 0.0, 66.0, equal, 10.0, "equal");
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
