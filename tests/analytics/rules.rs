//! What Google says of names and values: "Send Measurement Protocol events" (limitations), "Protocol reference" (reserved
//! names), and the schema of Google's own event builder. Lengths are in characters.

/// What is wrong with a name or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Missing,
    Long,
    Form,
    Reserved,
}

/// Events and parameters.
const NAME: usize = 40;
const PROPERTY_NAME: usize = 24;
const PROPERTY_VALUE: usize = 36;
const PARAMETER_VALUE: usize = 100;
/// Parameters of an event; user properties of a request or an event.
pub(super) const MOST: usize = 25;

const RESERVED_STARTS: [&str; 5] = ["_", "firebase_", "ga_", "google_", "gtag."];

const RESERVED_EVENTS: &str = "ad_activeview ad_click ad_exposure ad_query ad_reward adunit_exposure app_background \
    app_clear_data app_exception app_remove app_store_refund app_store_subscription_cancel \
    app_store_subscription_convert app_store_subscription_renew app_uninstall app_update app_upgrade \
    dynamic_link_app_open dynamic_link_app_update dynamic_link_first_open error firebase_campaign \
    firebase_in_app_message_action firebase_in_app_message_dismiss firebase_in_app_message_impression first_open \
    first_visit in_app_purchase notification_dismiss notification_foreground notification_open notification_receive \
    notification_send os_update screen_view session_start session_start_with_rollout user_engagement";

const RESERVED_PROPERTIES: &str =
    "first_open_after_install first_open_time first_visit_time last_deep_link_referrer user_id";

fn has(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|one| one == word)
}

fn name(text: &str, longest: usize, reserved: &str) -> Option<Wrong> {
    let mut bytes = text.bytes();
    let Some(first) = bytes.next() else { return Some(Wrong::Missing) };
    if RESERVED_STARTS.iter().any(|start| text.starts_with(start)) || has(reserved, text) {
        return Some(Wrong::Reserved);
    }
    if !first.is_ascii_alphabetic() || !bytes.all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
        return Some(Wrong::Form);
    }
    (text.len() > longest).then_some(Wrong::Long)
}

pub(super) fn event_name(text: &str) -> Option<Wrong> {
    name(text, NAME, RESERVED_EVENTS)
}

/// `session_id` and `engagement_time_msec` are names that senders may use.
pub(super) fn parameter_name(text: &str) -> Option<Wrong> {
    name(text, NAME, "")
}

pub(super) fn property_name(text: &str) -> Option<Wrong> {
    name(text, PROPERTY_NAME, RESERVED_PROPERTIES)
}

fn value(text: &str, longest: usize) -> Option<Wrong> {
    // A character has at least a byte.
    (text.len() > longest && text.chars().count() > longest).then_some(Wrong::Long)
}

pub(super) fn property_value(text: &str) -> Option<Wrong> {
    value(text, PROPERTY_VALUE)
}

pub(super) fn parameter_value(text: &str) -> Option<Wrong> {
    value(text, PARAMETER_VALUE)
}

/// The id of a browser as Analytics makes it: a random number, a dot, and the seconds of the first visit. Google's servers
/// take more; nothing else can be joined to a visitor.
pub(super) fn client_id(text: &str) -> Option<Wrong> {
    if text.is_empty() {
        return Some(Wrong::Missing);
    }
    let number = |part: &str| !part.is_empty() && part.len() <= 20 && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.split('.');
    let right = parts.next().is_some_and(number) && parts.next().is_some_and(number) && parts.next().is_none();
    (!right).then_some(Wrong::Form)
}
