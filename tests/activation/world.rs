//! A warehouse with scores, the stand-in, and the program between them.

use super::visitors;
use batch_service::activation::config::Ga4Config;
use batch_service::activation::report::UploadSummary;
use batch_service::activation::upload::{Upload, UploadOptions};
use batch_service::activation::{DataManager, Destination, MeasurementProtocol, Names};
use batch_service::cloud::Patience;
use batch_service::config::CloudConfig;
use batch_service::ga4::Export;
use batch_service::jobs::backfill;
use batch_service::place::Place;
use batch_service::warehouse::Fence;
use conformance::analytics::Server;
use conformance::world::{Folder, Inkling, Site};
use jiff::civil::Date;
use std::process::Command;
use std::time::Duration;

/// A warehouse in its folder, which every user of it opens anew, as processes do.
pub struct World {
    pub folder: Folder,
    pub server: Server,
}

/// Limits that do not slow a test down.
pub fn patience() -> Patience {
    let milliseconds = Duration::from_millis;
    Patience {
        attempts: 5,
        attempt: Duration::from_secs(30),
        total: Duration::from_secs(60),
        wait: milliseconds(1),
        longest_wait: milliseconds(10),
    }
}

/// The property of a server, with all its endpoints.
pub fn config(server: &Server) -> Ga4Config {
    let (url, property) = (Some(server.url.clone()), server.state().property.clone());
    Ga4Config {
        property: Some(property.id),
        measurement_id: Some(property.measurement_id),
        stream: Some(property.stream),
        api_secret: Some(batch_service::activation::config::Secret::new(&property.api_secret)),
        data_manager_endpoint: url.clone(),
        measurement_endpoint: url.clone(),
        admin_endpoint: url.clone(),
        data_endpoint: url,
        ..Ga4Config::default()
    }
}

impl World {
    pub fn new(name: &str) -> Self {
        Self { folder: Folder::fresh(name), server: Server::start() }
    }

    /// The warehouse.
    pub fn place(&self) -> Place {
        let profile = Some("northgate-university");
        let guess = || unreachable!("the profile is given");
        Place::open(&self.folder.at("warehouse"), None, profile, &CloudConfig::default(), guess).unwrap()
    }

    /// A warehouse with the scores of a day.
    pub fn scored(name: &str, day: Date, count: usize) -> Self {
        let world = Self::new(name);
        visitors::write_all(&world.place(), day, count, false);
        world
    }

    /// The Data Manager API of the server.
    pub fn data_manager(&self) -> Box<dyn Destination> {
        self.data_manager_within(patience())
    }

    pub fn data_manager_within(&self, patience: Patience) -> Box<dyn Destination> {
        let config = config(&self.server);
        Box::new(DataManager::with_patience(&config, Names::of(&config), patience).unwrap())
    }

    /// The Measurement Protocol of the server.
    pub fn measurement_protocol(&self) -> Box<dyn Destination> {
        let config = config(&self.server);
        Box::new(MeasurementProtocol::with_patience(&config, Names::of(&config), patience()).unwrap())
    }

    /// Sends the scores of a day.
    pub fn send(
        &self,
        day: Date,
        destination: Box<dyn Destination>,
        export: Option<&dyn Export>,
    ) -> anyhow::Result<UploadSummary> {
        let config = config(&self.server);
        let place = self.place();
        Upload::to(&place, &config, export, day, UploadOptions::default(), destination)?.send(&Fence::none())
    }

    /// `inkling`, configured for the server.
    pub fn inkling(&self, arguments: &[&str]) -> Command {
        let mut command = Inkling::new(&self.folder).command(&[arguments, &["--warehouse", "warehouse"]].concat());
        let property = self.server.state().property.clone();
        for (key, value) in [
            ("PROPERTY", property.id.as_str()),
            ("MEASUREMENT_ID", &property.measurement_id),
            ("STREAM", &property.stream),
            ("API_SECRET", &property.api_secret),
            ("DATA_MANAGER_ENDPOINT", &self.server.url),
            ("MEASUREMENT_ENDPOINT", &self.server.url),
            ("ADMIN_ENDPOINT", &self.server.url),
            ("DATA_ENDPOINT", &self.server.url),
        ] {
            command.env(format!("INKLING__GA4__{key}"), value);
        }
        command.env("INKLING__RUN__LEASE_SECONDS", "1");
        command
    }

    /// Takes what visitors said on a day of `export/` into the warehouse.
    pub fn read_export(&self, day: Date) {
        let site = Site::of_export(self.folder.clone(), &["export"]);
        backfill::backfill(&self.place(), &site.found, (day, day), false, &Fence::none()).unwrap();
    }
}
