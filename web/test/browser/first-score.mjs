// From a click on a link to the first `inkling_score` in the dataLayer, with a real release: JSON.
//   node test/browser/first-score.mjs LOADS BUNDLE
// Site and bucket are two origins on this machine. A first page with nothing in the browser's cache, then a second one of
// the same visit; conditions take turns.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { Authority, makeRelease } from "../release.mjs";
import { launch, settled } from "./browser.mjs";
import { origins, pageOf } from "./origins.mjs";
import { CONDITIONS, difference, memory, spread, throttled, watchMemories } from "./throttle.mjs";

const ROUNDS = 20_000;
const [loads, bundle] = [Number(process.argv[2]), await readFile(process.argv[3])];
const scorer = await readFile(new URL("../../dist/scorer.wasm", import.meta.url));
const authority = new Authority();
const served = await origins({ field: true });
served.files.current = makeRelease(authority, { stable: { bundle, scorer } });
const settings = { root: authority.pin, site: "northgate-university", environment: "prod", base: `${served.bucket.url}/release/`, keep: 1 };
served.page.html = pageOf(settings);
const [html, without] = [pageOf(settings), pageOf(settings).replace(/<script async.*?<\/script>/, "")];
// As gtag.js leaves them; where they are missing the tag waits for them, two seconds at most.
const seconds = Math.floor(Date.now() / 1000);
const COOKIES = { _ga: `GA1.1.1234567890.${seconds}`, _ga_DEMO: `GS2.1.s${seconds}$o1$g0$t${seconds}$j60$l0$h0` };
const browser = await launch({ site: false });
const found = Object.fromEntries(Object.keys(CONDITIONS).map((name) => [name, { first: [], second: [], event: [] }]));
const held = [];
// The bucket packs its files when they are first asked for.
await visit({ first: [], second: [], event: [] }, CONDITIONS.plain);
for (let load = 0; load < loads; load++) {
  for (const [name, condition] of Object.entries(CONDITIONS)) await visit(found[name], condition);
  held.push(difference(await rest(html), await rest(without)));
}
await browser.close();
served.close();
const conditions = Object.entries(found).map(([name, { first, second, event }]) => [name, { first_page: spread(first), second_page: spread(second), ...spread(event) }]);
console.log(JSON.stringify({ ...Object.fromEntries(conditions), memory_bytes: spread(held) }));

async function visitor(content) {
  served.page.html = content;
  const { context, page, errors } = await browser.visitor();
  await context.addCookies(Object.entries(COOKIES).map(([name, value]) => ({ name, value, url: served.site.url })));
  await page.addInitScript(watchMemories);
  await page.addInitScript(watchScore);
  return { context, page, done: () => (assert.deepEqual(errors, []), context.close()) };
}

async function visit({ first, second, event }, condition) {
  const { page, done } = await visitor(html);
  await throttled(page, condition);
  first.push(await timed(page));
  second.push(await timed(page, "/courses"));
  event.push({ event_us: await page.evaluate((rounds) => window.inkling.measure(rounds), ROUNDS) });
  await done();
}

/** What a page holds once all is quiet, with the tag or without. */
async function rest(content) {
  const { page, done } = await visitor(content);
  const { cdp } = await throttled(page, {});
  await page.goto(served.site.url);
  // Waiting in one way for both: what waits is in the page's memory too.
  await page.waitForFunction((tag) => !tag || window.inkling?.debug?.().status === "ready", content === html);
  await page.waitForTimeout(200);
  const { heap, buffers, wasm } = await memory(page, cdp);
  await done();
  return { heap, buffers, wasm };
}

async function timed(page, path = "/") {
  await page.goto(served.site.url + path);
  const { status, code } = await settled(page);
  assert.equal(status, "ready", `no score: ${code}`);
  await page.waitForFunction(() => window.firstScore);
  const [from_navigation, first_paint] = await page.evaluate(() => [window.firstScore, performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN]);
  const steps = Object.fromEntries((await page.evaluate(() => window.inkling.debug().steps)).map(([at, what]) => [what, at]));
  const { verified, ready, told } = steps;
  return { from_navigation_ms: from_navigation, from_loader_ms: told, verified_ms: verified, ready_ms: ready - verified, first_paint_ms: first_paint };
}

/** In the page: when the first score reaches the dataLayer, by the page's own clock. */
function watchScore() {
  let layer;
  Object.defineProperty(window, "dataLayer", {
    get: () => layer,
    set(entries) {
      layer = entries;
      const { push } = entries;
      entries.push = (...added) => {
        if (added.some((entry) => entry?.event === "inkling_score")) window.firstScore ??= performance.now();
        return push.apply(entries, added);
      };
    },
  });
}
