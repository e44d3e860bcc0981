//! Where a session came from: campaign parameters first, then the referrer.

use super::{HOSTS, Profile, SEARCH, SOCIAL, resolve};
use crate::event::{Event, ROW, Row, at};

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
        let mut row = [0; ROW];
        self.channel_row(source.as_bytes(), medium.as_bytes(), page.as_bytes(), referrer.as_bytes(), &mut row);
        (ALL[row[at::CHANNEL] as usize], row[at::FLAGS] != 0)
    }

    /// Sets the channel and the flag of an external referrer; no other flag.
    pub(super) fn channel_row(&self, source: &[u8], medium: &[u8], page: &[u8], referrer: &[u8], row: &mut Row) {
        let host = resolve::host_of(referrer);
        let external = !host.is_empty() && self.find(self.list(HOSTS), host, ends_host) == 0;
        row[at::FLAGS] = if external { i64::from(Event::FLAG_EXTERNAL_REFERRER) } else { 0 };
        row[at::CHANNEL] = if source.len() + medium.len() == 0 {
            self.channel_of_page(page, if external { host } else { b"" })
        } else if self.find(self.list(HOSTS), source, ends_host) != 0 {
            Channel::Unknown as i64
        } else {
            self.campaign(source, medium)
        };
    }

    fn channel_of_page(&self, page: &[u8], external_host: &[u8]) -> i64 {
        let mut query = resolve::after(page, resolve::until(page, const { resolve::Stops::of(b"?") }));
        query = &query[..resolve::until(query, const { resolve::Stops::of(b"#") })];
        let (mut source, mut medium, mut clicked) = (&b""[..], &b""[..], 0);
        while !query.is_empty() {
            let end = resolve::until(query, const { resolve::Stops::of(b"&") });
            let pair = &query[..end];
            let equals = resolve::until(pair, const { resolve::Stops::of(b"=") });
            let value = resolve::after(pair, equals);
            match resolve::find(KEYS, &pair[..equals], resolve::equal) {
                0 => {}
                SOURCE => source = value,
                MEDIUM => medium = value,
                channel => clicked = channel,
            }
            query = resolve::after(query, end);
        }
        if source.len() + medium.len() > 0 {
            self.campaign(source, medium)
        } else if clicked != 0 {
            clicked
        } else if external_host.is_empty() {
            Channel::Unknown as i64
        } else if self.lists_label(SEARCH, external_host) {
            Channel::OrganicSearch as i64
        } else if self.lists_label(SOCIAL, external_host) {
            Channel::OrganicSocial as i64
        } else {
            Channel::Referral as i64
        }
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn campaign(&self, source: &[u8], medium: &[u8]) -> i64 {
        const PAID_SEARCH: i64 = Channel::PaidSearch as i64;
        const REFERRAL: i64 = Channel::Referral as i64;
        let known = resolve::find(MEDIUMS, medium, resolve::same);
        if self.lists_label(SOCIAL, source) {
            return match known {
                PAID_SEARCH => Channel::PaidSocial as i64,
                REFERRAL | 0 => Channel::OrganicSocial as i64,
                _ => known,
            };
        }
        if known != 0 {
            known
        } else if source == b"(direct)" {
            Channel::Direct as i64
        } else if medium.is_empty() && self.lists_label(SEARCH, source) {
            Channel::OrganicSearch as i64
        } else {
            Channel::Other as i64
        }
    }

    /// Whether one of the host's dot-separated labels, or the whole host, is in the list.
    fn lists_label(&self, list: usize, host: &[u8]) -> bool {
        self.find(self.list(list), host, has_label) != 0
    }
}

fn ends_host(own: &[u8], host: &[u8]) -> bool {
    let Some(start) = host.len().checked_sub(own.len()) else { return false };
    (start == 0 || host[start - 1] == b'.') && resolve::same(own, &host[start..])
}

fn has_label(word: &[u8], host: &[u8]) -> bool {
    let mut rest = host;
    let mut found = resolve::same(word, host);
    while !found && !rest.is_empty() {
        let end = resolve::until(rest, const { resolve::Stops::of(b".") });
        found = resolve::same(word, &rest[..end]);
        rest = resolve::after(rest, end);
    }
    found
}

const ALL: [Channel; CHANNELS.len()] = [
    Channel::Unknown,
    Channel::Direct,
    Channel::OrganicSearch,
    Channel::PaidSearch,
    Channel::OrganicSocial,
    Channel::PaidSocial,
    Channel::Email,
    Channel::Referral,
    Channel::Display,
    Channel::Affiliate,
    Channel::Other,
];

/// Codes of keys that are not a channel.
const SOURCE: i64 = 30;
const MEDIUM: i64 = 31;
/// The keys of a query that say where a visit came from, each followed by its channel (see [`Channel`]).
const KEYS: &[u8] = b"utm_source\x1eutm_medium\x1fgclid\x03gbraid\x03wbraid\x03msclkid\x03dclid\x08fbclid\x04";
/// What the words of `utm_medium` mean, in the same way.
const MEDIUMS: &[u8] = b"cpc\x03ppc\x03paid\x03paidsearch\x03paidsocial\x05paid_social\x05organic\x02email\x06e-mail\x06\
newsletter\x06social\x04organic_social\x04referral\x07display\x08banner\x08cpm\x08affiliate\x09affiliates\x09(none)\x01";
