//! Configuration: `inkling.toml`, then `INKLING__SECTION__KEY` from the environment, then flags.

use crate::activation::config::{API_SECRET, Ga4Config, Secret};
use crate::alerts::{self, AlertsConfig};
use crate::jobs::daily::{DEADLINE_HOURS, DailyOptions};
use crate::jobs::lease::LeaseOptions;
use crate::jobs::retrain::RetrainConfig;
use crate::jobs::{ExitKind, exit};
use crate::logs::LogConfig;
use crate::monitor::DashboardConfig;
use crate::serve::ServeConfig;
use anyhow::{Context, Result, anyhow};
use jiff::SignedDuration;
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

const FILE: &str = "inkling.toml";
/// How the names of variables begin.
pub const PREFIX: &str = "INKLING__";
/// The variable that all of Google's own clients read.
const EMULATOR: &str = "STORAGE_EMULATOR_HOST";
/// The variable that Google's own programs read.
const PROJECT: &str = "GOOGLE_CLOUD_PROJECT";
/// For how many days a release may be good.
const RELEASE_DAYS: RangeInclusive<i64> = 1..=365;
/// Every key, as `section.key`.
const KEYS: [&str; 67] = [
    "events",
    "warehouse",
    "store",
    "profile",
    "run.lease_seconds",
    "run.wait_seconds",
    "run.deadline_hours",
    "release.keys",
    "release.root_keys",
    "release.online_key",
    "release.web",
    "release.environment",
    "release.days",
    "dashboard.dataset",
    "dashboard.report",
    "dashboard.thresholds",
    "retrain.max_age_days",
    "retrain.min_age_days",
    "retrain.look_days",
    "retrain.red_days",
    "retrain.amber_days",
    "serve.address",
    "serve.audience",
    "serve.invoker",
    "serve.viewers",
    "serve.callers",
    "serve.scorers",
    "serve.jwks",
    "serve.schedule",
    "log.format",
    "cloud.project",
    "cloud.dataset",
    "cloud.location",
    "cloud.bucket",
    "cloud.scratch",
    "cloud.max_bytes_billed",
    "cloud.price_per_tib",
    "cloud.storage_endpoint",
    "cloud.bigquery_endpoint",
    "cloud.bigquery_storage_endpoint",
    "cloud.kms_endpoint",
    "alerts.smtp",
    "alerts.tls",
    "alerts.ca_file",
    "alerts.user",
    "alerts.from",
    "alerts.to",
    "alerts.prefix",
    "alerts.runbook",
    "alerts.deadline_seconds",
    "ga4.property",
    "ga4.measurement_id",
    "ga4.stream",
    "ga4.destination",
    "ga4.target",
    "ga4.api_secret_file",
    "ga4.eu",
    "ga4.user_property_score",
    "ga4.user_property_band",
    "ga4.disallow_ads_personalization",
    "ga4.client_id_dimension",
    "ga4.session_id_dimension",
    "ga4.data_import_folder",
    "ga4.data_manager_endpoint",
    "ga4.measurement_endpoint",
    "ga4.admin_endpoint",
    "ga4.data_endpoint",
];

/// What is configured; flags stand above it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Folders, files or globs of the GA4 export.
    pub events: Vec<String>,
    /// Folder of the tables.
    pub warehouse: Option<PathBuf>,
    /// Folder or `gs://BUCKET[/PREFIX]` of models and releases; `store` in the warehouse by default.
    pub store: Option<PathBuf>,
    /// Name or file of the site profile.
    pub profile: Option<String>,
    /// `[run]`
    pub run: RunConfig,
    /// `[release]`
    pub release: ReleaseConfig,
    /// `[dashboard]`
    pub dashboard: DashboardConfig,
    /// `[retrain]`
    pub retrain: RetrainConfig,
    /// `[serve]`
    pub serve: ServeConfig,
    /// `[log]`
    pub log: LogConfig,
    /// `[cloud]`
    pub cloud: CloudConfig,
    /// `[alerts]`
    pub alerts: AlertsConfig,
    /// `[ga4]`
    pub ga4: Ga4Config,
}

