//! The calls of the Admin API.

use crate::activation::config::Ga4Config;
use crate::cloud::rest::{JsonApi, Manners};
use crate::cloud::{ANALYTICS_ADMIN, Endpoint, Patience};
use anyhow::{Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

const READ: &str = "https://www.googleapis.com/auth/analytics.readonly";
const EDIT: &str = "https://www.googleapis.com/auth/analytics.edit";
/// Entries that are asked for at a time; a server may give fewer.
const PAGE: &str = "200";
/// More pages than this are a server that goes round in circles.
const MAX_PAGES: usize = 200;

/// A custom dimension as the API shows it; what is false or empty is left out there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Dimension {
    /// `properties/…/customDimensions/…`
    pub name: String,
    pub parameter_name: String,
    pub display_name: String,
    /// `USER`, `EVENT` or `ITEM`.
    pub scope: String,
    pub disallow_ads_personalization: bool,
}

/// An audience as the API shows it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Audience {
    pub display_name: String,
    pub membership_duration_days: i64,
    pub filter_clauses: Value,
}

/// The Admin API for one property.
#[derive(Debug)]
pub(super) struct Admin {
    api: JsonApi,
    property: String,
}

fn advice(status: u16) -> Option<&'static str> {
    match status {
        403 => Some(
            "enable analyticsadmin.googleapis.com, and add the account to the property (Admin, Property access management): \
             Viewer to plan, Editor to apply",
        ),
        404 => Some("there is no such property, or the account may not see it: check `property` in [ga4]"),
        _ => None,
    }
}

impl Admin {
    /// With the right to read, or to edit.
    pub fn open(config: &Ga4Config, property: &str, edit: bool) -> Result<Self> {
        let scope = if edit { EDIT } else { READ };
        let manners = Manners { name: ANALYTICS_ADMIN.name, scope, advice, hopeless: |_| false };
        let endpoint = Endpoint::choose(ANALYTICS_ADMIN, config.admin_endpoint.as_deref(), None)?;
        let api = JsonApi::open(manners, endpoint, Patience::default())?;
        Ok(Self { api, property: property.to_owned() })
    }

    /// All custom dimensions that are not archived.
    pub fn dimensions(&self) -> Result<Vec<Dimension>> {
        self.list("v1beta", "customDimensions")
    }

    /// All audiences.
    pub fn audiences(&self) -> Result<Vec<Audience>> {
        self.list("v1alpha", "audiences")
    }

    fn list<T: DeserializeOwned>(&self, version: &str, field: &str) -> Result<Vec<T>> {
        let path = format!("{version}/properties/{}/{field}", self.property);
        let what = format!("listing {field} of property {}", self.property);
        let (mut found, mut token) = (Vec::new(), String::new());
        for _ in 0..MAX_PAGES {
            let mut query = vec![("pageSize", PAGE)];
            if !token.is_empty() {
                query.push(("pageToken", &token));
            }
            let mut page: Map<String, Value> = self.api.get(&what, &path, &query)?;
            if let Some(entries) = page.remove(field) {
                let entries: Vec<T> = serde_json::from_value(entries)?;
                found.extend(entries);
            }
            token = page.get("nextPageToken").and_then(Value::as_str).unwrap_or_default().to_owned();
            if token.is_empty() {
                return Ok(found);
            }
        }
        bail!("{what}: more than {MAX_PAGES} pages")
    }

    /// Makes a custom dimension. A property that looks `full` is asked once: the same status as that of too many requests
    /// means that there is no room.
    pub fn create_dimension(&self, body: &Value, full: bool) -> Result<()> {
        let what = format!("creating custom dimension {}", body["parameterName"]);
        let made: Dimension = self.create(&what, "v1beta", "customDimensions", body, full)?;
        if body["parameterName"] != made.parameter_name.as_str() {
            bail!("{what}: the answer is about another one");
        }
        Ok(())
    }

    /// Changes whether a dimension may be used for ads.
    pub fn disallow_ads(&self, resource: &str, disallow: bool) -> Result<()> {
        let body = serde_json::json!({"disallowAdsPersonalization": disallow});
        let what = format!("changing {resource}");
        let _: Dimension = self.api.patch(&what, &format!("v1beta/{resource}"), "disallowAdsPersonalization", &body)?;
        Ok(())
    }

    fn create<T: DeserializeOwned>(
        &self,
        what: &str,
        version: &str,
        field: &str,
        body: &Value,
        full: bool,
    ) -> Result<T> {
        let path = format!("{version}/properties/{}/{field}", self.property);
        if full { self.api.post_once(what, &path, body) } else { self.api.post(what, &path, body) }
    }

    /// Makes an audience; for `full` see [`Self::create_dimension`].
    pub fn create_audience(&self, body: &Value, full: bool) -> Result<()> {
        let what = format!("creating audience {}", body["displayName"]);
        let made: Audience = self.create(&what, "v1alpha", "audiences", body, full)?;
        if body["displayName"] != made.display_name.as_str() {
            bail!("{what}: the answer is about another one");
        }
        Ok(())
    }
}
