// The page of docs/INSTALL_TAG.md before and after, with pictures:
// `node test/browser/install.mjs SITE PICTURES`, where SITE holds `public/` and `gtm/` as the document makes them.
// Pastes the script into the page as its last action says, and ends with an error if there is no score.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { launch, settled } from "./browser.mjs";
import { hosts } from "./hosts.mjs";

const [, , site, pictures] = process.argv;
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".json": "application/json" };
const HOST = "www.northgate.example";
const world = await hosts("northgate.example");
const browser = await launch({ site: false, flags: world.flags });
world.answers[HOST] = (path) => {
  const file = path.endsWith("/") ? `${path}index.html` : path;
  try {
    return { type: TYPES[extname(file)] ?? "application/octet-stream", body: readFileSync(join(site, "public", file)) };
  } catch {
    return {};
  }
};
mkdirSync(pictures, { recursive: true });
const { page, errors } = await browser.visitor({ viewport: { width: 960, height: 300 }, colorScheme: "light" });
const picture = (name) => page.screenshot({ path: join(pictures, `install-${name}.png`), animations: "disabled" });

await page.goto(`https://${HOST}/`);
assert.equal(await page.evaluate(() => typeof window.inkling), "undefined");
await picture("before");

const snippet = readFileSync(join(site, "gtm/inkling-script.html"), "utf8");
await page.setContent(`<body style="margin:20px;font:14px/1.5 monospace"><pre style="white-space:pre-wrap;overflow-wrap:anywhere;margin:0"></pre>`);
await page.evaluate((text) => (document.querySelector("pre").textContent = text), snippet);
await page.setViewportSize({ width: 960, height: 180 });
await picture("script");
await page.setViewportSize({ width: 960, height: 300 });

const index = join(site, "public/index.html");
const before = readFileSync(index, "utf8");
assert.ok(before.includes("</head>"));
writeFileSync(index, before.replace("</head>", () => `${snippet}</head>`));
await page.goto(`https://${HOST}/`);
const state = await settled(page);
assert.deepEqual([state.status, state.code, errors], ["ready", undefined, []]);
const told = await page.evaluate(() => window.dataLayer.findLast(({ event }) => event === "inkling_score"));
assert.ok(told && told.inkling_score >= 0 && told.inkling_score <= 1, JSON.stringify(told));

const { status, releaseVersion, modelVersion, session } = state;
const shown = [
  ["inkling.debug()", { status, releaseVersion, modelVersion, session }],
  ["dataLayer", told],
];
await page.evaluate((shown) => {
  const panel = document.createElement("pre");
  panel.style.cssText = "position:fixed;inset:auto 0 0;margin:0;padding:14px 20px;background:#1d2733;color:#e8eef4;font:13px/1.5 monospace;white-space:pre-wrap";
  panel.textContent = shown.map(([what, value]) => `> ${what}\n${JSON.stringify(value, null, 1).replace(/\n\s*/g, " ")}`).join("\n");
  document.body.append(panel);
}, shown);
await picture("after");
await browser.close();
world.close();
console.log(JSON.stringify({ status, told, asked: [...new Set(world.asked)].length }));
