// Every attack on a release that the tag is made to withstand, in a real browser over real HTTP. Refused means: a code,
// nothing compiled, nothing told, nothing remembered, and a page that works.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Authority, makeKey, makeRelease, pointer, sha256, signed } from "../release.mjs";
import { standIn } from "../stand-in.mjs";
import { countCompilations, launch, settled } from "./browser.mjs";
import { origins, pageOf } from "./origins.mjs";

const browser = await launch({ site: false });
const world = await origins();
after(() => Promise.all([browser.close(), world.close()]));

const authority = new Authority();
const bundle = Buffer.from("INKL a small bundle");
const scorer = Buffer.from(standIn());
const stable = { stable: { bundle, scorer } };
const release = (options, by = authority, channels = stable) => makeRelease(by, channels, options);
const settings = (more = {}) => ({
  root: authority.pin,
  site: "northgate-university",
  environment: "prod",
  base: `${world.bucket.url}/release/`,
  ...more,
});
const withFile = (files, end, bytes) => new Map(files).set([...files.keys()].find((path) => path.endsWith(end)), bytes);
const repointed = (files, edit) => {
  const json = JSON.parse(files.get("release.json"));
  edit(json);
  return new Map(files).set("release.json", Buffer.from(JSON.stringify(json)));
};

/** Opens the page with a release in the bucket; what the tag says, and what became of the page. */
async function visit(visitor, files, more) {
  world.files.current = files;
  world.page.html = pageOf(settings(more));
  await visitor.page.goto(world.site.url);
  const state = await settled(visitor.page);
  const found = await visitor.page.evaluate(() => ({
    compiled: window.compiled,
    told: window.dataLayer.filter(({ event }) => event === "inkling_score").length,
    off: window.dataLayer.filter(({ event }) => event === "inkling_off"),
    stored: localStorage.getItem("inkling_release"),
  }));
  await visitor.page.click("button");
  assert.equal(await visitor.page.textContent("button"), "clicked");
  assert.deepEqual(visitor.errors, []);
  return { code: state.code, status: state.status, ...found };
}

async function newVisitor() {
  const visitor = await browser.visitor();
  await countCompilations(visitor.page);
  return visitor;
}

async function refused(files, code, more) {
  const visitor = await newVisitor();
  const off = [{ event: "inkling_off", inkling_code: code }];
  assert.deepEqual(await visit(visitor, files, more), { code, status: "off", compiled: 0, told: 0, off, stored: null });
  await visitor.context.close();
}

/** A visitor who has seen `first` and then gets `second`. */
async function afterwards(first, second, code, more) {
  const visitor = await newVisitor();
  const before = await visit(visitor, first, more);
  assert.equal(before.status, "ready");
  const then = await visit(visitor, second, more);
  assert.deepEqual([then.code, then.compiled, then.told, then.stored], [code, 0, 0, before.stored]);
  await visitor.context.close();
  return before;
}

test("the release is good, and scores", async () => {
  const visitor = await newVisitor();
  const seen = await visit(visitor, release());
  assert.deepEqual([seen.code, seen.status, seen.compiled, seen.told > 0], [undefined, "ready", 1, true]);
  await visitor.context.close();
});

const good = release();
const flipped = (bytes, at) => Buffer.from(bytes).fill(bytes[at] ^ 1, at, at + 1);
const edges = (bytes) => [0, bytes.length >> 1, bytes.length - 1];

test("flipped byte in every file", async () => {
  for (const at of edges(bundle)) await refused(withFile(good, "bundle.bin", flipped(bundle, at)), "hash-mismatch");
  for (const at of edges(scorer)) await refused(withFile(good, "scorer.wasm", flipped(scorer, at)), "hash-mismatch");
  for (const name of ["timestamp", "snapshot", "targets"]) {
    const edit = (json) => (json[name] = json[name].replace('"version":7', '"version":6'));
    await refused(repointed(good, edit), name === "timestamp" ? "signature-invalid" : "hash-mismatch");
  }
});

test("wrong key", async () => {
  await refused(release({ keys: [makeKey()] }), "signature-invalid");
  await refused(release({}, new Authority()), "key-unknown");
});

test("expired", async () => {
  await refused(release({ expires: "2026-01-01T00:00:00Z" }), "expired");
});

test("frozen: an old release that is shown for ever ends with its time", async () => {
  const visitor = await newVisitor();
  assert.equal((await visit(visitor, good)).status, "ready");
  await visitor.page.clock.setFixedTime(new Date(Date.now() + 7 * 864e5 + 1000));
  assert.deepEqual((await visit(visitor, good)).code, "expired");
  await visitor.context.close();
});

test("rolled back", async () => {
  await afterwards(release({ version: 8 }), good, "rolled-back");
});

test("mix and match", async () => {
  const other = JSON.parse(release({ version: 8 }, authority, { stable: { bundle: Buffer.from("INKL eight"), scorer } }).get("release.json"));
  for (const name of ["timestamp", "snapshot", "targets"]) {
    await refused(repointed(good, (json) => (json[name] = other[name])), "hash-mismatch");
  }
});

