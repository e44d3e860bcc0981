//! Where the online key is: in Cloud KMS where the configuration names one, otherwise in the keys folder.

use super::authority::Authority;
use super::kms::KmsKey;
use super::signer::Signer;
use crate::config::{CloudConfig, ReleaseConfig};
use anyhow::Result;

/// The key that signs releases.
///
/// # Errors
/// Exit code 2 when there is none; exit code 4 when the newest root does not trust it; when Cloud KMS fails.
pub fn online_key(authority: &Authority, release: &ReleaseConfig, cloud: &CloudConfig) -> Result<Box<dyn Signer>> {
    let Some(key) = in_kms(release, cloud)? else { return Ok(Box::new(authority.online()?)) };
    authority.accepts(&key)?;
    Ok(Box::new(key))
}

/// The configured key in Cloud KMS.
///
/// # Errors
/// When it cannot be looked up.
pub fn in_kms(release: &ReleaseConfig, cloud: &CloudConfig) -> Result<Option<KmsKey>> {
    release.online_key.as_deref().map(|name| KmsKey::open(name, cloud)).transpose()
}
