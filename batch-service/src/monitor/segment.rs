//! Segments: what a visitor was like when the score was given.

use model_core::{CHANNELS, DEVICES, Family, FeatureRef, Visitor};

/// What segments are made by; the words of the tables.
pub const DIMENSIONS: [&str; 4] = ["device", "channel", "visitor", "country"];
/// What is not known.
pub const UNKNOWN: &str = "unknown";

/// Where a visitor belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Index into [`DEVICES`].
    pub device: u8,
    /// Index into [`CHANNELS`], of the latest session.
    pub channel: u8,
    /// Whether the latest session is the first one; `None` is not known.
    pub new: Option<bool>,
}

impl Segment {
    /// Of the features that [`features`] names.
    #[must_use]
    pub fn of(row: &[f32]) -> Self {
        let code = |value: Option<&f32>, known: usize| {
            let code = value.copied().filter(|v| v.is_finite()).unwrap_or(0.0) as usize;
            if code < known { code as u8 } else { 0 }
        };
        let number = row.get(2).copied().filter(|n| n.is_finite() && *n > 0.0);
        Self {
            device: code(row.first(), DEVICES.len()),
            channel: code(row.get(1), CHANNELS.len()),
            new: number.map(|n| n <= 1.0),
        }
    }

    /// Of a visitor at a moment.
    #[must_use]
    pub fn of_visitor(visitor: &mut Visitor, now_us: i64, utc_offset_s: i32) -> Self {
        let mut row = [f32::NAN; 3];
        visitor.features(&features(), now_us, utc_offset_s, &mut row);
        Self::of(&row)
    }

    /// The word of the device.
    #[must_use]
    pub fn device(&self) -> &'static str {
        DEVICES.get(usize::from(self.device)).copied().unwrap_or(UNKNOWN)
    }

    /// The word of the channel.
    #[must_use]
    pub fn channel(&self) -> &'static str {
        CHANNELS.get(usize::from(self.channel)).copied().unwrap_or(UNKNOWN)
    }

    /// `new`, `returning` or `unknown`.
    #[must_use]
    pub fn visitor(&self) -> &'static str {
        match self.new {
            Some(true) => "new",
            Some(false) => "returning",
            None => UNKNOWN,
        }
    }
}

/// The features that a segment is read off.
#[must_use]
pub fn features() -> [FeatureRef; 3] {
    [Family::SessionDevice, Family::SessionChannel, Family::SessionNumber].map(|family| FeatureRef {
        family,
        counter: 0,
        window: 0,
    })
}

/// Names of the features, for snapshots, which have columns by name.
pub const FEATURES: [&str; 3] = ["session.device", "session.channel", "session.number"];

/// The segment behind words of the table `monitor_outcomes`; a word that is none of them is not known.
#[must_use]
pub fn parse(device: &str, channel: &str, visitor: &str) -> Segment {
    let position = |words: &[&str], word: &str| words.iter().position(|w| *w == word).unwrap_or(0) as u8;
    let new = match visitor {
        "new" => Some(true),
        "returning" => Some(false),
        _ => None,
    };
    Segment { device: position(&DEVICES, device), channel: position(&CHANNELS, channel), new }
}
