// Inkling's scorer beside m2cgen's JavaScript of the same trees: one start each, as JSON.
//   node test/browser/peers.mjs node m2cgen|inkling FOLDER      one fresh process
//   node test/browser/peers.mjs chromium LOADS FOLDER           so many fresh pages of each, by turns
// FOLDER has m2cgen.js, meta.json, rows.f32, bundle.bin and visits.json, as scripts/bench makes them.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { inkling, m2cgen, summary } from "./contenders.mjs";

const [where, what, folder] = process.argv.slice(2);
const dist = (name) => new URL(`../../dist/${name}`, import.meta.url);
const files = {
  "m2cgen.js": join(folder, "m2cgen.js"),
  "rows.f32": join(folder, "rows.f32"),
  "meta.json": join(folder, "meta.json"),
  "bundle.bin": join(folder, "bundle.bin"),
  "visits.json": join(folder, "visits.json"),
  "scorer.wasm": dist("scorer.wasm"),
  "scorer.mjs": dist("scorer.mjs"),
};
const MEASURED = { m2cgen, inkling };
const SINGLES = 20_000;

if (where === "node") {
  const read = async (name) => readFile(files[name]);
  const text = async (name) => (await read(name)).toString();
  const rows = await read("rows.f32");
  const given = {
    singles: SINGLES,
    group: 1,
    ...(what === "m2cgen"
      ? { code: await text("m2cgen.js"), rows: new Float32Array(rows.buffer, rows.byteOffset, rows.length / 4), width: JSON.parse(await text("meta.json")).features.length }
      : { module: await import(files["scorer.mjs"]), wasm: new Uint8Array(await read("scorer.wasm")), bundle: new Uint8Array(await read("bundle.bin")), visits: JSON.parse(await text("visits.json")).visits }),
  };
  console.log(JSON.stringify(summary(await MEASURED[what](given))));
} else {
  console.log(JSON.stringify(await inChromium(Number(what))));
}

async function inChromium(loads) {
  const { launch } = await import("./browser.mjs");
  const server = createServer(async (request, response) => {
    const name = request.url.slice(1);
    // Isolated pages have a clock of 5 microseconds instead of 100.
    const headers = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp", "content-type": name ? (name.endsWith("js") ? "text/javascript" : "application/octet-stream") : "text/html" };
    response.writeHead(200, headers).end(name in files ? await readFile(files[name]) : "<!doctype html>");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const browser = await launch({ site: false });
  const found = { m2cgen: [], inkling: [] };
  for (let load = 0; load < loads; load++) {
    for (const name of load % 2 ? ["inkling", "m2cgen"] : ["m2cgen", "inkling"]) {
      const { context, page } = await browser.visitor();
      await page.goto(url);
      found[name].push(summary(await page.evaluate(inPage, [name, String(MEASURED[name]), SINGLES])));
      await context.close();
    }
  }
  await browser.close();
  server.close();
  return found;
}

/** Fetches first, so that only what follows is timed. */
async function inPage([name, source, singles]) {
  const measure = new Function(`return ${source}`)();
  const bytes = async (name) => (await fetch(`/${name}`)).arrayBuffer();
  const json = async (name) => (await fetch(`/${name}`)).json();
  const common = { singles, group: 20 };
  if (name === "m2cgen") {
    const code = await (await fetch("/m2cgen.js")).text();
    return measure({ ...common, code, rows: new Float32Array(await bytes("rows.f32")), width: (await json("meta.json")).features.length });
  }
  const [wasm, bundle] = [new Uint8Array(await bytes("scorer.wasm")), new Uint8Array(await bytes("bundle.bin"))];
  return measure({ ...common, module: await import("/scorer.mjs"), wasm, bundle, visits: (await json("visits.json")).visits });
}
