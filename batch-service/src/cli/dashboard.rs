//! `inkling dashboard`: the figures of the daily job.

use super::{Context, usage};
use anyhow::{Context as _, Result};
use batch_service::dashboard::{FILE, Page, report_link, shown};
use batch_service::monitor::views::{ReportingViews, document, ensure};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// `inkling dashboard build`
pub fn build(context: &Context, out: Option<PathBuf>, web: Option<&Path>) -> Result<u8> {
    let place = context.place()?;
    // Before the views are read, which may be billed.
    let page = Page::read(web.unwrap_or(&context.config.release.web))?;
    let out = out.unwrap_or_else(|| place.warehouse.folder().join(FILE));
    let document = document(&place, &context.config.dashboard, Timestamp::now())?;
    std::fs::write(&out, page.with(&shown(&document, None))?).with_context(|| out.display().to_string())?;
    context.print(&serde_json::json!({"page": out}), out.display())?;
    Ok(0)
}

/// `inkling dashboard link`
pub fn link(context: &Context) -> Result<u8> {
    let place = context.place()?;
    let config = &context.config.dashboard;
    let Some(reporting) = ReportingViews::of(&*place.warehouse, &config.dataset)? else {
        return Err(usage(
            "a warehouse in a folder has no views in BigQuery that Looker Studio could read: `inkling dashboard build` \
             makes a page of the same figures",
        ));
    };
    let link = report_link(config.report.as_deref(), &place.site.profile.parts().name, reporting.dataset())?;
    context.print(&serde_json::json!({"link": link, "dataset": config.dataset}), &link)?;
    Ok(0)
}

/// `inkling dashboard data`
pub fn data(context: &Context, out: &Path) -> Result<u8> {
    let place = context.place()?;
    let document = document(&place, &context.config.dashboard, Timestamp::now())?;
    std::fs::write(out, serde_json::to_vec(&document)?).with_context(|| out.display().to_string())?;
    let rows: usize = document.views.values().map(|view| view.rows.len()).sum();
    context.print(&serde_json::json!({"file": out, "rows": rows}), format!("{rows} rows in {}", out.display()))?;
    Ok(0)
}

/// `inkling dashboard views`
pub fn views(context: &Context) -> Result<u8> {
    let place = context.place()?;
    let config = &context.config.dashboard;
    let Some(made) = ensure(&*place.warehouse, &*place.store, &config.dataset, &config.thresholds, true)? else {
        return Err(usage("a warehouse in a folder has no views: `inkling dashboard data` gives their rows"));
    };
    let text = format!("{made} views in the dataset {}", config.dataset);
    context.print(&serde_json::json!({"views": made, "dataset": config.dataset}), text)?;
    Ok(0)
}
