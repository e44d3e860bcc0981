//! What cleansing does to a text: placeholders become missing, addresses lose what identifies a person.

use std::borrow::Cow;

/// What a text column holds, and so how it is cleansed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text; a placeholder is missing.
    Plain,
    /// Source or medium, where `(none)` and `(direct)` carry meaning.
    Traffic,
    /// The address of a page.
    Page,
    /// The address of the page before.
    Referrer,
    /// Already cleansed: taken as it is.
    Verbatim,
}

/// Query parameters of a page address that say where a visitor came from.
const CAMPAIGN_PARAMETERS: [&str; 3] = ["utm_source", "utm_medium", "utm_campaign"];
/// Click ids: that there is one matters, its value would identify the click.
const CLICK_IDS: [&str; 6] = ["gclid", "dclid", "gbraid", "wbraid", "msclkid", "fbclid"];

/// The event that carries our own score to Google Analytics. What comes back of it says nothing about a visitor.
pub const CARRIER: &str = "inkling_score";

/// The event by which a page tells why it has no score.
pub const NO_SCORE: &str = "inkling_off";

/// Longest engagement believed of one event: 30 minutes.
pub const MAX_ENGAGED_MS: u32 = 1_800_000;

/// The text as the events table keeps it; empty when missing.
#[must_use]
pub fn cleanse(kind: Kind, text: &str) -> Cow<'_, str> {
    match kind {
        Kind::Verbatim => Cow::Borrowed(text),
        _ if is_placeholder(text) => Cow::Borrowed(""),
        Kind::Traffic => Cow::Borrowed(text),
        _ if text == "(none)" => Cow::Borrowed(""),
        Kind::Plain => Cow::Borrowed(text),
        Kind::Page => page_url(text),
        Kind::Referrer => Cow::Borrowed(referrer_url(text)),
    }
}

/// Whether a text stands for "no value" in every column.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    matches!(text, "" | "(not set)" | "<Other>" | "(data deleted)" | "<obfuscated>")
}

/// An address without its fragment and with only the query parameters that name a campaign.
#[must_use]
pub fn page_url(url: &str) -> Cow<'_, str> {
    let url = url.split_once('#').map_or(url, |(before, _)| before);
    let Some((base, query)) = url.split_once('?') else { return Cow::Borrowed(url) };
    let mut kept = String::new();
    for parameter in query.split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if value.is_empty() {
            continue;
        }
        let value = if CAMPAIGN_PARAMETERS.contains(&name) {
            value
        } else if CLICK_IDS.contains(&name) {
            "1"
        } else {
            continue;
        };
        kept.push(if kept.is_empty() { '?' } else { '&' });
        kept.push_str(name);
        kept.push('=');
        kept.push_str(value);
    }
    if kept.is_empty() { Cow::Borrowed(base) } else { Cow::Owned(format!("{base}{kept}")) }
}

/// An address without query and fragment.
#[must_use]
pub fn referrer_url(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_missing() {
        for text in ["", "(not set)", "<Other>", "(data deleted)", "<obfuscated>", "(none)"] {
            assert_eq!(cleanse(Kind::Plain, text), "", "{text}");
        }
        assert_eq!(cleanse(Kind::Traffic, "(none)"), "(none)");
        assert_eq!(cleanse(Kind::Traffic, "(direct)"), "(direct)");
        assert_eq!(cleanse(Kind::Traffic, "(data deleted)"), "");
        assert_eq!(cleanse(Kind::Page, "(not set)"), "");
    }

    #[test]
    fn page_addresses_keep_campaigns_and_hide_click_ids() {
        assert_eq!(
            page_url("https://a.example/p?email=x%40y.z&utm_source=news&gclid=Cj0K&utm_term=t#top"),
            "https://a.example/p?utm_source=news&gclid=1"
        );
        assert_eq!(page_url("https://a.example/p?q=law"), "https://a.example/p");
        assert_eq!(page_url("https://a.example/p?"), "https://a.example/p");
        assert_eq!(page_url("https://a.example/p#a?utm_source=x"), "https://a.example/p");
        assert_eq!(page_url("https://a.example/p?utm_medium="), "https://a.example/p");
        assert_eq!(page_url("https://a.example/p"), "https://a.example/p");
    }

    #[test]
    fn cleansing_twice_changes_nothing() {
        for url in ["https://a.example/p?utm_source=a&fbclid=77&x=1#f", "https://a.example/?gclid&utm_campaign=c"] {
            let once = page_url(url).into_owned();
            assert_eq!(page_url(&once), once);
        }
    }

    #[test]
    fn referrers_lose_query_and_fragment() {
        assert_eq!(referrer_url("https://g.example/search?q=me"), "https://g.example/search");
        assert_eq!(referrer_url("https://g.example/#x"), "https://g.example/");
    }
}
