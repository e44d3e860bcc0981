//! One attempt to read or to write one object.

use super::patience::{Failure, passes, retry_after};
use super::{CloudStore, Generation, Seen};
use crate::store::content_type;
use anyhow::{Result, anyhow};
use bytes::Bytes;
use google_cloud_gax::error::CredentialsError;
use google_cloud_storage::Error;
use std::error::Error as _;
use std::path::Path;

/// `Cache-Control` of objects that never change.
pub(super) const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// `Cache-Control` of all others. Without one, caches keep public objects for an hour.
pub(super) const ASK_ANEW: &str = "no-cache, max-age=0";

/// What came of a write that the server answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Done,
    /// Not written: the object is of another generation than the expected one.
    OtherGeneration,
}

impl CloudStore {
    fn bucket(&self) -> String {
        format!("projects/_/buckets/{}", self.address.bucket)
    }

    /// Writes if the object is of a generation (0: there is none), or in any case.
    pub(super) fn write(
        &self,
        name: &str,
        bytes: &[u8],
        expected: Option<i64>,
        cache: &'static str,
    ) -> Result<Written> {
        let object = self.object(name)?;
        let bytes = Bytes::copy_from_slice(bytes);
        let what = format!("writing {}", self.shown(name));
        self.runtime.block_on(self.patience.call(&what, || self.write_once(&object, bytes.clone(), expected, cache)))
    }

    async fn write_once(
        &self,
        object: &str,
        bytes: Bytes,
        expected: Option<i64>,
        cache: &'static str,
    ) -> Result<Written, Failure> {
        let length = bytes.len() as i64;
        let mut request = self
            .storage
            .write_object(self.bucket(), object, bytes)
            .set_content_type(content_type(Path::new(object)))
            .set_cache_control(cache);
        if let Some(generation) = expected {
            request = request.set_if_generation_match(generation);
        }
        match request.send_buffered().await {
            // The client has compared the checksum, where there is one.
            Ok(done) if done.size == length && done.generation > 0 => Ok(Written::Done),
            Ok(done) => {
                let text =
                    format!("the answer speaks of {} bytes of {length}, generation {}", done.size, done.generation);
                Err(Failure::Passing(anyhow!(text), None))
            }
            Err(error) if expected.is_some() && error.http_status_code() == Some(412) => Ok(Written::OtherGeneration),
            Err(error) => Err(judge(error)),
        }
    }

    /// Reads the whole object; `None` when there is none.
    pub(super) async fn read_once(&self, object: &str) -> Result<Option<Seen>, Failure> {
        let mut response = match self.storage.read_object(self.bucket(), object).send().await {
            Ok(response) => response,
            Err(error) if error.http_status_code() == Some(404) => return Ok(None),
            Err(error) => return Err(judge(error)),
        };
        let about = response.object();
        if about.generation <= 0 || about.checksums.as_ref().is_none_or(|sums| sums.crc32c.is_none()) {
            let text = "the answer has no generation or no checksum; is this Cloud Storage?";
            return Err(Failure::Passing(anyhow!(text), None));
        }
        let mut bytes = Vec::new();
        // The last one is an error if the checksum of all is not that of the object.
        while let Some(part) = response.next().await {
            bytes.extend_from_slice(&part.map_err(judge)?);
        }
        Ok(Some(Seen { bytes, generation: Generation(about.generation.to_string()) }))
    }
}

/// Whether an error may pass, and what to do about the others.
fn judge(error: Error) -> Failure {
    let after = error.http_headers().and_then(retry_after);
    if let Some(error) = error.source().and_then(|e| e.downcast_ref::<CredentialsError>()) {
        return without_token(error);
    }
    let told = anyhow!(told(error.http_status_code(), &error));
    match error.http_status_code() {
        Some(status) if passes(status) => Failure::Passing(told, after),
        Some(status) => Failure::Lasting(advised(told, status)),
        // A connection that broke, an answer that was cut short, a wrong checksum.
        None => Failure::Passing(told, None),
    }
}

/// The metadata server may be late; other faults of credentials stay.
pub(super) fn without_token(error: &CredentialsError) -> Failure {
    let told =
        anyhow!(told(None, error)).context("no access token (`gcloud auth application-default login` gives one)");
    if error.is_transient() { Failure::Passing(told, None) } else { Failure::Lasting(told) }
}

/// The status, and every cause that the ones before do not repeat.
fn told(status: Option<u16>, error: &dyn std::error::Error) -> String {
    let mut text = status.map_or_else(String::new, |status| format!("status {status}: "));
    let mut next = Some(error);
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            let between = if text.is_empty() || text.ends_with(": ") { "" } else { ": " };
            text = format!("{text}{between}{said}");
        }
        next = cause.source();
    }
    // A proxy's page can be long.
    text.chars().take(600).collect()
}

/// An error with what to do about its status.
pub(super) fn advised(error: anyhow::Error, status: u16) -> anyhow::Error {
    match status {
        401 => error.context("the credentials are not accepted; `gcloud auth application-default login`"),
        403 => error.context("not permitted: the account needs roles/storage.objectUser on the bucket"),
        404 => error.context("there is no such bucket"),
        _ => error,
    }
}
