//! Store and warehouse: may we read and write.

use super::Check;
use crate::config::Config;
use crate::place::Place;
use crate::profile::SiteProfile;
use crate::store::{self, ObjectStore};
use anyhow::{Context, Result, bail};

/// Written to see whether writing works. It never changes, so that a second doctor finds it.
const PROBE: (&str, &[u8]) = ("doctor/probe.txt", b"written by `inkling doctor`; it can be removed\n");

pub(super) fn examine(config: &Config) -> (Vec<Check>, Option<Place>) {
    let mut checks = Vec::new();
    if let Some(word) = &config.store {
        let tried = store::open(word, &config.cloud)
            .and_then(|store| writes(&*store))
            .map(|()| format!("{}: read, listed and written", word.display()));
        let fix = "give the account roles/storage.objectViewer on the store, and roles/storage.objectUser on its folder doctor: \
                   docs/GOOGLE_CLOUD.md, roles (a folder: the right to write)";
        checks.push(Check::of("store", tried, fix));
    }
    let Some(warehouse) = &config.warehouse else {
        checks.push(Check::unset("warehouse", "no warehouse is configured", "give --warehouse DIR, or `bigquery`"));
        return (checks, None);
    };
    let guess = || SiteProfile::load("ga4-default");
    let opened = Place::look(warehouse, config.store.as_deref(), config.profile.as_deref(), &config.cloud, guess);
    let place = match opened {
        Ok(place) => place,
        Err(error) => {
            let fix = "BigQuery: give the account roles/bigquery.dataEditor on the dataset and roles/bigquery.jobUser on the \
                       project; a folder: the right to write";
            checks.push(Check::of("warehouse", Err(error), fix));
            return (checks, None);
        }
    };
    let probed = place.warehouse.probe().map(|found| format!("{}: {found}", warehouse.display()));
    checks.push(Check::of("warehouse", probed, "see the cause; a full disk and missing roles are the usual ones"));
    let site = place.site.profile.parts();
    let profile = format!("{}, time zone {}", site.name, site.time_zone);
    checks.push(if site.name == "ga4-default" {
        Check::unset("site profile", profile, "describe the site: docs/PROFILE.md")
    } else {
        Check::of("site profile", Ok(profile), "")
    });
    (checks, Some(place))
}

fn writes(store: &dyn ObjectStore) -> Result<()> {
    let (name, text) = PROBE;
    store.put_new(name, text)?;
    let (folder, file) = name.rsplit_once('/').unwrap_or_default();
    if !store.list(folder)?.iter().any(|found| found == file) {
        bail!("what was written is not listed");
    }
    let read = store.get(name)?.context("what was written is not there")?;
    if read != text {
        bail!("what was written is not what is read");
    }
    Ok(())
}
