// Scores visits of the batch again, in Node or in Chromium, and compares every bit:
//   node test/parity.mjs --visits visits.ndjson --bundle model.bin --scorer scorer.wasm|scorer.js [--browser]
// One visit per line, each as on the replay page: {user, session, state?, events, scores}. `--visits` and `--bundle` may be
// given several times: the visits of each bundle, in one browser, a line of counts each. Exit code 4 when any differs.
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { rescore } from "../dist/rescore.mjs";
import { Scorer } from "../dist/scorer.mjs";
import { launch } from "./browser/browser.mjs";

const CHUNK = 500;
const { values: options } = parseArgs({
  options: {
    visits: { type: "string", multiple: true },
    bundle: { type: "string", multiple: true },
    scorer: { type: "string" },
    browser: { type: "boolean" },
  },
});

/** Counts of a list of visits; runs here and, as text, in the page. */
function compare(list, scorer, rescore) {
  const sum = { visits: list.length, events: 0, compared: 0, equal: 0, refused: 0, different: [] };
  for (const visit of list) {
    const result = rescore(scorer, visit);
    sum.events += visit.events.length;
    sum.compared += visit.scores.length;
    sum.equal += result.equal;
    sum.refused += result.refused;
    for (const difference of result.different) sum.different.push({ user: visit.user, session: visit.session, ...difference });
  }
  sum.different.splice(5);
  return sum;
}

/** Exports of the scorer as JavaScript: it leaves them on its script element. */
function scripted(source) {
  const document = { currentScript: {} };
  new Function("document", source)(document);
  return document.currentScript.scorer;
}

async function inNode(wasm) {
  const script = options.scorer.endsWith(".js");
  let scorer;
  return {
    // What is no WebAssembly is refused, as by a page that forbids it.
    load: async (bundle) => (scorer = await Scorer.load(wasm, bundle, script ? async () => scripted(String(wasm)) : undefined)),
    run: (list) => compare(list, scorer, rescore),
    close() {},
  };
}

async function inBrowser(wasm) {
  const browser = await launch({ site: false });
  const { page } = await browser.visitor();
  const source = (name) => readFile(new URL(`../dist/${name}.mjs`, import.meta.url), "base64");
  await page.evaluate(
    async ([scorerSource, rescoreSource, wasm, compareSource]) => {
      const load = (text) => import(`data:text/javascript;base64,${text}`);
      const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      const [{ Scorer }, { rescore }] = await Promise.all([load(scorerSource), load(rescoreSource)]);
      const compare = new Function(`return ${compareSource}`)();
      let scorer;
      window.load = async (bundle) => void (scorer = await Scorer.load(bytes(wasm), bytes(bundle)));
      window.run = (list) => compare(list, scorer, rescore);
    },
    [await source("scorer"), await source("rescore"), wasm.toString("base64"), String(compare)],
  );
  return {
    load: (bundle) => page.evaluate((text) => window.load(text), bundle.toString("base64")),
    run: (list) => page.evaluate((text) => window.run(JSON.parse(text)), JSON.stringify(list)),
    close: () => browser.close(),
  };
}

/** The counts of a bundle's visits. */
async function all(host, visits, bundle) {
  await host.load(await readFile(bundle));
  const total = { runtime: options.browser ? "chromium" : "node", visits: 0, events: 0, compared: 0, equal: 0, refused: 0, different: [] };
  const add = async (list) => {
    const part = await host.run(list);
    for (const key of ["visits", "events", "compared", "equal", "refused"]) total[key] += part[key];
    total.different.push(...part.different);
  };
  let chunk = [];
  for await (const line of createInterface({ input: createReadStream(visits) })) {
    if (line) chunk.push(JSON.parse(line));
    if (chunk.length === CHUNK) await add(chunk.splice(0));
  }
  await add(chunk);
  total.different.splice(20);
  return total;
}

if (options.visits.length !== options.bundle.length) throw new Error("one --bundle for each --visits");
const host = await (options.browser ? inBrowser : inNode)(await readFile(options.scorer));
let good = true;
for (const [at, visits] of options.visits.entries()) {
  const total = await all(host, visits, options.bundle[at]);
  console.log(JSON.stringify(total));
  good &&= total.compared > 0 && total.equal === total.compared && total.refused === 0;
}
await host.close();
process.exitCode = good ? 0 : 4;
