//! Numbers, dates and text as a reader expects them.

use jiff::civil::Date;

/// Shown where a number is unknown or unusable.
pub const NONE: &str = "\u{2013}";

/// 1234567 -> `1,234,567`.
#[must_use]
pub fn count(value: u64) -> String {
    group(&value.to_string())
}

fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A count for a tight place: `950`, `12.3k`, `1.2M`.
#[must_use]
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return NONE.into();
    }
    for (limit, unit) in [(1e15, ""), (1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k")] {
        if value.abs() >= limit {
            if unit.is_empty() {
                return format!("{value:.0e}");
            }
            let scaled = value / limit;
            let text = if scaled >= 100.0 { format!("{scaled:.0}") } else { format!("{scaled:.1}") };
            return format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text));
        }
    }
    trim(format!("{value:.2}"))
}

/// Drops zeros at the end of a decimal fraction.
fn trim(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// 0.1234 -> `12.3%`; below 1 % two significant digits, so that small rates can be compared.
#[must_use]
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    if !value.is_finite() {
        NONE.into()
    } else if value == 0.0 || value == 100.0 {
        format!("{value:.0}%")
    } else if value.abs() >= 1e6 {
        format!("{value:.0e}%")
    } else if value.abs() >= 0.995 {
        format!("{}%", thousands(value, 1))
    } else if value.abs() >= 1e-4 {
        let digits = (1.0 - value.abs().log10().floor()).clamp(2.0, 6.0) as usize;
        format!("{value:.digits$}%")
    } else if value > 0.0 {
        "<0.0001%".into()
    } else {
        format!("{value:.0e}%")
    }
}

/// Percent for an axis: no decimals that say nothing.
#[must_use]
pub fn percent_tick(share: f64) -> String {
    let value = share * 100.0;
    if value.is_finite() && (1e-4..1e6).contains(&value) {
        format!("{}%", trim(format!("{value:.4}")))
    } else {
        percent(share)
    }
}

/// Fixed decimals with thousands separators.
#[must_use]
pub fn thousands(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.into();
    }
    if value.abs() >= 1e15 {
        return format!("{value:.1e}");
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let negative = value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let sign = if negative { "\u{2212}" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", group(whole))
}

/// 4.3 -> `4.3 s`, 75 -> `1 min 15 s`.
#[must_use]
pub fn seconds(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        NONE.into()
    } else if value < 0.95 {
        format!("{:.0} ms", value * 1e3)
    } else if value < 60.0 {
        format!("{value:.1} s")
    } else if value < 3600.0 {
        format!("{} min {:02} s", (value / 60.0) as u64, (value % 60.0) as u64)
    } else if value < 1e9 {
        format!("{} h {:02} min", count((value / 3600.0) as u64), (value / 60.0) as u64 % 60)
    } else {
        "over 30 years".into()
    }
}

/// `6.2×`, `0.35×`.
#[must_use]
pub fn times(value: f64) -> String {
    let decimals = if value.abs() < 0.995 { 2 } else { 1 };
    if value.is_finite() { format!("{}\u{d7}", thousands(value, decimals)) } else { NONE.into() }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Nov`.
#[must_use]
pub fn month(date: Date) -> &'static str {
    MONTHS[(date.month() as usize).saturating_sub(1).min(11)]
}

/// `23 Nov 2026`.
#[must_use]
pub fn date(date: Date) -> String {
    format!("{} {} {}", date.day(), month(date), date.year())
}

/// `23 Nov`.
#[must_use]
pub fn day_month(date: Date) -> String {
    format!("{} {}", date.day(), month(date))
}

/// `1 Aug to 31 Oct 2026`.
#[must_use]
pub fn span(from: Date, to: Date) -> String {
    let from = if from.year() == to.year() { day_month(from) } else { date(from) };
    format!("{from} to {}", date(to))
}

/// `Monday`.
#[must_use]
pub fn weekday(date: Date) -> &'static str {
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    DAYS[date.weekday().to_monday_zero_offset() as usize % 7]
}

/// Days by stretches: `3–5 Nov, 9 Nov`; at most `limit` stretches, then how many more days.
#[must_use]
pub fn stretches(days: &[Date], limit: usize) -> String {
    let mut runs: Vec<(Date, Date, usize)> = Vec::new();
    for &day in days {
        match runs.last_mut() {
            Some((_, last, n)) if last.tomorrow().ok() == Some(day) => {
                *last = day;
                *n += 1;
            }
            _ => runs.push((day, day, 1)),
        }
    }
    let mut text: Vec<String> = runs
        .iter()
        .take(limit)
        .map(|&(from, to, _)| match from {
            _ if from == to => day_month(from),
            _ if from.month() == to.month() => format!("{}\u{2013}{}", from.day(), day_month(to)),
            _ => format!("{} \u{2013} {}", day_month(from), day_month(to)),
        })
        .collect();
    let more: usize = runs.iter().skip(limit).map(|run| run.2).sum();
    if more > 0 {
        text.push(format!("and {} more", plural(more as u64, "day", "days")));
    }
    text.join(", ")
}

/// `1 day`, `3 days`.
#[must_use]
pub fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// At most so many characters, for a name inside a sentence.
#[must_use]
pub fn clip(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}\u{2026}", &text[..at]),
        None => text.to_owned(),
    }
}

/// Text for element content and quoted attributes. Control characters and direction overrides become a replacement
/// character: they could not break out of the element, but they could make a line read as something else.
#[must_use]
pub fn escape(text: &str) -> String {
    const LONGEST: usize = 160;
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.chars().enumerate() {
        if i == LONGEST {
            out.push('\u{2026}');
            break;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            '\n' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
