// What the tag gives away: everything that another script of the page can reach after a score is on a list.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { settled } from "./browser.mjs";
import { overhear, reachable, stored } from "./reachable.mjs";
import { COOKIES, tagged } from "./tagged.mjs";

const site = await tagged();
after(() => site.close());
const IDS = /99120417|1793000000|1795447700/;
const EVENTS = ["view_item", "generate_lead", "private_event"];

/** A page with some events on it; `tag: false` is the same page without the loader. */
async function open({ tag = true, more = {} } = {}) {
  const [requests, logs] = [[], []];
  const before = async (page) => {
    await page.addInitScript(overhear);
    page.on("request", (request) => requests.push(request));
    page.on("console", (message) => logs.push(message.text()));
    if (!tag) await page.route("**/loader.js", (route) => route.fulfill({ contentType: "text/javascript", body: "delete window.inkling" }));
  };
  const visitor = await site.open({ head: COOKIES, more, before, settle: false });
  if (tag) await settled(visitor.page);
  await visitor.page.evaluate((names) => names.forEach((event) => window.dataLayer.push({ event })), EVENTS);
  // The state is written, and the last score told, once a second.
  await visitor.page.waitForTimeout(2300);
  return { ...visitor, requests, logs };
}

const isStep = (score) => Number.isInteger(Math.round(score * 1e6) / 5e4) && String(score).length <= 4;

/** The paths that the tag adds to a page, or whose value it changes. */
async function added(options) {
  const [bare, seen] = [await open({ tag: false }), await open(options)];
  const [before, now] = [await bare.page.evaluate(reachable), await seen.page.evaluate(reachable)];
  await Promise.all([bare.context.close(), seen.context.close()]);
  return { before, paths: Object.fromEntries(Object.entries(now).filter(([path, value]) => before[path] !== value)) };
}

test("reachable from window: the interface, the score told to the dataLayer and three methods around the page's own", async () => {
  const { before, paths } = await added();
  assert.ok(Object.keys(before).length > 5000, "the walk goes through the page");
  const told = /^window\.dataLayer\.\d+\.(event|inkling_score|inkling_band|inkling_model_version|inkling_bundle|inkling_load_ms)$/;
  const allowed = [
    /^window\.inkling(\.(debug|onScore|ready|measure))?$/,
    /^window\.inkling(\.(debug|onScore|ready|measure))?\.(length|name)$/,
    /^window\.dataLayer\.(length|\d+)$/,
    told,
    /^window\.dataLayer\.push(\.(length|name|prototype|prototype\.constructor))?$/,
    // What is in them is the next test's.
    /^window\.localStorage\.inkling_(release|state)$/,
    /^window\.history\.(pushState|replaceState)(\.(length|name))?$/,
  ];
  assert.deepEqual(Object.keys(paths).filter((path) => !allowed.some((form) => form.test(path))), []);
  const entries = Object.entries(paths).filter(([path]) => told.test(path));
  assert.ok(entries.length >= 5);
  for (const [path, value] of entries) {
    if (path.endsWith("_score")) assert.ok(isStep(Number(value)), value);
    if (path.endsWith("_ms")) assert.match(value, /^(\d{1,5}|undefined)$/);
    if (path.endsWith("_band")) assert.match(value, /^(low|medium|high)$/);
    if (path.endsWith(".event")) assert.ok(value === "inkling_score" || EVENTS.includes(value), value);
  }
  assert.ok(!IDS.test(JSON.stringify(Object.entries(paths).filter(([path]) => !path.startsWith("window.localStorage")))));
});

test("the walk finds what a script hides on a built-in object, on an element or in a closure's property", async () => {
  const { page, context } = await open({ tag: false });
  const before = await page.evaluate(reachable);
  await page.evaluate(() => {
    Array.prototype.hidden = 1;
    document.body.hidden2 = 2;
    window.fetch.hidden3 = { deep: 3 };
    Object.defineProperty(history, "hidden4", { value: 4, enumerable: false });
  });
  const found = Object.keys(await page.evaluate(reachable)).filter((path) => !(path in before));
  for (const part of ["hidden", "hidden2", "hidden3.deep", "hidden4"]) assert.ok(found.some((path) => path.endsWith(part)), part);
  await context.close();
});

