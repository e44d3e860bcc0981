//! The one place where the server and `inkling run` look at the clock.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Now.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The day that is over, where the property is.
///
/// # Errors
/// At the beginning of time.
pub fn yesterday(zone: &TimeZone, now: Timestamp) -> Result<Date, jiff::Error> {
    now.to_zoned(zone.clone()).date().checked_sub(1.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_over_at_midnight_of_the_property() {
        let day =
            |zone: &str, now: &str| yesterday(&TimeZone::get(zone).unwrap(), now.parse().unwrap()).unwrap().to_string();
        assert_eq!(day("Europe/Berlin", "2026-10-05T21:59:59Z"), "2026-10-04");
        assert_eq!(day("Europe/Berlin", "2026-10-05T22:00:00Z"), "2026-10-05");
        assert_eq!(day("America/Los_Angeles", "2026-10-05T06:59:59Z"), "2026-10-03");
        assert_eq!(day("Pacific/Kiritimati", "2026-10-05T10:00:00Z"), "2026-10-05");
        // The day of 25 hours.
        assert_eq!(day("Europe/Berlin", "2026-10-25T22:59:59Z"), "2026-10-24");
    }
}
