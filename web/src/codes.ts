/**
 * Why a page has no score. The codes are stable: they are shown by `inkling.debug()` and the demo panel,
 * and operators search for them. Nothing is ever thrown into the page.
 */
export type Code =
  | "no-webcrypto" // the browser cannot check Ed25519 signatures
  | "release-unreachable" // release.json could not be fetched
  | "release-malformed" // release.json is not what a release looks like
  | "key-unknown" // signed by a key that the page does not pin
  | "signature-invalid"
  | "expired"
  | "site-mismatch" // a release for another site or environment
  | "file-unreachable"
  | "length-mismatch"
  | "hash-mismatch"
  | "wasm-refused" // the browser (often its CSP) would not run the scorer
  | "bundle-refused" // the scorer would not load the bundle
  | "state-reset" // informative: the stored visitor state was unreadable and starts anew
  | "consent-denied"
  | "event-refused"; // the scorer would not take an event
