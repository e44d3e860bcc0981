//! The one table of features: name, unit, meaning, missing rule, cap, place.

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

/// Which feature, or which family of features; the discriminant is the index into [`FAMILIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
#[repr(u8)]
pub enum Family {
    SessionEvents,
    SessionPageViews,
    SessionDistinctPages,
    SessionRepeatViews,
    SessionEngagedMs,
    SessionEngagedMsPerPage,
    SessionScrolls,
    SessionItems,
    SessionMaxPrice,
    SessionFunnelStep,
    SessionSeconds,
    SessionSecondsPerPage,
    SessionSecondsSincePageView,
    SessionEntryGroup,
    SessionPageGroup,
    SessionPreviousPageGroup,
    SessionChannel,
    SessionExternalReferrer,
    SessionNumber,
    SessionDevice,
    SessionLanguage,
    VisitorSecondsSinceEvent,
    VisitorSecondsSinceFirstTouch,
    VisitorSecondsSinceLastSession,
    VisitorSecondsSinceConversion,
    VisitorConversions,
    VisitorActiveDays,
    VisitorFunnelStep,
    VisitorPastChannel,
    MomentHour,
    MomentWeekday,
    SessionCount,
    SessionSecondsSince,
    Past,
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

const fn row(name: &'static str, unit: Unit, cap: f32, meaning: &'static str) -> FeatureFamily {
    FeatureFamily { name, unit, meaning, cap, place: Place::Both }
}

const YEAR_S: f32 = 31_536_000.0;
const DAY_S: f32 = 86_400.0;

/// The table; a [`Family`] is an index into it. "Missing" means NaN.
pub const FAMILIES: [FeatureFamily; 34] = [
    row("session.events", Unit::Count, 1000.0, "events of the session; 0 is never seen"),
    row("session.page_views", Unit::Count, 500.0, "page views of the session"),
    row("session.distinct_pages", Unit::Count, 32.0, "different page paths of the session, at most 32 told apart"),
    row("session.repeat_views", Unit::Count, 500.0, "page views beyond the first of each path"),
    row("session.engaged_ms", Unit::Milliseconds, 14_400_000.0, "engagement time, each event clipped to 30 minutes"),
    row(
        "session.engaged_ms_per_page",
        Unit::Milliseconds,
        1_800_000.0,
        "engagement time per page view; missing before the first page view",
    ),
    row("session.scrolls", Unit::Count, 500.0, "scroll events (90 % of a page)"),
    row("session.items", Unit::Count, 5000.0, "items carried by the session's events"),
    row("session.max_price", Unit::Price, 100_000.0, "highest item price seen; missing when none was"),
    row("session.funnel_step", Unit::Step, 16.0, "furthest funnel step of the session; 0 = none"),
    row("session.seconds", Unit::Seconds, DAY_S, "time since the session's first event"),
    row(
        "session.seconds_per_page",
        Unit::Seconds,
        DAY_S,
        "that time per page view; missing before the first page view",
    ),
    row(
        "session.seconds_since_page_view",
        Unit::Seconds,
        DAY_S,
        "time since the latest page view before this moment; missing when there was none",
    ),
    row("session.entry_group", Unit::Code, 64.0, "page group of the first page; missing before it"),
    row("session.page_group", Unit::Code, 64.0, "page group of the latest page; missing before the first"),
    row("session.previous_page_group", Unit::Code, 64.0, "page group of the page before; missing before the second"),
    row("session.channel", Unit::Code, 16.0, "first known channel of the session; missing when unknown"),
    row("session.external_referrer", Unit::Flag, 1.0, "1 when a page of the session was reached from another site"),
    row("session.number", Unit::Count, 1000.0, "how many sessions the visitor has had, this one included"),
    row("session.device", Unit::Code, 16.0, "device category; missing when unknown"),
    row("session.language", Unit::Code, 64.0, "browser language by the profile's list; missing when unknown"),
    row("visitor.seconds_since_event", Unit::Seconds, 60.0 * DAY_S, "time since the visitor's last event"),
    row("visitor.seconds_since_first_touch", Unit::Seconds, 3.0 * YEAR_S, "time since the visitor's first touch"),
    row(
        "visitor.seconds_since_last_session",
        Unit::Seconds,
        YEAR_S,
        "time from the end of the last earlier session to this session's start; missing when there was none",
    ),
    row(
        "visitor.seconds_since_conversion",
        Unit::Seconds,
        YEAR_S,
        "time since the visitor's last conversion; missing when there was none",
    ),
    row("visitor.conversions", Unit::Count, 100.0, "earlier sessions with a conversion"),
    row("visitor.active_days", Unit::Count, 1000.0, "local days with an event"),
    row("visitor.funnel_step", Unit::Step, 16.0, "furthest funnel step ever; 0 = none"),
    row("visitor.past_channel", Unit::Code, 16.0, "last known channel of an earlier session; missing when unknown"),
    row("moment.hour", Unit::Hour, 23.0, "hour of the day in the property's time zone, 0 to 23"),
    row("moment.weekday", Unit::Weekday, 6.0, "day of the week in the property's time zone, Monday = 0"),
    row("session.count.", Unit::Count, 1000.0, "events of that name, or page views of that group, in the session"),
    row(
        "session.seconds_since.",
        Unit::Seconds,
        DAY_S,
        "time since the last of them in the session; missing when there was none",
    ),
    row("past.", Unit::Count, 1_000_000.0, "count over earlier sessions within the window; 0 when none is known"),
];
