//! The mail server: connection, TLS and login, without a mail.

use super::Check;
use crate::alerts::{AlertsConfig, PASSWORD, SmtpMailer};
use anyhow::anyhow;

pub(super) fn examine(config: &AlertsConfig, password: Option<String>) -> Check {
    let Some(server) = &config.smtp else {
        let fix = "set `smtp`, `from` and `to` in [alerts], or nobody learns of a run that fails";
        return Check::unset("mail", "no mail server is configured", fix);
    };
    let tried = SmtpMailer::new(config, password).and_then(|mailer| mailer.greet());
    let found = tried.map(|()| format!("{server} takes connection and login; `inkling watch --test` sends a mail"));
    Check::of("mail", found.map_err(|why| anyhow!(why)), format!("docs/RUNBOOK.md#mail; the password is {PASSWORD}"))
}
