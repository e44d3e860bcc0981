// Speed in Chromium, on the visits of the replay page: `BASE_URL=… node test/browser/bench.mjs`, result as JSON.
import { readFile } from "node:fs/promises";
import { launch } from "./browser.mjs";

const module = (name) => readFile(new URL(`../../dist/${name}.mjs`, import.meta.url), "utf8");
const browser = await launch();
const { page } = await browser.visitor();
await page.goto(browser.url + "/replay/");
const config = await page.evaluate(() => window.inklingConfig);
const result = await page.evaluate(
  async ([verifySource, scorerSource, config]) => {
    const load = (source) => import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const [{ verify }, { Scorer }] = [await load(verifySource), await load(scorerSource)];
    const { visits } = await (await fetch("/replay/visits.json")).json();
    const events = visits.map((visit) => visit.events.map(({ strings, numbers }) => ({ strings, numbers: numbers.map((value) => value ?? NaN) })));
    const count = events.reduce((sum, visit) => sum + visit.length, 0);
    const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
    const pass = (scorer, list) => {
      for (const visit of list) {
        scorer.restore(new Uint8Array(0));
        for (const event of visit) {
          scorer.observe(event);
          scorer.score("session");
        }
      }
    };

    // From the bytes to a scorer that answers, and what its first 20 calls cost; each with a scorer of its own.
    const release = await verify(config, Date.now());
    const opening = events.flat().slice(0, 20);
    const ready = [];
    const first = [];
    for (let round = 0; round < 30; round++) {
      const start = performance.now();
      const scorer = await Scorer.load(release.scorer, release.bundle);
      const loaded = performance.now();
      pass(scorer, [opening]);
      ready.push(loaded - start);
      first.push(((performance.now() - loaded) * 1000) / opening.length);
    }
    // Blocks of at least 20 ms, because the browser rounds its clock.
    const scorer = await Scorer.load(release.scorer, release.bundle);
    const blocks = [];
    for (let block = 0; block < 41; block++) {
      const start = performance.now();
      let passes = 0;
      do {
        pass(scorer, events);
        passes++;
      } while (performance.now() - start < 20);
      blocks.push(((performance.now() - start) * 1000) / (passes * count));
    }
    return {
      events: count,
      ready_ms_cold: ready[0],
      ready_ms_p50: median(ready.slice(1)),
      first_20_us_each_cold: first[0],
      first_20_us_each_p50: median(first.slice(1)),
      observe_and_score_us_p50: median(blocks),
    };
  },
  [await module("verify"), await module("scorer"), config],
);
await browser.close();
console.log(JSON.stringify(result, null, 1));