/// Google Cloud.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CloudConfig {
    /// The project that BigQuery's jobs run in and are billed to; `GOOGLE_CLOUD_PROJECT` by default.
    pub project: Option<String>,
    /// `[PROJECT.]DATASET` of the tables; `inkling` by default.
    pub dataset: Option<String>,
    /// Where the dataset is made and jobs run; by default where the dataset is.
    pub location: Option<String>,
    /// `gs://BUCKET[/PREFIX]` that Parquet files go through on their way into BigQuery; `staging` in the store by default.
    pub bucket: Option<String>,
    /// Folder on this machine for what is read of BigQuery and written to it; in the temporary folder by default.
    pub scratch: Option<PathBuf>,
    /// A query that would be billed for more bytes is not run.
    pub max_bytes_billed: Option<i64>,
    /// What a TiB costs that a query reads, for estimates.
    pub price_per_tib: Option<f64>,
    /// Where BigQuery is, when it is not at Google's usual address.
    pub bigquery_endpoint: Option<String>,
    /// Where BigQuery's Storage Read API is.
    pub bigquery_storage_endpoint: Option<String>,
    /// Where Cloud KMS is.
    pub kms_endpoint: Option<String>,
    /// Where Cloud Storage is, when it is not at Google's usual address.
    pub storage_endpoint: Option<String>,
    /// `STORAGE_EMULATOR_HOST`: a stand-in on this machine. The endpoint above goes before it.
    #[serde(skip)]
    pub storage_emulator: Option<String>,
}

/// How the daily job is done.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub struct RunConfig {
    /// A run that has died is overtaken after this time.
    pub lease_seconds: u64,
    /// How long to wait for another run.
    pub wait_seconds: u64,
    /// A table that is not there so long after its day, or after an earlier one that is missing since, is a failure.
    pub deadline_hours: u32,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self { lease_seconds: 120, wait_seconds: 3_600, deadline_hours: DEADLINE_HOURS }
    }
}

impl RunConfig {
    /// For the lease.
    #[must_use]
    pub fn lease(&self) -> LeaseOptions {
        let (held_for, wait) = (self.lease_seconds.max(1), self.wait_seconds);
        LeaseOptions { held_for: Duration::from_secs(held_for), wait: Duration::from_secs(wait) }
    }

    /// For the daily job.
    #[must_use]
    pub fn daily(&self) -> DailyOptions {
        let deadline = SignedDuration::from_hours(i64::from(self.deadline_hours));
        DailyOptions { lease: self.lease(), deadline, ..DailyOptions::default() }
    }
}

/// How releases are made.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct ReleaseConfig {
    /// Folder of the online key and of the chain of roots.
    pub keys: PathBuf,
    /// Folder of the root keys, which is there only for ceremonies.
    pub root_keys: PathBuf,
    /// The online key in Cloud KMS, by the name of its version; in the folder of the keys by default.
    pub online_key: Option<String>,
    /// Folder with `scorer.wasm`, `loader.js` and `dashboard.html`.
    pub web: PathBuf,
    /// `prod` and the like.
    pub environment: String,
    /// Days until a release expires.
    pub days: i64,
}

impl Default for ReleaseConfig {
    fn default() -> Self {
        Self {
            keys: "keys".into(),
            root_keys: "root-keys".into(),
            online_key: None,
            web: "web/dist".into(),
            environment: "prod".into(),
            days: 7,
        }
    }
}

impl ReleaseConfig {
    fn check(&self) -> Result<(), String> {
        if RELEASE_DAYS.contains(&self.days) {
            return Ok(());
        }
        let (least, most) = (RELEASE_DAYS.start(), RELEASE_DAYS.end());
        Err(format!("`release.days` = {}: a release is good for {least} to {most} days", self.days))
    }
}

