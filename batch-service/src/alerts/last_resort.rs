//! The second channel: lines of the log that are JSON in every format, for what watches the log.

use super::mail::Mail;
use crate::logs::{Severity, line};

/// A mail could not be sent: the line says what it would have said.
pub fn critical(mail: &Mail, why: &str) {
    line(Severity::Critical, format_args!("alert not mailed: {}", mail.subject))
        .with("mail_error", why)
        .with("mail", mail.body.as_str())
        .always_json()
        .print();
}

/// Something about alerting that does not keep anybody from being told.
pub fn warning(text: &str) {
    line(Severity::Warning, text).always_json().print();
}
