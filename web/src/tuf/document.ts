import { demand } from "../refused.ts";

/** A document as it came: nothing of it is trusted yet. */
export interface Document {
  // `any`, because every field is checked where it is used.
  signed: any;
  signatures: { keyid: string; sig: string }[];
  bytes: Uint8Array<ArrayBuffer>;
}

export type Verify = (key: any, signature: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>) => Promise<boolean>;

/** OLPC's canonical JSON: keys sorted, no spaces, of strings only `"` and `\` escaped, whole numbers only. */
export function canonical(value: any): string {
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`;
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (value && typeof value === "object") {
    return `{${Object.keys(value).sort().map((name) => `${canonical(name)}:${canonical(value[name])}`)}}`;
  }
  demand(typeof value !== "number" || Number.isSafeInteger(value));
  return `${value}`;
}

/** An entry of an object, but none that every object has. */
export function own(of: any, name: string): any {
  return of && Object.hasOwn(of, name) ? of[name] : undefined;
}

const count = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
/** A role of `threshold` different keys out of `keyids`. */
export function isRole(role: any): boolean {
  return count(role?.threshold) && Array.isArray(role.keyids) && new Set(role.keyids).size === role.keyids.length;
}

/** Form and type of a document; its signatures are `checkSigned`'s. */
export function parse(bytes: Uint8Array<ArrayBuffer>, type: string): Document {
  let document: any;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    demand(false);
  }
  const signed = document?.signed;
  const lines = document?.signatures;
  demand(
    signed?._type === type &&
      /^1\.0(\.|$)/.test(signed.spec_version) &&
      count(signed.version) &&
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(signed.expires) &&
      Date.parse(signed.expires) &&
      Array.isArray(lines) &&
      lines.every((line) => typeof line?.keyid === "string" && typeof line.sig === "string") &&
      new Set(lines.map((line) => line.keyid)).size === lines.length,
  );
  return { signed, signatures: lines, bytes };
}

export function unhex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function hex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Enough keys of a role signed it. Each key counts once, under however many names it is listed. */
export async function checkSigned(document: Document, role: any, keys: any, verify: Verify): Promise<void> {
  demand(isRole(role));
  const message = new TextEncoder().encode(canonical(document.signed));
  const signers = new Set<string>();
  for (const { keyid, sig } of document.signatures) {
    const key = role.keyids.includes(keyid) ? own(keys, keyid) : undefined;
    if (typeof key?.keyval?.public === "string" && (await verify(key, unhex(sig), message))) {
      signers.add(key.keyval.public);
    }
  }
  demand(signers.size >= role.threshold, "signature-invalid");
}
