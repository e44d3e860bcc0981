// Speed in Chromium, on the visits of the replay page: `BASE_URL=… node test/browser/bench.mjs`, result as JSON.
import { readFile } from "node:fs/promises";
import { launch } from "./browser.mjs";

const module = (name) => readFile(new URL(`../../dist/${name}.mjs`, import.meta.url), "utf8");
const COLD_PAGES = 9;
const sources = [await module("verify"), await module("scorer")];
const browser = await launch();

/** A page of its own, isolated: its clock has 5 microseconds instead of 100. */
async function isolated(task) {
  const { page, context } = await browser.visitor();
  await page.route("**/replay/", async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(), "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
    await route.fulfill({ response, headers });
  });
  await page.goto(browser.url + "/replay/");
  await page.waitForFunction(() => window.replayOutcome);
  await page.waitForTimeout(200);
  await page.evaluate(async (sources) => {
    const load = (source) => import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const [{ verify }, { Scorer }] = await Promise.all(sources.map(load));
    const { visits } = await (await fetch("/replay/visits.json")).json();
    const events = visits.map((visit) => visit.events.map(({ strings, numbers }) => ({ strings, numbers: numbers.map((value) => value ?? NaN) })));
    const release = await verify(window.inklingConfig, Date.now());
    window.bench = { events, load: () => Scorer.load(release.scorer, release.bundle) };
  }, sources);
  const result = await page.evaluate(task);
  await context.close();
  return result;
}

/** From the bytes to a scorer that answers, then its first 20 calls, in microseconds each. */
async function cold() {
  const { load, events } = window.bench;
  const opening = events.flat().slice(0, 20);
  const calls = [];
  const start = performance.now();
  const scorer = await load();
  const ready = performance.now() - start;
  for (const event of opening) {
    const before = performance.now();
    scorer.observe(event);
    scorer.score("session");
    calls.push((performance.now() - before) * 1000);
  }
  return { ready, calls };
}

/** Median over blocks of at least 20 ms. */
async function steady() {
  const { load, events } = window.bench;
  const count = events.reduce((sum, visit) => sum + visit.length, 0);
  const scorer = await load();
  const blocks = [];
  for (let block = 0; block < 41; block++) {
    const start = performance.now();
    let passes = 0;
    do {
      for (const visit of events) {
        scorer.reset();
        for (const event of visit) {
          scorer.observe(event);
          scorer.score("session");
        }
      }
      passes++;
    } while (performance.now() - start < 20);
    blocks.push(((performance.now() - start) * 1000) / (passes * count));
  }
  return { count, block: blocks.sort((a, b) => a - b)[20] };
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const round = (value) => Math.round(value * 100) / 100;
const pages = [];
for (let at = 0; at < COLD_PAGES; at++) pages.push(await isolated(cold));
const { count, block } = await isolated(steady);
const perCall = Array.from({ length: 20 }, (_, at) => median(pages.map(({ calls }) => calls[at])));
await browser.close();
console.log(
  JSON.stringify({
    events: count,
    observe_and_score_us_p50: round(block),
    ready_ms_cold_p50: round(median(pages.map(({ ready }) => ready))),
    first_20_us_mean: round(perCall.reduce((sum, call) => sum + call, 0) / 20),
    first_20_us_worst: round(Math.max(...perCall)),
  }),
);
