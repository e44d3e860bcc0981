// What the built page weighs and holds, without a browser.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import { DATA, withData } from "../../dashboard/build.mjs";
import { page, template } from "./page.mjs";

/** Bytes of brotli at its best, with a year of days. */
const LIMIT = 160_000;
const brotli = (text) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

test("a page of a year is within its budget", async () => {
  const empty = brotli(await template());
  for (const state of ["green", "red"]) {
    const size = brotli(await page(state));
    console.log(`${state}: ${size} bytes in brotli, ${empty} without data (limit ${LIMIT})`);
    assert.ok(size <= LIMIT, `${state}: ${size} bytes`);
    assert.ok(size > empty + 10_000, "there is a year in it");
  }
});

test("the policy holds the hashes of the only script and the only style", async () => {
  const built = await template();
  const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const [script, ...scripts] = [...built.matchAll(/<script type="module">(.*?)<\/script>/gs)];
  const [style, ...styles] = [...built.matchAll(/<style>(.*?)<\/style>/gs)];
  assert.deepEqual([scripts.length, styles.length], [0, 0]);
  const policy = built.match(/http-equiv="Content-Security-Policy" content="([^"]*)"/)[1];
  assert.match(policy, /^default-src 'none'; /);
  assert.ok(policy.includes(`script-src ${hash(script[1])};`) && policy.includes(`style-src ${hash(style[1])};`), policy);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  // An attribute would need a policy of its own.
  assert.doesNotMatch(built.replace(/<script.*?<\/script>/gs, ""), / (style|on[a-z]+)="/);
});

test("nothing is loaded from elsewhere", async () => {
  const built = await template();
  const addresses = new Set([...built.matchAll(/\b(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]{2,}[^\s"'`)]*/gi)].map(([address]) => address));
  for (const address of addresses) assert.match(address, /^http:\/\/www\.w3\.org\//, address);
});

test("data cannot end its element", async () => {
  const built = withData(await template(), { site: "</script><script>alert(1)</script><!--", views: {} });
  assert.equal(built.split("</script>").length, (await template()).split("</script>").length);
  assert.equal(built.split(DATA).length, 1);
  const text = built.match(/id="data">(.*?)<\/script>/s)[1];
  assert.equal(JSON.parse(text).site, "</script><script>alert(1)</script><!--");
});
