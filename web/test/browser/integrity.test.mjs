// Signatures that Chromium checks by itself: of the loader, by a key in the page's script, and of the files of a release, by
// the online key of the root that the loader trusts. Headers come from the real program.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, opened, settled } from "./browser.mjs";
import { hosts } from "./hosts.mjs";

const { BASE_URL, INKLING_PROGRAM } = process.env;
assert.ok(BASE_URL && INKLING_PROGRAM, "BASE_URL and INKLING_PROGRAM: run by tests/browser.rs");
const SITE = "https://www.northgate.example";
const LOADER = "https://tags.northgate.example/loader.js";
const folder = mkdtempSync(join(tmpdir(), "inkling-integrity-"));
const dist = new URL("../../dist", import.meta.url).pathname;
const inkling = (...words) => JSON.parse(execFileSync(INKLING_PROGRAM, [...words, "--output", "json"], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
const headersOf = (text) => Object.fromEntries(text.trim().split("\n").map((line) => line.split(": ")));
const config = JSON.parse(/inkling\("init",(\{.*\})\)/.exec(await (await fetch(`${BASE_URL}/demo-config.js`)).text())[1]);

/** The script with a key, the loader and the headers of its signature, as `gtm render` writes them. */
function rendered(key, web = dist) {
  const out = mkdtempSync(join(folder, "out-"));
  inkling("gtm", "render", "--out", out, "--loader", LOADER, "--base", "https://files.northgate.example/release/", "--site", config.site, "--root", config.root, "--web", web, "--loader-key", key, "--signed");
  const read = (name) => readFileSync(join(out, name), "utf8");
  return { script: read("inkling-script-key.html"), code: read("loader.js"), headers: headersOf(read("loader.js.sig")) };
}

const key = inkling("release", "keys", "loader", "--root-keys", join(folder, "keys"));
const other = inkling("release", "keys", "loader", "--root-keys", join(folder, "other"));
const ours = rendered(key.file);
const theirs = rendered(other.file);

/** The real release through a host of its own; `change` may edit a file's answer. */
async function bucket(path, change) {
  const answer = await fetch(BASE_URL + path);
  const names = ["unencoded-digest", "signature-input", "signature"].filter((name) => answer.headers.has(name));
  const headers = Object.fromEntries(names.map((name) => [name, answer.headers.get(name)]));
  const file = { type: answer.headers.get("content-type"), body: Buffer.from(await answer.arrayBuffer()), headers: { "access-control-allow-origin": "*", ...headers } };
  if (path.includes("/targets/")) change?.(file);
  return file;
}

let world, browser;
before(async () => {
  world = await hosts("northgate.example");
  browser = await launch({ site: false, flags: world.flags });
});
after(async () => {
  await browser?.close();
  world?.close();
  rmSync(folder, { recursive: true });
});

async function visit({ script = ours.script, code = ours.code, headers = ours.headers, change } = {}) {
  const files = new Map();
  world.answers = {
    "www.northgate.example": () => ({ type: "text/html", body: `<!doctype html><title>A page</title><script>window.dataLayer=[]</script>${script}<button onclick="this.textContent='clicked'">Click</button>`, headers: {} }),
    "tags.northgate.example": () => ({ type: "text/javascript", body: code, headers: { "access-control-allow-origin": "*", ...headers } }),
    "files.northgate.example": async (path, query) => {
      const file = await bucket(path + query, change);
      files.set(path + query, file);
      return file;
    },
  };
  world.asked.length = 0;
  return { ...(await opened(browser, SITE)), files };
}

async function scores(options) {
  const visitor = await visit(options);
  const state = await settled(visitor.page);
  assert.deepEqual([state.status, state.code, visitor.errors], ["ready", undefined, []], visitor.said.join("\n"));
  await visitor.context.close();
  return visitor.files;
}

/** The loader did not run, and the page is as it was. */
async function refused(options) {
  const visitor = await visit(options);
  await visitor.page.waitForLoadState("networkidle");
  assert.deepEqual(await visitor.page.evaluate(() => [typeof window.inkling?.debug, window.compiled, window.ran ?? 0]), ["undefined", 0, 0]);
  await visitor.page.click("button");
  assert.equal(await visitor.page.textContent("button"), "clicked");
  assert.deepEqual(visitor.errors, []);
  assert.match(visitor.said.join("\n"), /integrity|signature|digest/i);
  await visitor.context.close();
}

test("a loader and files with good signatures score, and every file was asked for with its signature", async () => {
  const files = await scores();
  const targets = [...files].filter(([path]) => path.includes("/targets/"));
  assert.ok(targets.length >= 2);
  for (const [path, { headers }] of targets) {
    assert.match(path, /\?[0-9a-f]{8}$/);
    assert.ok(headers.signature && headers["signature-input"] && headers["unencoded-digest"], path);
  }
});

test("a new loader of the same key needs no new page", async () => {
  const code = `${ours.code}\n/* the next one */`;
  const web = mkdtempSync(join(folder, "web-"));
  writeFileSync(join(web, "loader.js"), code);
  const next = rendered(key.file, web);
  assert.equal(next.script, ours.script);
  await scores({ code, headers: next.headers });
  // It is the signature that lets it run.
  await refused({ code });
});

test("a loader that is changed, not signed, or signed by another key does not run", async () => {
  await refused({ code: "window.ran=1" });
  await refused({ code: "window.ran=1", headers: {} });
  await refused({ headers: {} });
  await refused({ headers: theirs.headers });
  await refused({ headers: { ...ours.headers, Signature: theirs.headers.Signature } });
  await refused({ headers: { ...ours.headers, "Unencoded-Digest": ours.headers["Unencoded-Digest"].replace(/=:./, (start) => `=:${start.endsWith("A") ? "B" : "A"}`) } });
});

test("files without or with wrong signatures are refused by the browser, before the loader's own checks", async () => {
  const changes = {
    missing: (file) => (file.headers = { "access-control-allow-origin": "*" }),
    changed: (file) => file.body = Buffer.concat([file.body.subarray(1), file.body.subarray(0, 1)]),
    "of the loader's key": (file) => Object.assign(file.headers, { "signature-input": ours.headers["Signature-Input"], signature: ours.headers.Signature }),
  };
  for (const [what, change] of Object.entries(changes)) {
    const visitor = await visit({ change });
    const { status, code } = await settled(visitor.page);
    assert.deepEqual([status, code, visitor.errors], ["off", "file-unreachable", []], what);
    assert.equal(await visitor.page.evaluate(() => window.compiled), 0, what);
    await visitor.context.close();
  }
});

test("without `signed` the tag asks for no signatures, and its own checks refuse what is changed", async () => {
  const script = ours.script.replace(", signed: true", "");
  assert.notEqual(script, ours.script);
  const files = await scores({ script });
  assert.ok([...files.keys()].every((path) => !path.includes("?")));
  const visitor = await visit({ script, change: (file) => (file.body = Buffer.concat([file.body.subarray(1), file.body.subarray(0, 1)])) });
  assert.equal((await settled(visitor.page)).code, "hash-mismatch");
  await visitor.context.close();
});
