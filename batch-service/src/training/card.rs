//! The model card, after Mitchell et al., "Model Cards for Model Reporting" (2019).

use super::evaluate::Measures;
use super::report::Report;
use super::text::{number, shown};
use crate::store::registry::COMMIT;
use model_core::{FAMILIES, Model, Place, Profile, Schema};
use std::fmt::{Result, Write};

/// The card as Markdown.
pub(super) fn markdown(report: &Report, model: &Model, profile: &Profile) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut out, report, model, profile);
    out
}

fn write(out: &mut String, report: &Report, model: &Model, profile: &Profile) -> Result {
    writeln!(out, "# Model card: {}\n", report.model_version)?;
    overview(out, report)?;
    data(out, report)?;
    metrics(out, report)?;
    calibration(out, report)?;
    features(out, report, model, profile)?;
    limits(out, report)
}

fn overview(out: &mut String, report: &Report) -> Result {
    let m = &report.model;
    let what = match report.target {
        "session" => "a conversion later in the same session, asked at every page view".to_owned(),
        _ => format!("a conversion in the {} days after today, asked at the end of each day", report.horizon_days),
    };
    let kind = match m.kind {
        kind if let Some(source) = &report.imported_from => format!("{kind} of {source}, {} trees", m.trees),
        "trees" => format!("gradient-boosted trees ({} trees, grown with forust-ml 0.8)", m.trees),
        _ => "logistic regression with a ridge penalty".to_owned(),
    };
    writeln!(out, "- **Predicts**: {what}, for the site profile `{}`.", report.profile)?;
    writeln!(out, "- **Form**: {kind}, {} features, {} calibration.", m.features, m.calibration.kind)?;
    writeln!(
        out,
        "- **Bands**: high from {:.4} (top 5 % of the calibration rows), medium from {:.4} (next 15 %).",
        m.bands[1], m.bands[0]
    )?;
    let commit = COMMIT.map_or_else(String::new, |commit| format!(" (commit {commit})"));
    writeln!(out, "- **Made by**: inkling {}{commit}, bundle format 1.", env!("CARGO_PKG_VERSION"))?;
    let release = if report.release_allowed { "allowed".to_owned() } else { report.release_reasons.join("; ") };
    writeln!(out, "- **Release**: {release}.\n")?;
    writeln!(
        out,
        "## Intended use\n\nTo put visitors of the site in an order: whom to offer help first, which audience to build, how \
         a campaign's visitors differ. The score is a probability for groups of visitors, not a fact about one. It is not \
         meant for prices, admission, credit, employment or any other decision about a person's rights or chances, and not \
         for a site other than the one whose profile it carries.\n"
    )
}

fn data(out: &mut String, report: &Report) -> Result {
    writeln!(
        out,
        "## Data\n\nGA4 events of visitors who consented, as snapshots: features up to a moment, label strictly after it. Snapshots at or after the first conversion of their scope are left out; those who never convert stay in.\n"
    )?;
    writeln!(out, "| days | for | from | to | rows | positive |\n|---:|---|---|---|---:|---:|")?;
    for s in report.split.iter().chain([&report.data]) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            s.day_count, s.name, s.days[0], s.days[1], s.rows, s.positives
        )?;
    }
    writeln!(out, "\n{}\n", report.refit)
}

