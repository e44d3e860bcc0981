//! Whether scores can go to Google Analytics, as far as it is known without sending any.

use super::Check;
use crate::activation::config::{Ga4Config, Way};
use crate::activation::destination;

pub(super) fn examine(config: &Ga4Config) -> Check {
    if !config.sends() {
        let found = match config.destination {
            Way::None => "`destination` in [ga4] is \"none\"",
            _ => "scores are not sent to Google Analytics",
        };
        return Check::unset("upload", found, "only where they should be: set `property` in [ga4]");
    }
    let property = config.property.as_deref().unwrap_or_default();
    let found = destination(config, None).map(|to| format!("by {} to property {property}", to.way().as_str()));
    Check::of("upload", found, "set what is missing; `inkling upload --date DAY --validate` asks Google's own check")
}
