//! Universal Binary JSON (draft 12), as far as XGBoost writes it: every length is known before it is read.

use super::document::Item;
use super::{MAX_KEYS, bad};
use crate::import::Error;

/// Maps and lists in one another.
const MAX_DEPTH: usize = 32;

/// Reads a whole document.
pub(super) fn read(bytes: &[u8]) -> Result<Item, Error> {
    let mut reader = Reader { bytes, at: 0 };
    let marker = reader.marker()?;
    let item = reader.value(marker, 0)?;
    if reader.at == bytes.len() { Ok(item) } else { Err(reader.bad("bytes after the end")) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn bad(&self, why: &str) -> Error {
        bad(&format!("byte {}", self.at), why)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len());
        let slice = end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| self.bad("the file is cut off"))?;
        self.at += len;
        Ok(slice)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let slice = self.take(N)?;
        slice.try_into().map_err(|_| self.bad("the file is cut off"))
    }

    fn marker(&mut self) -> Result<u8, Error> {
        // `N` is a no-op, which is skipped; it ends with the file.
        loop {
            match self.array::<1>()? {
                [b'N'] => {}
                [marker] => return Ok(marker),
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn number(&mut self, marker: u8) -> Result<Option<f64>, Error> {
        Ok(Some(match marker {
            b'i' => f64::from(i8::from_be_bytes(self.array()?)),
            b'U' => f64::from(u8::from_be_bytes(self.array()?)),
            b'I' => f64::from(i16::from_be_bytes(self.array()?)),
            b'l' => f64::from(i32::from_be_bytes(self.array()?)),
            b'L' => i64::from_be_bytes(self.array()?) as f64,
            b'd' => f64::from(f32::from_be_bytes(self.array()?)),
            b'D' => f64::from_be_bytes(self.array()?),
            _ => return Ok(None),
        }))
    }

    /// A length: no float, not below 0, not more than bytes are left.
    fn length(&mut self) -> Result<usize, Error> {
        let marker = self.marker()?;
        let length = if matches!(marker, b'd' | b'D') { None } else { self.number(marker)? };
        let left = (self.bytes.len() - self.at) as f64;
        match length {
            Some(length) if (0.0..=left).contains(&length) => Ok(length as usize),
            _ => Err(self.bad("a length that cannot be")),
        }
    }

    fn text(&mut self) -> Result<String, Error> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| self.bad("text that is not UTF-8"))
    }

    fn value(&mut self, marker: u8, depth: usize) -> Result<Item, Error> {
        if depth > MAX_DEPTH {
            return Err(self.bad("too deep"));
        }
        if let Some(number) = self.number(marker)? {
            return Ok(Item::Number(number));
        }
        match marker {
            b'Z' => Ok(Item::Null),
            b'T' => Ok(Item::Bool(true)),
            b'F' => Ok(Item::Bool(false)),
            b'C' => Ok(Item::Text(char::from(self.array::<1>()?[0]).to_string())),
            b'S' | b'H' => self.text().map(Item::Text),
            b'[' => self.list(depth + 1),
            b'{' => self.map(depth + 1),
            _ => Err(self.bad("an unknown marker")),
        }
    }

    /// The type and the count that may stand at the start of a list or map.
    fn head(&mut self) -> Result<(Option<u8>, Option<usize>), Error> {
        let mut kind = None;
        if self.peek() == Some(b'$') {
            self.at += 1;
            kind = Some(self.marker()?);
        }
        if self.peek() == Some(b'#') {
            self.at += 1;
            return Ok((kind, Some(self.length()?)));
        }
        if kind.is_some() { Err(self.bad("a type without a count")) } else { Ok((None, None)) }
    }

    fn list(&mut self, depth: usize) -> Result<Item, Error> {
        let (kind, count) = self.head()?;
        if let Some(kind @ (b'Z' | b'T' | b'F' | b'N')) = kind {
            return Err(self.bad(&format!("a list of `{}`, which takes no bytes", char::from(kind))));
        }
        let mut list = Item::Numbers(Vec::new());
        let mut done = 0;
        while count.is_none_or(|count| done < count) {
            let marker = match kind {
                Some(kind) => kind,
                None => self.marker()?,
            };
            if count.is_none() && marker == b']' {
                break;
            }
            let item = self.value(marker, depth)?;
            Item::push(&mut list, item);
            done += 1;
        }
        Ok(list)
    }

    fn map(&mut self, depth: usize) -> Result<Item, Error> {
        let (kind, count) = self.head()?;
        if kind.is_some() {
            return Err(self.bad("a map of one type"));
        }
        let mut entries: Vec<(String, Item)> = Vec::new();
        while count.is_none_or(|count| entries.len() < count) {
            if count.is_none() && self.peek() == Some(b'}') {
                self.at += 1;
                break;
            }
            let key = self.text()?;
            if entries.len() >= MAX_KEYS || entries.iter().any(|(k, _)| *k == key) {
                return Err(self.bad("a key that is there twice, or too many keys"));
            }
            let marker = self.marker()?;
            entries.push((key, self.value(marker, depth)?));
        }
        Ok(Item::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, read};

    fn refused(bytes: &[u8]) -> String {
        read(bytes).unwrap_err().to_string()
    }

    #[test]
    fn every_number_is_read() {
        let bytes = b"[i\xffU\xffI\xff\x00l\x00\x01\x00\x00L\x00\x00\x00\x00\x00\x00\x00\x07d\x3f\x80\x00\x00D\xbf\xf0\x00\x00\x00\x00\x00\x00]";
        assert_eq!(read(bytes), Ok(Item::Numbers(vec![-1.0, 255.0, -256.0, 65_536.0, 7.0, 1.0, -1.0])));
        assert_eq!(read(b"[$d#U\x01\x3f\x80\x00\x00"), Ok(Item::Numbers(vec![1.0])));
        assert_eq!(read(b"{U\x01aSU\x02xy}"), Ok(Item::Map(vec![("a".into(), Item::Text("xy".into()))])));
    }

    #[test]
    fn bombs_and_lies_are_refused() {
        assert!(refused(&[b'['; 1 << 20]).contains("too deep"));
        assert!(refused(&b"{U\x01a".repeat(1 << 18)).contains("too deep"));
        assert!(refused(b"[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff").contains("a length that cannot be"));
        assert!(refused(b"[$d#l\xff\xff\xff\xff").contains("a length that cannot be"));
        assert!(refused(b"[$Z#U\x01]").contains("takes no bytes"));
        assert!(refused(b"SU\x09short").contains("a length that cannot be"));
        assert!(refused(b"SU\x01\xff").contains("UTF-8"));
        assert!(refused(b"{U\x01aTU\x01aF}").contains("twice"));
        assert!(refused(b"TT").contains("after the end"));
        assert!(refused(b"").contains("cut off"));
    }
}
