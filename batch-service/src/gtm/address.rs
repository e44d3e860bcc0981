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
        let clean = clean(text)?;
        if clean.ends_with('/') {
            bail!("{text}: it must name one file, not a folder");
        }
        Ok(Self(clean))
    }
}

impl FolderUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self> {
        let clean = clean(text)?;
        if !clean.ends_with('/') {
            bail!("{text}: a folder ends with a slash");
        }
        Ok(Self(clean))
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

/// The address with scheme and host in small letters, when it is one that means the same to a browser, to Tag Manager
/// and to the reader of a permission.
fn clean(text: &str) -> Result<String> {
    const SCHEME: &str = "https://";
    let split = text.split_at_checked(SCHEME.len());
    let Some((_, rest)) = split.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME)) else {
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
    let host = host.to_ascii_lowercase();
    if host.contains(':') {
        bail!("{text}: it must not have a port");
    }
    let label = |l: &str| {
        let plain = l.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        !l.is_empty() && plain && !l.starts_with('-') && !l.ends_with('-')
    };
    if !host.contains('.') || !host.split('.').all(label) || host.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        bail!("{text}: `{host}` is not the name of a host");
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
    Ok(format!("{SCHEME}{host}{path}"))
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
    fn the_host_is_written_in_small_letters_and_the_path_as_it_is() {
        let url = FileUrl::parse("HTTPS://WWW.Example.EDU/Inkling/Loader.js").unwrap();
        assert_eq!(url.to_string(), "https://www.example.edu/Inkling/Loader.js");
        let url = FolderUrl::parse("https://Files.Example.edu/R/").unwrap();
        assert_eq!(url.to_string(), "https://files.example.edu/R/");
    }

    #[test]
    fn anything_else_is_refused_with_the_reason() {
        for (text, reason) in [
            ("http://www.example.edu/l.js", "only https"),
            ("https:/", "only https"),
            ("httpſ://www.example.edu/l.js", "only https"),
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
            ("https://WÄW.example.edu/l.js", "host"),
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