test("stored: two items in localStorage and nothing else", async () => {
  const { page, context } = await open();
  const { local, cookie, ...rest } = await page.evaluate(stored);
  assert.deepEqual(Object.keys(local).sort(), ["inkling_release", "inkling_state"]);
  // GA4's session, the scorer's own state, the band last told: what it stands for is in docs/SECURITY.md.
  assert.match(local.inkling_state, /^1795447700\.[A-Za-z0-9+/=]+\.[0-2]$/);
  const [root, ...documents] = JSON.parse(local.inkling_release);
  assert.deepEqual([root, documents.map((text) => JSON.parse(text).signed._type)], [1, ["timestamp", "snapshot"]]);
  assert.ok(!IDS.test(local.inkling_release));
  assert.match(cookie, /^_ga=[^;]+; _ga_DEMO=[^;]+$/);
  assert.deepEqual(rest, { session: {}, databases: [], caches: [], workers: 0, name: "", state: null, heard: [] });
  await context.close();
});

test("sent: four files are asked for, with nothing of the visitor; the console stays empty", async () => {
  const { requests, logs, context, errors } = await open();
  const shape = (url) => url.replace(/^http:\/\/[^/]+/, "").replace(/[0-9a-f]{64}/, "HASH");
  const folder = "/release/targets/inkling/northgate-university/prod/stable/HASH.";
  const asked = requests.map((request) => shape(request.url())).filter((path) => path !== "/favicon.ico").sort();
  assert.deepEqual(asked, ["/", "/loader.js", "/release/release.json", `${folder}bundle.bin`, `${folder}scorer.wasm`]);
  for (const request of requests.filter((request) => request.url().includes("/release/"))) {
    const headers = await request.allHeaders();
    assert.deepEqual([request.method(), request.postData(), headers.cookie], ["GET", null, undefined]);
    assert.ok(!IDS.test(JSON.stringify(headers)));
  }
  assert.deepEqual([logs, errors], [[], []]);
  await context.close();
});

test("said: debug, callback and promise know a step and a band; exact values, reasons and events only with keep", async () => {
  const { page, context } = await open();
  const ask = () => page.evaluate(async () => {
    const heard = [];
    window.inkling.onScore((score) => heard.push(score));
    return { debug: window.inkling.debug(), ready: await window.inkling.ready(), heard, micros: window.inkling.measure(5) };
  });
  const { debug, ready, heard, micros } = await ask();
  const { steps, expires, bundleVersion, session, ...rest } = debug;
  assert.deepEqual(rest, { status: "ready", code: undefined, modelVersion: "stand-in-1", channel: "stable", releaseVersion: 7, visitor: undefined, reasons: [], recent: [] });
  assert.match(expires + bundleVersion, /^[\d-]+T[\d:]+Z[0-9a-f]{16}$/);
  for (const score of [session, ready, ...heard]) assert.ok(isStep(score.score) && Object.keys(score).join() === "score,band");
  assert.ok(Number.isNaN(micros));
  assert.deepEqual([...new Set(steps.map(([, what]) => what))], ["init", "loading", "verified", "ready", "told"]);
  await page.evaluate(async () => {
    const debug = window.inkling.debug();
    debug.steps.length = 0;
    debug.session.band = "forged";
    (await window.inkling.ready()).band = "forged";
    window.inkling.onScore((score) => (score.band = "forged"));
  });
  const again = await ask();
  const kept = [again.debug.session, again.ready, again.heard, again.debug.steps.length];
  assert.deepEqual(kept, [session, ready, heard, steps.length], "nobody can change what is said for the others");
  await context.close();

  const open2 = await open({ more: { keep: 9 } });
  const exact = await open2.page.evaluate(() => [window.inkling.debug(), window.inkling.measure(5)]);
  assert.equal(exact[0].session.score, 5 / 11);
  assert.deepEqual([exact[0].recent.length, exact[0].reasons.length, exact[1] >= 0], [5, 1, true]);
  await open2.context.close();
});
