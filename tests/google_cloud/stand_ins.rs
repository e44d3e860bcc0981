//! The servers that stand in for Google, shared by the tests that run at a time and stopped with the last of them.

use batch_service::config::CloudConfig;
use conformance::world::{BUCKET, BigQuery, BucketServer, Folder};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

/// Where a cloud is.
pub struct Google {
    pub config: CloudConfig,
    /// `gs://BUCKET[/PREFIX]`
    pub bucket: String,
    /// Of the names of datasets and folders.
    pub prefix: String,
    _servers: Option<(BigQuery, BucketServer)>,
}

static SHARED: Mutex<Weak<Google>> = Mutex::new(Weak::new());
static STARTED: AtomicU32 = AtomicU32::new(0);

/// The cloud on this machine.
pub fn google() -> Arc<Google> {
    let mut shared = SHARED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(google) = shared.upgrade() {
        return google;
    }
    let buckets = BucketServer::start();
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let server = BigQuery::start(&Folder::fresh(&format!("google-cloud-servers-{number}")), "p", Some(&buckets.url()));
    let config = CloudConfig {
        project: Some(server.project().to_owned()),
        bigquery_endpoint: Some(server.rest()),
        bigquery_storage_endpoint: Some(server.grpc()),
        storage_endpoint: Some(buckets.url()),
        ..CloudConfig::default()
    };
    let google = Arc::new(Google {
        config,
        bucket: format!("gs://{BUCKET}"),
        prefix: String::new(),
        _servers: Some((server, buckets)),
    });
    *shared = Arc::downgrade(&google);
    google
}
