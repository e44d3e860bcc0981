//! `[ga4]`: the property that scores go back to, and how.

use super::rules;
use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result};
use model_core::Target;
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::path::PathBuf;

/// Variable with the secret of the Measurement Protocol.
pub const API_SECRET: &str = "INKLING__GA4__API_SECRET";

/// How scores travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Data Manager API, `events:ingest`.
    #[default]
    DataManager,
    /// Measurement Protocol, `/mp/collect`.
    MeasurementProtocol,
    /// A CSV file for Data Import.
    DataImport,
    /// They do not.
    None,
}

impl Way {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DataManager => "data-manager",
            Self::MeasurementProtocol => "measurement-protocol",
            Self::DataImport => "data-import",
            Self::None => "none",
        }
    }
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret, without the white space around it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// What is secret.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// The property in Google Analytics. Without `property` nothing is sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Ga4Config {
    /// Number of the property.
    #[serde(deserialize_with = "number")]
    pub property: Option<String>,
    /// `G-…` of the web stream.
    pub measurement_id: Option<String>,
    /// Number of the web stream.
    #[serde(deserialize_with = "number")]
    pub stream: Option<String>,
    /// How scores travel.
    pub destination: Way,
    /// Whose score is sent: `visitor` or `session`.
    pub target: String,
    /// File with the secret of the Measurement Protocol; the variable [`API_SECRET`] goes before it.
    pub api_secret_file: Option<PathBuf>,
    /// The variable [`API_SECRET`].
    #[serde(skip)]
    pub api_secret: Option<Secret>,
    /// The Measurement Protocol's servers in the European Union.
    pub eu: bool,
    /// User property of the score.
    pub user_property_score: String,
    /// User property of the band.
    pub user_property_band: String,
    /// Folder of the files for Data Import.
    pub data_import_folder: Option<PathBuf>,
    /// Where the Data Manager API is, when it is not at Google's usual address.
    pub data_manager_endpoint: Option<String>,
    /// Where the Measurement Protocol is.
    pub measurement_endpoint: Option<String>,
    /// Where the Admin API is.
    pub admin_endpoint: Option<String>,
    /// Where the Data API is.
    pub data_endpoint: Option<String>,
}

impl Default for Ga4Config {
    fn default() -> Self {
        Self {
            property: None,
            measurement_id: None,
            stream: None,
            destination: Way::default(),
            target: Target::Visitor.as_str().to_owned(),
            api_secret_file: None,
            api_secret: None,
            eu: false,
            user_property_score: "inkling_score".to_owned(),
            user_property_band: "inkling_band".to_owned(),
            data_import_folder: None,
            data_manager_endpoint: None,
            measurement_endpoint: None,
            admin_endpoint: None,
            data_endpoint: None,
        }
    }
}

impl Ga4Config {
    /// Whether scores are to be sent at all.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.property.is_some() && self.destination != Way::None
    }

    /// Checks what can be checked without Google.
    ///
    /// # Errors
    /// The key, and what is wrong.
    pub fn check(&self) -> Result<(), String> {
        for (key, value) in [("property", &self.property), ("stream", &self.stream)] {
            let digits = |text: &String| (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            if let Some(text) = value.as_ref().filter(|text| !digits(text)) {
                return Err(format!("ga4.{key} is `{text}`; it is a number, as Google Analytics shows it"));
            }
        }
        let code = |id: &str| id.len() > 2 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if let Some(id) = self.measurement_id.as_ref().filter(|id| !id.strip_prefix("G-").is_some_and(code)) {
            return Err(format!("ga4.measurement_id is `{id}`; it is `G-` and capital letters and digits"));
        }
        if !Target::ALL.iter().any(|target| target.as_str() == self.target) {
            return Err(format!("ga4.target is `{}`; it is `visitor` or `session`", self.target));
        }
        rules::user_property_name(&self.user_property_score).map_err(|e| format!("ga4.user_property_score: {e}"))?;
        rules::user_property_name(&self.user_property_band).map_err(|e| format!("ga4.user_property_band: {e}"))?;
        if self.user_property_score == self.user_property_band {
            return Err("ga4.user_property_score and ga4.user_property_band have the same name".to_owned());
        }
        Ok(())
    }

    /// A value without which a command cannot work.
    ///
    /// # Errors
    /// Exit code 2 when it is not configured.
    pub fn needed<'a, T: ?Sized>(&self, key: &str, value: Option<&'a T>) -> Result<&'a T> {
        value.ok_or_else(|| exit(ExitKind::Usage, format!("`{key}` in [ga4] is not set, and is needed here")))
    }

    /// The secret of the Measurement Protocol, from the environment or its file.
    ///
    /// # Errors
    /// Exit code 2 when there is none, or the file cannot be read.
    pub fn secret(&self) -> Result<Secret> {
        let read = match (&self.api_secret, &self.api_secret_file) {
            (Some(secret), _) => Ok(secret.clone()),
            (None, Some(path)) => {
                std::fs::read_to_string(path).with_context(|| path.display().to_string()).map(|text| Secret::new(&text))
            }
            (None, None) => Ok(Secret::new("")),
        };
        let secret = read.map_err(|error| exit(ExitKind::Usage, format!("ga4.api_secret_file: {error:#}")))?;
        if secret.reveal().is_empty() {
            let text =
                format!("the Measurement Protocol needs a secret: set {API_SECRET}, or `api_secret_file` in [ga4]");
            return Err(exit(ExitKind::Usage, text));
        }
        Ok(secret)
    }
}

/// A number that may be written with or without quotes.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Number(u64),
    }
    Ok(Some(match Written::deserialize(deserializer)? {
        Written::Text(text) => text.trim().to_owned(),
        Written::Number(number) => number.to_string(),
    }))
}
