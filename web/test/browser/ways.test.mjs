// The ways to load the tag that `inkling gtm render` writes, as it writes them, in a real browser: a page of one host,
// the loader on another, releases on a third, all three https names that lead to this machine.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Authority, makeRelease } from "../release.mjs";
import { standIn } from "../stand-in.mjs";
import { launch, opened, settled } from "./browser.mjs";
import { hosts } from "./hosts.mjs";

const INKLING = process.env.INKLING_PROGRAM ?? new URL("../../../target/release/inkling", import.meta.url).pathname;
assert.ok(existsSync(INKLING), `${INKLING} is not there: cargo build --release -p batch-service, or name it in INKLING_PROGRAM`);
const SITE = "https://www.northgate.example";
const LOADER = "https://tags.northgate.example/inkling/loader.js";
const BASE = "https://files.northgate.example/release/";

const authority = new Authority();
const release = makeRelease(authority, { stable: { bundle: Buffer.from("INKL a small bundle"), scorer: Buffer.from(standIn()) } });
const folder = mkdtempSync(join(tmpdir(), "inkling-ways-"));
const dist = new URL("../../dist", import.meta.url).pathname;
execFileSync(INKLING, ["gtm", "render", "--out", folder, "--loader", LOADER, "--base", BASE, "--site", "northgate-university", "--root", authority.pin, "--web", dist]);
const rendered = (name) => readFileSync(join(folder, name), "utf8");
const inline = rendered("inkling-inline.html");
const script = rendered("inkling-script.html");
const served = readFileSync(join(folder, "loader.js"));

const world = await hosts("northgate.example");
const browser = await launch({ site: false, flags: world.flags });
after(async () => {
  await browser.close();
  world.close();
  rmSync(folder, { recursive: true });
});

const page = (snippet, before = "") => `<!doctype html><meta charset="windows-1252"><title>A page</title>
<script>window.dataLayer=[]</script>${before}${snippet}<h1>Courses</h1><button onclick="this.textContent='clicked'">Click</button>`;
/** Tag Manager makes the elements of a Custom HTML tag anew, so that their scripts run. */
const byTagManager = (html) => `<script>const html=${JSON.stringify(html).replaceAll("<", "\\u003c")};
const made=document.createElement("div");made.innerHTML=html;
for(const old of made.querySelectorAll("script")){const s=document.createElement("script");for(const {name,value} of old.attributes)s.setAttribute(name,value);s.text=old.text;document.documentElement.append(s)}</script>`;

/** Opens a page; `loader` is what the loader's host answers, `headers` are the page's. */
async function visit(html, { loader = served, cors = true, headers = {}, files = release } = {}) {
  world.answers = {
    "www.northgate.example": () => ({ type: "text/html", body: html, headers }),
    "tags.northgate.example": () => ({ type: "text/javascript", body: loader, headers: cors ? { "access-control-allow-origin": "*" } : {} }),
    "files.northgate.example": (path) => ({ type: "application/octet-stream", body: files.get(path.slice("/release/".length)), headers: { "access-control-allow-origin": "*" } }),
  };
  world.asked.length = 0;
  return opened(browser, SITE);
}

async function scores(html, options) {
  const visitor = await visit(html, options);
  const state = await settled(visitor.page);
  const told = await visitor.page.evaluate(() => window.dataLayer.filter(({ event }) => event === "inkling_score").length);
  assert.deepEqual([state.status, state.code, told > 0, visitor.errors], ["ready", undefined, true, []]);
  await visitor.context.close();
  return world.asked.map((url) => new URL(url).hostname);
}

/** The page is as it was, and nothing of the tag ran. */
async function unharmed(html, options, console) {
  const visitor = await visit(html, options);
  await visitor.page.waitForLoadState("networkidle");
  const found = await visitor.page.evaluate(() => [typeof window.inkling?.debug, window.compiled, window.ran ?? 0, window.dataLayer.length, localStorage.length]);
  assert.deepEqual(found, ["undefined", 0, 0, 0, 0]);
  await visitor.page.click("button");
  assert.equal(await visitor.page.textContent("button"), "clicked");
  assert.deepEqual(visitor.errors, []);
  assert.ok(visitor.said.some((text) => console.test(text)), visitor.said.join("\n"));
  await visitor.context.close();
}

test("inline, in a page: it scores, and the loader's host is never asked", async () => {
  const asked = await scores(page(inline));
  assert.ok(asked.includes("files.northgate.example") && !asked.includes("tags.northgate.example"), asked.join());
});

test("inline, as a Custom HTML tag of Tag Manager, from either file", async () => {
  await scores(page(byTagManager(inline)));
  const container = JSON.parse(rendered("container-inline.json"));
  const [html] = container.containerVersion.tag[0].parameter;
  await scores(page(byTagManager(html.value)));
});

test("inline, under content security policies: with a nonce it scores, without one or with Trusted Types nothing happens", async () => {
  const nonced = (html) => html.replaceAll("<script>", '<script nonce="abc">');
  const policy = "script-src 'nonce-abc' 'wasm-unsafe-eval'; script-src-attr 'unsafe-inline'";
  await scores(nonced(page(inline)), { headers: { "content-security-policy": policy } });
  await unharmed(nonced(page("")).replace("<h1>", `${inline}<h1>`), { headers: { "content-security-policy": policy } }, /Content Security Policy/);
  const types = { "content-security-policy": `${policy}; require-trusted-types-for 'script'` };
  await unharmed(nonced(page(inline)), { headers: types }, /TrustedScript/);
});

test("inline, twice on a page: one tag", async () => {
  const visitor = await visit(page(inline + inline));
  assert.equal((await settled(visitor.page)).status, "ready");
  await visitor.page.waitForTimeout(500);
  assert.equal(await visitor.page.evaluate(() => window.compiled), 1);
  assert.deepEqual(visitor.errors, []);
  await visitor.context.close();
});

test("script: it scores, and the loader is asked for once", async () => {
  const asked = await scores(page(script));
  assert.equal(asked.filter((host) => host === "tags.northgate.example").length, 1);
});

test("script: a loader with one changed byte is refused by the browser, and the page is unharmed", async () => {
  for (const at of [0, served.length >> 1, served.length - 1]) {
    const loader = Buffer.from(served);
    loader[at] ^= 1;
    await unharmed(page(script), { loader }, /integrity/);
  }
  for (const loader of [Buffer.concat([served, Buffer.from("\n")]), served.subarray(1), "window.ran=1", ""]) {
    await unharmed(page(script), { loader }, /integrity/);
  }
});

test("script: a loader's host that does not allow the page's origin is refused, as the document says", async () => {
  await unharmed(page(script), { cors: false }, /CORS|access-control-allow-origin/i);
});

test("script: without integrity the changed loader runs, so that it is the attribute that refuses it", async () => {
  const visitor = await visit(page(script.replace(/ integrity="[^"]*"/, "")), { loader: "window.ran=1" });
  await visitor.page.waitForFunction(() => window.ran === 1);
  await visitor.context.close();
});

test("either way a changed release is refused by the loader", async () => {
  const name = [...release.keys()].find((path) => path.endsWith("bundle.bin"));
  for (const snippet of [inline, script]) {
    const visitor = await visit(page(snippet), { files: new Map(release).set(name, Buffer.from("INKL a changed one")) });
    const { status, code } = await settled(visitor.page);
    assert.deepEqual([status, code === "hash-mismatch" || code === "length-mismatch"], ["off", true]);
    await visitor.context.close();
  }
});
