//! Signatures of Wycheproof, a public collection of tricky ones.

use super::*;
use jsonwebtoken::crypto::verify;
use serde_json::Value;

#[test]
fn rs256_and_nothing_else() {
    install();
    let vectors: Value = serde_json::from_str(include_str!("jws.json")).unwrap();
    let (mut valid, mut invalid, mut foreign) = (0, 0, 0);
    for group in vectors["groups"].as_array().unwrap() {
        let text = |name: &str| group[name].as_str().unwrap();
        let key = DecodingKey::from_rsa_components(text("n"), text("e")).unwrap();
        let algorithm: Algorithm = text("alg").parse().unwrap();
        for test in group["tests"].as_array().unwrap() {
            let (message, signature) = test["jws"].as_str().unwrap().rsplit_once('.').unwrap();
            let verified = verify(signature, message.as_bytes(), &key, algorithm);
            if algorithm != Algorithm::RS256 {
                assert!(verified.is_err(), "{test}");
                // Nor is it a good signature of another kind.
                assert_ne!(verify(signature, message.as_bytes(), &key, Algorithm::RS256).ok(), Some(true), "{test}");
                foreign += 1;
            } else if test["result"] == "valid" {
                assert!(verified.unwrap(), "{test}");
                valid += 1;
            } else {
                assert_ne!(verified.ok(), Some(true), "{test}");
                invalid += 1;
            }
        }
    }
    assert_eq!((valid, invalid, foreign), (6, 13, 3));
    // The public key as the secret of HS256.
    let secret = DecodingKey::from_secret(b"public key");
    assert!(verify("", b"", &secret, Algorithm::HS256).is_err());
    assert!(verify("", b"", &secret, Algorithm::RS256).is_err());
}
