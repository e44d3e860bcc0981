import assert from "node:assert/strict";
import { test } from "node:test";
import { Scorer } from "../dist/scorer.mjs";
import { verify } from "../dist/verify.mjs";
import { Authority, makeKey, makeRelease, pointer, sha256, signed } from "./release.mjs";
import { standIn } from "./stand-in.mjs";

const authority = new Authority();
const bundle = Buffer.from("INKL a small bundle");
const scorer = standIn();
const stable = { stable: { bundle, scorer } };
const good = makeRelease(authority, stable);
const config = { root: authority.pin, site: "northgate-university", environment: "prod", base: "/release/" };

/** What `verify` says of a release folder: what it gives, or the code. */
async function opened(files, changes = {}, now = Date.now(), visitor = {}) {
  const get = async (url, limit, code) => {
    const bytes = files.get(url.slice("/release/".length));
    if (!bytes) throw Object.assign(new Error(code), { code });
    return new Uint8Array(bytes).slice(0, limit + 1);
  };
  return verify({ ...config, ...changes }, now, visitor, get);
}
const outcome = (...args) => opened(...args).then(() => "ok", (error) => error.code ?? String(error));

/** What a browser remembers, in memory. */
class Memory {
  seen;
  load = () => this.seen;
  keep = (root, [timestamp, snapshot]) => (this.seen = { root, timestamp, snapshot });
}

const changed = (path, bytes) => new Map(good).set(path, bytes);
const pathOf = (end) => [...good.keys()].find((path) => path.endsWith(end));
const documents = (files) => JSON.parse(files.get("release.json"));
const withPointer = (edit) => {
  const json = documents(good);
  edit(json);
  return changed("release.json", Buffer.from(JSON.stringify(json)));
};

