//! Site profiles as TOML: the built-in ones, and the reader of anybody's own.

mod file;

use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result};
use model_core::Profile;
use std::path::Path;

const BUILT_IN: [(&str, &str); 3] = [
    ("northgate-university", include_str!("../../profiles/northgate-university.toml")),
    ("google-merchandise-store", include_str!("../../profiles/google-merchandise-store.toml")),
    ("ga4-default", include_str!("../../profiles/ga4-default.toml")),
];

/// A site profile with the text that it was read from.
#[derive(Debug, Clone)]
pub struct SiteProfile {
    /// The checked profile.
    pub profile: Profile,
    /// Its TOML.
    pub text: String,
}

impl SiteProfile {
    /// Reads TOML; `name` is for error messages.
    ///
    /// # Errors
    /// Unknown keys, unknown events or page groups in conversion and funnel, or a limit of `model_core::Profile`.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let profile = file::parse(text).map_err(|e| exit(ExitKind::Usage, format!("site profile {name}: {e:#}")))?;
        Ok(Self { profile, text: text.to_owned() })
    }

    /// The profile in a file, or the built-in one of that name.
    ///
    /// # Errors
    /// When there is neither, or it does not parse.
    pub fn load(name_or_path: &str) -> Result<Self> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(text, name);
        }
        if !Path::new(name_or_path).is_file() {
            let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            let known = known.join(", ");
            let text = format!("site profile {name_or_path}: no such file, and not one of the built-in ones ({known})");
            return Err(exit(ExitKind::Usage, text));
        }
        let text = std::fs::read_to_string(name_or_path).with_context(|| format!("site profile {name_or_path}"))?;
        Self::parse(&text, name_or_path)
    }

    /// The built-in profile whose hosts include that of a page, or the general one.
    ///
    /// # Errors
    /// Never in practice: built-in profiles parse.
    pub fn for_page(page: &str) -> Result<Self> {
        for (name, text) in BUILT_IN {
            let site = Self::parse(text, name)?;
            // An internal referrer is one that is not external.
            let (_, external) = site.profile.channel("", "", "", page);
            if !site.profile.parts().hosts.is_empty() && !external {
                return Ok(site);
            }
        }
        Self::load("ga4-default")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_profiles_parse_and_are_found_by_host() {
        for (name, _) in BUILT_IN {
            assert_eq!(SiteProfile::load(name).unwrap().profile.parts().name, name);
        }
        let found = |page| SiteProfile::for_page(page).unwrap().profile.parts().name.clone();
        assert_eq!(found("https://shop.googlemerchandisestore.com/basket.html"), "google-merchandise-store");
        assert_eq!(found("https://www.northgate.example/"), "northgate-university");
        assert_eq!(found("https://elsewhere.example/"), "ga4-default");
    }
}
