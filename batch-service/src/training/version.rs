//! The name of a model.

use anyhow::Result;
use model_core::{Bundle, Model, Profile, Target};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// `<target>-<last day as yyyymmdd>-<8 hex digits of what a bundle would hold>`.
pub(super) fn name(target: Target, last_day: i32, model: &Model, profile: &Profile) -> Result<String> {
    let bytes = Bundle::new(profile.clone(), vec![model.clone()])?.write();
    let mut name = format!("{}-{}-", target.as_str(), super::date(last_day).strftime("%Y%m%d"));
    for byte in Sha256::digest(&bytes).iter().take(4) {
        write!(name, "{byte:02x}")?;
    }
    Ok(name)
}