test("a sound release is taken and its files run", async () => {
  const release = await opened(good);
  assert.deepEqual(
    { ...release, bundle: release.bundle.length, scorer: release.scorer.length },
    { version: 7, channel: "stable", modelVersion: "stand-in-1", bundleVersion: sha256(bundle).slice(0, 16), expires: release.expires, bundle: bundle.length, scorer: scorer.length },
  );
  const loaded = await Scorer.load(release.scorer, release.bundle);
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

test("files may lie elsewhere than release.json", async () => {
  const asked = [];
  const get = async (url) => (asked.push(url), new Uint8Array(good.get(url.replace(/^.*?(release\.json|targets\/)/, "$1"))));
  assert.equal((await verify({ ...config, files: "https://files.example/" }, Date.now(), {}, get)).version, 7);
  assert.deepEqual(asked, ["/release/release.json", `https://files.example/${pathOf("bundle.bin")}`, `https://files.example/${pathOf("scorer.wasm")}`]);
});

test("every byte of release.json, in every bit and to every extreme, gives the same release or none", async () => {
  const bytes = good.get("release.json");
  const codes = new Map();
  const same = await opened(good);
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
      const flipped = Buffer.from(bytes);
      flipped[at] ^= mask;
      const files = changed("release.json", flipped);
      const code = await outcome(files);
      // Digits of a signature may change their case, and a name nobody reads may change: what was signed is the same.
      if (code === "ok") assert.deepEqual(await opened(files), same, `byte ${at} mask ${mask}`);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  }
  console.log(JSON.stringify(Object.fromEntries(codes)));
  const known = ["ok", "key-unknown", "hash-mismatch", "length-mismatch", "release-malformed", "signature-invalid"];
  assert.deepEqual([...codes.keys()].filter((code) => !known.includes(code)), []);
  assert.ok((codes.get("ok") ?? 0) < bytes.length / 10);
});

test("every byte of the bundle and of the scorer is refused", async () => {
  for (const path of [pathOf("bundle.bin"), pathOf("scorer.wasm")]) {
    for (let at = 0; at < good.get(path).length; at++) {
      const flipped = Buffer.from(good.get(path));
      flipped[at] ^= 1 << at % 8;
      assert.equal(await outcome(changed(path, flipped)), "hash-mismatch");
    }
  }
});

test("missing, short, long and endless files are refused", async () => {
  const path = pathOf("bundle.bin");
  assert.equal(await outcome(new Map()), "release-unreachable");
  assert.equal(await outcome(changed(path, undefined)), "file-unreachable");
  assert.equal(await outcome(changed(path, bundle.subarray(1))), "length-mismatch");
  assert.equal(await outcome(changed(path, Buffer.concat([bundle, bundle]))), "length-mismatch");
  assert.equal(await outcome(changed("release.json", good.get("release.json").subarray(0, 40))), "release-malformed");
  assert.equal(await outcome(changed("release.json", Buffer.alloc(0))), "release-malformed");
  assert.equal(await outcome(changed("release.json", Buffer.alloc(70_000, 32))), "release-malformed");
  for (const text of ["null", "[]", "7", "{}", '{"roots":[]}', '{"roots":[7]}', '{"roots":"x"}']) {
    assert.match(await outcome(changed("release.json", Buffer.from(text))), /release-malformed|key-unknown/, text);
  }
});

test("a release of other keys, another site, environment or time is refused", async () => {
  assert.equal(await outcome(makeRelease(new Authority(), stable)), "key-unknown");
  assert.equal(await outcome(good, { root: "" }), "key-unknown");
  assert.equal(await outcome(good, { site: "southgate" }), "site-mismatch");
  assert.equal(await outcome(good, { environment: "stage" }), "site-mismatch");
  assert.equal(await outcome(makeRelease(authority, stable, { environment: "stage" })), "site-mismatch");
  assert.equal(await outcome(makeRelease(authority, stable, { product: "another" })), "site-mismatch");
  assert.equal(await outcome(makeRelease(authority, stable, { keys: [makeKey()] })), "signature-invalid");
  assert.equal(await outcome(makeRelease(authority, stable, { keys: [authority.rootKeys[0]] })), "signature-invalid");
  const end = Date.parse((await opened(good)).expires);
  assert.equal(await outcome(good, {}, end - 1), "ok");
  for (const late of [end, end + 1000, end + 3650 * 864e5]) assert.equal(await outcome(good, {}, late), "expired");
  for (const type of ["timestamp", "snapshot", "targets"]) {
    const expired = (body) => (body.expires = "2020-01-01T00:00:00Z");
    assert.equal(await outcome(makeRelease(authority, stable, { change: { [type]: expired } })), "expired", type);
    for (const bad of ["2027-13-45T99:00:00Z", "2099-01-01", 7, undefined]) {
      const edit = (body) => (body.expires = bad);
      assert.equal(await outcome(makeRelease(authority, stable, { change: { [type]: edit } })), "release-malformed", `${type} ${bad}`);
    }
  }
});

test("documents of different releases do not mix", async () => {
  const other = documents(makeRelease(authority, { stable: { bundle: Buffer.from("INKL another"), scorer } }, { version: 8 }));
  for (const name of ["timestamp", "snapshot", "targets"]) {
    const code = await outcome(withPointer((json) => (json[name] = other[name])));
    assert.match(code, /hash-mismatch|length-mismatch|rolled-back/, name);
  }
  assert.equal(await outcome(withPointer((json) => (json.snapshot = json.timestamp))), "length-mismatch");
  const same = { change: { timestamp: (body) => delete body.meta["snapshot.json"] } };
  assert.equal(await outcome(makeRelease(authority, stable, same)), "release-malformed");
});

test("what was seen does not go back, not even to what has not expired", async () => {
  const seen = new Memory();
  const visit = (version, options) => outcome(makeRelease(authority, stable, { version, ...options }), {}, Date.now(), { seen });
  assert.equal(await visit(7), "ok");
  assert.equal(await visit(9), "ok");
  assert.equal(await visit(8), "rolled-back");
  assert.equal(await visit(9), "ok");
  // A timestamp that goes on while what it names goes back.
  assert.equal(await visit(8, { change: { timestamp: (body) => (body.version = 10) } }), "rolled-back");
  const snapshotBack = { version: 10, change: { snapshot: (body) => (body.meta["targets.json"].version = 8), targets: (body) => (body.version = 8) } };
  assert.equal(await outcome(makeRelease(authority, stable, snapshotBack), {}, Date.now(), { seen }), "rolled-back");
  assert.equal(await visit(2 ** 53, {}), "release-malformed");
  // Nothing of the storage is trusted: it can only take protection away.
  const documents = ["x", "{}", "", undefined, null, 2, {}];
  for (const nonsense of documents.flatMap((text) => [1, "x", undefined].map((root) => ({ root, timestamp: text, snapshot: text })))) {
    seen.seen = nonsense;
    assert.equal(await visit(8), "ok");
  }
});

test("a fast-forward is undone by a change of keys", async () => {
  const own = new Authority();
  const pin = { root: own.pin };
  const seen = new Memory();
  const visit = (options) => outcome(makeRelease(own, stable, options), pin, Date.now(), { seen });
  assert.equal(await visit({ version: 2 ** 53 - 1 }), "ok");
  assert.equal(await visit({ version: 8 }), "rolled-back");
  const stolen = own.online;
  own.next({ online: makeKey() });
  assert.equal(await visit({ version: 8 }), "ok");
  assert.equal(await visit({ version: 9, keys: [stolen] }), "signature-invalid");
  // The thief withholds the new root: it was seen.
  const withheld = Object.assign(Object.create(own), { roots: own.roots.slice(0, 1) });
  assert.equal(await outcome(makeRelease(withheld, stable, { version: 2 ** 53 - 1, keys: [stolen] }), pin, Date.now(), { seen }), "rolled-back");
});

test("roots follow one another by old and new threshold, each key counted once", async () => {
  const chain = async (step, { pinned = 0 } = {}) => {
    const own = new Authority();
    step(own);
    return outcome(makeRelease(own, stable), { root: sha256(own.roots[pinned]) });
  };
  const fresh = () => [makeKey(), makeKey(), makeKey()];
  assert.equal(await chain((own) => own.next({})), "ok");
  assert.equal(await chain((own) => (own.next({ rootKeys: fresh() }), own.next({}))), "ok");
  assert.equal(await chain((own) => own.next({ rootKeys: fresh() }), { pinned: 1 }), "ok", "a page may pin any root");
  assert.equal(await chain((own) => own.next({ by: own.rootKeys.slice(0, 1) })), "signature-invalid");
  const newcomers = fresh();
  assert.equal(await chain((own) => own.next({ rootKeys: newcomers, by: newcomers })), "signature-invalid", "not by the old keys");
  assert.equal(await chain((own) => own.next({ rootKeys: fresh(), by: own.rootKeys })), "signature-invalid", "not by the new keys");
  assert.equal(await chain((own) => own.next({ change: (body) => (body.version = 3) })), "rolled-back");
  assert.equal(await chain((own) => own.next({ change: (body) => (body.version = 1) })), "rolled-back");
  const again = (body) => body.roles.root.keyids.push(body.roles.root.keyids[0]);
  assert.equal(await chain((own) => own.next({ change: again })), "release-malformed", "a key listed twice");
  // One key under two names counts once.
  const alias = (own) => (body) => {
    body.keys.alias = own.rootKeys[0].entry;
    body.roles.root.keyids.push("alias");
  };
  assert.equal(
    await chain((own) => own.next({ by: [own.rootKeys[0], { ...own.rootKeys[0], id: "alias" }], change: alias(own) })),
    "signature-invalid",
  );
  assert.equal(await chain((own) => own.next({ by: [own.rootKeys[0], own.rootKeys[0]] })), "release-malformed", "a signature twice");
  assert.equal(await chain((own) => own.next({ change: (body) => (body.expires = "2020-01-01T00:00:00Z") })), "expired");
  assert.equal(
    await chain((own) => (own.next({ change: (body) => (body.expires = "2020-01-01T00:00:00Z") }), own.next({}))),
    "ok",
    "only the last root must not have expired",
  );
  for (const role of ["root", "timestamp", "snapshot", "targets"]) {
    assert.equal(await chain((own) => own.next({ change: (body) => delete body.roles[role] })), "release-malformed", role);
    assert.match(await chain((own) => own.next({ change: (body) => (body.roles[role].threshold = 0) })), /malformed/, role);
  }
  for (const name of ["__proto__", "constructor"]) {
    assert.equal(await chain((own) => own.next({ online: { ...own.online, id: name } })), "ok", `a key named ${name}`);
  }
});

test("channels, switches and loaders", async () => {
  const canary = Buffer.from("INKL a canary");
  const both = { ...stable, canary: { bundle: canary, scorer } };
  const channel = (visitor, changes = {}, switches = { canary_percent: 30 }) =>
    opened(makeRelease(authority, both, { switches }), changes, Date.now(), visitor).then(({ channel, bundleVersion }) => [channel, bundleVersion]);
  let asked = 0;
  const of = (share) => ({ share: async () => (asked++, share) });
  const [stableVersion, canaryVersion] = [bundle, canary].map((bytes) => sha256(bytes).slice(0, 16));
  assert.deepEqual(await channel(of(29)), ["canary", canaryVersion]);
  assert.deepEqual(await channel(of(30)), ["stable", stableVersion]);
  assert.deepEqual(await channel({}), ["stable", stableVersion]);
  assert.deepEqual(await channel(of(0), {}, {}), ["stable", stableVersion]);
  assert.deepEqual(await channel(of(99), { channel: "canary" }), ["canary", canaryVersion]);
  assert.deepEqual(await channel(of(0), { channel: "stable" }), ["stable", stableVersion]);
  assert.equal(asked, 2, "who has no canary to give, or was told which, does not wait for the visitor's number");
  assert.deepEqual(await channel(of(undefined)), ["stable", stableVersion], "a visitor without one");
  assert.equal((await opened(good, { channel: "canary" })).channel, "stable", "no canary to give");
  assert.equal(await outcome(makeRelease(authority, stable, { switches: { stopped: true } })), "stopped");
  assert.equal(await outcome(makeRelease(authority, stable, { switches: { min_loader: 2 } })), "loader-outdated");
  assert.equal(await outcome(makeRelease(authority, stable, { switches: { min_loader: 1 } })), "ok");
  const fallback = Buffer.from("inkling scorer in JavaScript");
  const release = await opened(makeRelease(authority, { stable: { bundle, scorer, fallback } }));
  assert.deepEqual(release.fallback, {
    url: `/release/targets/inkling/northgate-university/prod/stable/${sha256(fallback)}.scorer.js`,
    sha256: sha256(fallback),
    length: fallback.length,
  });
});

test("signed lengths and hashes must be sane", async () => {
  const path = "inkling/northgate-university/prod/stable/bundle.bin";
  for (const edit of [
    (target) => (target.length = 600_000),
    (target) => (target.length = -1),
    (target) => (target.length = "19"),
    (target) => (target.length = 0),
    (target) => (target.hashes.sha256 = "../../x"),
    (target) => (target.hashes = {}),
  ]) {
    const change = { targets: (body) => edit(body.targets[path]) };
    assert.equal(await outcome(makeRelease(authority, stable, { change })), "release-malformed", String(edit));
  }
  assert.equal(await outcome(makeRelease(authority, { stable: { scorer } })), "site-mismatch");
  assert.equal(await outcome(makeRelease(authority, { stable: { bundle } })), "site-mismatch");
});

test("a document of another type, version of the specification or form is refused", async () => {
  for (const type of ["timestamp", "snapshot", "targets"]) {
    for (const edit of [
      (body) => (body._type = "root"),
      (body) => (body.spec_version = "2.0.0"),
      (body) => (body.version = 0),
      (body) => (body.version = 1.5),
      (body) => (body.version = "7"),
      (body) => delete body.version,
    ]) {
      assert.match(await outcome(makeRelease(authority, stable, { change: { [type]: edit } })), /release-malformed/, `${type} ${edit}`);
    }
  }
  const unsigned = JSON.stringify({ signatures: [], signed: JSON.parse(documents(good).timestamp).signed });
  assert.equal(await outcome(withPointer((json) => (json.timestamp = unsigned))), "signature-invalid");
  const root = JSON.parse(authority.roots[0]);
  const stranger = signed(root.signed, [makeKey(), makeKey()]);
  const files = changed("release.json", pointer({ ...documents(good), roots: [stranger], timestamp: "", snapshot: "", targets: "" }));
  assert.equal(await outcome(files, { root: sha256(stranger) }), "signature-invalid", "a pinned root must be signed, too");
});
