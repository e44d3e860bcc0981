// The package for npm: packed, installed from what was packed, and every recipe of its README done as it stands.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { after, test } from "node:test";
import { Authority, makeRelease } from "../release.mjs";
import { standIn } from "../stand-in.mjs";
import { launch, settled } from "./browser.mjs";
import { hosts } from "./hosts.mjs";

const at = (path) => new URL(path, import.meta.url).pathname;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript" };
const authority = new Authority();
const release = makeRelease(authority, { stable: { bundle: Buffer.from("INKL a small bundle"), scorer: Buffer.from(standIn()) } });
const folder = mkdtempSync(join(tmpdir(), "inkling-npm-"));
const run = (command, where) => execFileSync("sh", ["-euc", command], { cwd: where, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

// One installation from the tarball, offline: the package needs nothing else.
const [packed] = JSON.parse(run(`npm pack --json --pack-destination "${folder}"`, at("../../dist/npm")));
const site = join(folder, "site");
mkdirSync(site);
writeFileSync(join(site, "package.json"), '{"name":"site","private":true,"type":"module"}');
run(`npm install --offline --no-audit --no-fund "${join(folder, packed.filename)}"`, site);
// The development dependency that the recipes ask for is this folder's.
mkdirSync(join(site, "node_modules/.bin"), { recursive: true });
for (const name of ["esbuild", "@esbuild", ".bin/esbuild"]) symlinkSync(at(`../../node_modules/${name}`), join(site, "node_modules", name));

const world = await hosts("northgate.example");
const browser = await launch({ site: false, flags: world.flags });
world.answers = {
  "files.northgate.example": (path) => ({ type: "application/octet-stream", body: release.get(path.slice("/release/".length)), headers: { "access-control-allow-origin": "*" } }),
  "www.northgate.example": (path) => {
    const file = extname(path) ? path : "/index.html";
    try {
      return { type: TYPES[extname(file)], body: readFileSync(join(site, "public", file)), headers: { "content-security-policy": "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; connect-src https://files.northgate.example" } };
    } catch {
      return {};
    }
  },
};
after(async () => {
  await browser.close();
  world.close();
  rmSync(folder, { recursive: true });
});

/** The README by its headings: the files and commands of each part, in order. */
const parts = Object.fromEntries(
  readFileSync(at("../../npm/README.md"), "utf8").split(/^## /m).slice(1).map((part) => {
    const blocks = [...part.matchAll(/(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n([^]*?)^```$/gm)];
    return [part.split("\n", 1)[0], blocks.map(([, file, language, text]) => ({ file, language, text }))];
  }),
);

/** Does a recipe and opens its page. */
async function recipe(heading) {
  rmSync(join(site, "public"), { recursive: true, force: true });
  const blocks = parts[heading];
  for (const { file, language, text } of blocks) {
    assert.ok(file || language === "sh", `${heading}: a block that is neither a file nor commands`);
    if (!file) continue;
    mkdirSync(dirname(join(site, file)), { recursive: true });
    // What everybody has to fill in.
    writeFileSync(join(site, file), text.replace('root: "…"', `root: "${authority.pin}"`));
  }
  for (const { file, text } of blocks) if (!file) run(text, site);
  for (const { file } of blocks) if (file?.endsWith(".ts")) typechecks(file);
  const visitor = await browser.visitor();
  visitor.logged = [];
  visitor.page.on("console", (message) => visitor.logged.push(message.text()));
  await visitor.page.goto("https://www.northgate.example/");
  return visitor;
}

function typechecks(file) {
  for (const how of ["--module esnext --moduleResolution bundler", "--module nodenext"]) {
    run(`"${at("../../node_modules/.bin/tsc")}" --noEmit --strict --exactOptionalPropertyTypes --skipLibCheck false --types "" --target es2022 --lib es2022,dom,dom.iterable ${how} "${file}"`, site);
  }
}

async function scored({ page, errors }) {
  const state = await settled(page);
  assert.deepEqual([state.status, state.code, errors], ["ready", undefined, []]);
}

test("the package holds what it says and nothing else, and needs nothing", () => {
  const names = packed.files.map(({ path }) => path).filter((path) => !path.startsWith("types/"));
  assert.deepEqual(names.sort(), ["LICENSE", "README.md", "index.mjs", "loader.js", "package.json"]);
  assert.ok(packed.files.filter(({ path }) => path.startsWith("types/")).every(({ path }) => path.endsWith(".d.ts")));
  const manifest = JSON.parse(readFileSync(join(site, "node_modules/inkling-tag/package.json"), "utf8"));
  assert.deepEqual([manifest.dependencies, manifest.scripts, manifest.private, manifest.license], [undefined, undefined, undefined, "Apache-2.0"]);
  assert.deepEqual(readFileSync(join(site, "node_modules/inkling-tag/loader.js")), readFileSync(at("../../dist/loader.js")));
  console.log(`packed ${packed.size} bytes, ${packed.unpackedSize} unpacked`);
});

test("on a server it does nothing", () => {
  const script = 'import { consent, debug, event, onScore, ready, start } from "inkling-tag"; start({}); event("a"); consent(true); onScore(() => {})(); console.log(debug(), await ready(), typeof window)';
  assert.equal(run(`node --input-type=module -e '${script}'`, site), "undefined undefined undefined\n");
});

test("the first lines of the README pass the types, wrong settings do not", () => {
  writeFileSync(join(site, "first.ts"), readFileSync(at("../../npm/README.md"), "utf8").match(/^```ts\n([^]*?)^```$/m)[1].replace("start(", "void [debug, onScore];\nstart("));
  typechecks("first.ts");
  const wrong = ["start({})", 'start({ root: "a", site: "b", environment: "c", base: "/", page_views: true })', "onScore((score) => score.scores)", "debug().status"];
  for (const line of wrong) {
    writeFileSync(join(site, "wrong.ts"), `import { debug, onScore, start } from "inkling-tag";\nvoid [debug, onScore, start];\n${line};\n`);
    assert.throws(() => typechecks("wrong.ts"), (error) => /wrong\.ts\(3,/.test(error.stdout), line);
  }
});

test("A plain page", async () => {
  const visitor = await recipe("A plain page");
  await scored(visitor);
  await visitor.context.close();
});

test("With a bundler: the loader is a part of its own", async () => {
  world.asked.length = 0;
  const visitor = await recipe("With a bundler");
  await scored(visitor);
  const scripts = world.asked.filter((url) => url.startsWith("https://www.") && url.endsWith(".js"));
  assert.equal(scripts.length, 2, scripts.join());
  await visitor.context.close();
});

test("An app of one page: a new address is a new score, and a part that left hears none", async () => {
  const visitor = await recipe("An app of one page");
  await scored(visitor);
  const { page } = visitor;
  const score = () => page.evaluate(() => window.inkling.debug().session.score);
  await page.waitForFunction(() => document.querySelector("output").textContent === "low");
  const before = await score();
  await page.click("#leave");
  for (let i = 1; i <= 12; i++) await page.click("#next").then(() => page.evaluate((i) => history.pushState({}, "", `/page-${i}`), i));
  await page.waitForFunction((before) => window.inkling.debug().session.score > before, before);
  assert.equal(new URL(page.url()).pathname, "/page-12");
  assert.equal(await page.textContent("output"), "low");
  await visitor.context.close();
});

test("Something happens at a score", async () => {
  const visitor = await recipe("Something happens at a score");
  await scored(visitor);
  const { page } = visitor;
  assert.ok(await page.isHidden("#offer"));
  for (let i = 0; i < 20; i++) await page.evaluate((i) => history.pushState({}, "", `/page-${i}`), i);
  await page.waitForSelector("#offer", { state: "visible" });
  for (let i = 0; i < 60 && !visitor.logged.some((text) => text.startsWith("Inkling: ready")); i++) await page.waitForTimeout(100);
  assert.ok(visitor.logged.some((text) => text.startsWith("Inkling: ready")), visitor.logged.join());
  await visitor.context.close();
});

test("events, consent and the first score go through the package, before the tag is there as after it", async () => {
  const visitor = await recipe("A plain page");
  await scored(visitor);
  const { page } = visitor;
  const settings = { root: authority.pin, site: "northgate-university", environment: "prod", base: "https://files.northgate.example/release/", keep: 20 };
  await page.addInitScript(() => (window.dataLayer = [["consent", "default", { analytics_storage: "denied" }]]));
  // A page of its own, whose script says all of it before the tag is there.
  world.answers["www.northgate.example"] = ((site) => (path) => path === "/quiet" ? { type: "text/html", body: "<!doctype html><title>A page</title>" } : site(path))(world.answers["www.northgate.example"]);
  await page.goto("https://www.northgate.example/quiet");
  const found = await page.evaluate(async (settings) => {
    const { consent, debug, event, ready, start } = await import("/inkling/index.mjs");
    event("generate_lead", { value: 3 });
    const first = ready();
    consent("granted");
    start(settings);
    const score = await first;
    event("sign_up");
    const names = debug().recent.map(({ strings }) => strings[0]);
    consent("denied");
    return { band: score.band, again: (await ready()).band, names, code: debug().code };
  }, settings);
  assert.deepEqual([found.band, found.again, found.code], ["low", "low", "consent-denied"]);
  assert.ok(found.names.includes("generate_lead") && found.names.includes("sign_up"), found.names.join());
  assert.deepEqual(visitor.errors, []);
  await visitor.context.close();
});

test("where no release is to be had, ready gives nothing and debug says why", async () => {
  const visitor = await recipe("A plain page");
  await scored(visitor);
  await visitor.page.goto("https://www.northgate.example/quiet");
  const found = await visitor.page.evaluate(async () => {
    const { debug, ready, start } = await import("/inkling/index.mjs");
    start({ root: "0".repeat(64), site: "northgate-university", environment: "prod", base: "https://files.northgate.example/release/" });
    return [await ready(), debug().code];
  });
  assert.deepEqual(found, [undefined, "key-unknown"]);
  await visitor.context.close();
});

test("a page that has the tag already gets no second one; listeners come, fail and go alone", async () => {
  const visitor = await recipe("A plain page");
  await scored(visitor);
  const heard = await visitor.page.evaluate(async () => {
    const { debug, onScore, start } = await import("/inkling/index.mjs?again");
    const before = window.inkling;
    start({ root: "0".repeat(64), site: "other", environment: "prod", base: "/" });
    const heard = [];
    const stop = onScore(({ band }) => {
      heard.push(`one ${band}`);
      stop();
    });
    onScore(() => {
      throw new Error("a page's own mistake");
    });
    onScore(({ band }) => heard.push(`three ${band}`));
    await new Promise((done) => setTimeout(done));
    const late = [];
    const end = onScore(() => late.push("late"));
    late.push("returned");
    await new Promise((done) => setTimeout(done));
    end();
    history.pushState({}, "", "/elsewhere");
    await new Promise((done) => setTimeout(done, 500));
    return { same: before === window.inkling, status: debug().status, heard: heard.slice(0, 2), ones: heard.filter((text) => text.startsWith("one")).length, late };
  });
  assert.deepEqual(heard, { same: true, status: "ready", heard: ["one low", "three low"], ones: 1, late: ["returned", "late"] });
  assert.ok(visitor.errors.every((text) => text.includes("a page's own mistake")), visitor.errors.join());
  await visitor.context.close();
});
