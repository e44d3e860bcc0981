//! A mail, and what sends it. Everything that a mail is made of passes through [`clean`] or [`mailbox`].

use super::board::Board;
use jiff::Timestamp;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

/// Characters of a subject.
const SUBJECT: usize = 150;
/// Characters of one line of a text; SMTP allows 998 bytes.
pub const LINE: usize = 500;
/// Lines of a text.
const LINES: usize = 200;
/// Characters of a display name.
const NAME: usize = 100;

/// A mail in plain text, and with the figures of the day as a picture beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Names it; another attempt at the same mail has the same id.
    pub id: String,
    /// Id of the mail that it answers.
    pub reply_to: Option<String>,
    /// One line.
    pub subject: String,
    /// Lines.
    pub body: String,
    /// What the picture shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<Board>,
}

impl Mail {
    /// A mail without control characters, of limited length.
    #[must_use]
    pub fn new(id: &str, subject: &str, body: &str) -> Self {
        let lines: Vec<String> = body.lines().take(LINES).map(|line| clean(line, LINE)).collect();
        let (id, subject) = (clean(id, NAME), clean(subject, SUBJECT));
        Self { id, reply_to: None, subject, body: lines.join("\n") + "\n", board: None }
    }
}

/// What the server said of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has taken the mail for them.
    Accepted,
    /// It never will, and why.
    Refused(String),
    /// Not now, and why.
    Later(String),
}

/// Why an attempt reached nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// For people.
    pub text: String,
    /// Whether another attempt may fare better.
    pub passing: bool,
}

/// Sends mail: one attempt a call.
pub trait Mailer: Send + Sync {
    /// Tries once; one answer for each recipient.
    ///
    /// # Errors
    /// When nobody was reached.
    fn attempt(&self, mail: &Mail, now: Timestamp, to: &[String]) -> Result<Vec<Answer>, Trouble>;
}

/// One line without control characters, line separators and marks that turn the direction of writing; at most `limit`
/// characters.
#[must_use]
pub fn clean(text: &str, limit: usize) -> String {
    let turns = |c: char| matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let spaced: String = text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect();
    let spaced = spaced.trim_end();
    if spaced.chars().count() <= limit {
        return spaced.to_owned();
    }
    spaced.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// `Name <address>` or `address`.
///
/// # Errors
/// When the address is none. lettre panics on control characters in a name, so they go first.
pub fn mailbox(text: &str) -> Result<Mailbox, String> {
    let text = clean(text, usize::MAX);
    let text = text.trim();
    let (name, address) = match text.strip_suffix('>').and_then(|t| t.rsplit_once('<')) {
        Some((name, address)) => (clean(name.trim().trim_matches('"'), NAME), address.trim()),
        None => (String::new(), text),
    };
    let parsed = address.parse().ok().filter(|_| address.is_ascii());
    let address =
        parsed.ok_or_else(|| format!("`{}` is not a mail address in ASCII (name@host)", clean(text, NAME)))?;
    Ok(Mailbox::new(Some(name).filter(|n| !n.is_empty()), address))
}
