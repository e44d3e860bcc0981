// The template of Tag Manager and the loader that it injects, together in a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { Authority, makeRelease } from "../release.mjs";
import { standIn } from "../stand-in.mjs";
import { launch, settled } from "./browser.mjs";
import { origins } from "./origins.mjs";
import { pageWith, valueOf } from "./tag-manager.mjs";

/** As the template has it before it is rendered. */
const LOADER = "https://www.example.edu/inkling/loader.js";
/** The state is written once a second. */
const WRITTEN_MS = 1300;
const loader = await readFile(new URL("../../dist/loader.js", import.meta.url));
const browser = await launch({ site: false });
const world = await origins();
after(() => Promise.all([browser.close(), world.close()]));

const authority = new Authority();
world.files.current = makeRelease(authority, { stable: { bundle: Buffer.from("INKL a small bundle"), scorer: Buffer.from(standIn()) } });
const fields = { root: authority.pin, site: "northgate-university", environment: "prod", base: `${world.bucket.url}/release/`, pageViews: true };

/** Opens a page with the tag; `asked` are the addresses that it asked for. */
async function open(more, granted, dataLayer) {
  const visitor = await browser.visitor();
  const asked = [];
  visitor.page.on("request", (request) => request.url() !== `${world.site.url}/` && asked.push(request.url()));
  await visitor.page.route(LOADER, (route) => route.fulfill({ contentType: "text/javascript", body: loader }));
  world.page.html = pageWith({ ...fields, ...more }, granted, dataLayer);
  await visitor.page.goto(world.site.url);
  return { ...visitor, asked: () => asked.filter((url) => !url.endsWith("/favicon.ico")) };
}

const kept = (page) => page.evaluate(() => Object.keys(localStorage).sort());
const stateKept = (page) => page.waitForFunction(() => localStorage.getItem("inkling_state") !== null);
const ends = (page) => page.evaluate(() => window.tagManager.ends);
const change = (page, granted) => page.evaluate((granted) => window.tagManager.consent(granted), granted);
const scored = (page) => page.waitForFunction(() => window.dataLayer.some((entry) => entry.event === "inkling_score"));
const off = (page) => page.waitForFunction(() => window.inkling.debug?.().status === "off");

async function close({ context, errors }) {
  assert.deepEqual(errors, []);
  await context.close();
}

test("consent is there: the tag loads Inkling, and the variable gives its score to others", async () => {
  const seen = await open({ channel: "stable", stream: "G-ABC1234567" }, true);
  const state = await settled(seen.page);
  assert.deepEqual([state.status, state.code], ["ready", undefined]);
  await scored(seen.page);
  assert.equal(await valueOf(seen.page, "band"), state.session.band);
  assert.equal(await valueOf(seen.page, "score"), Math.round(state.session.score * 20) / 20);
  assert.deepEqual([await valueOf(seen.page, "model"), await valueOf(seen.page, "status")], ["stand-in-1", "scored"]);
  assert.match(await valueOf(seen.page, "bundle"), /^[0-9a-f]+$/);
  assert.deepEqual(await ends(seen.page), ["gtmOnSuccess"]);
  await stateKept(seen.page);
  await close(seen);
});

test("the identifiers are those of Tag Manager, where the page has no cookies", async () => {
  const seen = await open({}, true);
  await scored(seen.page);
  assert.equal(await seen.page.evaluate(() => document.cookie), "");
  // The session of GA4 opens one of ours, which is an event more: with the page view there are two.
  assert.equal((await settled(seen.page)).session.score, 2 / 8);
  await close(seen);
});

test("a session that GA4 opens later is seen in its cookie, though Tag Manager was asked before", async () => {
  const seen = await open({}, true);
  await scored(seen.page);
  const events = await seen.page.evaluate(() => {
    document.cookie = "_ga=GA1.1.99120417.1793000000";
    document.cookie = "_ga_DEMO=GS2.1.s1795449999$o4$g1$t1795449999$j60$l0$h0";
    window.inkling("event", "sign_up", {});
    return new Promise((done) => setTimeout(() => done(window.inkling.debug().session.score), 1200));
  });
  // Two before; the session is another one, and so there are two more.
  assert.equal(events, 4 / 10);
  await close(seen);
});