fn metrics(out: &mut String, report: &Report) -> Result {
    writeln!(
        out,
        "## Metrics\n\nOn the test days, which are later than every day that anything was learnt from. Intervals: 95 %, \
         bootstrap over visitors. Prior: the share of positives of the fit for every row.\n"
    )?;
    measures(out, "All rows", &report.test.all)?;
    if let Some(by) = &report.test.by_page_view {
        if let Some(pooled) = &by.pooled {
            measures(out, "Rows of the page views below, pooled", pooled)?;
        }
        writeln!(
            out,
            "| page view | AUC | 95 % interval | rows | positive | predicted | came true | calibration error | by \
             chance |\n|---:|---:|---|---:|---:|---:|---:|---:|---:|"
        )?;
        for at in &by.at {
            let [value, low, high] = shown(&at.auc);
            let [predicted, rate] = [at.mean_score, at.rate].map(number);
            let [error, chance] = [at.calibration_error, at.calibration_error_by_chance].map(number);
            writeln!(
                out,
                "| {} | {value} | {low} to {high} | {} | {} | {predicted} | {rate} | {error} | {chance} |",
                at.page_view, at.rows, at.positives
            )?;
        }
        writeln!(out)?;
    }
    if let Some(c) = &report.in_service {
        writeln!(
            out,
            "Against the model in service, `{}`, on the {} rows ({} positive) that neither has learnt from:\n",
            c.version, c.rows, c.positives
        )?;
        if c.measures.is_empty() {
            return writeln!(out, "too few positive rows to compare.\n");
        }
        writeln!(out, "| measure | this model | in service | difference, 95 % interval |\n|---|---:|---:|---|")?;
        for m in &c.measures {
            let [value, low, high] = shown(&m.difference);
            writeln!(out, "| {} | {:.4} | {:.4} | {value} ({low} to {high}) |", m.name, m.model, m.in_service)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn measures(out: &mut String, title: &str, m: &Measures) -> Result {
    writeln!(out, "{title}: {} rows of {} visitors, {} positive.\n", m.rows, m.visitors, m.positives)?;
    writeln!(out, "| measure | value | 95 % interval | prior |\n|---|---:|---|---:|")?;
    for x in &m.measures {
        let [value, low, high] = shown(&x.model);
        writeln!(out, "| {} | {value} | {low} to {high} | {:.4} |", x.name, x.prior)?;
    }
    writeln!(out)
}

fn calibration(out: &mut String, report: &Report) -> Result {
    writeln!(
        out,
        "## Calibration\n\nTest rows in ten bins of equal mass; intervals after Wilson, rows taken as independent.\n"
    )?;
    writeln!(out, "| mean score | came true | 95 % interval | rows |\n|---:|---:|---|---:|")?;
    for b in &report.test.calibration {
        writeln!(
            out,
            "| {:.4} | {:.4} | {:.4} to {:.4} | {} |",
            b.score, b.observed, b.interval[0], b.interval[1], b.rows
        )?;
    }
    writeln!(out, "\n| decile of scores | lift | share of all positives so far |\n|---:|---:|---:|")?;
    for (i, d) in report.test.deciles.iter().enumerate() {
        writeln!(out, "| {} | {:.2} | {:.1} % |", i + 1, d.lift, d.gain * 100.0)?;
    }
    writeln!(out)
}

fn features(out: &mut String, report: &Report, model: &Model, profile: &Profile) -> Result {
    let schema = Schema::new(profile);
    writeln!(
        out,
        "## Features\n\nMissing values are kept as missing. Share: of the gain of all splits, or of the absolute weights.\n"
    )?;
    writeln!(out, "| feature | share | meaning | unit | computed in |\n|---|---:|---|---|---|")?;
    let names = model.feature_names(profile);
    for i in report.importances.iter().filter(|i| names.contains(&i.feature)) {
        let family = schema.position(profile, &i.feature).ok().and_then(|p| schema.feature(p));
        let Some(row) = family.and_then(|f| FAMILIES.get(f.family as usize)) else { continue };
        let place = match row.place {
            Place::Both => "browser and warehouse",
        };
        let unit = format!("{:?}", row.unit).to_lowercase();
        writeln!(out, "| `{}` | {:.1} % | {} | {unit} | {place} |", i.feature, i.share * 100.0, row.meaning)?;
    }
    writeln!(out)
}

fn limits(out: &mut String, report: &Report) -> Result {
    writeln!(out, "## Limits\n")?;
    for w in &report.warnings {
        writeln!(out, "- {w}")?;
    }
    writeln!(
        out,
        "- A visitor is a browser: people with several devices, or who clear their storage, are several visitors.\n\
         - Visitors without consent are neither learnt from nor scored; the model knows nothing about them.\n\
         - It learnt from the days above. Campaigns, seasons and changes of the site move both the share of conversions \
         and what leads to them; the monitor compares scores with what came true.\n\
         - Rows of one session are alike, so the number of rows overstates how much was seen; the intervals of the \
         metrics allow for that, those of the calibration table do not.\n"
    )?;
    writeln!(
        out,
        "## Ethical notes\n\nNo name, address, e-mail, free text or server-side location is read. Device, language, \
         channel and hour can stand in for age, income, disability or origin: before the score decides who is shown an \
         offer or given help, compare its averages and its calibration over such groups. A low score is no reason to give \
         less service. Scores follow the retention and deletion rules of the visitor data that they come from."
    )
}
