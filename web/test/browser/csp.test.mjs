// Pages with a strict content security policy: WebAssembly allowed, refused with a fallback, refused without one.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Authority, makeRelease } from "../release.mjs";
import { standIn } from "../stand-in.mjs";
import { toScript } from "../../wasm2js.mjs";
import { launch, settled } from "./browser.mjs";
import { origins, pageOf } from "./origins.mjs";

const browser = await launch({ site: false });
const world = await origins();
after(() => Promise.all([browser.close(), world.close()]));

const authority = new Authority();
const scorer = Buffer.from(standIn());
const stable = { bundle: Buffer.from("INKL a small bundle"), scorer };
const fallback = Buffer.from(await toScript(scorer));
const both = makeRelease(authority, { stable: { ...stable, fallback } });
const alone = makeRelease(authority, { stable });
const TRUSTED = "require-trusted-types-for 'script'; trusted-types inkling";

/** A nonce for the page's own two scripts, the loader by 'strict-dynamic' or by its origin, the release by its origin. */
const policy = (scripts, more = "") =>
  `default-src 'none'; script-src 'nonce-abc' 'self' ${scripts}; connect-src ${world.bucket.url}; ${more}`;

async function visit(files, csp, more) {
  const visitor = await browser.visitor();
  const violations = [];
  visitor.page.on("console", (message) => message.type() === "error" && violations.push(message.text()));
  world.files.current = files;
  world.page.headers = { "content-security-policy": csp };
  const settings = { root: authority.pin, site: "northgate-university", environment: "prod", base: `${world.bucket.url}/release/`, ...more };
  world.page.html = pageOf(settings).replaceAll("<script", "<script nonce=abc").replace(/ onclick="[^"]*"/, "");
  await visitor.page.goto(world.site.url);
  const state = await settled(visitor.page);
  const left = await visitor.page.evaluate(() => document.querySelectorAll("script[integrity]").length);
  const globals = await visitor.page.evaluate(() => Object.keys(window).filter((name) => /inkling|scorer|wasm/i.test(name)));
  assert.deepEqual([left, globals, visitor.errors], [0, ["inkling"], []]);
  await visitor.context.close();
  return { status: state.status, code: state.code, score: state.session?.score, violations };
}

test("WebAssembly is allowed: 'wasm-unsafe-eval' is all that it needs", async () => {
  const found = await visit(both, policy("'wasm-unsafe-eval'"));
  assert.deepEqual([found.status, found.code, found.violations], ["ready", undefined, []]);
});

test("WebAssembly is refused: the fallback gives the same score", async () => {
  const wasm = await visit(both, policy("'wasm-unsafe-eval'"));
  const script = await visit(both, policy(world.bucket.url));
  assert.deepEqual([script.status, script.code, script.score], ["ready", undefined, wasm.score]);
  assert.ok(script.score > 0);
});

test("WebAssembly is refused and the page lets only trusted scripts add others", async () => {
  const found = await visit(both, policy("'strict-dynamic'"));
  assert.deepEqual([found.status, found.code], ["ready", undefined]);
});

test("Trusted Types: the loader needs one policy, named inkling", async () => {
  assert.equal((await visit(both, policy("'wasm-unsafe-eval'", TRUSTED))).status, "ready");
  assert.equal((await visit(both, policy(world.bucket.url, TRUSTED))).status, "ready");
  const refused = await visit(both, policy(world.bucket.url, "require-trusted-types-for 'script'; trusted-types other"));
  assert.deepEqual([refused.status, refused.code], ["off", "wasm-refused"]);
});

test("WebAssembly is refused and there is no fallback: no score, and a code", async () => {
  const found = await visit(alone, policy(world.bucket.url));
  assert.deepEqual([found.status, found.code, found.score], ["off", "wasm-refused", undefined]);
});

test("a fallback that does not end is given up, with a code", async () => {
  const path = [...both.keys()].find((name) => name.endsWith("scorer.js"));
  const endless = (response) => {
    response.writeHead(200, { "content-type": "text/javascript" });
    const more = setInterval(() => (response.destroyed ? clearInterval(more) : response.write("/* */\n")), 50);
  };
  const found = await visit(new Map(both).set(path, endless), policy(world.bucket.url));
  assert.deepEqual([found.status, found.code], ["off", "wasm-refused"]);
});

test("a fallback with another byte does not run", async () => {
  const path = [...both.keys()].find((name) => name.endsWith("scorer.js"));
  const changed = new Map(both).set(path, Buffer.concat([fallback, Buffer.from("\nwindow.taken = 1;")]));
  const found = await visit(changed, policy(world.bucket.url));
  assert.deepEqual([found.status, found.code], ["off", "wasm-refused"]);
});

test("the bucket is not among the page's origins: no score, and a code", async () => {
  const found = await visit(both, policy("'wasm-unsafe-eval'").replace(/connect-src [^;]*/, "connect-src 'self'"));
  assert.deepEqual([found.status, found.code], ["off", "release-unreachable"]);
});
