//! The link that opens Looker Studio on the views (its Linking API): a copy of a report with these views as its sources.

use crate::bigquery::DatasetName;
use crate::jobs::{ExitKind, exit};
use crate::monitor::views::VIEWS;
use anyhow::Result;
use reqwest::Url;

/// The key of the configuration that names the template.
pub const REPORT: &str = "dashboard.report";

const ADDRESS: &str = "https://lookerstudio.google.com/reporting/create";

/// The link: a copy of the report of this id, or an empty report, over the views of a dataset. The alias of each source is
/// the name of its view, and so it has to be in the template.
///
/// # Errors
/// Exit code 2 when the id is none of a report.
pub fn report_link(report: Option<&str>, site: &str, dataset: &DatasetName) -> Result<String> {
    let report = report.map(str::trim).filter(|id| !id.is_empty());
    if let Some(id) = report
        && !id.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
    {
        let text = format!("`{REPORT}` = {id:?}: the id of a report is what stands after /reporting/ in its address");
        return Err(exit(ExitKind::Usage, text));
    }
    let mut url = Url::parse(ADDRESS)?;
    {
        let mut query = url.query_pairs_mut();
        if let Some(id) = report {
            query.append_pair("c.reportId", id);
        }
        query.append_pair("r.reportName", &format!("Inkling: conversion scores of {site}"));
        for view in VIEWS {
            let mut add = |key: &str, value: &str| {
                query.append_pair(&format!("ds.{}.{key}", view.name), value);
            };
            add("connector", "bigQuery");
            add("datasourceName", view.name);
            add("type", "TABLE");
            add("projectId", &dataset.project);
            add("datasetId", &dataset.dataset);
            add("tableId", view.name);
        }
    }
    Ok(url.into())
}
