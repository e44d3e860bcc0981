//! Where a session came from: campaign parameters first, then the referrer.

use super::{HOSTS, Profile, SEARCH, SOCIAL, resolve};

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
        self.channel_of(source.as_bytes(), medium.as_bytes(), page.as_bytes(), referrer.as_bytes())
    }

    pub(super) fn channel_of(&self, source: &[u8], medium: &[u8], page: &[u8], referrer: &[u8]) -> (Channel, bool) {
        let host = resolve::host_of(referrer);
        let external = !host.is_empty() && !self.is_own(host);
        if !(source.is_empty() && medium.is_empty()) {
            let channel = if self.is_own(source) { Channel::Unknown } else { self.campaign(source, medium) };
            return (channel, external);
        }
        let (mut query, _) = resolve::cut(resolve::rest(resolve::cut(page, b"?").1), b"#");
        let (mut source, mut medium, mut clicked) = (&b""[..], &b""[..], Channel::Unknown);
        while !query.is_empty() {
            let (pair, more) = resolve::cut(query, b"&");
            query = resolve::rest(more);
            let (key, value) = resolve::cut(pair, b"=");
            let value = resolve::rest(value);
            match key {
                b"utm_source" => source = value,
                b"utm_medium" => medium = value,
                b"gclid" | b"gbraid" | b"wbraid" | b"msclkid" => clicked = Channel::PaidSearch,
                b"dclid" => clicked = Channel::Display,
                b"fbclid" => clicked = Channel::OrganicSocial,
                _ => {}
            }
        }
        let channel = if !(source.is_empty() && medium.is_empty()) {
            self.campaign(source, medium)
        } else if clicked != Channel::Unknown {
            clicked
        } else if !external {
            Channel::Unknown
        } else if self.lists_label(SEARCH, host) {
            Channel::OrganicSearch
        } else if self.lists_label(SOCIAL, host) {
            Channel::OrganicSocial
        } else {
            Channel::Referral
        };
        (channel, external)
    }

    fn campaign(&self, source: &[u8], medium: &[u8]) -> Channel {
        let social = self.lists_label(SOCIAL, source);
        let known = MEDIUMS.iter().find(|(word, _)| resolve::same(word.as_bytes(), medium)).map(|(_, channel)| *channel);
        match known {
            Some(Channel::PaidSearch) if social => Channel::PaidSocial,
            Some(Channel::Referral) if social => Channel::OrganicSocial,
            Some(channel) => channel,
            None if social => Channel::OrganicSocial,
            None if source == b"(direct)" => Channel::Direct,
            None if medium.is_empty() && self.lists_label(SEARCH, source) => Channel::OrganicSearch,
            None => Channel::Other,
        }
    }

    fn is_own(&self, host: &[u8]) -> bool {
        let ends = |own: &[u8], host: &[u8]| {
            let Some((head, end)) = host.len().checked_sub(own.len()).and_then(|n| host.split_at_checked(n)) else {
                return false;
            };
            head.last().is_none_or(|b| *b == b'.') && resolve::same(end, own)
        };
        self.find(self.list(HOSTS), host, ends) != 0
    }

    /// Whether one of the host's dot-separated labels, or the whole host, is in the list.
    fn lists_label(&self, list: usize, host: &[u8]) -> bool {
        let has_label = |word: &[u8], host: &[u8]| {
            let mut rest = host;
            let mut found = resolve::same(host, word);
            while !found && !rest.is_empty() {
                let (label, more) = resolve::cut(rest, b".");
                found = resolve::same(label, word);
                rest = resolve::rest(more);
            }
            found
        };
        self.find(self.list(list), host, has_label) != 0
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
