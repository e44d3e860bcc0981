// Inkling's scorer beside m2cgen, ydf-inference and onnxruntime-web with the same trees, from an empty page to scores: JSON.
//   node test/browser/rivals.mjs LOADS BENCH_FOLDER NODE_MODULES
// The folder has what scripts/bench makes. Every load is a new page of a new visitor; engines and conditions take turns.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";
import { begin, engines, warm } from "./engines.mjs";
import { packed } from "./packed.mjs";
import { CONDITIONS, difference, memory, spread, throttled, watchMemories } from "./throttle.mjs";

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
// The clock of an isolated page has 5 microseconds instead of 100.
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const [CHECKED, OPENING, WARM_MS, TOLERANCE] = [500, 20, 1000, 1e-5];

const [loads, bench, npm] = [Number(process.argv[2]), ...process.argv.slice(3)];
const ENGINES = engines({ bench, npm, dist: fileURLToPath(new URL("../../dist", import.meta.url)) });
const { inputs, expected } = await given();
const bodies = new Map();
const downloads = {};
for (const [name, { files, aside = {}, kept }] of Object.entries(ENGINES)) {
  for (const [file, path] of Object.entries({ ...files, ...aside })) bodies.set(`/${file}`, await packed(path, kept));
  downloads[name] = Object.keys(files).reduce((sum, file) => sum + bodies.get(`/${file}`).length, 0);
}
const server = createServer(({ url }, response) => {
  const body = bodies.get(url);
  const headers = body ? { "content-type": TYPES[extname(url)] ?? "application/octet-stream", "content-encoding": "br" } : { "content-type": "text/html" };
  response.writeHead(200, { ...ISOLATED, ...headers }).end(body ?? "<!doctype html>");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await launch({ site: false });
const version = (name) => readFile(join(npm, name, "package.json"), "utf8").then((text) => JSON.parse(text).version);
const found = Object.fromEntries(Object.keys(ENGINES).map((name) => [name, Object.fromEntries(Object.keys(CONDITIONS).map((condition) => [condition, []]))]));
const differences = {};
const names = Object.keys(ENGINES);
for (let load = 0; load < loads; load++) {
  const turn = [...names.slice(load % names.length), ...names.slice(0, load % names.length)];
  for (const condition of Object.keys(CONDITIONS)) for (const name of turn) found[name][condition].push(await once(name, condition));
}
const engineVersions = { "ydf-inference": await version("ydf-inference"), "onnxruntime-web": await version("onnxruntime-web") };
await browser.close();
server.close();
const result = Object.fromEntries(names.map((name) => [
  name,
  {
    version: engineVersions[name],
    download_bytes: downloads[name],
    largest_difference: differences[name],
    memory_bytes: Object.fromEntries(Object.entries(spread(found[name].plain.map(({ held }) => held))).map(([key, { p50 }]) => [key, p50])),
    ...Object.fromEntries(Object.entries(found[name]).map(([condition, all]) => [condition, spread(all.map(({ times }) => times))])),
  },
]));
console.log(JSON.stringify(result));

async function once(name, condition) {
  const { start, takes } = ENGINES[name];
  const { context, page, errors } = await browser.visitor();
  await page.addInitScript(watchMemories);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const { cdp, slow } = await throttled(page, {});
  const mine = inputs[takes];
  const before = await memory(page, cdp);
  await slow(CONDITIONS[condition]);
  const times = await page.evaluate(begin, { source: String(start), inputs: mine.slice(0, OPENING) });
  await slow({});
  const held = difference(await memory(page, cdp), before);
  await slow({ cpu: CONDITIONS[condition].cpu });
  Object.assign(times, await page.evaluate(warm, { inputs: mine, ms: WARM_MS }));
  await slow({});
  if (takes === "rows" && name !== "nothing") await agree(name, page);
  if (errors.length) throw new Error(`${name}: ${errors.join("; ")}`);
  await context.close();
  return { times, held };
}

/** The engine's scores are LightGBM's. */
async function agree(name, page) {
  if (name in differences) return;
  const scores = await page.evaluate(async (rows) => {
    const scores = [];
    for (const row of rows) scores.push(await window.engine.score(row));
    return scores;
  }, inputs.rows.slice(0, CHECKED));
  differences[name] = Math.max(...scores.map((score, at) => Math.abs(score - expected[at])));
  if (!(differences[name] <= TOLERANCE)) throw new Error(`${name}: its scores differ by ${differences[name]} from LightGBM's`);
}

/** Rows from all over the file in a random order, their reference, and the events of visits. */
async function given() {
  const whole = async (file, Type) => new Type((await readFile(join(bench, file))).buffer);
  const width = JSON.parse(await readFile(join(bench, "meta.json"), "utf8")).features.length;
  const [rows, margins] = [await whole("rows.f32", Float32Array), await whole("margins.f64", Float64Array)];
  let seed = 1;
  const picked = Array.from({ length: 2000 }, () => (seed = (seed * 48271) % 2147483647) % margins.length);
  const { visits } = JSON.parse(await readFile(join(bench, "visits.json"), "utf8"));
  const events = visits.flatMap((visit) => visit.events.map(({ strings, numbers }, at) => ({ fresh: at === 0, input: { strings, numbers: numbers.map((n) => n ?? NaN) } })));
  return {
    inputs: { rows: picked.map((at) => Array.from(rows.subarray(at * width, (at + 1) * width))), events: events.slice(0, 2000) },
    expected: picked.map((at) => 1 / (1 + Math.exp(-margins[at]))),
  };
}
