//! What Google Analytics accepts, checked before anything is sent: a request with one bad row answers 2xx and is dropped
//! without a word.
//!
//! Sources: "Send Measurement Protocol events" (limitations), "Protocol reference" (reserved names) and "Event naming
//! rules" (answer 13316687) of Google's documentation; `google/ads/datamanager/v1` for the Data Manager API.

use std::fmt;

/// Events of one request of the Measurement Protocol.
pub const EVENTS_PER_REQUEST: usize = 25;
/// Parameters of one event.
pub const PARAMETERS_PER_EVENT: usize = 25;
/// User properties of one request of the Measurement Protocol, or of one event of the Data Manager API.
pub const USER_PROPERTIES: usize = 25;
/// The body of a request of the Measurement Protocol is smaller.
pub const BODY_BYTES: usize = 130_000;
/// Events of one request of the Data Manager API.
pub const EVENTS_PER_INGESTION: usize = 2_000;
/// Characters of the name of an event or a parameter.
pub const NAME: usize = 40;
/// Characters of a parameter's value, in a property that is not paid for.
pub const PARAMETER_VALUE: usize = 100;
/// Characters of a user property's name.
pub const USER_PROPERTY_NAME: usize = 24;
/// Characters of a user property's value.
pub const USER_PROPERTY_VALUE: usize = 36;
/// Digits of each half of a client id.
const CLIENT_ID_HALF: usize = 20;

const PREFIXES: [&str; 5] = ["_", "ga_", "google_", "gtag.", "firebase_"];

const EVENTS: &[&str] = &[
    "ad_activeview",
    "ad_click",
    "ad_exposure",
    "ad_query",
    "ad_reward",
    "adunit_exposure",
    "app_background",
    "app_clear_data",
    "app_exception",
    "app_remove",
    "app_store_refund",
    "app_store_subscription_cancel",
    "app_store_subscription_convert",
    "app_store_subscription_renew",
    "app_update",
    "app_upgrade",
    "click",
    "dynamic_link_app_open",
    "dynamic_link_app_update",
    "dynamic_link_first_open",
    "error",
    "file_download",
    "first_open",
    "first_visit",
    "form_start",
    "form_submit",
    "in_app_purchase",
    "notification_dismiss",
    "notification_foreground",
    "notification_open",
    "notification_receive",
    "notification_send",
    "os_update",
    "page_view",
    "screen_view",
    "scroll",
    "session_start",
    "user_engagement",
    "video_complete",
    "video_progress",
    "video_start",
    "view_complete",
    "view_search_results",
    "firebase_campaign",
    "firebase_in_app_message_action",
];

const USER_PROPERTY_NAMES: &[&str] = &[
    "cid",
    "customer_id",
    "customerid",
    "first_open_after_install",
    "first_open_time",
    "first_visit_time",
    "google_allow_ad_personalization_signals",
    "last_deep_link_referrer",
    "last_gclid",
    "session_id",
    "sessionid",
    "uid",
    "user_id",
    "userid",
];

const PARAMETERS: &[&str] = &[
    "cid",
    "currency",
    "customer_id",
    "customerid",
    "dclid",
    "engagement_time_msec",
    "gclid",
    "session_id",
    "session_number",
    "sessionid",
    "sfmc_id",
    "sid",
    "srsltid",
    "uid",
    "user_id",
    "userid",
];

/// Why a field is refused. It never says what stands there: that may be the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// Nothing is there.
    Empty,
    /// More than so many characters.
    TooLong(usize),
    /// Letters of a to z, digits and underscores are allowed.
    Characters,
    /// The first one is no letter.
    FirstLetter,
    /// Begins with what Google keeps for itself.
    ReservedPrefix(&'static str),
    /// Google has an event, a parameter or a property of this name.
    ReservedName,
    /// Not `digits.digits`, as the cookie of Google Analytics has it.
    NoClientId,
    /// More than so many of them in one request or event.
    TooMany(usize),
    /// The body of the request has so many bytes or more.
    BodyTooLarge(usize),
    /// A score outside 0 to 1, or none.
    NoProbability,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::TooLong(most) => write!(f, "longer than {most} characters"),
            Self::Characters => f.write_str("other characters than letters a to z, digits and underscores"),
            Self::FirstLetter => f.write_str("does not begin with a letter"),
            Self::ReservedPrefix(prefix) => write!(f, "begins with `{prefix}`, which is reserved"),
            Self::ReservedName => f.write_str("a reserved name"),
            Self::NoClientId => f.write_str("not of the form digits.digits"),
            Self::TooMany(most) => write!(f, "more than {most}"),
            Self::BodyTooLarge(bytes) => write!(f, "{bytes} bytes or more"),
            Self::NoProbability => f.write_str("not a number from 0 to 1"),
        }
    }
}