impl Config {
    /// Reads the file (the given one, or `inkling.toml` if it is there) and the environment.
    ///
    /// # Errors
    /// Exit code 2 for a file that is not there or does not parse, an unknown key or a wrong type.
    pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let path = file.unwrap_or(Path::new(FILE));
        let (mut table, mut emulator, mut project, mut secret) = (toml::Table::new(), None, None, None);
        if file.is_some() || path.is_file() {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string());
            let parsed = text.and_then(|text| parse(&text).with_context(|| path.display().to_string()));
            table = parsed.map_err(|e| exit(ExitKind::Usage, format!("{e:#}")))?;
        }
        for (name, value) in environment {
            if name == EMULATOR && !value.is_empty() {
                emulator = Some(value);
                continue;
            }
            if name == PROJECT && !value.is_empty() {
                project = Some(value);
                continue;
            }
            if name == API_SECRET {
                secret = Some(Secret::new(&value));
                continue;
            }
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            let key = key.to_lowercase();
            let (section, key) = key.split_once("__").map_or((None, key.as_str()), |(s, k)| (Some(s), k));
            let place = match section {
                None => Some(&mut table),
                Some(section) => table.entry(section).or_insert_with(|| toml::Table::new().into()).as_table_mut(),
            };
            let place = place.ok_or_else(|| exit(ExitKind::Usage, format!("{name}: no such section")))?;
            place.insert(key.to_owned(), typed(key, value));
        }
        for (key, value) in &table {
            match value {
                toml::Value::Table(section) => {
                    for inner in section.keys() {
                        check(&format!("{key}.{inner}"))?;
                    }
                }
                _ => check(key)?,
            }
        }
        let mut config: Self = table.try_into().map_err(|e| exit(ExitKind::Usage, format!("configuration: {e}")))?;
        config.cloud.storage_emulator = emulator;
        config.ga4.api_secret = secret;
        config.cloud.project = config.cloud.project.or(project);
        config.alerts.check().map_err(|e| exit(ExitKind::Usage, format!("configuration: {e}")))?;
        config.release.check().map_err(|e| exit(ExitKind::Usage, format!("configuration: {e}")))?;
        config.dashboard.thresholds.check().map_err(|e| exit(ExitKind::Usage, format!("configuration: {e}")))?;
        config.retrain.check().map_err(|e| exit(ExitKind::Usage, format!("configuration: {e}")))?;
        config.serve.trigger().map_err(|e| exit(ExitKind::Usage, format!("configuration: {e}")))?;
        config.ga4.check().map_err(|e| exit(ExitKind::Usage, format!("configuration: {e}")))?;
        Ok(config)
    }
}

/// The error shows the line, unless a password may stand there.
fn parse(text: &str) -> Result<toml::Table> {
    let may_be_secret = |text: &str| ["pass", "secret"].iter().any(|word| text.to_lowercase().contains(word));
    text.parse().map_err(
        |error: toml::de::Error| {
            if may_be_secret(text) { anyhow!("{}", error.message()) } else { error.into() }
        },
    )
}

fn typed(key: &str, value: String) -> toml::Value {
    match key {
        // A list of tables, as JSON.
        "callers" => serde_json::from_str(&value).unwrap_or(toml::Value::String(value)),
        "events" | "to" | "viewers" | "scorers" => {
            toml::Value::Array(value.split(',').map(|v| v.trim().to_owned().into()).collect())
        }
        "days" | "deadline_seconds" | "max_bytes_billed" | "lease_seconds" | "wait_seconds" | "deadline_hours"
        | "max_age_days" | "min_age_days" | "look_days" | "red_days" | "amber_days" => {
            value.parse::<i64>().map_or(toml::Value::String(value), toml::Value::Integer)
        }
        "eu" | "disallow_ads_personalization" => {
            value.parse::<bool>().map_or(toml::Value::String(value), toml::Value::Boolean)
        }
        "price_per_tib" => value.parse::<f64>().map_or(toml::Value::String(value), toml::Value::Float),
        _ => toml::Value::String(value),
    }
}

