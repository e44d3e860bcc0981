//! Which bucket.

use crate::jobs::{ExitKind, exit};
use anyhow::Result;

/// A bucket and the start of all names in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Name of the bucket.
    pub bucket: String,
    /// Empty, or ends with a slash.
    pub prefix: String,
}

impl Address {
    /// Parses `gs://BUCKET[/PREFIX]`.
    ///
    /// # Errors
    /// Exit code 2 when it is not one.
    pub fn parse(word: &str) -> Result<Self> {
        let rest = word.strip_prefix("gs://").unwrap_or_default();
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let parts = prefix.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if !(3..=222).contains(&bucket.len()) || !bucket.chars().all(known) || !(prefix.is_empty() || parts) {
            return Err(exit(ExitKind::Usage, format!("store {word}: write gs://BUCKET or gs://BUCKET/PREFIX")));
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let parse = |word| Address::parse(word).ok().map(|a| (a.bucket, a.prefix));
        let is = |bucket: &str, prefix: &str| Some((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(parse("gs://my-bucket"), is("my-bucket", ""));
        assert_eq!(parse("gs://my-bucket/"), is("my-bucket", ""));
        assert_eq!(parse("gs://my.bucket_1/a/b"), is("my.bucket_1", "a/b/"));
        assert_eq!(parse("gs://my-bucket/a/"), is("my-bucket", "a/"));
        for word in [
            "gs://",
            "gs://ab",
            "gs://My-Bucket",
            "gs://my bucket",
            "gs://bucket//a",
            "gs://bucket/../a",
            "s3://bucket",
        ] {
            assert_eq!(parse(word), None, "{word}");
        }
    }
}