/// A field that Google Analytics would not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refused {
    /// The field of the row or the request.
    pub field: &'static str,
    /// What is wrong with it.
    pub why: Why,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

impl std::error::Error for Refused {}

/// The name of an event.
///
/// # Errors
/// What is wrong with it.
pub fn event_name(name: &str) -> Result<(), Why> {
    plain_name(name, NAME)?;
    if EVENTS.contains(&name) { Err(Why::ReservedName) } else { Ok(()) }
}

/// The name of a parameter of an event.
///
/// # Errors
/// What is wrong with it.
pub fn parameter_name(name: &str) -> Result<(), Why> {
    plain_name(name, NAME)?;
    if PARAMETERS.contains(&name) { Err(Why::ReservedName) } else { Ok(()) }
}

/// The value of a parameter of an event.
///
/// # Errors
/// What is wrong with it.
pub fn parameter_value(value: &str) -> Result<(), Why> {
    at_most(value, PARAMETER_VALUE)
}

/// The name of a user property.
///
/// # Errors
/// What is wrong with it.
pub fn user_property_name(name: &str) -> Result<(), Why> {
    plain_name(name, USER_PROPERTY_NAME)?;
    if USER_PROPERTY_NAMES.contains(&name) { Err(Why::ReservedName) } else { Ok(()) }
}

/// The value of a user property.
///
/// # Errors
/// What is wrong with it.
pub fn user_property_value(value: &str) -> Result<(), Why> {
    if value.is_empty() { Err(Why::Empty) } else { at_most(value, USER_PROPERTY_VALUE) }
}

/// The client id of a web stream, as the cookie `_ga` has it: a random number and the second of the first visit.
///
/// # Errors
/// [`Why::NoClientId`].
pub fn client_id(id: &str) -> Result<(), Why> {
    let half = |text: &str| (1..=CLIENT_ID_HALF).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    match id.split_once('.') {
        Some((random, first)) if half(random) && half(first) => Ok(()),
        _ => Err(Why::NoClientId),
    }
}

fn plain_name(name: &str, most: usize) -> Result<(), Why> {
    let Some(first) = name.chars().next() else { return Err(Why::Empty) };
    at_most(name, most)?;
    if let Some(prefix) = PREFIXES.into_iter().find(|prefix| name.starts_with(prefix)) {
        return Err(Why::ReservedPrefix(prefix));
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(Why::Characters);
    }
    if first.is_ascii_alphabetic() { Ok(()) } else { Err(Why::FirstLetter) }
}

fn at_most(text: &str, most: usize) -> Result<(), Why> {
    if text.chars().count() > most { Err(Why::TooLong(most)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_refused_for_what_is_wrong_with_them() {
        assert_eq!(event_name("inkling_score"), Ok(()));
        assert_eq!(user_property_name("inkling_band"), Ok(()));
        let long = "a".repeat(41);
        for (name, why) in [
            ("", Why::Empty),
            (long.as_str(), Why::TooLong(40)),
            ("_x", Why::ReservedPrefix("_")),
            ("ga_x", Why::ReservedPrefix("ga_")),
            ("gtag.x", Why::ReservedPrefix("gtag.")),
            ("firebase_campaign", Why::ReservedPrefix("firebase_")),
            ("1x", Why::FirstLetter),
            ("score-x", Why::Characters),
            ("Ökonomie", Why::Characters),
            ("session_start", Why::ReservedName),
        ] {
            assert_eq!(event_name(name), Err(why), "{name}");
        }
        assert_eq!(user_property_name(&"a".repeat(24)), Ok(()));
        assert_eq!(user_property_name(&"a".repeat(25)), Err(Why::TooLong(24)));
        assert_eq!(user_property_name("first_visit_time"), Err(Why::ReservedName));
        assert_eq!(parameter_name("session_id"), Err(Why::ReservedName));
    }

    #[test]
    fn values_are_counted_in_characters() {
        assert_eq!(user_property_value(&"ä".repeat(36)), Ok(()));
        assert_eq!(user_property_value(&"ä".repeat(37)), Err(Why::TooLong(36)));
        assert_eq!(user_property_value(""), Err(Why::Empty));
        assert_eq!(parameter_value(&"x".repeat(101)), Err(Why::TooLong(100)));
    }

    #[test]
    fn client_ids_are_two_numbers() {
        for id in ["1234567890.1612345678", "1.2", "01026454.4271112504"] {
            assert_eq!(client_id(id), Ok(()), "{id}");
        }
        let long = format!("{}.1", "1".repeat(21));
        for id in
            ["", ".", "1.", ".1", "1.2.3", "GA1.1.123.456", "1,2", "１.２", " 1.2", "1.2\n", "-1.2", "1e3.2", &long]
        {
            assert_eq!(client_id(id), Err(Why::NoClientId), "{id:?}");
        }
    }
}
