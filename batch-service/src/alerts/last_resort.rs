//! The second channel: one line of JSON on stderr, in the form that Cloud Logging reads.

use super::mail::Mail;
use serde_json::json;

/// A mail could not be sent: the line says what it would have said.
pub fn critical(mail: &Mail, why: &str) {
    let message = format!("alert not mailed: {}", mail.subject);
    let line = json!({"severity": "CRITICAL", "message": message, "mail_error": why, "mail": mail.body});
    crate::progress::note(line);
}

/// Something about alerting that does not keep anybody from being told.
pub fn warning(text: &str) {
    crate::progress::note(json!({"severity": "WARNING", "message": text}));
}
