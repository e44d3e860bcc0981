//! Where a session came from: campaign parameters first, then the referrer.

use super::{Profile, resolve};
use alloc::string::String;

/// Names of the channels, index = the code that an event carries. The order is by meaning, not by rank; the definitions
/// follow GA4's default channel group (support.google.com/analytics/answer/9756891) for what a tag can see.
pub const CHANNELS: [&str; 11] = [
    "unknown",
    "direct",
    "organic_search",
    "paid_search",
    "organic_social",
    "paid_social",
    "email",
    "referral",
    "display",
    "affiliate",
    "other",
];

/// Index into [`CHANNELS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Channel {
    Unknown,
    Direct,
    OrganicSearch,
    PaidSearch,
    OrganicSocial,
    PaidSocial,
    Email,
    Referral,
    Display,
    Affiliate,
    Other,
}

impl Profile {
    /// Channel of an event and whether its page was reached from another site.
    ///
    /// Explicit `source`/`medium` win over `utm_*` and click ids in the page's query, which win over the referrer.
    /// A source or referrer among the site's own hosts says nothing.
    #[must_use]
    pub fn channel(&self, source: &str, medium: &str, page: &str, referrer: &str) -> (Channel, bool) {
        let host = resolve::host_of(referrer);
        let external = !host.is_empty() && !self.is_own(host);
        if !(source.is_empty() && medium.is_empty()) {
            if self.is_own(source) {
                return (Channel::Unknown, external);
            }
            return (self.campaign(source, medium), external);
        }
        let mut query = page.get(resolve::until(page, b"?") + 1..).unwrap_or("");
        query = query.get(..resolve::until(query, b"#")).unwrap_or("");
        let (mut source, mut medium, mut clicked) = ("", "", Channel::Unknown);
        while !query.is_empty() {
            let end = resolve::until(query, b"&");
            let pair = query.get(..end).unwrap_or("");
            query = query.get(end + 1..).unwrap_or("");
            let equals = resolve::until(pair, b"=");
            let value = pair.get(equals + 1..).unwrap_or("");
            match pair.get(..equals).unwrap_or("") {
                "utm_source" => source = value,
                "utm_medium" => medium = value,
                "gclid" | "gbraid" | "wbraid" | "msclkid" => clicked = Channel::PaidSearch,
                "dclid" => clicked = Channel::Display,
                "fbclid" => clicked = Channel::OrganicSocial,
                _ => {}
            }
        }
        let channel = if !(source.is_empty() && medium.is_empty()) {
            self.campaign(source, medium)
        } else if clicked != Channel::Unknown {
            clicked
        } else if !external {
            Channel::Unknown
        } else if has_label(&self.parts.search, host) {
            Channel::OrganicSearch
        } else if has_label(&self.parts.social, host) {
            Channel::OrganicSocial
        } else {
            Channel::Referral
        };
        (channel, external)
    }

    fn campaign(&self, source: &str, medium: &str) -> Channel {
        let social = has_label(&self.parts.social, source);
        let known = MEDIUMS.iter().find(|(word, _)| resolve::same(word, medium)).map(|(_, channel)| *channel);
        match known {
            Some(Channel::PaidSearch) if social => Channel::PaidSocial,
            Some(Channel::Referral) if social => Channel::OrganicSocial,
            Some(channel) => channel,
            None if social => Channel::OrganicSocial,
            None if source == "(direct)" => Channel::Direct,
            None if medium.is_empty() && has_label(&self.parts.search, source) => Channel::OrganicSearch,
            None => Channel::Other,
        }
    }

    fn is_own(&self, host: &str) -> bool {
        self.parts.hosts.iter().any(|own| {
            let Some(start) = host.len().checked_sub(own.len()) else { return false };
            let inside = start == 0 || host.as_bytes().get(start - 1) == Some(&b'.');
            inside && host.get(start..).is_some_and(|end| resolve::same(end, own))
        })
    }
}

/// What the words of `utm_medium` mean.
const MEDIUMS: [(&str, Channel); 19] = [
    ("cpc", Channel::PaidSearch),
    ("ppc", Channel::PaidSearch),
    ("paid", Channel::PaidSearch),
    ("paidsearch", Channel::PaidSearch),
    ("paidsocial", Channel::PaidSocial),
    ("paid_social", Channel::PaidSocial),
    ("organic", Channel::OrganicSearch),
    ("email", Channel::Email),
    ("e-mail", Channel::Email),
    ("newsletter", Channel::Email),
    ("social", Channel::OrganicSocial),
    ("organic_social", Channel::OrganicSocial),
    ("referral", Channel::Referral),
    ("display", Channel::Display),
    ("banner", Channel::Display),
    ("cpm", Channel::Display),
    ("affiliate", Channel::Affiliate),
    ("affiliates", Channel::Affiliate),
    ("(none)", Channel::Direct),
];

/// Whether one of the host's dot-separated labels, or the whole host, is in the list.
fn has_label(list: &[String], host: &str) -> bool {
    list.iter().any(|word| {
        let mut rest = host;
        let mut found = resolve::same(host, word);
        while !found && !rest.is_empty() {
            let end = resolve::until(rest, b".");
            found = rest.get(..end).is_some_and(|label| resolve::same(label, word));
            rest = rest.get(end + 1..).unwrap_or("");
        }
        found
    })
}
