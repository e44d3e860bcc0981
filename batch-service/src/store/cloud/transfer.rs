//! One attempt to read or to write one object.

use super::{CloudStore, Generation, Seen};
use crate::cloud::failure;
use crate::cloud::patience::Failure;
use crate::store::{content_encoding, content_type};
use anyhow::{Result, anyhow};
use bytes::Bytes;
use google_cloud_storage::Error;
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

/// What came of reading an object of a limited length.
#[derive(Debug)]
pub(super) enum AtMost {
    Absent,
    Longer,
    Whole(Seen),
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
        if let Some(encoding) = content_encoding(Path::new(object)) {
            request = request.set_content_encoding(encoding);
        }
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
        match self.read_at_most(object, usize::MAX).await? {
            AtMost::Whole(seen) => Ok(Some(seen)),
            AtMost::Absent | AtMost::Longer => Ok(None),
        }
    }

    /// Reads an object, and of one that is longer than this no more than that.
    pub(super) async fn read_at_most(&self, object: &str, most: usize) -> Result<AtMost, Failure> {
        let mut response = match self.storage.read_object(self.bucket(), object).send().await {
            Ok(response) => response,
            Err(error) if error.http_status_code() == Some(404) && !is_page(&error) => return Ok(AtMost::Absent),
            Err(error) if error.http_status_code() == Some(404) => {
                return Err(Failure::Passing(anyhow!("404 with a page; is this Cloud Storage?"), None));
            }
            Err(error) => return Err(judge(error)),
        };
        let about = response.object();
        if about.generation <= 0 || about.checksums.as_ref().is_none_or(|sums| sums.crc32c.is_none()) {
            let text = "the answer has no generation or no checksum; is this Cloud Storage?";
            return Err(Failure::Passing(anyhow!(text), None));
        }
        let longer = |length: usize| length > most;
        if usize::try_from(about.size).is_ok_and(longer) {
            return Ok(AtMost::Longer);
        }
        let mut bytes = Vec::new();
        // The last one is an error if the checksum of all is not that of the object.
        while let Some(part) = response.next().await {
            bytes.extend_from_slice(&part.map_err(judge)?);
            // Of what is unpacked on the way the size says nothing.
            if longer(bytes.len()) {
                return Ok(AtMost::Longer);
            }
        }
        Ok(AtMost::Whole(Seen { bytes, generation: Generation(about.generation.to_string()) }))
    }
}

/// Cloud Storage says in plain text or JSON that there is no object; a page is a proxy's.
fn is_page(error: &Error) -> bool {
    let kind = error.http_headers().and_then(|headers| headers.get("content-type")?.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

fn judge(error: Error) -> Failure {
    failure::judge(error, advice)
}

/// What to do about a status.
pub(super) fn advice(status: u16) -> Option<&'static str> {
    match status {
        403 => Some("not permitted: the account needs roles/storage.objectUser on the bucket"),
        404 => Some("there is no such bucket"),
        _ => None,
    }
}
