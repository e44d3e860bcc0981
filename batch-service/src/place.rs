//! What the jobs work on: warehouse, store and site profile, opened once.

use crate::config::CloudConfig;
use crate::ga4::{Export, ReadOptions};
use crate::jobs::{ExitKind, exit};
use crate::profile::SiteProfile;
use crate::shards::Shards;
use crate::store::{self, LocalStore, ObjectStore};
use crate::warehouse::bigquery::BigQueryWarehouse;
use crate::warehouse::{LocalWarehouse, Warehouse};
use anyhow::{Context, Result};
use std::path::Path;

const PROFILE: &str = "profile.toml";
/// The warehouse that is no folder.
const BIGQUERY: &str = "bigquery";
const NO_STORE: &str = "with the warehouse in BigQuery, where are models and releases? Give --store gs://BUCKET/PREFIX";

/// An open warehouse with its store and profile.
#[derive(Debug)]
pub struct Place {
    /// The tables.
    pub warehouse: Box<dyn Warehouse>,
    /// Models and releases.
    pub store: Box<dyn ObjectStore>,
    /// Tells the warehouse from others that share its store.
    pub name: String,
    /// Where the processes of this warehouse meet: `leases/NAME`, `parts/NAME`.
    pub shared: Box<dyn ObjectStore>,
    /// The site.
    pub site: SiteProfile,
}

impl Place {
    /// Opens a warehouse: a folder, or `bigquery`. Without a store, models and releases are in the folder's `store`. The
    /// profile is the given one, or the one that the warehouse was filled with, or the one that `guess` gives.
    ///
    /// # Errors
    /// Exit code 2 when the warehouse was filled with another profile than the given one: its states and features would
    /// not fit; when it cannot be opened.
    pub fn open(
        warehouse: &Path,
        store: Option<&Path>,
        profile: Option<&str>,
        cloud: &CloudConfig,
        guess: impl FnOnce() -> Result<SiteProfile>,
    ) -> Result<Self> {
        Self::open_and(true, warehouse, store, profile, cloud, guess)
    }

    /// The same, but an empty warehouse does not become one of this profile.
    ///
    /// # Errors
    /// As for `open`.
    pub fn look(
        warehouse: &Path,
        store: Option<&Path>,
        profile: Option<&str>,
        cloud: &CloudConfig,
        guess: impl FnOnce() -> Result<SiteProfile>,
    ) -> Result<Self> {
        Self::open_and(false, warehouse, store, profile, cloud, guess)
    }

    fn open_and(
        keep: bool,
        warehouse: &Path,
        store: Option<&Path>,
        profile: Option<&str>,
        cloud: &CloudConfig,
        guess: impl FnOnce() -> Result<SiteProfile>,
    ) -> Result<Self> {
        let opened = store.map(|place| store::open(place, cloud)).transpose()?;
        let word = warehouse.to_string_lossy();
        if word == BIGQUERY {
            let Some(opened) = opened else {
                return Err(exit(ExitKind::Usage, NO_STORE));
            };
            // The profile lies beside the models that were trained with it.
            let kept = opened.get(PROFILE)?.map(String::from_utf8).transpose().context(PROFILE)?;
            let site = choose(&word, profile, kept.as_deref(), guess)?;
            let tables = BigQueryWarehouse::open(cloud, store)?;
            if keep && kept.is_none() {
                opened.put_new(PROFILE, site.text.as_bytes())?;
            }
            let (name, shared) = (tables.name(), store::open(store.unwrap_or(Path::new("")), cloud)?);
            return Ok(Self { warehouse: Box::new(tables), store: opened, name, shared, site });
        }
        if word.contains("://") {
            return Err(exit(ExitKind::Usage, format!("warehouse {word}: a warehouse is a folder, or `bigquery`")));
        }
        let file = warehouse.join(PROFILE);
        let kept = if file.is_file() {
            Some(std::fs::read_to_string(&file).with_context(|| file.display().to_string())?)
        } else {
            None
        };
        let site = choose(&word, profile, kept.as_deref(), guess)?;
        let tables = LocalWarehouse::open(warehouse)?;
        if keep && kept.is_none() {
            tables.put_beside(PROFILE, site.text.as_bytes())?;
        }
        let store = opened.unwrap_or_else(|| Box::new(LocalStore::new(warehouse.join("store"))));
        let shared = Box::new(LocalStore::new(warehouse.join(".run")));
        Ok(Self { warehouse: Box::new(tables), store, name: "folder".to_owned(), shared, site })
    }
}

/// The tables alone: of a folder, or `bigquery`.
///
/// # Errors
/// When the warehouse cannot be opened.
pub fn tables(warehouse: &Path, store: Option<&Path>, cloud: &CloudConfig) -> Result<Box<dyn Warehouse>> {
    if warehouse.to_string_lossy() == BIGQUERY {
        return Ok(Box::new(BigQueryWarehouse::open(cloud, store)?));
    }
    Ok(Box::new(LocalWarehouse::open(warehouse)?))
}

/// Where models, releases and incidents are, without opening the warehouse; `None` when that is not configured.
///
/// # Errors
/// Exit code 2 for an address that is none, or a warehouse in BigQuery without a store.
pub fn store_of(
    warehouse: Option<&Path>,
    store: Option<&Path>,
    cloud: &CloudConfig,
) -> Result<Option<Box<dyn ObjectStore>>> {
    match (store, warehouse) {
        (Some(store), _) => store::open(store, cloud).map(Some),
        (None, Some(warehouse)) if warehouse.to_string_lossy() == BIGQUERY => Err(exit(ExitKind::Usage, NO_STORE)),
        (None, Some(warehouse)) => Ok(Some(Box::new(LocalStore::new(warehouse.join("store"))))),
        (None, None) => Ok(None),
    }
}

/// The given profile, or the one that the warehouse was filled with, or a guess.
fn choose(
    warehouse: &str,
    given: Option<&str>,
    kept: Option<&str>,
    guess: impl FnOnce() -> Result<SiteProfile>,
) -> Result<SiteProfile> {
    let kept = kept.map(|text| SiteProfile::parse(text, PROFILE)).transpose()?;
    match (given, kept) {
        (Some(name), Some(kept)) => {
            let site = SiteProfile::load(name)?;
            if site.profile.fingerprint() != kept.profile.fingerprint() {
                let text = format!(
                    "warehouse {warehouse} was filled with another site profile than {name}; fill an empty one with \
                     `inkling backfill`, or leave --profile out"
                );
                return Err(exit(ExitKind::Usage, text));
            }
            Ok(site)
        }
        (Some(name), None) => SiteProfile::load(name),
        (None, Some(kept)) => Ok(kept),
        (None, None) => guess(),
    }
}

/// The built-in profile whose hosts a page of the export has.
///
/// # Errors
/// When no day of the export can be read.
pub fn guess_profile(export: &dyn Export) -> Result<SiteProfile> {
    let day = export.days().first().copied().context("the export has no days")?;
    let (events, report) = export.read(day, Shards::ALL)?;
    report.check(&ReadOptions::default())?;
    let mut pages = std::collections::HashMap::new();
    for row in events.rows.iter().filter(|r| r.page != 0) {
        *pages.entry(row.page).or_insert(0u32) += 1;
    }
    let most = pages.into_iter().max_by_key(|(page, count)| (*count, *page)).map_or(0, |(page, _)| page);
    let site = SiteProfile::for_page(events.text(most))?;
    crate::progress::note(format_args!(
        "site profile: {} (by the pages' host; choose with --profile)",
        site.profile.parts().name
    ));
    Ok(site)
}
