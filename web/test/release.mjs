// Signs small releases with throw-away keys: a second writer of the format, beside the one in Rust.
import { createHash, generateKeyPairSync, sign } from "node:crypto";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const inDays = (days) => new Date(Date.now() + days * 864e5).toISOString().replace(/\.\d+Z$/, "Z");

/** As a document is signed: sorted keys, no spaces. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return typeof value === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : String(value);
  return `{${Object.keys(value).sort().map((key) => `${canonical(key)}:${canonical(value[key])}`).join(",")}}`;
}

export function makeKey() {
  const pair = generateKeyPairSync("ed25519");
  const raw = Buffer.from(pair.publicKey.export({ format: "jwk" }).x, "base64url").toString("hex");
  const entry = { keytype: "ed25519", scheme: "ed25519", keyval: { public: raw } };
  return { privateKey: pair.privateKey, entry, id: sha256(canonical(entry)) };
}

/** Bytes of a document. */
export function signed(body, keys) {
  const message = Buffer.from(canonical(body));
  const signatures = keys.map((key) => ({ keyid: key.id, sig: sign(null, message, key.privateKey).toString("hex") }));
  return Buffer.from(JSON.stringify({ signatures, signed: body }));
}

const head = (type, version, expires) => ({ _type: type, spec_version: "1.0.34", version, expires });
const meta = (version, bytes) => ({ version, length: bytes.length, hashes: { sha256: sha256(bytes) } });

/** Root and online keys with their chain of roots; `next` adds a root. */
export class Authority {
  roots = [];

  constructor(roots = [makeKey(), makeKey(), makeKey()], threshold = 2, online = makeKey()) {
    Object.assign(this, { rootKeys: roots, threshold, online });
    this.next({});
  }

  /** `change` edits the body before it is signed; `by` are the keys that sign. */
  next({ rootKeys = this.rootKeys, threshold = this.threshold, online = this.online, by, change = () => {} }) {
    const signers = by ?? [...new Set([...this.rootKeys.slice(0, this.threshold), ...rootKeys.slice(0, threshold)])];
    const role = { keyids: [online.id], threshold: 1 };
    const body = {
      // Later than any release made in the same second: as in a real repository, releases expire first.
      ...head("root", this.roots.length + 1, inDays(365)),
      consistent_snapshot: true,
      keys: Object.fromEntries([...rootKeys, online].map((key) => [key.id, key.entry])),
      roles: { root: { keyids: rootKeys.map((key) => key.id), threshold }, timestamp: role, snapshot: role, targets: role },
    };
    change(body);
    this.roots.push(signed(body, signers));
    Object.assign(this, { rootKeys, threshold, online });
  }

  /** What pages pin. */
  get pin() {
    return sha256(this.roots[0]);
  }
}

const NAMES = { bundle: "bundle.bin", scorer: "scorer.wasm", fallback: "scorer.js" };

/**
 * A map of path -> bytes as the folder of a release holds it. `change` edits the bodies `{targets, snapshot, timestamp}`
 * before they are signed, each after what it names; `keys` are the online keys that sign.
 */
export function makeRelease(authority, channels, options = {}) {
  const { version = 7, product = "inkling", site = "northgate-university", environment = "prod", switches = {}, change = {}, expires = inDays(7), keys = [authority.online] } = options;
  const files = new Map();
  const targets = {};
  for (const [channel, contents] of Object.entries(channels)) {
    for (const [what, bytes] of Object.entries(contents)) {
      const path = `${product}/${site}/${environment}/${channel}/${NAMES[what]}`;
      targets[path] = { length: bytes.length, hashes: { sha256: sha256(bytes) } };
      if (what === "bundle") targets[path].custom = { model_version: "stand-in-1" };
      files.set(`targets/${path.replace(/[^/]*$/, (name) => `${sha256(bytes)}.${name}`)}`, Buffer.from(bytes));
    }
  }
  const document = (type, body) => {
    const whole = { ...head(type, version, expires), ...body };
    change[type]?.(whole);
    return signed(whole, keys);
  };
  const inkling = { canary_percent: 0, stopped: false, min_loader: 0, ...switches };
  const targetsBytes = document("targets", { targets, inkling });
  const snapshot = document("snapshot", { meta: { "targets.json": meta(version, targetsBytes) } });
  const timestamp = document("timestamp", { meta: { "snapshot.json": meta(version, snapshot) } });
  return files.set("release.json", pointer({ roots: authority.roots, timestamp, snapshot, targets: targetsBytes }));
}

/** `release.json` of documents. */
export function pointer({ roots, ...rest }) {
  const text = Object.fromEntries(Object.entries(rest).map(([name, bytes]) => [name, bytes.toString()]));
  return Buffer.from(JSON.stringify({ roots: roots.map(String), ...text }));
}
