//! A file as Data Import takes it: user data by client id and stream id, CSV in UTF-8 with the names of the columns first.

use super::rules;
use std::collections::BTreeSet;

/// A row that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The browser.
    pub client: String,
    /// The web stream.
    pub stream: String,
    /// User properties by name.
    pub properties: Vec<(String, String)>,
}

/// Reads a file.
///
/// # Errors
/// The first thing that is wrong with it: one bad row refuses a file.
pub fn imported(bytes: &[u8]) -> Result<Vec<Imported>, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    let mut lines = records(text)?.into_iter();
    let head = lines.next().ok_or("no names of columns")?;
    if head.len() < 3 || head[0] != "client_id" || head[1] != "stream_id" {
        return Err(format!("the keys are client_id and stream_id, not {head:?}"));
    }
    if let Some(name) = head[2..].iter().find(|name| rules::property_name(name).is_some()) {
        return Err(format!("column {name}"));
    }
    let (mut rows, mut keys) = (Vec::new(), BTreeSet::new());
    for (i, line) in lines.enumerate() {
        let wrong = |what: &str| format!("row {}: {what}", i + 1);
        if line.len() != head.len() {
            return Err(wrong("another number of fields than of columns"));
        }
        if rules::client_id(&line[0]).is_some() || !line[1].bytes().all(|b| b.is_ascii_digit()) || line[1].is_empty() {
            return Err(wrong("a key"));
        }
        if line[2..].iter().any(|value| rules::property_value(value).is_some()) {
            return Err(wrong("a value is too long"));
        }
        if !keys.insert((line[0].clone(), line[1].clone())) {
            return Err(wrong("a key that was there before"));
        }
        let properties = head[2..].iter().cloned().zip(line[2..].iter().cloned()).collect();
        rows.push(Imported { client: line[0].clone(), stream: line[1].clone(), properties });
    }
    Ok(rows)
}

/// Records of RFC 4180.
fn records(text: &str) -> Result<Vec<Vec<String>>, String> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut chars, mut quoted, mut any) = (text.chars().peekable(), false, false);
    while let Some(c) = chars.next() {
        any = true;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' if quoted => {
                quoted = false;
                if !matches!(chars.peek(), None | Some(',' | '\r' | '\n')) {
                    return Err("text after a closing quote".to_owned());
                }
            }
            '"' if field.is_empty() => quoted = true,
            '"' => return Err("a quote inside a field without quotes".to_owned()),
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
                any = false;
            }
            _ => field.push(c),
        }
    }
    if quoted {
        return Err("a quote that is not closed".to_owned());
    }
    if any {
        record.push(field);
        records.push(record);
    }
    Ok(records)
}
