//! `[alerts]`: where the mail server is, and who is told.

use super::mail;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::PathBuf;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// In plain text at first, TLS before anything is said; a server without it is refused.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Implicit,
    /// None: only to this machine.
    None,
}

/// How admins are told. Off without `smtp`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct AlertsConfig {
    /// `host:port` of the mail server.
    pub smtp: Option<String>,
    /// `starttls`, `implicit` or `none`.
    pub tls: Tls,
    /// Certificates (PEM) that are trusted instead of the machine's own.
    pub ca_file: Option<PathBuf>,
    /// Name for AUTH; the password is in the environment.
    pub user: Option<String>,
    /// Sender, `Name <address>` or `address`.
    pub from: String,
    /// Recipients.
    pub to: Vec<String>,
    /// First word of every subject.
    pub prefix: String,
    /// Where docs/RUNBOOK.md is, for the links in mails.
    pub runbook: String,
    /// Seconds for all attempts at one mail together.
    pub deadline_seconds: u64,
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self {
            smtp: None,
            tls: Tls::Starttls,
            ca_file: None,
            user: None,
            from: String::new(),
            to: Vec::new(),
            prefix: "Inkling".into(),
            runbook: "docs/RUNBOOK.md".into(),
            deadline_seconds: 30,
        }
    }
}

impl AlertsConfig {
    /// Host and port of the mail server.
    ///
    /// # Errors
    /// What is wrong with `smtp`.
    pub fn server(&self) -> Result<(&str, u16), String> {
        let text = self.smtp.as_deref().ok_or("alerts.smtp is missing")?;
        let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) = parts.ok_or_else(|| format!("alerts.smtp is `{text}`; it should be host:port"))?;
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() || port == 0 {
            return Err(format!("alerts.smtp is `{text}`; it should be host:port"));
        }
        Ok((host, port))
    }

    /// Checks what can be checked without the mail server.
    ///
    /// # Errors
    /// The key, and what is wrong.
    pub fn check(&self) -> Result<(), String> {
        if self.smtp.is_none() {
            return Ok(());
        }
        let (host, _) = self.server()?;
        if self.tls == Tls::None && !loopback(host) {
            return Err(format!(
                "alerts.tls is `none`, which is for a mail server on this machine only, not for {host}"
            ));
        }
        mail::mailbox(&self.from).map_err(|e| format!("alerts.from: {e}"))?;
        if self.to.is_empty() {
            return Err("alerts.to is empty: who is to be told?".into());
        }
        for to in &self.to {
            mail::mailbox(to).map_err(|e| format!("alerts.to: {e}"))?;
        }
        if !(1..=600).contains(&self.deadline_seconds) {
            return Err(format!("alerts.deadline_seconds is {}; it should be 1 to 600", self.deadline_seconds));
        }
        Ok(())
    }
}

fn loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
