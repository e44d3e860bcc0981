//! The calls of the Data API.

use super::quota::Exhausted;
use super::report::{Names, Page, Query};
use crate::activation::config::Ga4Config;
use crate::cloud::rest::{JsonApi, Manners, Refusal};
use crate::cloud::{ANALYTICS_DATA, Endpoint, Patience};
use anyhow::{Result, bail};
use jiff::civil::Date;
use std::time::Duration;

const READ: &str = "https://www.googleapis.com/auth/analytics.readonly";

/// The Data API for one property.
#[derive(Debug)]
pub(super) struct DataApi {
    api: JsonApi,
    property: String,
}

fn advice(status: u16) -> Option<&'static str> {
    match status {
        403 => Some(
            "enable analyticsdata.googleapis.com, and add the account to the property as a Viewer (Admin, Property access \
             management)",
        ),
        404 => Some("there is no such property, or the account may not see it: check `property` in [ga4]"),
        _ => None,
    }
}

impl DataApi {
    pub fn open(config: &Ga4Config, property: &str) -> Result<Self> {
        let hopeless = |refusal: &Refusal| Exhausted::of(refusal).is_some();
        let manners = Manners { name: ANALYTICS_DATA.name, scope: READ, advice, hopeless };
        let endpoint = Endpoint::choose(ANALYTICS_DATA, config.data_endpoint.as_deref(), None)?;
        // A large report takes its time.
        let seconds = Duration::from_secs;
        let patience = Patience { attempt: seconds(180), total: seconds(600), ..Patience::default() };
        Ok(Self { api: JsonApi::open(manners, endpoint, patience)?, property: property.to_owned() })
    }

    /// The dimensions that reports may ask for.
    pub fn dimensions(&self) -> Result<Vec<String>> {
        let what = format!("dimensions of property {}", self.property);
        let names: Names = self.api.get(&what, &format!("v1beta/properties/{}/metadata", self.property), &[])?;
        Ok(names.dimensions.into_iter().map(|named| named.api_name).collect())
    }

    /// Some rows of a report.
    ///
    /// # Errors
    /// [`Exhausted`] in the chain when a quota is used up; when the call fails or the answer has other columns.
    pub fn page(&self, query: &Query, day: Date, offset: u64, limit: u64) -> Result<Page> {
        let what = format!("report {} of {day}, rows from {offset}", query.name);
        let path = format!("v1beta/properties/{}:runReport", self.property);
        let page: Page = self.api.post(&what, &path, &query.body(day, offset, limit)).map_err(|error| {
            match error.downcast_ref::<Refusal>().and_then(Exhausted::of) {
                Some(exhausted) => anyhow::Error::from(exhausted).context(what.clone()),
                None => error,
            }
        })?;
        if page.kind != "analyticsData#runReport" {
            bail!("{what}: the answer is no report");
        }
        let dimensions = page.dimension_headers.iter().map(|header| header.name.as_str());
        let metrics = page.metric_headers.iter().map(|header| header.name.as_str());
        // Restricted metrics may be left out of a report; that is told apart by its flag.
        if !dimensions.eq(query.dimensions.iter().map(String::as_str)) || !metrics.eq(query.metrics.iter().copied()) {
            bail!("{what}: the answer has other columns than those asked for");
        }
        Ok(page)
    }
}
