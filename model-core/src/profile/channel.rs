//! Where a session came from: campaign parameters first, then the referrer.

use super::{Profile, resolve};

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
        let query = page.split('?').nth(1).unwrap_or("");
        let query = query.split('#').next().unwrap_or("");
        let (mut source, mut medium, mut clicked) = ("", "", Channel::Unknown);
        for pair in query.split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match key {
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
        let is = |word: &str| medium.eq_ignore_ascii_case(word);
        if is("cpc") || is("ppc") || is("paid") || is("paidsearch") {
            if social { Channel::PaidSocial } else { Channel::PaidSearch }
        } else if is("paidsocial") || is("paid_social") {
            Channel::PaidSocial
        } else if is("organic") {
            Channel::OrganicSearch
        } else if is("email") || is("e-mail") || is("newsletter") {
            Channel::Email
        } else if is("social") || is("organic_social") || social {
            Channel::OrganicSocial
        } else if is("referral") {
            Channel::Referral
        } else if is("display") || is("banner") || is("cpm") {
            Channel::Display
        } else if is("affiliate") {
            Channel::Affiliate
        } else if is("(none)") || source == "(direct)" {
            Channel::Direct
        } else if medium.is_empty() && has_label(&self.parts.search, source) {
            Channel::OrganicSearch
        } else {
            Channel::Other
        }
    }

    fn is_own(&self, host: &str) -> bool {
        self.parts.hosts.iter().any(|own| {
            host.len() >= own.len()
                && host.is_char_boundary(host.len() - own.len())
                && host[host.len() - own.len()..].eq_ignore_ascii_case(own)
                && (host.len() == own.len() || host.as_bytes()[host.len() - own.len() - 1] == b'.')
        })
    }
}

/// Whether one of the host's dot-separated labels, or the whole host, is in the list.
fn has_label(list: &[alloc::string::String], host: &str) -> bool {
    list.iter().any(|word| host.eq_ignore_ascii_case(word) || host.split('.').any(|l| l.eq_ignore_ascii_case(word)))
}
