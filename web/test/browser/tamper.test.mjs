// A release with any byte changed gives no score, a stable code and an unharmed page: by the tag's own checks, without the
// browser's signatures in front of them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { countCompilations, launch, settled } from "./browser.mjs";

const browser = await launch();
after(() => browser.close());

const config = await (async () => {
  const { page, context } = await browser.visitor();
  await page.goto(browser.url + "/");
  await settled(page);
  const config = await page.evaluate(() => window.inklingConfig);
  await context.close();
  return { ...config, signed: false };
})();

/** The published bytes: path under the release base -> bytes. */
async function published() {
  const take = async (path) => Buffer.from(await (await fetch(`${browser.url}/release/${path}`)).arrayBuffer());
  const pointer = await take("release.json");
  const { targets } = JSON.parse(JSON.parse(pointer).targets).signed;
  const files = { "release.json": pointer };
  for (const name of ["bundle.bin", "scorer.wasm"]) {
    const folder = `inkling/${config.site}/${config.environment}/stable/`;
    const path = `targets/${folder}${targets[folder + name].hashes.sha256}.${name}`;
    files[path] = await take(path);
  }
  return files;
}

const release = await published();
const [manifest, bundle, scorer] = Object.keys(release);

test("every byte of manifest, bundle and wasm, flipped in turn, is refused in the browser", { timeout: 900_000 }, async () => {
  const { page, errors, context } = await browser.visitor();
  await page.goto(browser.url + "/");
  await settled(page);
  const source = await readFile(new URL("../../dist/verify.mjs", import.meta.url), "utf8");
  const started = Date.now();
  const codes = await page.evaluate(
    async ([source, paths, config]) => {
      const { verify } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
      const files = {};
      for (const path of paths) files[path] = new Uint8Array(await (await fetch(config.base + path)).arrayBuffer());
      const outcome = async (changedPath, changed) => {
        const get = async (url) => {
          const path = url.slice(config.base.length);
          return path === changedPath ? changed : files[path];
        };
        return verify(config, Date.now(), {}, get).then(
          (release) => (JSON.stringify(release) === same ? "taken" : "another release"),
          (error) => error.code ?? String(error),
        );
      };
      const same = JSON.stringify(await verify(config, Date.now(), {}, async (url) => files[url.slice(config.base.length)]));
      const counts = { whole: { [await outcome("", undefined)]: 1 } };
      for (const path of paths) {
        const count = (counts[path] = {});
        const one = async (at) => {
          const changed = files[path].slice();
          changed[at] ^= 1 << at % 8;
          const code = await outcome(path, changed);
          count[code] = (count[code] ?? 0) + 1;
        };
        let next = 0;
        const worker = async () => {
          while (next < files[path].length) await one(next++);
        };
        await Promise.all(Array.from({ length: 8 }, worker));
      }
      return counts;
    },
    [source, Object.keys(release), config],
  );
  assert.deepEqual(codes.whole, { taken: 1 });
  const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);
  for (const path of Object.keys(release)) assert.equal(sum(codes[path]), release[path].length);
  assert.deepEqual(codes[bundle], { "hash-mismatch": release[bundle].length });
  assert.deepEqual(codes[scorer], { "hash-mismatch": release[scorer].length });
  // A digit of a signature may change its case, and a name that nobody reads may change: what was signed is the same.
  const { taken = 0, ...others } = codes[manifest];
  assert.ok(taken < release[manifest].length / 10, `${taken}`);
  const known = ["hash-mismatch", "key-unknown", "length-mismatch", "release-malformed", "signature-invalid"];
  assert.deepEqual(Object.keys(others).filter((code) => !known.includes(code)), []);
  assert.deepEqual(errors, []);
  const total = Object.values(release).reduce((all, bytes) => all + bytes.length, 0);
  console.log(`tamper: ${total} flipped bytes refused in ${((Date.now() - started) / 1000).toFixed(1)} s`, JSON.stringify(codes[manifest]));
  await context.close();
});

