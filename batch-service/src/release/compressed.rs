//! A Brotli copy beside each file of a release, for servers that may choose: Cloud Storage itself does not.

use crate::store::{BROTLI, ObjectStore};
use anyhow::{Context, Result};

/// Strongest compression; the files are small.
const QUALITY: i32 = 11;
const WINDOW: i32 = 22;

/// Writes `NAME.br`, unless there is one that unpacks to the same bytes: another version of the compressor may have made it.
pub(super) fn add(store: &dyn ObjectStore, name: &str, bytes: &[u8]) -> Result<()> {
    let copy = format!("{name}{BROTLI}");
    if let Some(there) = store.get(&copy)?
        && unpacked(&there).is_ok_and(|plain| plain == bytes)
    {
        return Ok(());
    }
    store.put_new(&copy, &packed(bytes).with_context(|| copy.clone())?)
}

fn packed(mut bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: QUALITY, lgwin: WINDOW, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut packed, &params)?;
    Ok(packed)
}

fn unpacked(mut bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    brotli::BrotliDecompress(&mut bytes, &mut plain)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LocalStore;
    use crate::warehouse::scratch::Scratch;

    #[test]
    fn a_copy_unpacks_to_the_file_and_a_wrong_one_is_refused() {
        let scratch = Scratch::new();
        let store = LocalStore::new(scratch.path());
        let bytes = b"inkling ".repeat(100);
        add(&store, "files/x.js", &bytes).unwrap();
        let copy = store.get("files/x.js.br").unwrap().unwrap();
        assert!(copy.len() < 40 && unpacked(&copy).unwrap() == bytes);
        // Made by another compressor.
        let mut other = Vec::new();
        let params = brotli::enc::BrotliEncoderParams { quality: 1, ..Default::default() };
        brotli::BrotliCompress(&mut &bytes[..], &mut other, &params).unwrap();
        store.put("files/x.js.br", &other).unwrap();
        add(&store, "files/x.js", &bytes).unwrap();
        assert_eq!(store.get("files/x.js.br").unwrap().unwrap(), other);
        store.put("files/x.js.br", b"something else").unwrap();
        assert!(add(&store, "files/x.js", &bytes).is_err());
    }
}
