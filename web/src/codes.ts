/**
 * Why a page has no score. The codes are stable: they are shown by `inkling.debug()` and the demo panel,
 * and operators search for them. Nothing is ever thrown into the page.
 */
export type Code =
  | "no-webcrypto" // the browser cannot check Ed25519 signatures
  | "release-unreachable" // release.json could not be fetched
  | "release-malformed" // release.json is not what a release looks like
  | "key-unknown" // none of its roots is the one that the page pins
  | "signature-invalid" // too few keys of a role signed its document
  | "rolled-back" // older than what was seen, or documents of different releases
  | "expired"
  | "site-mismatch" // a release for another site or environment
  | "stopped" // the site has switched scores off
  | "loader-outdated" // the release asks for a newer loader
  | "file-unreachable"
  | "length-mismatch"
  | "hash-mismatch"
  | "wasm-refused" // the browser (often its CSP) would not run the scorer
  | "bundle-refused" // the scorer would not load the bundle
  | "state-reset" // informative: the stored visitor state was unreadable and starts anew
  | "consent-denied"
  | "event-refused"; // the scorer would not take an event
