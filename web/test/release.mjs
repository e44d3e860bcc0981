// Signs small releases with throw-away keys.
import { createHash, generateKeyPairSync, sign } from "node:crypto";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

export function makeKey() {
  const pair = generateKeyPairSync("ed25519");
  const raw = Buffer.from(pair.publicKey.export({ format: "jwk" }).x, "base64url");
  return { privateKey: pair.privateKey, text: raw.toString("base64"), id: sha256(raw).slice(0, 16) };
}

/** `release.json` bytes for a payload given as text. */
export function signPayload(key, payload, context = "inkling-release-v1\n") {
  const signature = sign(null, Buffer.from(context + payload), key.privateKey).toString("base64");
  return Buffer.from(`ed25519 ${key.id} ${signature}\n${payload}`);
}

/** A map of path -> bytes as the folder of a release holds it. `change` edits the payload before it is signed. */
export function makeRelease(key, bundle, scorer, change = () => {}) {
  const entry = (name, extension, bytes) => ({
    path: `files/${name}-${sha256(bytes).slice(0, 16)}.${extension}`,
    length: bytes.length,
    sha256: sha256(bytes),
  });
  const payload = {
    format: 1,
    product: "inkling",
    environment: "prod",
    site: "northgate-university",
    version: 7,
    created: "2026-11-23T15:00:00Z",
    expires: new Date(Date.now() + 7 * 864e5).toISOString().replace(/\.\d+Z$/, "Z"),
    model_version: "stand-in-1",
    files: {
      bundle: entry("bundle", "bin", bundle),
      scorer: entry("scorer", "wasm", scorer),
      loader: entry("loader", "js", Buffer.from("//")),
    },
  };
  const files = new Map([[payload.files.bundle.path, Buffer.from(bundle)], [payload.files.scorer.path, Buffer.from(scorer)]]);
  change(payload);
  files.set("release.json", signPayload(key, JSON.stringify(payload)));
  return files;
}