fn check(key: &str) -> Result<()> {
    if key.starts_with("alerts.pass") {
        let text = format!(
            "configuration: a password does not belong into `{key}`: set the environment variable {} and take it out",
            alerts::PASSWORD
        );
        return Err(exit(ExitKind::Usage, text));
    }
    if key == "ga4.api_secret" {
        let text = format!(
            "configuration: a secret does not belong into `{key}`: set the environment variable {API_SECRET}, or name its \
             file in `ga4.api_secret_file`, and take it out"
        );
        return Err(exit(ExitKind::Usage, text));
    }
    if KEYS.contains(&key) {
        return Ok(());
    }
    let near = KEYS.into_iter().map(|k| (strsim::jaro_winkler(k, key), k)).max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = near.filter(|n| n.0 > 0.7).map_or(String::new(), |(_, k)| format!("; did you mean `{k}`?"));
    Err(exit(ExitKind::Usage, format!("configuration: unknown key `{key}`{hint}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::exit_kind;

    fn load(pairs: &[(&str, &str)]) -> Result<Config> {
        let owned: Vec<(String, String)> = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        Config::load(None, owned.into_iter())
    }

    #[test]
    fn the_environment_is_read_and_unknown_keys_get_a_hint() {
        let config = load(&[("INKLING__EVENTS", "a, b"), ("INKLING__RELEASE__DAYS", "3"), ("HOME", "/x")]).unwrap();
        assert_eq!((config.events, config.release.days), (vec!["a".to_owned(), "b".into()], 3));
        let error = load(&[("INKLING__WAREHOSE", "x")]).unwrap_err().to_string();
        assert!(error.contains("did you mean `warehouse`?"), "{error}");
        assert!(load(&[("INKLING__RELEASE__DAYS", "soon")]).is_err());
        for days in ["0", "-1", "366"] {
            let error = load(&[("INKLING__RELEASE__DAYS", days)]).unwrap_err();
            assert_eq!(exit_kind(&error), ExitKind::Usage);
            assert!(error.to_string().contains("1 to 365 days"), "{error}");
        }
        assert!(load(&[("INKLING__RELEASE__DAYS", "365")]).is_ok());
    }

    #[test]
    fn alerts_are_checked_and_passwords_are_refused_unseen() {
        let good =
            [("SMTP", "mail.example:587"), ("FROM", "Inkling <i@example.org>"), ("TO", "a@example.org, b@example.org")];
        let with = |more: &[(&str, &str)]| {
            let pairs: Vec<_> =
                good.iter().chain(more).map(|(k, v)| (format!("INKLING__ALERTS__{k}"), (*v).to_owned())).collect();
            Config::load(None, pairs.into_iter())
        };
        assert_eq!(with(&[]).unwrap().alerts.to, ["a@example.org", "b@example.org"]);
        let bad = [
            ([("PASSWORD", "hunter2")], "INKLING_SMTP_PASSWORD"),
            ([("USR", "x")], "did you mean `alerts.user`?"),
            ([("TLS", "none")], "on this machine only"),
            ([("TLS", "ssl")], "starttls"),
            ([("SMTP", "mail.example")], "host:port"),
            ([("FROM", "nobody")], "alerts.from"),
            ([("TO", "a@example.org,bé@example.org")], "alerts.to"),
            ([("DEADLINE_SECONDS", "0")], "1 to 600"),
        ];
        for (pair, says) in bad {
            let error = with(&pair).unwrap_err();
            assert!(error.to_string().contains(says), "{pair:?}: {error}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
        assert!(with(&[("TLS", "none"), ("SMTP", "127.0.0.1:25")]).is_ok());
        let error = parse("[alerts]\npassword = \"hunter2\nuser = \"x\"").unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        assert!(format!("{:#}", parse("warehouse = 1 2").unwrap_err()).contains("warehouse = 1 2"));
    }

    #[test]
    fn the_property_is_checked_and_its_secret_stays_unseen() {
        let with = |key: &str, value: &str| load(&[(&format!("INKLING__GA4__{key}"), value)]);
        let config = with("PROPERTY", "123").unwrap().ga4;
        assert_eq!((config.property.as_deref(), config.sends()), (Some("123"), true));
        assert!(!with("DESTINATION", "data-manager").unwrap().ga4.sends(), "no property");
        let read = |text: &str| toml::from_str::<Config>(text).map(|config| config.ga4);
        assert_eq!(read("[ga4]\nproperty = 123\neu = true").unwrap().property.as_deref(), Some("123"));
        for (key, value, says) in [
            ("PROPERTY", "properties/1", "ga4.property"),
            ("MEASUREMENT_ID", "UA-1", "ga4.measurement_id"),
            ("DESTINATION", "pigeon", "data-import"),
            ("TARGET", "page", "visitor"),
            ("USER_PROPERTY_SCORE", "user_id", "a reserved name"),
            ("USER_PROPERTY_BAND", "inkling_score", "the same name"),
            ("EU", "perhaps", "boolean"),
            ("DISALLOW_ADS_PERSONALIZATION", "perhaps", "boolean"),
            ("CLIENT_ID_DIMENSION", "client_id", "customUser:NAME"),
            ("SESSION_ID_DIMENSION", "customEvent:", "customEvent:NAME"),
            ("PROPERTI", "1", "did you mean `ga4.property`?"),
        ] {
            let error = with(key, value).unwrap_err();
            assert_eq!(exit_kind(&error), ExitKind::Usage);
            assert!(error.to_string().contains(says), "{key}: {error}");
        }
        let config = with("API_SECRET", "hunter2").unwrap().ga4;
        assert_eq!(config.secret().unwrap().reveal(), "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
        let error = check("ga4.api_secret").unwrap_err().to_string();
        assert!(error.contains("INKLING__GA4__API_SECRET"), "{error}");
        assert!(with("EU", "true").unwrap().ga4.secret().is_err(), "there is none");
    }
}
