//! Where visits come from: channel, referrer, campaign parameters.

use libm::exp;

use super::rng::Rng;

/// Marketing channel of a visit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    /// Typed or bookmarked.
    Direct,
    /// Search engines.
    OrganicSearch,
    /// Search ads.
    PaidSearch,
    /// Ads in social networks.
    PaidSocial,
    /// Newsletter.
    Email,
    /// Other sites.
    Referral,
    /// Posts in social networks.
    OrganicSocial,
}

const ALL: [Channel; 7] = [
    Channel::Direct,
    Channel::OrganicSearch,
    Channel::PaidSearch,
    Channel::PaidSocial,
    Channel::Email,
    Channel::Referral,
    Channel::OrganicSocial,
];

/// Weight at intent 0 and change of the log-weight per unit of intent.
const MIX: [(f64, f64); 7] =
    [(20.0, 0.20), (38.0, 0.05), (14.0, 0.10), (11.0, -0.50), (4.0, 0.60), (8.0, 0.05), (5.0, -0.35)];

/// First-touch `traffic_source`: medium, name, source.
pub type TrafficSource = [&'static str; 3];

const FIRST_TOUCH: [TrafficSource; 7] = [
    ["(none)", "(direct)", "(direct)"],
    ["organic", "(organic)", "google"],
    ["cpc", "undergraduate-autumn", "google"],
    ["paid_social", "find-your-course", "instagram"],
    ["email", "autumn-open-day", "newsletter"],
    ["referral", "(referral)", "www.courseguide.example"],
    ["referral", "(referral)", "l.instagram.com"],
];

/// Campaign parameters of a landing page: source, medium, campaign.
pub type Campaign = [&'static str; 3];

const PAID_SEARCH: [Campaign; 3] =
    [["google", "cpc", "undergraduate-autumn"], ["google", "cpc", "brand"], ["bing", "cpc", "undergraduate-autumn"]];
const PAID_SOCIAL: [Campaign; 3] = [
    ["instagram", "paid_social", "find-your-course"],
    ["facebook", "paid_social", "find-your-course"],
    ["tiktok", "paid_social", "student-stories"],
];
const EMAIL: [Campaign; 2] = [["newsletter", "email", "autumn-open-day"], ["newsletter", "email", "apply-now"]];

const SEARCH_ENGINES: [&str; 3] = ["https://www.google.com/", "https://www.bing.com/", "https://duckduckgo.com/"];
const SOCIAL: [&str; 3] = ["https://l.instagram.com/", "https://www.reddit.com/", "https://www.youtube.com/"];
const SITES: [&str; 3] = [
    "https://www.courseguide.example/",
    "https://www.studentforum.example/threads/1204",
    "https://www.college.example/careers",
];

/// How a visit arrives.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// External referrer, if any.
    pub referrer: Option<&'static str>,
    /// utm parameters of the landing page, if any.
    pub campaign: Option<Campaign>,
}

impl Channel {
    /// Draws a channel; intent moves the mix.
    pub fn draw(intent: f64, rng: &mut Rng) -> Self {
        let weights = MIX.map(|(weight, slope)| weight * exp(slope * intent));
        ALL[rng.weighted(&weights)]
    }

    /// `traffic_source` of a visitor whose first visit came this way.
    pub fn first_touch(self) -> TrafficSource {
        FIRST_TOUCH[self as usize]
    }

    /// Referrer and campaign of one visit.
    pub fn draw_arrival(self, rng: &mut Rng) -> Arrival {
        match self {
            Self::Direct => Arrival { referrer: None, campaign: None },
            Self::OrganicSearch => {
                Arrival { referrer: Some(SEARCH_ENGINES[rng.weighted(&[88.0, 8.0, 4.0])]), campaign: None }
            }
            Self::PaidSearch => {
                let pick = rng.weighted(&[60.0, 25.0, 15.0]);
                let referrer = if pick == 2 { SEARCH_ENGINES[1] } else { SEARCH_ENGINES[0] };
                Arrival { referrer: Some(referrer), campaign: Some(PAID_SEARCH[pick]) }
            }
            Self::PaidSocial => {
                let referrer = rng.chance(0.6).then_some(SOCIAL[0]);
                Arrival { referrer, campaign: Some(PAID_SOCIAL[rng.below(3)]) }
            }
            Self::Email => Arrival { referrer: None, campaign: Some(EMAIL[rng.below(2)]) },
            Self::Referral => Arrival { referrer: Some(SITES[rng.below(3)]), campaign: None },
            Self::OrganicSocial => Arrival { referrer: Some(SOCIAL[rng.below(3)]), campaign: None },
        }
    }
}
