//! The one table of features: name, unit, source, cap, meaning, missing rule, place.

use crate::visitor::Slot;

/// Unit of a feature's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Unit {
    Count,
    Seconds,
    Milliseconds,
    Price,
    Step,
    Code,
    Flag,
    Hour,
    Weekday,
}

/// Where a feature can be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the browser and in the warehouse.
    Both,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct FeatureFamily {
    /// Name; for a family of features the counter's name (and the window) follows.
    pub name: &'static str,
    /// Unit of the values.
    pub unit: Unit,
    /// What it means, and what a missing value stands for.
    pub meaning: &'static str,
    /// Values are clipped to `0..=cap`.
    pub cap: f32,
    /// Where it can be computed.
    pub place: Place,
}

/// Suffixes of the windows of the `past.` family: earlier sessions that started within the last N local days (today
/// is the first), and the sum that halves every 7 days.
pub const WINDOW_NAMES: [&str; 7] = ["days1", "days2", "days3", "days7", "days14", "days30", "decayed"];

const YEAR_S: f32 = 31_536_000.0;
const DAY_S: f32 = 86_400.0;

/// Makes the table and what scoring needs of it as arrays of their own: the tag does not carry the meanings.
macro_rules! features {
    ($($family:ident: $name:literal, $unit:ident, $slot:ident, $cap:expr, $meaning:literal;)*) => {
        /// Which feature, or which family of features; the discriminant is the index into [`FAMILIES`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Family { $(#[doc = $meaning] $family,)* }

        /// Every family, in the order of the table.
        pub(crate) const ORDER: &[Family] = &[$(Family::$family),*];
        pub(crate) const NAMES: &[&str] = &[$($name),*];
        pub(crate) const CAPS: &[f32] = &[$($cap),*];
        pub(crate) const UNITS: &[Unit] = &[$(Unit::$unit),*];
        /// The number of the visitor that the value is made from; `value.rs` says how where that is not plain.
        pub(crate) const SLOTS: &[Slot] = &[$(Slot::$slot),*];

        /// The table; a [`Family`] is an index into it. "Missing" means NaN.
        pub const FAMILIES: &[FeatureFamily] = &[$(FeatureFamily {
            name: $name, unit: Unit::$unit, meaning: $meaning, cap: $cap, place: Place::Both,
        }),*];
    };
}

features! {
    SessionEvents: "session.events", Count, Events, 1000.0, "events of the session; 0 is never seen";
    SessionPageViews: "session.page_views", Count, PageViews, 500.0, "page views of the session";
    SessionDistinctPages: "session.distinct_pages", Count, Pages, 32.0, "different page paths of the session, at most 32 told apart";
    SessionRepeatViews: "session.repeat_views", Count, PageViews, 500.0, "page views beyond the first of each path";
    SessionEngagedMs: "session.engaged_ms", Milliseconds, EngagedMs, 14_400_000.0, "engagement time, each event clipped to 30 minutes";
    SessionEngagedMsPerPage: "session.engaged_ms_per_page", Milliseconds, EngagedMs, 1_800_000.0, "engagement time per page view; missing before the first page view";
    SessionScrolls: "session.scrolls", Count, Scrolls, 500.0, "scroll events (90 % of a page)";
    SessionItems: "session.items", Count, Items, 5000.0, "items carried by the session's events";
    SessionMaxPrice: "session.max_price", Price, MaxPrice, 100_000.0, "highest item price seen; missing when none was";
    SessionFunnelStep: "session.funnel_step", Step, SessionFunnel, 16.0, "furthest funnel step of the session; 0 = none";
    SessionSeconds: "session.seconds", Seconds, Start, DAY_S, "time since the session's first event";
    SessionSecondsPerPage: "session.seconds_per_page", Seconds, Start, DAY_S, "that time per page view; missing before the first page view";
    SessionSecondsSincePageView: "session.seconds_since_page_view", Seconds, PageTime, DAY_S, "time since the latest page view before this moment; missing when there was none";
    SessionEntryGroup: "session.entry_group", Code, EntryGroup, 64.0, "page group of the first page; missing before it";
    SessionPageGroup: "session.page_group", Code, PageGroup, 64.0, "page group of the latest page; missing before the first";
    SessionPreviousPageGroup: "session.previous_page_group", Code, PreviousGroup, 64.0, "page group of the page before; missing before the second";
    SessionChannel: "session.channel", Code, Channel, 16.0, "first known channel of the session; missing when unknown";
    SessionExternalReferrer: "session.external_referrer", Flag, External, 1.0, "1 when a page of the session was reached from another site";
    SessionNumber: "session.number", Count, Number, 1000.0, "how many sessions the visitor has had, this one included";
    SessionDevice: "session.device", Code, Device, 16.0, "device category; missing when unknown";
    SessionLanguage: "session.language", Code, Language, 64.0, "browser language by the profile's list; missing when unknown";
    VisitorSecondsSinceEvent: "visitor.seconds_since_event", Seconds, Last, 60.0 * DAY_S, "time since the visitor's last event";
    VisitorSecondsSinceFirstTouch: "visitor.seconds_since_first_touch", Seconds, FirstTouch, 3.0 * YEAR_S, "time since the visitor's first touch";
    VisitorSecondsSinceLastSession: "visitor.seconds_since_last_session", Seconds, PastLast, YEAR_S, "time from the end of the last earlier session to this session's start; missing when there was none";
    VisitorSecondsSinceConversion: "visitor.seconds_since_conversion", Seconds, Conversion, YEAR_S, "time since the visitor's last conversion; missing when there was none";
    VisitorConversions: "visitor.conversions", Count, PastConversions, 100.0, "earlier sessions with a conversion";
    VisitorActiveDays: "visitor.active_days", Count, ActiveDays, 1000.0, "local days with an event";
    VisitorFunnelStep: "visitor.funnel_step", Step, Funnel, 16.0, "furthest funnel step ever; 0 = none";
    VisitorPastChannel: "visitor.past_channel", Code, PastChannel, 16.0, "last known channel of an earlier session; missing when unknown";
    MomentHour: "moment.hour", Hour, Last, 23.0, "hour of the day in the property's time zone, 0 to 23";
    MomentWeekday: "moment.weekday", Weekday, Last, 6.0, "day of the week in the property's time zone, Monday = 0";
    SessionCount: "session.count.", Count, Events, 1000.0, "events of that name, or page views of that group, in the session";
    SessionSecondsSince: "session.seconds_since.", Seconds, Start, DAY_S, "time since the last of them in the session; missing when there was none";
    Past: "past.", Count, Events, 1_000_000.0, "count over earlier sessions within the window; 0 when none is known";
}
