//! A file for Data Import, "user data by client ID" (answer 10071143): uploaded by hand or by SFTP.

use super::config::{Ga4Config, Way};
use super::rules::Refused;
use super::{Destination, Item, Names, Sent, Status};
use crate::fingerprint;
use crate::store::write_whole;
use anyhow::{Context, Result};
use jiff::Timestamp;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// CSV files in a folder, one an upload.
#[derive(Debug)]
pub struct DataImport {
    folder: PathBuf,
    names: Names,
    stream: String,
}

impl DataImport {
    /// As configured.
    ///
    /// # Errors
    /// Exit code 2 when stream or folder are not configured.
    pub fn open(config: &Ga4Config, names: Names) -> Result<Self> {
        let stream = config.needed("stream", config.stream.as_deref())?.to_owned();
        let folder = config.needed("data_import_folder", config.data_import_folder.as_deref())?.to_owned();
        Ok(Self { folder, names, stream })
    }

    fn text(&self, items: &[Item<'_>]) -> String {
        let mut text = String::with_capacity(64 * (items.len() + 1));
        line(&mut text, ["client_id", "stream_id", &self.names.score, &self.names.band]);
        for item in items {
            line(&mut text, [item.client_id, &self.stream, &item.bucket.word(), item.band.as_str()]);
        }
        text
    }

    /// Named by what is in it: the same rows once more are the same file.
    fn path(&self, text: &str) -> PathBuf {
        let hash = fingerprint::sha256(text.as_bytes());
        self.folder.join(format!("{}-{}.csv", self.names.event, &hash[..16]))
    }

    fn write(&self, items: &[Item<'_>]) -> Result<PathBuf> {
        let text = self.text(items);
        let path = self.path(&text);
        std::fs::create_dir_all(&self.folder).with_context(|| self.folder.display().to_string())?;
        write_whole(&path, text.as_bytes())?;
        Ok(path)
    }
}

/// A line as RFC 4180 has it.
fn line<const N: usize>(text: &mut String, fields: [&str; N]) {
    for (number, field) in fields.into_iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        // White space at an end is part of a field only between quotes.
        if field.contains([',', '"', '\r', '\n']) || field.trim() != field {
            let _ = write!(text, "{comma}\"{}\"", field.replace('"', "\"\""));
        } else {
            let _ = write!(text, "{comma}{field}");
        }
    }
    text.push_str("\r\n");
}

impl Destination for DataImport {
    fn way(&self) -> Way {
        Way::DataImport
    }

    /// An upload is one file.
    fn batch_rows(&self) -> usize {
        usize::MAX
    }

    fn check(&self, item: &Item<'_>) -> Result<(), Refused> {
        self.names.check_item(item)
    }

    fn payloads(&self, items: &[Item<'_>], _at: Timestamp) -> Result<Vec<String>, Refused> {
        Ok(vec![self.text(items)])
    }

    fn validate(&self, _items: &[Item<'_>], _at: Timestamp) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn send(&self, items: &[Item<'_>], _at: Timestamp) -> Sent {
        match self.write(items) {
            Ok(path) => Sent::Received(path.file_name().map(Path::new).map(|name| name.display().to_string())),
            Err(error) => Sent::NotReceived(error),
        }
    }

    fn status(&self, _request_id: &str) -> Result<Option<Status>> {
        Ok(None)
    }

    /// Values come with the next event of a visitor.
    fn echoes(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let mut text = String::new();
        line(&mut text, ["1.2", "a,b", "say \"x\"", " y", "two\nlines", ""]);
        assert_eq!(text, "1.2,\"a,b\",\"say \"\"x\"\"\",\" y\",\"two\nlines\",\r\n");
    }
}
