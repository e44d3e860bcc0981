//! An object store in Google Cloud Storage.
//!
//! Objects are read and written with Google's own client, one attempt at a time; how often is decided in `patience`. All
//! objects are small, so each is written in one request.

mod address;
mod list;
mod transfer;

pub use address::Address;

use super::{Generation, ObjectStore, Replaced, Seen, check_name, longer, taken};
use crate::cloud::{self, Endpoint, Patience, STORAGE};
use crate::config::CloudConfig;
use anyhow::{Context, Result, anyhow};
use google_cloud_auth::credentials::Credentials;
use google_cloud_gax::retry_policy::NeverRetry;
use google_cloud_storage::client::Storage;
use google_cloud_storage::read_resume_policy::NeverResume;
use std::fmt;
use tokio::runtime::Runtime;
use transfer::{AtMost, Written};

/// The narrowest scope that reads and writes objects.
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";

/// Objects in a bucket, all names below a prefix.
///
/// Calls block; inside an asynchronous runtime they must be made where blocking is allowed.
pub struct CloudStore {
    runtime: Runtime,
    storage: Storage,
    http: reqwest::Client,
    credentials: Credentials,
    address: Address,
    endpoint: Endpoint,
    patience: Patience,
}

impl fmt::Debug for CloudStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gs://{}/{} at {}", self.address.bucket, self.address.prefix, self.endpoint.url)
    }
}

impl CloudStore {
    /// Opens `gs://BUCKET[/PREFIX]` with Application Default Credentials; with none at an endpoint on this machine.
    ///
    /// # Errors
    /// Exit code 2 for a bad address or endpoint, or credentials that cannot be read.
    pub fn open(word: &str, config: &CloudConfig) -> Result<Self> {
        Self::with_patience(word, config, Patience::default())
    }

    /// The same with other limits of time.
    ///
    /// # Errors
    /// As for `open`.
    pub fn with_patience(word: &str, config: &CloudConfig, patience: Patience) -> Result<Self> {
        let address = Address::parse(word)?;
        let endpoint =
            Endpoint::choose(STORAGE, config.storage_endpoint.as_deref(), config.storage_emulator.as_deref())?;
        let runtime = cloud::runtime("cloud-storage")?;
        let _inside = runtime.enter();
        let credentials = cloud::credentials(&endpoint, &[SCOPE], word)?;
        let builder = Storage::builder()
            .with_endpoint(endpoint.url.clone())
            .with_credentials(credentials.clone())
            .with_retry_policy(NeverRetry)
            .with_read_resume_policy(NeverResume)
            .with_resumable_upload_threshold(usize::MAX);
        let storage = runtime.block_on(builder.build()).context("the client of Cloud Storage")?;
        let http = reqwest::Client::builder().build().context("the HTTP client")?;
        Ok(Self { runtime, storage, http, credentials, address, endpoint, patience })
    }

    /// The full address of an object.
    ///
    /// # Errors
    /// When the name is not a relative path.
    pub fn uri(&self, name: &str) -> Result<String> {
        check_name(name)?;
        Ok(self.shown(name))
    }

    /// The bytes of an object that others wrote, who may have written any number of them; `None` when there is none.
    ///
    /// # Errors
    /// Exit code 2 when it is longer; as for [`ObjectStore::look`].
    pub fn get_at_most(&self, name: &str, most: usize) -> Result<Option<Vec<u8>>> {
        let object = self.object(name)?;
        let what = format!("reading {}", self.shown(name));
        match self.runtime.block_on(self.patience.call(&what, || self.read_at_most(&object, most)))? {
            AtMost::Absent => Ok(None),
            AtMost::Whole(seen) => Ok(Some(seen.bytes)),
            AtMost::Longer => Err(longer(&self.shown(name), most)),
        }
    }

    /// The full name in the bucket.
    fn object(&self, name: &str) -> Result<String> {
        check_name(name)?;
        Ok(format!("{}{name}", self.address.prefix))
    }

    /// For messages.
    fn shown(&self, name: &str) -> String {
        format!("gs://{}/{}{name}", self.address.bucket, self.address.prefix)
    }
}

impl ObjectStore for CloudStore {
    fn look(&self, name: &str) -> Result<Option<Seen>> {
        let object = self.object(name)?;
        let what = format!("reading {}", self.shown(name));
        self.runtime.block_on(self.patience.call(&what, || self.read_once(&object)))
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        match self.write(name, bytes, None, transfer::ASK_ANEW)? {
            Written::Done => Ok(()),
            Written::OtherGeneration => Err(anyhow!("{}: refused without a condition", self.shown(name))),
        }
    }

    fn put_new(&self, name: &str, bytes: &[u8]) -> Result<()> {
        if self.write(name, bytes, Some(0), transfer::FOR_EVER)? == Written::Done {
            return Ok(());
        }
        match self.look(name)? {
            // Also when an earlier attempt of ours succeeded and its answer was lost.
            Some(seen) if seen.bytes == bytes => Ok(()),
            Some(seen) => Err(taken(&self.shown(name), &seen.bytes, bytes)),
            None => Err(anyhow!("{} was there and is gone: who removes objects?", self.shown(name))),
        }
    }

    fn replace(&self, name: &str, seen: &Generation, bytes: &[u8]) -> Result<Replaced> {
        let generation = seen.0.parse().context("a generation of another store")?;
        if self.write(name, bytes, Some(generation), transfer::ASK_ANEW)? == Written::Done {
            return Ok(Replaced::Done);
        }
        let now = self.look(name)?.map(|now| now.bytes);
        // An earlier attempt of ours may have succeeded, its answer lost.
        Ok(if now.as_deref() == Some(bytes) { Replaced::Done } else { Replaced::Lost(now) })
    }

    fn list(&self, folder: &str) -> Result<Vec<String>> {
        let prefix = format!("{}/", self.object(folder)?);
        self.runtime.block_on(self.names(&prefix, &self.shown(folder)))
    }
}