test("fast-forward, then recovery by rotation", async () => {
  const own = new Authority();
  const more = { root: own.pin };
  const far = release({ version: 2 ** 53 - 1 }, own);
  await afterwards(far, release({ version: 8 }, own), "rolled-back", more);
  const visitor = await newVisitor();
  assert.equal((await visit(visitor, far, more)).status, "ready");
  own.next({ online: makeKey() });
  const recovered = await visit(visitor, release({ version: 8 }, own), more);
  assert.deepEqual([recovered.status, recovered.code], ["ready", undefined]);
  assert.equal((await visit(visitor, far, more)).code, "rolled-back");
  await visitor.context.close();
});

test("endless data", async () => {
  let sent = 0;
  const endless = (response) => {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  };
  for (const end of ["release.json", "bundle.bin", "scorer.wasm"]) {
    sent = 0;
    await refused(withFile(good, end, endless), end === "release.json" ? "release-malformed" : "length-mismatch");
    assert.ok(sent < 20e6, `${sent} bytes were taken`);
  }
});

test("wrong length", async () => {
  await refused(withFile(good, "bundle.bin", bundle.subarray(1)), "length-mismatch");
  await refused(withFile(good, "scorer.wasm", Buffer.concat([scorer, Buffer.alloc(1)])), "length-mismatch");
});

test("stage bundle at the prod path", async () => {
  await refused(release({ environment: "stage" }), "site-mismatch");
  await refused(release({ product: "another" }), "site-mismatch");
  await refused(release({ site: "southgate" }), "site-mismatch");
});

test("redirect to another signed file", async () => {
  const elsewhere = release({ version: 9 });
  world.elsewhere.current = elsewhere;
  const to = (path) => (response) => response.writeHead(302, { location: `${world.other.url}/release/${path}` }).end();
  await refused(new Map(good).set("release.json", to("release.json")), "release-unreachable");
  await refused(withFile(good, "bundle.bin", to([...elsewhere.keys()].find((path) => path.endsWith("bundle.bin")))), "file-unreachable");
});

test("root with too few signatures", async () => {
  const own = new Authority();
  own.next({ by: own.rootKeys.slice(0, 1) });
  await refused(release({}, own), "signature-invalid", { root: own.pin });
});

test("duplicate signatures", async () => {
  const own = new Authority();
  own.next({ by: [own.rootKeys[0], own.rootKeys[0]] });
  await refused(release({}, own), "release-malformed", { root: own.pin });
  const other = new Authority();
  const alias = { ...other.rootKeys[0], id: "alias" };
  const change = (body) => {
    body.keys.alias = alias.entry;
    body.roles.root.keyids.push("alias");
  };
  other.next({ by: [other.rootKeys[0], alias], change });
  await refused(release({}, other), "signature-invalid", { root: other.pin });
});

test("a pinned root that nobody signed", async () => {
  const forged = signed(JSON.parse(authority.roots[0]).signed, [makeKey(), makeKey()]);
  const documents = JSON.parse(good.get("release.json"));
  const files = new Map(good).set("release.json", pointer({ ...documents, roots: [forged] }));
  await refused(files, "signature-invalid", { root: sha256(forged) });
});

test("stopped by its owner, or too new for this loader", async () => {
  await refused(release({ switches: { stopped: true } }), "stopped");
  await refused(release({ switches: { min_loader: 99 } }), "loader-outdated");
});

test("ids of Tag Manager take the place of cookies, and memory alone serves where consent is denied", async () => {
  const state = (page) => page.evaluate(() => [localStorage.length, document.cookie]);
  const denied = "<script>window.dataLayer=[];function gtag(){dataLayer.push(arguments)}gtag('consent','default',{analytics_storage:'denied'})</script>";
  for (const memory of [false, true]) {
    const visitor = await newVisitor();
    world.files.current = release();
    world.page.html = pageOf(settings({ memory }), denied);
    await visitor.page.goto(world.site.url);
    const debug = await settled(visitor.page);
    assert.deepEqual([debug.status, debug.code], memory ? ["ready", undefined] : ["off", "consent-denied"]);
    await visitor.page.waitForTimeout(1200);
    assert.deepEqual(await state(visitor.page), [0, ""]);
    await visitor.page.evaluate(() => gtag("consent", "update", { analytics_storage: "granted" }));
    await visitor.page.waitForFunction(() => window.inkling.debug().status === "ready" && localStorage.length === 2);
    assert.deepEqual(visitor.errors, []);
    await visitor.context.close();
  }
  const visitor = await newVisitor();
  const ids = { clientId: "123.1700000000", sessions: [{ measurement_id: "G-ABC", session_id: "1700000777", session_number: "4" }] };
  assert.equal((await visit(visitor, release(), { ids, keep: 5 })).status, "ready");
  const { recent } = await visitor.page.evaluate(() => window.inkling.debug());
  assert.deepEqual(recent.at(-1).numbers.slice(2, 4), [1_700_000_777, 4]);
  assert.equal(recent.at(-1).numbers[7], 1_700_000_000e6);
  await visitor.context.close();
});

test("what the page says before the loader is there is kept", async () => {
  const visitor = await newVisitor();
  world.files.current = release();
  world.page.html = pageOf(settings()).replace('</script>\n<script async', ';inkling("score",(score)=>(window.heard??=[]).push(score.band))</script>\n<script async');
  await visitor.page.goto(world.site.url);
  await settled(visitor.page);
  await visitor.page.waitForFunction(() => window.heard?.length > 0);
  await visitor.context.close();
});
