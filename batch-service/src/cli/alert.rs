//! `inkling alert`: what is open, and that somebody is at work on it.

use super::{Context, Subcommand};
use anyhow::Result;
use batch_service::jobs::daily::alone;
use batch_service::monitor::{acknowledge, open_alerts};
use batch_service::serve::now;

#[derive(Subcommand)]
pub enum AlertCommand {
    /// The alerts that are open after the last day that was looked at.
    List,
    /// Note that an open alert is seen; the dashboard and `v_alerts` say so from then on.
    Acknowledge {
        /// As `alert list` names it.
        #[arg(value_name = "ALERT_ID")]
        id: String,
    },
}

pub fn alert(context: &Context, command: AlertCommand) -> Result<u8> {
    let place = context.place()?;
    match command {
        AlertCommand::List => {
            let open = open_alerts(&*place.warehouse)?;
            let lines: Vec<String> = open.iter().map(ToString::to_string).collect();
            context.print(&open, if lines.is_empty() { "no alert is open".to_owned() } else { lines.join("\n") })?;
        }
        AlertCommand::Acknowledge { id } => {
            let at = now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            let seen =
                alone(&place, context.config.run.lease(), |fence| acknowledge(&*place.warehouse, &id, &at, fence))?;
            context.print(&seen, &seen)?;
        }
    }
    Ok(0)
}
