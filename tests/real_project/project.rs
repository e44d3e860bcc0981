//! A real project in place of the stand-ins.

use batch_service::config::CloudConfig;
use std::sync::Arc;

/// Where a cloud is.
pub struct Google {
    pub config: CloudConfig,
    /// `gs://BUCKET[/PREFIX]`
    pub bucket: String,
    /// Of the names of datasets and folders.
    pub prefix: String,
}

/// The project that the environment names, with Application Default Credentials.
pub fn google() -> Arc<Google> {
    let given = |name: &str| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        value.unwrap_or_else(|| panic!("{name} is not set: scripts/check-real-project"))
    };
    let config = CloudConfig {
        project: Some(given("INKLING_REAL_PROJECT")),
        location: Some(given("INKLING_REAL_LOCATION")),
        ..CloudConfig::default()
    };
    Arc::new(Google { config, bucket: given("INKLING_REAL_BUCKET"), prefix: given("INKLING_REAL_PREFIX") })
}
