//! What is wrong with a day's report, as Google says itself.

use super::report::Metadata;
use serde::Serialize;
use std::collections::BTreeSet;

/// A reason not to take a report for the whole truth. A day with any of them is never made into events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// `dataLossFromOtherRow`, or a row of it: combinations beyond a limit were put together as `(other)`.
    OtherRow,
    /// `samplingMetadatas`: estimated from a part of the events.
    Sampled,
    /// `subjectToThresholding`: rows of few visitors were withheld.
    Thresholded,
    /// `schemaRestrictionResponse`: metrics that the account may not see were left out.
    Restricted,
}

/// The word that stands for what is beyond a limit.
pub(super) const OTHER: &str = "(other)";

impl Flag {
    const ALL: [Self; 4] = [Self::OtherRow, Self::Sampled, Self::Thresholded, Self::Restricted];

    /// Its word in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OtherRow => "other_row",
            Self::Sampled => "sampled",
            Self::Thresholded => "thresholded",
            Self::Restricted => "restricted",
        }
    }

    /// Those of a report. Rows of `(other)` are looked for by whoever reads the rows.
    pub(super) fn of(metadata: &Metadata) -> BTreeSet<Self> {
        let is = |flag: &Self| match flag {
            Self::OtherRow => metadata.data_loss_from_other_row,
            Self::Sampled => !metadata.sampling_metadatas.is_empty(),
            Self::Thresholded => metadata.subject_to_thresholding,
            Self::Restricted => !metadata.schema_restriction_response.active_metric_restrictions.is_empty(),
        };
        Self::ALL.into_iter().filter(is).collect()
    }
}

/// The flags that tables have so.
pub(super) fn parted(words: Option<&String>) -> Vec<Flag> {
    let is = |flag: &Flag| words.is_some_and(|words| words.split(',').any(|word| word == flag.word()));
    Flag::ALL.into_iter().filter(is).collect()
}

/// The flags as tables have them: words joined by commas; `None` without any.
pub(super) fn joined(flags: &BTreeSet<Flag>) -> Option<String> {
    let words: Vec<&str> = flags.iter().map(|flag| flag.word()).collect();
    (!words.is_empty()).then(|| words.join(","))
}
