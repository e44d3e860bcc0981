import { base64 } from "./base64.ts";
import type { Config } from "./config.ts";
import { fetchBytes } from "./fetch-bytes.ts";
import { demand } from "./refused.ts";
import type { Seen } from "./seen.ts";
import { hex, own, unhex } from "./tuf/document.ts";
import { ed25519 } from "./tuf/ed25519.ts";
import { Trusted } from "./tuf/trusted.ts";

/** Version of this loader; releases may ask for a higher one. */
export const LOADER = 1;

/** A release whose documents, binding, expiry and files have all been checked. */
export interface Release {
  version: number;
  channel: string;
  modelVersion: string;
  /** First 16 hexadecimal digits of the bundle's SHA-256. */
  bundleVersion: string;
  expires: string;
  bundle: Uint8Array<ArrayBuffer>;
  scorer: Uint8Array<ArrayBuffer>;
  /** The scorer as JavaScript, for pages that must not run WebAssembly: not fetched here. */
  fallback?: { url: string; sha256: string; length: number };
}

/** What depends on the visitor; without it nothing is remembered and the channel is the stable one. */
export interface Visitor {
  /** 0 to 99, the same at every visit: asked for only where there is a canary, since GA4 may tell it after us. */
  share?: () => Promise<number | undefined>;
  seen?: Seen | undefined;
}

const RELEASE_LIMIT = 65_536;
const FILE_LIMIT = 524_288;

/**
 * The one place that decides whether a release may run here.
 *
 * Documents are checked by TUF's rules from the pinned root on, nothing of a file is compiled or parsed before its
 * length and SHA-256 match the signed ones, and nothing that was seen before goes back. `now` (ms) is fixed once by the
 * caller, so that a slow download cannot move the expiry. Throws `Refused` with a stable code.
 */
export async function verify(
  config: Pick<Config, "root" | "site" | "environment" | "base" | "files" | "channel" | "signed">,
  now: number,
  visitor: Visitor = {},
  get = fetchBytes,
): Promise<Release> {
  const subtle = globalThis.crypto?.subtle;
  const known = await subtle?.importKey("raw", new Uint8Array(32), "Ed25519", false, ["verify"]).catch(() => undefined);
  demand(known, "no-webcrypto");
  const release = await get(config.base + "release.json", RELEASE_LIMIT, "release-unreachable");
  const { bytes, trusted } = await documents(release, config, now, visitor);
  const { targets } = trusted;
  const { stopped, min_loader, canary_percent } = own(targets, "inkling") ?? {};
  demand(!stopped, "stopped");
  demand(!(min_loader > LOADER), "loader-outdated");

  const canary = config.channel ?? (canary_percent && ((await visitor.share?.()) ?? 100) < canary_percent ? "canary" : "stable");
  const folderOf = (channel: string) => `inkling/${config.site}/${config.environment}/${channel}/`;
  const channel = own(targets.targets, folderOf(canary) + "bundle.bin") ? canary : "stable";
  const folder = folderOf(channel);
  const entry = (name: string) => {
    const { length, hashes } = own(targets.targets, folder + name) ?? {};
    const sha256 = own(hashes, "sha256");
    if (length === undefined) return;
    demand(Number.isInteger(length) && length > 0 && length <= FILE_LIMIT && /^[0-9a-f]{64}$/.test(sha256));
    return { url: `${config.files ?? config.base}targets/${folder}${sha256}.${name}`, sha256: sha256 as string, length: length as number };
  };
  const { keys, roles } = trusted.root;
  const [key] = config.signed ? roles.targets.keyids : [];
  const file = async (of: ReturnType<typeof entry>) => {
    demand(of, "site-mismatch");
    // By name of the key, so that no cache gives the signature of an earlier one.
    const bytes = await (key
      ? get(`${of.url}?${key.slice(0, 8)}`, of.length, "file-unreachable", "ed25519-" + base64.encode(unhex(keys[key].keyval.public)))
      : get(of.url, of.length, "file-unreachable"));
    demand(bytes.length === of.length, "length-mismatch");
    demand(hex(await subtle.digest("SHA-256", bytes)) === of.sha256, "hash-mismatch");
    return bytes;
  };
  const of = entry("bundle.bin");
  const [bundle, scorer] = await Promise.all([file(of), file(entry("scorer.wasm"))]);
  visitor.seen?.keep(trusted.root.version, bytes);
  const fallback = entry("scorer.js");
  return {
    version: targets.version,
    channel,
    modelVersion: String(own(own(targets.targets, folder + "bundle.bin").custom, "model_version") ?? ""),
    bundleVersion: of!.sha256.slice(0, 16),
    expires: [trusted.timestamp, trusted.snapshot, targets].map(({ expires }) => expires).sort()[0],
    bundle,
    scorer,
    ...(fallback && { fallback }),
  };
}

/** The documents of `release.json`, from the root on whose SHA-256 is pinned. */
async function documents(release: Uint8Array<ArrayBuffer>, config: Pick<Config, "root">, now: number, { seen }: Visitor) {
  const encode = (value: string) => new TextEncoder().encode(value);
  const text = (value: any) => {
    demand(typeof value === "string");
    return encode(value);
  };
  let json: any;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(release.subarray(0, RELEASE_LIMIT + 1)));
  } catch {
    // Said below.
  }
  demand(release.length <= RELEASE_LIMIT && Array.isArray(json?.roots));
  let trusted: Trusted | undefined;
  for (const root of json.roots.map(text)) {
    if (trusted) await trusted.updateRoot(root);
    else if (hex(await crypto.subtle.digest("SHA-256", root)) === config.root) trusted = await Trusted.begin(root, now, ed25519);
  }
  demand(trusted, "key-unknown");
  const bytes = [json.timestamp, json.snapshot].map(text);
  const before = seen?.load();
  demand(!(before && before.root > trusted.root.version), "rolled-back");
  // What was seen before holds only as long as its keys do: after a change of keys versions may begin anew.
  const stored = (update: Promise<unknown> | undefined) => update?.catch(() => {});
  if (before) await stored(trusted.updateTimestamp(encode(before.timestamp)));
  await trusted.updateTimestamp(bytes[0]!);
  if (before) await stored(trusted.updateSnapshot(encode(before.snapshot), true));
  await trusted.updateSnapshot(bytes[1]!);
  trusted.targets = await trusted.readTargets(text(json.targets));
  return { trusted, bytes: [json.timestamp, json.snapshot] as [string, string] };
}
