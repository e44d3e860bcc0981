//! Signatures that browsers check by themselves: Chromium from 141 on, where the page asks for it by `integrity="ed25519-KEY"`.
//!
//! W3C Signature-Based Integrity over HTTP Message Signatures (RFC 9421): three headers of the answer, which sign the
//! SHA-256 of the file as it is unpacked. A file's headers lie beside it, for each key under a name of its own, so that a
//! change of keys changes no object.

use super::signer::Signer;
use crate::fingerprint;
use crate::store::ObjectStore;
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What names of such files end with.
pub const SIGNATURE: &str = ".sig";
/// So many digits of the name of the key are in the name of the file.
const KEY_DIGITS: usize = 8;
const HEADERS: [&str; 3] = ["unencoded-digest", "signature-input", "signature"];

/// The value of `integrity` that asks for signatures by a key.
#[must_use]
pub fn integrity(key: &dyn Signer) -> String {
    format!("ed25519-{}", STANDARD.encode(key.public()))
}

/// The headers of a file with this SHA-256 (hexadecimal), one in a line.
///
/// # Errors
/// When the hash is none, or signing fails.
pub fn signed_headers(sha256: &str, key: &dyn Signer) -> Result<String> {
    let hash = fingerprint::unhex(sha256).filter(|hash| hash.len() == 32).context("not a SHA-256")?;
    let digest = format!("sha-256=:{}:", STANDARD.encode(hash));
    let params =
        format!("(\"unencoded-digest\";sf);keyid=\"{}\";tag=\"ed25519-integrity\"", STANDARD.encode(key.public()));
    // RFC 9421, section 2.5.
    let base = format!("\"unencoded-digest\";sf: {digest}\n\"@signature-params\": {params}");
    let signature = STANDARD.encode(key.sign(base.as_bytes())?);
    Ok(format!("Unencoded-Digest: {digest}\nSignature-Input: inkling={params}\nSignature: inkling=:{signature}:\n"))
}

/// Where the headers of a file lie for a key, by eight or more digits of its name; `None` for what is no such name.
#[must_use]
pub fn beside(file: &str, key: &str) -> Option<String> {
    let digits = key.get(..KEY_DIGITS)?;
    digits
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        .then(|| format!("{file}.{digits}{SIGNATURE}"))
}

/// Writes the headers of a file of the store, unless they are there.
pub(super) fn add(store: &dyn ObjectStore, file: &str, sha256: &str, key: &dyn Signer) -> Result<()> {
    let name = beside(file, &key.id()).context("the name of a key")?;
    if store.get(&name)?.is_some() {
        return Ok(());
    }
    store.put_new(&name, signed_headers(sha256, key)?.as_bytes())
}

/// Headers out of such a file; what else stands in it is nobody's business to send.
pub fn headers(text: &str) -> impl Iterator<Item = (&'static str, &str)> {
    text.lines().filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((*HEADERS.iter().find(|header| header.eq_ignore_ascii_case(name))?, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 9421's appendix B.1.4.
    struct Example;

    impl std::fmt::Debug for Example {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Example")
        }
    }

    const SEED: &str = "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU";
    const PUBLIC: &str = "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs";

    fn bytes(text: &str) -> [u8; 32] {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
    }

    impl Signer for Example {
        fn public(&self) -> [u8; 32] {
            bytes(PUBLIC)
        }

        fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
            use ed25519_dalek::Signer as _;
            Ok(ed25519_dalek::SigningKey::from_bytes(&bytes(SEED)).sign(message).to_bytes())
        }
    }

    #[test]
    fn headers_are_those_of_the_standard() {
        // The example of W3C's Signature-Based SRI, with the key of RFC 9421.
        let hash = fingerprint::sha256(br#"{"hello": "world"}"#);
        let text = signed_headers(&hash, &Example).unwrap();
        let found: Vec<_> = headers(&text).collect();
        assert_eq!(found[0], ("unencoded-digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"));
        let key = "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=";
        assert_eq!(integrity(&Example), format!("ed25519-{key}"));
        let params = format!("(\"unencoded-digest\";sf);keyid=\"{key}\";tag=\"ed25519-integrity\"");
        assert_eq!(found[1], ("signature-input", &*format!("inkling={params}")));
        assert!(found[2].0 == "signature" && found.len() == 3, "{found:?}");
        // What is signed, letter by letter.
        let base = concat!(
            "\"unencoded-digest\";sf: sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:\n",
            "\"@signature-params\": (\"unencoded-digest\";sf);",
            "keyid=\"JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\";tag=\"ed25519-integrity\""
        );
        let signature = found[2].1.strip_prefix("inkling=:").and_then(|text| text.strip_suffix(':')).unwrap();
        let signature = ed25519_dalek::Signature::from_slice(&STANDARD.decode(signature).unwrap()).unwrap();
        let key = ed25519_dalek::VerifyingKey::from_bytes(&Example.public()).unwrap();
        key.verify_strict(base.as_bytes(), &signature).unwrap();
    }

    #[test]
    fn only_these_headers_are_sent_and_only_beside_the_file() {
        let found: Vec<_> = headers("Set-Cookie: a=b\nSignature: inkling=:x:\nnonsense\n: x\n").collect();
        assert_eq!(found, [("signature", "inkling=:x:")]);
        assert_eq!(beside("a.js", "0123456789abcdef").as_deref(), Some("a.js.01234567.sig"));
        for key in ["", "0123456", "../../..", "0123456G", "ABCDEF01", "é1234567"] {
            assert_eq!(beside("a.js", key), None, "{key}");
        }
    }
}
