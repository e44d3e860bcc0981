// Clicking through the site: the tag must have seen what the stand-in for gtag would have sent to GA4.
// With CLICKS_OUT=<folder> the visit is also written as tag.json (inputs and score bits) and rows.json (export rows).
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { mapping } from "../../dist/mapping.mjs";
import { launch, scored, settled } from "./browser.mjs";
import { clickThrough } from "./click.mjs";
import { row } from "./rows.mjs";

const CLOCKS_APART_MS = 1500;
const browser = await launch();
after(() => browser.close());

test("a whole visit: same events, scores on every page, nothing thrown", async () => {
  const { page, errors, context } = await browser.visitor();
  // The tag keeps recent events for a page at a time; gather them before each page goes away.
  const tag = [];
  await page.exposeFunction("gather", (recent) => tag.push(...recent));
  await page.addInitScript(() => {
    addEventListener("visibilitychange", () => document.visibilityState === "hidden" && hold(), true);
    addEventListener("pagehide", () => setTimeout(hold));
    function hold() {
      const seen = JSON.parse(sessionStorage.getItem("seen") ?? "[]");
      const recent = window.inkling?.debug?.().recent ?? [];
      sessionStorage.setItem("seen", JSON.stringify([...seen, ...recent.slice(window.held ?? 0)]));
      window.held = recent.length;
    }
    window.hold = hold;
  });
  await clickThrough(page, browser.url, settled);
  const final = await page.evaluate(() => {
    window.hold();
    return { seen: JSON.parse(sessionStorage.getItem("seen")), log: window.demoLog(), layer: window.dataLayer.map((entry) => ({ ...entry })), globals: Object.keys(window).filter((key) => /inkling/i.test(key)) };
  });
  assert.deepEqual(errors, []);
  assert.deepEqual(final.globals.sort(), ["inkling", "inklingConfig"]);
  const { seen, log } = final;
  assert.deepEqual(seen.map(({ strings }) => strings[0]), log.map(({ name }) => name));
  assert.deepEqual(
    [...new Set(log.map(({ name }) => name))].sort(),
    ["application_start", "application_submit", "file_download", "first_visit", "form_start", "form_submit", "generate_lead", "page_view", "scroll", "select_content", "session_start", "sign_up", "user_engagement", "video_start", "view_item", "view_search_results"],
  );
  const language = await page.evaluate(() => navigator.language);
  const rows = seen.map((event, at) => {
    const entry = log[at];
    assert.ok(Math.abs(event.numbers[0] / 1000 - entry.time_ms) < CLOCKS_APART_MS, `${entry.name} at ${at}: time`);
    assert.ok(Math.abs(event.numbers[4] - entry.engaged_ms) < CLOCKS_APART_MS, `${entry.name} at ${at}: engagement`);
    // gtag and tag read their clocks at their own moments; everything else must be equal.
    const [time_ms, engaged_ms] = [event.numbers[0] / 1000, event.numbers[4]];
    const expected = mapping({
      push: ["event", entry.name, entry.params],
      time_ms,
      engaged_ms,
      page_location: entry.url,
      page_referrer: entry.referrer,
      cookie: `_ga=GA1.1.${entry.client}; _ga_DEMO=GS2.1.s${entry.session}$o${entry.number}`,
      stream: "DEMO",
      user_agent: "Mozilla/5.0 (X11; Linux x86_64)",
      language,
      time_zone: "Europe/London",
    });
    assert.deepEqual({ strings: event.strings, numbers: event.numbers }, expected, `${entry.name} at ${at}`);
    return row({ ...entry, time_ms, engaged_ms }, { language });
  });
  const told = final.layer.filter(({ event }) => event === "inkling_score");
  assert.ok(told.length >= 1);
  for (const { inkling_score: score, inkling_band: band, inkling_model_version: model } of told) {
    assert.ok(Math.abs(score * 20 - Math.round(score * 20)) < 1e-9 && ["low", "medium", "high"].includes(band) && model);
  }
  if (process.env.CLICKS_OUT) {
    await mkdir(process.env.CLICKS_OUT, { recursive: true });
    await writeFile(join(process.env.CLICKS_OUT, "tag.json"), JSON.stringify(scored(seen), null, 1));
    await writeFile(join(process.env.CLICKS_OUT, "rows.json"), rows.map((line) => JSON.stringify(line)).join("\n") + "\n");
  }
  await context.close();
});

test("consent: denied leaves nothing, granted again begins anew", async () => {
  const { page, errors, context } = await browser.visitor();
  await page.goto(browser.url + "/");
  assert.equal((await settled(page)).status, "ready");
  await page.waitForFunction(() => localStorage.getItem("inkling_state"), undefined, { timeout: 5000 });
  await page.evaluate(() => window.demoConsent(false));
  const denied = await page.evaluate(() => [window.inkling.debug().code, localStorage.getItem("inkling_state"), document.cookie]);
  assert.deepEqual(denied, ["consent-denied", null, ""]);
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(browser.url + "/fees");
  assert.equal((await settled(page)).code, "consent-denied");
  await page.waitForTimeout(1500);
  assert.equal(await page.evaluate(() => localStorage.getItem("inkling_state")), null);
  assert.deepEqual(requests.filter((url) => url.includes("/release/")), []);
  await page.evaluate(() => window.demoConsent(true));
  await page.waitForFunction(() => window.inkling.debug().status === "ready");
  assert.ok(await page.evaluate(() => window.inkling.debug().session));
  assert.deepEqual(errors, []);
  await context.close();
});

test("a page of an app: history changes are page views, the state goes on over a reload", async () => {
  const { page, errors, context } = await browser.visitor();
  await page.goto(browser.url + "/courses");
  await settled(page);
  await page.evaluate(() => {
    history.pushState({}, "", "/courses?sort=fee");
    history.replaceState({}, "", "/courses?sort=fee#top");
  });
  const { recent } = await page.evaluate(() => window.inkling.debug());
  const views = recent.filter(({ strings }) => strings[0] === "page_view").map(({ strings }) => strings.slice(1, 3));
  assert.deepEqual(views, [[`${browser.url}/courses`, ""], [`${browser.url}/courses?sort=fee`, `${browser.url}/courses`]]);
  const before = await page.evaluate(() => window.inkling.debug().session.score);
  await page.reload();
  const after = await settled(page);
  assert.deepEqual(after.recent.map(({ strings }) => strings[0]), ["page_view"]);
  assert.equal(after.code, undefined);
  if (!browser.real) assert.ok(after.session.score > before);
  assert.deepEqual(errors, []);
  await context.close();
});

test("replay: every score of the batch is reproduced bit for bit", async () => {
  const { page, errors, context } = await browser.visitor();
  await page.goto(browser.url + "/replay/");
  await page.waitForFunction(() => window.replayOutcome, undefined, { timeout: 60_000 });
  const outcome = await page.evaluate(() => window.replayOutcome);
  assert.equal(outcome.code, undefined);
  assert.ok(outcome.compared > 0);
  assert.equal(outcome.equal, outcome.compared);
  assert.deepEqual(errors, []);
  console.log(`replay: ${outcome.equal} of ${outcome.compared} scores equal, ${outcome.micros.toFixed(2)} µs per event`);
  await context.close();
});
