// node test/browser/wycheproof.mjs VECTORS: how many signatures the page's own check judges as they are marked, in Node
// and in Chromium.
import { readFile } from "node:fs/promises";
import { ed25519 } from "../../dist/ed25519.mjs";
import { launch } from "./browser.mjs";
import { origins } from "./origins.mjs";

const vectors = JSON.parse(await readFile(process.argv[2], "utf8"));
const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const entry = (key) => ({ keytype: "ed25519", scheme: "ed25519", keyval: { public: key } });
let right = 0;
for (const { key, message, signature, valid } of vectors) {
  if ((await ed25519(entry(key), bytes(signature), bytes(message))) === valid) right++;
}
console.log(`node: ${right} of ${vectors.length}`);

const browser = await launch({ site: false });
const world = await origins();
world.page.html = "<!doctype html><title>Signatures</title>";
const { page } = await browser.visitor();
await page.goto(world.site.url);
const source = await readFile(new URL("../../dist/ed25519.mjs", import.meta.url), "utf8");
const counted = await page.evaluate(
  async ([source, vectors]) => {
    const { ed25519 } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    let right = 0;
    for (const { key, message, signature, valid } of vectors) {
      const entry = { keytype: "ed25519", scheme: "ed25519", keyval: { public: key } };
      if ((await ed25519(entry, bytes(signature), bytes(message))) === valid) right++;
    }
    return right;
  },
  [source, vectors],
);
console.log(`chromium: ${counted} of ${vectors.length}`);
await browser.close();
world.close();
