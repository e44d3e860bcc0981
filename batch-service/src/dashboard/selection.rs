//! Days and model that a live page is asked for.

use jiff::civil::Date;
use reqwest::Url;
use serde::Serialize;

/// Characters of a version's name.
const LONGEST: usize = 200;

/// What is asked for; what is not is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Selection {
    /// The first day of the daily views.
    pub from: Option<Date>,
    /// Their last day.
    pub to: Option<Date>,
    /// Version of the model whose windows are shown.
    pub model: Option<String>,
}

impl Selection {
    /// Understands the query of an address: `from`, `to` (YYYY-MM-DD) and `model`, each at most once; an empty value is
    /// none, as forms send it. Other words are not read.
    ///
    /// # Errors
    /// What is wrong with which of them.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut url = Url::parse("http://dashboard/").map_err(|e| e.to_string())?;
        url.set_query(Some(query));
        let mut selection = Self::default();
        for (name, value) in url.query_pairs() {
            let place = match &*name {
                "from" => &mut selection.from,
                "to" => &mut selection.to,
                "model" => {
                    if value.chars().count() > LONGEST {
                        return Err("model: this is no version of a model".to_owned());
                    }
                    once(&mut selection.model, "model", Some(value.into_owned()).filter(|v| !v.is_empty()))?;
                    continue;
                }
                _ => continue,
            };
            let day = match &*value {
                "" => None,
                text => Some(day(text).ok_or_else(|| format!("{name}: a day is YYYY-MM-DD"))?),
            };
            once(place, &name, day)?;
        }
        match (selection.from, selection.to) {
            (Some(from), Some(to)) if from > to => Err(format!("no days: from {from} is after to {to}")),
            _ => Ok(selection),
        }
    }

    /// Whether a day is among those asked for.
    #[must_use]
    pub fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

fn once<T>(place: &mut Option<T>, name: &str, value: Option<T>) -> Result<(), String> {
    match (place.is_some(), value) {
        (_, None) => Ok(()),
        (true, Some(_)) => Err(format!("{name}: given twice")),
        (false, value) => {
            *place = value;
            Ok(())
        }
    }
}

/// Only `YYYY-MM-DD`, of which `Date` reads more kinds.
fn day(text: &str) -> Option<Date> {
    let shape = |(at, c): (usize, u8)| if matches!(at, 4 | 7) { c == b'-' } else { c.is_ascii_digit() };
    let plain = text.len() == 10 && text.bytes().enumerate().all(shape);
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_form_is_understood_and_nonsense_is_refused() {
        assert_eq!(Selection::parse(""), Ok(Selection::default()));
        assert_eq!(Selection::parse("from=&to=&model="), Ok(Selection::default()));
        assert_eq!(Selection::parse("visitor=17.4&x=%22"), Ok(Selection::default()));
        let all = Selection::parse("from=2026-10-01&to=2026-10-31&model=visitor%2D1").unwrap();
        assert_eq!(all.from, Some(date(2026, 10, 1)));
        assert_eq!((all.to, all.model.as_deref()), (Some(date(2026, 10, 31)), Some("visitor-1")));
        assert!(all.holds(date(2026, 10, 1)) && all.holds(date(2026, 10, 31)));
        assert!(!all.holds(date(2026, 9, 30)) && !all.holds(date(2026, 11, 1)));
        for (query, says) in [
            ("from=yesterday", "from: "),
            ("to=2026-02-30", "to: "),
            ("to=2026-1-3", "to: "),
            ("from=20261001", "from: "),
            ("from=2026-10-01T00:00:00", "from: "),
            ("from=2026-10-02&to=2026-10-01", "no days"),
            ("from=2026-10-02&from=2026-10-01", "twice"),
            ("model=a&model=b", "twice"),
            ("from=%ff", "from: "),
        ] {
            let error = Selection::parse(query).unwrap_err();
            assert!(error.contains(says), "{query}: {error}");
        }
        assert!(Selection::parse(&format!("model={}", "a".repeat(201))).is_err());
    }
}