test("no consent: nothing is asked for, kept or left on the page; once given, the tag loads", async () => {
  const seen = await open({}, false);
  await seen.page.waitForTimeout(WRITTEN_MS);
  assert.deepEqual([seen.asked(), await kept(seen.page), await seen.page.evaluate(() => typeof window.inkling)], [[], [], "undefined"]);
  assert.deepEqual([await valueOf(seen.page, "band"), await valueOf(seen.page, "status")], ["none", "none"]);
  await change(seen.page, true);
  await scored(seen.page);
  assert.equal(seen.asked()[0], LOADER);
  await close(seen);
});

test("consent that only Tag Manager was told outweighs a denial in the dataLayer", async () => {
  const seen = await open({}, false, "gtag('consent','default',{analytics_storage:'denied'})");
  await change(seen.page, true);
  assert.equal((await settled(seen.page)).status, "ready");
  await close(seen);
});

test("consent that is taken back ends it and erases what was kept; given again, it goes on", async () => {
  const seen = await open({}, true);
  await stateKept(seen.page);
  await change(seen.page, false);
  await off(seen.page);
  assert.deepEqual(await kept(seen.page), []);
  assert.equal(await seen.page.evaluate(() => window.inkling.debug().code), "consent-denied");
  // What others of Tag Manager read is gone, too.
  for (const value of ["band", "score", "status"]) assert.equal(await valueOf(seen.page, value), "none", value);
  await change(seen.page, true);
  await seen.page.waitForFunction(() => window.inkling.debug().status === "ready");
  assert.equal(seen.asked().filter((url) => url === LOADER).length, 1);
  await close(seen);
});

test("consent taken back while the loader is on its way: there is no score, and no state is kept", async () => {
  const seen = await open({}, true);
  await change(seen.page, false);
  await off(seen.page);
  await seen.page.waitForTimeout(WRITTEN_MS);
  assert.deepEqual(await kept(seen.page), []);
  assert.equal((await settled(seen.page)).code, "consent-denied");
  await close(seen);
});

test("in memory: a score without consent, though the dataLayer says nothing; nothing is kept", async () => {
  const seen = await open({ memory: true }, false);
  await scored(seen.page);
  await seen.page.waitForTimeout(WRITTEN_MS);
  assert.deepEqual([await kept(seen.page), (await settled(seen.page)).status], [[], "ready"]);
  const releases = seen.asked().filter((url) => url.endsWith("release.json"));
  assert.equal(releases.length, 1, "one load, although consent was told after the start");
  await change(seen.page, true);
  await stateKept(seen.page);
  await close(seen);
});

test("in memory, a denial at the start is how things stand and erases nothing; the visitor's own does", async () => {
  const seen = await open({}, true);
  await stateKept(seen.page);
  world.page.html = pageWith({ ...fields, memory: true }, false);
  await seen.page.goto(world.site.url);
  await scored(seen.page);
  assert.deepEqual(await kept(seen.page), ["inkling_release", "inkling_state"]);
  await change(seen.page, true);
  // With the events of the page before; this page view alone would be 0.15, as in memory.
  await seen.page.waitForFunction(() => window.dataLayer.findLast(({ event }) => event === "inkling_score")?.inkling_score >= 0.35);
  await change(seen.page, false);
  assert.deepEqual(await kept(seen.page), []);
  await close(seen);
});

test("a loader that does not come fails the tag and nothing else", async () => {
  const visitor = await browser.visitor();
  await visitor.page.route(LOADER, (route) => route.abort());
  world.page.html = pageWith(fields, true);
  await visitor.page.goto(world.site.url);
  await visitor.page.waitForFunction(() => window.tagManager.ends.length > 0);
  assert.deepEqual(await ends(visitor.page), ["gtmOnFailure"]);
  await close(visitor);
});
