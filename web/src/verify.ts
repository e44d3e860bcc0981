import { base64 } from "./base64.ts";
import { fetchBytes } from "./fetch-bytes.ts";
import { Refused } from "./refused.ts";
import type { Config } from "./config.ts";

/** A release whose signature, binding, expiry and files have all been checked. */
export interface Release {
  version: number;
  modelVersion: string;
  expires: string;
  bundle: Uint8Array<ArrayBuffer>;
  scorer: Uint8Array<ArrayBuffer>;
}

const RELEASE_LIMIT = 16_384;
const FILE_LIMIT = 524_288;
const CONTEXT = "inkling-release-v1\n";

/**
 * The one place that decides whether a release may run here.
 *
 * Nothing of the payload is parsed before its signature holds, and nothing of a file is compiled or parsed before
 * its length and SHA-256 match the signed ones. `now` (ms) is fixed once by the caller, so that a slow download
 * cannot move the expiry. Throws `Refused` with a stable code.
 */
export async function verify(
  config: Pick<Config, "key" | "site" | "environment" | "base">,
  now: number,
  get = fetchBytes,
): Promise<Release> {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) throw new Refused("no-webcrypto");

  const signed = await get(config.base + "release.json", RELEASE_LIMIT, "release-unreachable");
  const payload = await checkSignature(subtle, config.key, signed);
  const release = bind(payload, config, now);
  const file = async (entry: Entry) => {
    const bytes = await get(config.base + entry.path, entry.length, "file-unreachable");
    if (bytes.length !== entry.length) throw new Refused("length-mismatch");
    if (hex(await subtle.digest("SHA-256", bytes)) !== entry.sha256) throw new Refused("hash-mismatch");
    return bytes;
  };
  const [bundle, scorer] = await Promise.all([file(release.bundle), file(release.scorer)]);
  return { ...release, bundle, scorer };
}

/** Signed payload bytes of a release.json. Its first line is `ed25519 <key id> <signature>`. */
async function checkSignature(subtle: SubtleCrypto, key: string, signed: Uint8Array<ArrayBuffer>) {
  const end = signed.length > RELEASE_LIMIT ? -1 : signed.indexOf(10);
  const line = String.fromCharCode(...signed.subarray(0, Math.min(Math.max(end, 0), 200)));
  const [, id, text] = /^ed25519 ([0-9a-f]{16}) ([\w+/]{86}==)$/.exec(line) ?? [];
  const signature = text && base64.decode(text);
  if (!signature) throw new Refused("release-malformed");

  const rawKey = base64.decode(key);
  if (!rawKey || hex(await subtle.digest("SHA-256", rawKey)).slice(0, 16) !== id) throw new Refused("key-unknown");
  const imported = await subtle.importKey("raw", rawKey, "Ed25519", false, ["verify"]).catch(() => {
    throw new Refused("no-webcrypto");
  });
  const payload = signed.subarray(end + 1);
  const message = new Uint8Array(CONTEXT.length + payload.length);
  message.set(new TextEncoder().encode(CONTEXT));
  message.set(payload, CONTEXT.length);
  if (!(await subtle.verify("Ed25519", imported, signature, message))) throw new Refused("signature-invalid");
  return payload;
}

interface Entry {
  path: string;
  length: number;
  sha256: string;
}

/** The signed statement, once it is about this product, site, environment and time. */
function bind(payload: Uint8Array, config: Pick<Config, "site" | "environment">, now: number) {
  const json = parse(payload);
  if (json?.format !== 1 || json.product !== "inkling") throw new Refused("release-malformed");
  if (json.site !== config.site || json.environment !== config.environment) throw new Refused("site-mismatch");
  const { version, model_version: modelVersion, expires } = json;
  const bundle = entry(json.files?.bundle);
  const scorer = entry(json.files?.scorer);
  if (!Number.isSafeInteger(version) || typeof modelVersion !== "string" || !bundle || !scorer) {
    throw new Refused("release-malformed");
  }
  if (typeof expires !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(expires) || !(now < Date.parse(expires))) {
    throw new Refused("expired");
  }
  return { version: version as number, modelVersion, expires, bundle, scorer };
}

// `any`, because every field is checked where it is used.
function parse(payload: Uint8Array): any {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    throw new Refused("release-malformed");
  }
}

/** A file of the release, if its path stays inside the release and its length inside the limit. */
function entry(value: any): Entry | undefined {
  const sound =
    /^files\/\w[\w-]*\.\w+$/.test(value?.path) &&
    Number.isInteger(value.length) &&
    value.length > 0 &&
    value.length <= FILE_LIMIT &&
    /^[0-9a-f]{64}$/.test(value.sha256);
  return sound ? value : undefined;
}

function hex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
