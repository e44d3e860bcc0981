import assert from "node:assert/strict";
import { test } from "node:test";
import { Scorer } from "../dist/scorer.mjs";
import { verify } from "../dist/verify.mjs";
import { makeKey, makeRelease, signPayload } from "./release.mjs";
import { standIn } from "./stand-in.mjs";

const key = makeKey();
const bundle = Buffer.from("INKL a small bundle");
const scorer = standIn();
const good = makeRelease(key, bundle, scorer);
const config = { key: key.text, site: "northgate-university", environment: "prod", base: "/release/" };

/** What `verify` says of a release folder: "ok" or the code. */
async function outcome(files, changes = {}, now = Date.now()) {
  const get = async (url, limit, code) => {
    const bytes = files.get(url.slice("/release/".length));
    if (!bytes) throw Object.assign(new Error(code), { code });
    return new Uint8Array(bytes).slice(0, limit + 1);
  };
  try {
    await verify({ ...config, ...changes }, now, get);
    return "ok";
  } catch (error) {
    return error.code ?? String(error);
  }
}

const changed = (path, bytes) => new Map(good).set(path, bytes);
const pathOf = (start) => [...good.keys()].find((path) => path.startsWith(start));
const signed = (change) => makeRelease(key, bundle, scorer, change);

test("a sound release is taken and its files run", async () => {
  assert.equal(await outcome(good), "ok");
  const loaded = await Scorer.load(new Uint8Array(scorer), new Uint8Array(bundle));
  assert.equal(loaded.timeZone(), "Europe/London");
  assert.equal(loaded.observe({ strings: Array(7).fill("é"), numbers: Array(8).fill(1) }), 0);
  assert.equal(loaded.score("session"), 1 / 7);
  assert.ok(Number.isNaN(loaded.score("visitor")));
  assert.deepEqual(loaded.reasons("session", 3), [{ name: "events", contribution: 0.75 }]);
  const state = loaded.save();
  assert.equal(loaded.restore(new Uint8Array(0)), 20);
  assert.equal(loaded.score("session"), 0);
  assert.equal(loaded.restore(state), 0);
  assert.equal(loaded.score("session"), 1 / 7);
  assert.equal(loaded.observe({ strings: ["x".repeat(20_000)], numbers: [] }), 10);
});

test("every byte of release.json, in every bit and to every extreme, is refused", async () => {
  const bytes = good.get("release.json");
  const codes = new Map();
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
      const flipped = Buffer.from(bytes);
      flipped[at] ^= mask;
      const code = await outcome(changed("release.json", flipped));
      assert.notEqual(code, "ok", `byte ${at} mask ${mask}`);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  }
  assert.deepEqual([...codes.keys()].sort(), ["key-unknown", "release-malformed", "signature-invalid"]);
});

test("every byte of the bundle and of the scorer is refused", async () => {
  for (const path of [pathOf("files/bundle"), pathOf("files/scorer")]) {
    for (let at = 0; at < good.get(path).length; at++) {
      const flipped = Buffer.from(good.get(path));
      flipped[at] ^= 1 << at % 8;
      assert.equal(await outcome(changed(path, flipped)), "hash-mismatch");
    }
  }
});

test("missing, short and long files are refused", async () => {
  const path = pathOf("files/bundle");
  assert.equal(await outcome(new Map()), "release-unreachable");
  assert.equal(await outcome(changed(path, undefined)), "file-unreachable");
  assert.equal(await outcome(changed(path, bundle.subarray(1))), "length-mismatch");
  assert.equal(await outcome(changed(path, Buffer.concat([bundle, bundle]))), "length-mismatch");
  assert.equal(await outcome(changed("release.json", good.get("release.json").subarray(0, 40))), "release-malformed");
  assert.equal(await outcome(changed("release.json", Buffer.alloc(0))), "release-malformed");
  assert.equal(await outcome(changed("release.json", Buffer.alloc(20_000, 32))), "release-malformed");
});

test("a release of another key, site, environment, product or time is refused", async () => {
  assert.equal(await outcome(makeRelease(makeKey(), bundle, scorer)), "key-unknown");
  assert.equal(await outcome(good, { key: "" }), "key-unknown");
  assert.equal(await outcome(good, { key: "not base64" }), "key-unknown");
  assert.equal(await outcome(good, { site: "southgate" }), "site-mismatch");
  assert.equal(await outcome(good, { environment: "staging" }), "site-mismatch");
  assert.equal(await outcome(signed((payload) => (payload.product = "other"))), "release-malformed");
  assert.equal(await outcome(signed((payload) => (payload.format = 2))), "release-malformed");
  assert.equal(await outcome(good, {}, Date.now() + 8 * 864e5), "expired");
  assert.equal(await outcome(signed((payload) => (payload.expires = "2027-13-45T99:00:00Z"))), "expired");
  assert.equal(await outcome(signed((payload) => delete payload.expires)), "expired");
});

test("the key id must be the pinned key's even when the signature would hold", async () => {
  const text = good.get("release.json").toString();
  const other = Buffer.from(text.replace(/^ed25519 \w{16}/, "ed25519 0123456789abcdef"));
  assert.equal(await outcome(changed("release.json", other)), "key-unknown");
});

test("a signature made for another purpose is refused", async () => {
  const payload = good.get("release.json").toString().split("\n").slice(1).join("\n");
  assert.equal(await outcome(changed("release.json", signPayload(key, payload, ""))), "signature-invalid");
});

test("signed paths and lengths must be sane", async () => {
  const bad = [
    (files) => (files.bundle.path = "../secret.bin"),
    (files) => (files.bundle.path = "files/../x.bin"),
    (files) => (files.bundle.path = "https://elsewhere.example/x.bin"),
    (files) => (files.bundle.length = 600_000),
    (files) => (files.bundle.length = -1),
    (files) => (files.bundle.length = "19"),
    (files) => (files.scorer.sha256 = "00"),
    (files) => delete files.scorer,
  ];
  for (const edit of bad) {
    assert.equal(await outcome(signed((payload) => edit(payload.files))), "release-malformed", String(edit));
  }
  assert.equal(await outcome(changed("release.json", signPayload(key, "not json"))), "release-malformed");
  assert.equal(await outcome(changed("release.json", signPayload(key, "null"))), "release-malformed");
});