const flip = (at) => (bytes) => {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed[at < 0 ? changed.length + at : at] ^ 4, at < 0 ? changed.length + at : at);
  return changed;
};
const edited = (edit) => (bytes) => {
  const json = JSON.parse(bytes);
  edit(json);
  return Buffer.from(JSON.stringify(json));
};
const unsigned = (text) => JSON.stringify({ ...JSON.parse(text), signatures: [] });
const cases = [
  ["first byte of the manifest", manifest, flip(0), "release-malformed"],
  ["no pinned root", manifest, edited((json) => (json.roots = [])), "key-unknown"],
  ["an unsigned timestamp", manifest, edited((json) => (json.timestamp = unsigned(json.timestamp))), "signature-invalid"],
  ["unsigned targets", manifest, edited((json) => (json.targets = unsigned(json.targets))), "length-mismatch"],
  ["last byte of the manifest", manifest, flip(-1), "release-malformed"],
  ["a manifest that is a page", manifest, () => Buffer.from("<!doctype html><title>404</title>"), "release-malformed"],
  ["no manifest", manifest, undefined, "release-unreachable"],
  ["first byte of the bundle", bundle, flip(0), "hash-mismatch"],
  ["last byte of the bundle", bundle, flip(-1), "hash-mismatch"],
  ["short bundle", bundle, (bytes) => bytes.subarray(0, -1), "length-mismatch"],
  ["endless bundle", bundle, (bytes) => Buffer.concat([bytes, Buffer.alloc(5_000_000)]), "length-mismatch"],
  ["no bundle", bundle, undefined, "file-unreachable"],
  ["first byte of the wasm", scorer, flip(0), "hash-mismatch"],
  ["last byte of the wasm", scorer, flip(-1), "hash-mismatch"],
  ["no wasm", scorer, undefined, "file-unreachable"],
];

/** Loads a page with `prepare` in force; nothing may be compiled, thrown or told, and the page must still work. */
async function refused(prepare, code) {
  const { page, errors, context } = await browser.visitor();
  await countCompilations(page);
  await prepare(page);
  await page.goto(browser.url + "/courses/law");
  const state = await settled(page);
  assert.equal(state.code, code);
  assert.equal(state.session, undefined);
  const harm = await page.evaluate(() => ({ compiled: window.compiled, told: window.dataLayer.filter(({ event }) => event === "inkling_score").length, stored: [localStorage.getItem("inkling_state"), localStorage.getItem("inkling_release")] }));
  assert.deepEqual(harm, { compiled: 0, told: 0, stored: [null, null] });
  const panel = page.locator("aside[aria-label='Inkling score']");
  await panel.locator(".code strong").waitFor();
  assert.equal(await panel.locator(".code strong").textContent(), code);
  await page.click(".top a[href='/fees']");
  await page.waitForURL("**/fees");
  await page.locator(".sum output").waitFor();
  assert.deepEqual(errors, []);
  await context.close();
}

const configured = (edit) => (page) =>
  page.route("**/demo-config.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${await response.text()};(${edit})(window.inkling.q[0][1])` });
  });

for (const [name, path, change, code] of cases) {
  test(`full page: ${name} -> ${code}`, async () => {
    await refused(
      async (page) => {
        await configured((config) => (config.signed = false))(page);
        await page.route(`**/release/${path}`, (route) =>
          change ? route.fulfill({ status: 200, body: change(release[path]) }) : route.fulfill({ status: 404, body: "" }),
        );
      },
      code,
    );
  });
}

test("full page: another site, environment or key is refused", async () => {
  await refused(configured((config) => (config.site = "southgate")), "site-mismatch");
  await refused(configured((config) => (config.environment = "staging")), "site-mismatch");
  await refused(configured((config) => (config.root = "0".repeat(64))), "key-unknown");
});

test("full page: an expired release is refused", async () => {
  await refused((page) => page.clock.setFixedTime(new Date(Date.now() + 4000 * 864e5)), "expired");
});

test("full page: without WebCrypto there is no score", async () => {
  await refused((page) => page.addInitScript(() => Object.defineProperty(crypto, "subtle", { value: undefined })), "no-webcrypto");
});
