//! A site on this machine: export, warehouse, models, release, and the server that shows them.

use super::{Folder, repository, web};
use anyhow::Result;
use batch_service::config::CloudConfig;
use batch_service::ga4::discover::{DiscoverOptions, Discovery, discover};
use batch_service::jobs::promote::Gate;
use batch_service::jobs::run::{DayOptions, DaySummary, run_day};
use batch_service::jobs::{backfill, train};
use batch_service::place::{Place, guess_profile};
use batch_service::release::{Authority, Manifest, PublishOptions, Signing, publish};
use batch_service::simulate::{self, SimulateOptions};
use batch_service::training::{TrainOptions, TreeSettings};
use batch_service::warehouse::Fence;
use jiff::Timestamp;
use jiff::civil::Date;
use model_core::Target;
use std::path::{Path, PathBuf};

/// An export and the warehouse that it fills, both in one folder.
pub struct Site {
    /// Where everything lies.
    pub folder: Folder,
    /// The files of each day.
    pub found: Discovery,
    /// Warehouse, store and profile.
    pub place: Place,
}

/// Folder of a real export: where the variable `GA4_EXPORT_FOLDER` says, else the one beside the checkout, if there is one.
#[must_use]
pub fn real_export() -> Option<PathBuf> {
    let beside = || repository().join("../shared/data/ga4_merch_history_202011");
    let real = std::env::var_os("GA4_EXPORT_FOLDER").map_or_else(beside, PathBuf::from);
    println!("real export: {}{}", real.display(), if real.is_dir() { "" } else { " (not there)" });
    real.is_dir().then_some(real)
}

/// Options of a training that is quick, and still grows trees like the real ones.
#[must_use]
pub fn small_trees() -> TrainOptions {
    let trees = TreeSettings { trees: 40, leaves: 31, bins: 32, ..TreeSettings::default() };
    TrainOptions { trees, resamples: 20, ..TrainOptions::default() }
}

impl Site {
    /// The made-up university, `export/` in the folder, not read yet.
    #[must_use]
    pub fn simulated(folder: Folder, days: usize, visitors: u64) -> Self {
        Self::simulated_from(folder, days, visitors, simulate::DEFAULT_START)
    }

    /// The same, from another day on.
    #[must_use]
    pub fn simulated_from(folder: Folder, days: usize, visitors: u64, start: Date) -> Self {
        let out = folder.at("export");
        simulate::run(&SimulateOptions { out, days, visitors, seed: 7, start, json: true }).expect("a simulation");
        Self::of_export(folder, &["export"])
    }

    /// A site of the real export, or where there is none a simulated one.
    #[must_use]
    pub fn real_or_simulated(folder: Folder, days: usize, visitors: u64) -> Self {
        match real_export() {
            Some(real) => Self::of_export(folder, &[&real.to_string_lossy()]),
            None => Self::simulated(folder, days, visitors),
        }
    }

    /// A site whose export lies in folders below its own, or elsewhere by full path.
    #[must_use]
    pub fn of_export(folder: Folder, exports: &[&str]) -> Self {
        let inputs: Vec<String> = exports.iter().map(|e| folder.at(e).to_string_lossy().into_owned()).collect();
        let found = discover(&inputs, DiscoverOptions::default()).expect("an export");
        let place = Place::open(&folder.at("warehouse"), None, None, &CloudConfig::default(), || guess_profile(&found))
            .expect("a warehouse");
        Self { folder, found, place }
    }

    /// The days of the export.
    #[must_use]
    pub fn days(&self) -> Vec<Date> {
        self.found.days.keys().copied().collect()
    }

    /// Fills the warehouse with a range of days.
    pub fn backfill(&self, from: Date, to: Date) -> backfill::BackfillSummary {
        backfill::backfill(&self.place, &self.found, (from, to), false, &Fence::none()).expect("a backfill")
    }

    /// Trains small trees for a target on the days up to `to`, and puts them into service.
    pub fn train(&self, target: Target, to: Date) -> train::TrainSummary {
        let done = train::train(&self.place, &[target], None, to, &small_trees(), &Gate::forced()).expect("a training");
        done.into_iter().next().expect("one model")
    }

    /// The daily job.
    ///
    /// # Errors
    /// As the job.
    pub fn run(&self, day: Date, force: bool) -> Result<DaySummary> {
        run_day(&self.place, &self.found, day, DayOptions { score: true, force, ..DayOptions::default() })
    }

    /// Publishes the session model in service, signed with the keys in `keys/`.
    #[must_use]
    pub fn publish(&self, web: &Path) -> Manifest {
        let authority =
            Authority::init(&self.folder.at("keys"), &self.folder.at("root-keys"), 3, 2, None).expect("keys");
        let signer = authority.online().expect("the online key");
        let signing = Signing { authority: &authority, signer: &signer, now: Timestamp::now(), days: 7 };
        let options =
            PublishOptions { version: None, web, environment: "prod", canary: None, min_loader: None, fresh: false };
        publish(&self.place.store, signing, &options).expect("a release")
    }

    /// The made-up university with a session model and a release: all that the demo site needs.
    #[must_use]
    pub fn published(name: &str) -> Self {
        let site = Self::simulated(Folder::fresh(name), 12, 3_000);
        let days = site.days();
        site.backfill(days[0], days[11]);
        site.train(Target::Session, days[8]);
        let _ = site.publish(&web());
        let visits = batch_service::jobs::visits::sample(&site.place, days[9], days[11]).expect("visits");
        site.folder.write("warehouse/visits.json", serde_json::to_vec(&visits).unwrap());
        site
    }
}
