//! Whether `inkling serve` may be told to run the job.

use super::Check;
use crate::serve::ServeConfig;
use anyhow::anyhow;

pub(super) fn examine(config: &ServeConfig) -> Check {
    match config.trigger() {
        Ok(Some(trigger)) => Check::of("trigger", Ok(format!("{} may start the daily job", trigger.invoker)), ""),
        Ok(None) => {
            let fix = "only where Cloud Scheduler calls `inkling serve`: set `audience` and `invoker` in [serve]";
            Check::unset("trigger", "POST /v1/jobs/daily is closed", fix)
        }
        Err(why) => Check::of("trigger", Err(anyhow!(why)), "set both `audience` and `invoker` in [serve], or neither"),
    }
}
