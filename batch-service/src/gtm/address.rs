//! Addresses that go into permissions: https, one host, one exact path.

use anyhow::{Result, bail};
use std::fmt;

/// The address of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileUrl(String);

/// The address of a folder; ends with a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderUrl(String);

impl FileUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self> {
        if clean(text)?.ends_with('/') {
            bail!("{text}: it must name one file, not a folder");
        }
        Ok(Self(text.to_owned()))
    }
}

impl FolderUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self> {
        if !clean(text)?.ends_with('/') {
            bail!("{text}: a folder ends with a slash");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for FileUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for FolderUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path, when the address is one that means the same to a browser, to Tag Manager and to the reader of a
/// permission.
fn clean(text: &str) -> Result<&str> {
    let Some(rest) = text.strip_prefix("https://") else {
        bail!("{text}: only https:// addresses are taken");
    };
    for (sign, what) in [
        ('*', "a wildcard: the permission names exactly one path"),
        ('?', "a query"),
        ('#', "a fragment"),
        ('@', "credentials"),
        ('%', "a percent escape"),
        ('\\', "a backslash"),
    ] {
        if rest.contains(sign) {
            bail!("{text}: it must not have {what}");
        }
    }
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.contains(':') {
        bail!("{text}: it must not have a port");
    }
    let label = |l: &str| {
        let plain = l.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        !l.is_empty() && plain && !l.starts_with('-') && !l.ends_with('-')
    };
    if !host.contains('.') || !host.split('.').all(label) || host.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        bail!("{text}: `{host}` is not the name of a host in small letters");
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    if path.is_empty() || !path.bytes().all(plain) {
        bail!("{text}: the path must be there, and of letters, digits and - . _ ~ only");
    }
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if segment == "." || segment == ".." || (segment.is_empty() && segments.peek().is_some()) {
            bail!("{text}: the path must be exact: no `.`, no `..`, no `//`");
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_addresses_are_taken_as_they_are() {
        for text in ["https://www.example.edu/inkling/loader.js", "https://a.b-c.example/x~1_2.js"] {
            assert_eq!(FileUrl::parse(text).unwrap().to_string(), text);
        }
        for text in ["https://www.example.edu/", "https://www.example.edu/inkling/"] {
            assert_eq!(FolderUrl::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_reason() {
        for (text, reason) in [
            ("http://www.example.edu/l.js", "only https"),
            ("HTTPS://www.example.edu/l.js", "only https"),
            ("//www.example.edu/l.js", "only https"),
            ("https://www.example.edu/*.js", "wildcard"),
            ("https://*.example.edu/l.js", "wildcard"),
            ("https://www.example.edu/l.js?v=1", "query"),
            ("https://www.example.edu/l.js#a", "fragment"),
            ("https://me:secret@www.example.edu/l.js", "credentials"),
            ("https://www.example.edu:8443/l.js", "port"),
            ("https://www.example.edu/%6c.js", "percent"),
            ("https://www.example.edu\\l.js", "backslash"),
            ("https://localhost/l.js", "host"),
            ("https://127.0.0.1/l.js", "host"),
            ("https://WWW.example.edu/l.js", "host"),
            ("https://-a.example/l.js", "host"),
            ("https://www..example.edu/l.js", "host"),
            ("https:///l.js", "host"),
            ("https://www.example.edu", "path"),
            ("https://www.example.edu/l oader.js", "path"),
            ("https://www.example.edu/l'.js", "path"),
            ("https://www.example.edu/ä.js", "path"),
            ("https://www.example.edu/a/../l.js", "exact"),
            ("https://www.example.edu/./l.js", "exact"),
            ("https://www.example.edu//l.js", "exact"),
            ("https://www.example.edu/inkling/", "one file"),
        ] {
            let said = FileUrl::parse(text).unwrap_err().to_string();
            assert!(said.contains(reason) && said.contains(text), "{text}: {said}");
        }
        assert!(FolderUrl::parse("https://www.example.edu/inkling").unwrap_err().to_string().contains("slash"));
    }
}
