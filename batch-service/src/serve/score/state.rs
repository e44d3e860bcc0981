//! A visitor's state in the hands of callers: they can keep it and give it back, and neither read nor change it.
//!
//! AES-256-GCM under a key of its own for each state, which HKDF-SHA256 derives from the server's key and 16 random bytes.
//! With the nonce that makes 28 random bytes, so that no pair comes twice however many states there are. The state is bound
//! to its format, the site profile and the caller. Form: base64url of `version, salt (16), nonce (12), ciphertext, tag (16)`.

use crate::jobs::{ExitKind, exit};
use anyhow::{Result, anyhow};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Prk};
use ring::rand::{SecureRandom, SystemRandom};

/// Variable with the key of states: base64 of 32 bytes; behind a comma the one before, whose states are still taken.
pub const STATE_KEY: &str = "INKLING_STATE_KEY";

const VERSION: u8 = 1;
const SALT: usize = 16;
const HEAD: usize = 1 + SALT + NONCE_LEN;
const PURPOSE: &[u8] = b"inkling visitor state";

/// The server's keys; the first one seals.
#[derive(Clone)]
pub struct StateKeys {
    keys: Vec<Prk>,
    random: SystemRandom,
}

impl std::fmt::Debug for StateKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StateKeys({})", self.keys.len())
    }
}

impl StateKeys {
    /// The keys that the environment gives; none when it is empty.
    ///
    /// # Errors
    /// Exit code 2 for what is no key.
    pub fn of(text: Option<String>) -> Result<Option<Self>> {
        let text = text.unwrap_or_default();
        if text.trim().is_empty() {
            return Ok(None);
        }
        let key = |text: &str| <[u8; 32]>::try_from(BASE64_STANDARD.decode(text.trim()).ok()?).ok();
        let keys: Option<Vec<_>> =
            text.split(',').map(|text| Some(Prk::new_less_safe(HKDF_SHA256, &key(text)?))).collect();
        let Some(keys) = keys else {
            // The text is never part of a message.
            let like = "such as `openssl rand -base64 32` gives; to change it, NEW,OLD";
            return Err(exit(ExitKind::Usage, format!("{STATE_KEY}: base64 of 32 bytes, {like}")));
        };
        Ok(Some(Self { keys, random: SystemRandom::new() }))
    }

    /// A state for a caller.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn seal(&self, profile: u32, caller: &str, state: &[u8]) -> Result<String> {
        let failed = |_| anyhow!("the state cannot be sealed");
        let mut sealed = vec![0; HEAD];
        sealed.reserve(state.len() + AES_256_GCM.tag_len());
        if let [version, random @ ..] = sealed.as_mut_slice() {
            *version = VERSION;
            self.random.fill(random).map_err(failed)?;
        }
        let (salt, nonce) = parts(&sealed).ok_or_else(|| anyhow!("a head of {HEAD} bytes"))?;
        let key = self.keys.first().and_then(|key| derived(key, salt)).ok_or_else(|| anyhow!("no key of states"))?;
        let mut body = state.to_vec();
        key.seal_in_place_append_tag(nonce, bound(profile, caller), &mut body).map_err(failed)?;
        sealed.extend_from_slice(&body);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The state that this server gave to this caller; `None` when it did not.
    pub fn open(&self, profile: u32, caller: &str, text: &str) -> Option<Vec<u8>> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let body = sealed.get(HEAD..)?;
        self.keys.iter().find_map(|key| {
            let (salt, nonce) = parts(&sealed)?;
            let mut body = body.to_vec();
            let state = derived(key, salt)?.open_in_place(nonce, bound(profile, caller), &mut body).ok()?;
            Some(state.to_vec())
        })
    }
}

fn parts(sealed: &[u8]) -> Option<(&[u8], Nonce)> {
    let (version, rest) = sealed.split_first()?;
    let (salt, rest) = rest.split_at_checked(SALT)?;
    let nonce = Nonce::try_assume_unique_for_key(rest.get(..NONCE_LEN)?).ok()?;
    (*version == VERSION).then_some((salt, nonce))
}

fn derived(key: &Prk, salt: &[u8]) -> Option<LessSafeKey> {
    let info = [PURPOSE, salt];
    Some(LessSafeKey::new(UnboundKey::from(key.expand(&info, &AES_256_GCM).ok()?)))
}

fn bound(profile: u32, caller: &str) -> Aad<Vec<u8>> {
    Aad::from([&[VERSION], profile.to_le_bytes().as_slice(), caller.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> StateKeys {
        StateKeys::of(Some(text.to_owned())).unwrap().unwrap()
    }

    #[test]
    fn only_the_whole_state_of_the_same_caller_opens() {
        let (new, old) = (BASE64_STANDARD.encode([1; 32]), BASE64_STANDARD.encode([2; 32]));
        let server = keys(&old);
        let sealed = server.seal(7, "shop", b"a visitor").unwrap();
        assert_ne!(sealed, server.seal(7, "shop", b"a visitor").unwrap());
        assert_eq!(server.open(7, "shop", &sealed).unwrap(), b"a visitor");
        assert_eq!(keys(&format!("{new},{old}")).open(7, "shop", &sealed).unwrap(), b"a visitor");
        for (server, profile, caller) in [(&server, 8, "shop"), (&server, 7, "shoq"), (&keys(&new), 7, "shop")] {
            assert_eq!(server.open(profile, caller, &sealed), None);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for at in 0..bytes.len() {
            assert_eq!(server.open(7, "shop", &BASE64_URL_SAFE_NO_PAD.encode(&bytes[..at])), None, "cut at {at}");
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert_eq!(server.open(7, "shop", &BASE64_URL_SAFE_NO_PAD.encode(changed)), None, "{at}, {bit}");
            }
        }
        for text in ["", "A", &format!("{sealed}A"), &format!("{sealed}="), "???"] {
            assert_eq!(server.open(7, "shop", text), None, "{text}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused_unseen() {
        assert!(StateKeys::of(None).unwrap().is_none() && StateKeys::of(Some(" \n".into())).unwrap().is_none());
        for text in ["hunter2", "aHVudGVyMg==", ","] {
            let error = StateKeys::of(Some(text.into())).unwrap_err().to_string();
            assert!(error.contains(STATE_KEY) && !error.contains("hunter2"), "{error}");
        }
        assert_eq!(format!("{:?}", keys(&BASE64_STANDARD.encode([1; 32]))), "StateKeys(1)");
    }
}
