//! The daily signature: a release that nobody renews expires.

use super::authority::Authority;
use super::control::{Control, control};
use super::online::online_key;
use super::pointer::RELEASE;
use super::repository::{FOLDER, Signing};
use super::verify::{Expected, Manifest, verify_documents};
use crate::config::{CloudConfig, ReleaseConfig};
use crate::progress::note;
use crate::store::ObjectStore;
use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

/// A release that was signed within these hours is fresh enough.
const FRESH: i64 = 12;
/// From so many days before the end of the root on, the log says so.
const ROOT_DAYS: i64 = 30;

/// Signs the release again if the online key is here and half a day has gone by. `None`: there was nothing to do.
///
/// # Errors
/// When the release in the store is not ours, or it cannot be signed.
pub fn keep_alive(
    store: &dyn ObjectStore,
    config: &ReleaseConfig,
    cloud: &CloudConfig,
    site: &str,
    now: Timestamp,
) -> Result<Option<Manifest>> {
    // Where releases are signed elsewhere there are no keys, and where there are no pages there is no release.
    let ReleaseConfig { keys, environment, days, .. } = config;
    if !keys.join("1.root.json").exists() || store.look(&format!("{FOLDER}/{RELEASE}"))?.is_none() {
        return Ok(None);
    }
    let authority = Authority::read(keys)?;
    let left = authority.root()?.head.expires.duration_since(now).as_hours() / 24;
    if left < ROOT_DAYS {
        note(format_args!(
            "the root of the releases expires in {left} days: `inkling release keys renew`, docs/RELEASE.md"
        ));
    }
    let expected = Expected { root: &authority.pin(), environment, site, now };
    let fresh = SignedDuration::from_hours(24 * *days - FRESH);
    let expires = verify_documents(store, &expected).ok().and_then(|m| m.expires.parse::<Timestamp>().ok());
    if expires.is_some_and(|expires| expires.duration_since(now) > fresh) {
        return Ok(None);
    }
    let signer = online_key(&authority, config, cloud)?;
    let signing = Signing { authority: &authority, signer: &*signer, now, days: *days };
    control(store, signing, site, environment, &Control::Resign).map(Some)
}
