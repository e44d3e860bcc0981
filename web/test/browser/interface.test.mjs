// What a page has of the tag: callback, promise and event; and what it never has: an error, another global, a delay.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { settled } from "./browser.mjs";
import { names, tagged, told } from "./tagged.mjs";

const site = await tagged();
after(() => site.close());
const queue = (calls) => `<script>window.inkling=function(){(inkling.q=inkling.q||[]).push(arguments)};${calls}</script>`;
const happen = (page, count) => page.evaluate((count) => { for (let at = 0; at < count; at++) window.inkling("event", "something"); }, count);

test("a score reaches callbacks asked for before and after, the promise, and the dataLayer alike", async () => {
  const head = queue(`inkling("score",(score)=>(window.early??=[]).push({...score}))`);
  const { page, context, errors } = await site.open({ head });
  const said = await page.evaluate(async () => {
    const heard = { first: await window.inkling.ready(), called: [], commanded: [] };
    window.inkling.onScore((score) => heard.called.push(score));
    window.inkling("score", (score) => heard.commanded.push(score));
    return { ...heard, early: window.early };
  });
  const [entry] = await told(page);
  const score = { score: entry.inkling_score, band: entry.inkling_band };
  assert.deepEqual(said, { first: score, called: [score], commanded: [score], early: [score] });
  await happen(page, 30);
  await page.waitForFunction(() => window.early.length === 2);
  assert.deepEqual((await told(page)).map(({ inkling_band }) => inkling_band), ["low", "high"], "thirty events, one more score");
  assert.deepEqual(errors, []);
  await context.close();
});

test("the band goes on from page to page and does not flap around a threshold", async () => {
  const { page, context } = await site.open({ more: { keep: 99 } });
  // The stand-in's score is n / (n + 6): 0.25 after two events, 0.333 after three, 0.4 after four.
  await happen(page, 1);
  await page.waitForTimeout(1100);
  await happen(page, 1);
  await page.waitForTimeout(1100);
  assert.deepEqual((await told(page)).map(({ inkling_band }) => inkling_band).at(-1), "low", "just past the threshold");
  await happen(page, 1);
  await page.waitForTimeout(2300);
  assert.equal((await told(page)).at(-1).inkling_band, "medium");
  await context.close();
  // Three events, 0.333: past the threshold of 0.3, but not clear of it. What the page before told counts.
  for (const [before, band] of [[0, "low"], [1, "medium"], ["", "medium"]]) {
    const stored = `0.${btoa("\x02\0\0\0")}.${before}`;
    const next = await site.open({ before: (page) => page.addInitScript((stored) => localStorage.setItem("inkling_state", stored), stored) });
    await next.page.waitForFunction(() => window.inkling.debug().session);
    assert.deepEqual(await next.page.evaluate(() => window.inkling.debug().session), { score: 0.35, band });
    await next.context.close();
  }
});

test("where there is no score, the promise ends and debug says why and since when", async () => {
  const denied = `<script>window.dataLayer=[["consent","default",{analytics_storage:"denied"}]]</script>`;
  for (const [options, code] of [[{ head: denied }, "consent-denied"], [{ more: { site: "other" } }, "site-mismatch"], [{ more: { base: "http://127.0.0.1:1/" } }, "release-unreachable"]]) {
    const { page, context, errors } = await site.open(options);
    const { status, code: said, steps, session } = await page.evaluate(() => window.inkling.debug());
    assert.deepEqual([status, said, session], ["off", code, undefined]);
    assert.deepEqual([steps[0][1], steps.at(-1)[1]], ["init", code]);
    assert.ok(steps.every(([ms], at) => ms >= (steps[at - 1]?.[0] ?? 0)));
    assert.equal(await page.evaluate(() => window.inkling.ready()), undefined);
    // A page without consent tells nothing at all.
    const off = code === "consent-denied" ? [] : [{ event: "inkling_off", inkling_code: code }];
    assert.deepEqual([await told(page), errors], [off, []]);
    await context.close();
  }
});

test("nothing is thrown into the page, whatever it says", async () => {
  const head = `<script>window.addEventListener("unhandledrejection",({reason})=>(window.rejected??=[]).push(String(reason)));
    window.dataLayer=[null,7,{event:{}},{get event(){throw Error("theirs")}},["event"],["consent","default",null]]</script>` +
    queue(`inkling();inkling("nonsense",1);inkling("constructor");inkling("score");inkling("score",()=>{throw Error("theirs")});inkling("consent",true);inkling("init")`);
  const { page, context, errors } = await site.open({ head });
  const thrown = await page.evaluate(() => {
    const tries = [
      () => window.inkling(), () => window.inkling("nonsense"), () => window.inkling("init", null), () => window.inkling("event"),
      () => window.inkling("event", Symbol()), () => window.inkling.onScore(), () => window.inkling.onScore(() => { throw Error("theirs"); }),
      () => window.inkling.measure(), () => window.dataLayer.push({ get event() { throw Error("theirs"); } }), () => window.dataLayer.push(),
      () => window.dataLayer.push(Object.create(null), { event: "x", items: { length: -1 } }), () => history.pushState(null, ""),
    ];
    return tries.flatMap((run) => { try { run(); return []; } catch (error) { return [String(error)]; } });
  });
  assert.deepEqual(thrown, []);
  assert.deepEqual([errors, await page.evaluate(() => window.rejected)], [[], undefined]);
  await page.waitForFunction(() => window.inkling.debug().session);
  await context.close();
});

test("init later, and twice; the loader twice: one tag, one score", async () => {
  const { page, context, errors } = await site.open();
  await page.evaluate(() => new Promise((done) => {
    window.inkling("init", { site: "other" });
    const script = document.createElement("script");
    Object.assign(script, { src: "/loader.js", onload: done });
    document.head.append(script);
  }));
  await happen(page, 1);
  await page.waitForTimeout(1100);
  const { steps } = await page.evaluate(() => window.inkling.debug());
  assert.equal(steps.filter(([, what]) => what === "init").length, 1);
  assert.deepEqual([(await told(page)).length, errors], [2, []]);
  await context.close();
});

test("a page of an app: each change of the address is a page view with its referrer; hash and same address are none", async () => {
  const { page, context, errors } = await site.open({ more: { keep: 99 } });
  const seen = await page.evaluate(async () => {
    const back = () => new Promise((done) => (addEventListener("popstate", done, { once: true }), history.back()));
    history.pushState({ a: 1 }, "", "/courses");
    history.replaceState(null, "", "/courses?sort=name");
    history.pushState(null, "", "/courses?sort=name#fees");
    history.pushState(null, "", location.href);
    await back();
    await back();
    await back();
    return window.inkling.debug().recent.map(({ strings: [name, url, from] }) => [name, ...[url, from].map((text) => text.replace(location.origin, ""))]);
  });
  assert.deepEqual(seen, [
    ["page_view", "/", ""],
    ["page_view", "/courses", "/"],
    ["page_view", "/courses?sort=name", "/courses"],
    ["page_view", "/", "/courses?sort=name"],
  ]);
  assert.deepEqual([await names(page).then((list) => list.length), errors], [4, []]);
  await context.close();
});

test("events of gtag, of the dataLayer and of the command count alike; Google's own do not", async () => {
  const head = `<script>window.dataLayer=[];function gtag(){dataLayer.push(arguments)}gtag("event","early",{})</script>`;
  const { page, context } = await site.open({ head, more: { keep: 99 } });
  await page.evaluate(() => {
    gtag("event", "by_gtag", { value: 1 });
    dataLayer.push({ event: "by_layer" }, { event: "gtm.click" }, { event: "inkling_other" }, { ecommerce: {} });
    window.inkling("event", "by_command", { items: [{ price: 3 }] });
  });
  assert.deepEqual(await names(page), ["page_view", "early", "by_gtag", "by_layer", "by_command"]);
  const price = await page.evaluate(() => window.inkling.debug().recent.at(-1).numbers.slice(5, 7));
  assert.deepEqual(price, [1, 3]);
  await context.close();
});

test("nothing is fetched before the page's first paint, however long a style sheet takes", async () => {
  const slow = (page) => page.route("**/slow.css", (route) => setTimeout(() => route.fulfill({ contentType: "text/css", body: "" }), 3000));
  const { page, context } = await site.open({ head: `<link rel="stylesheet" href="/slow.css">`, body: "<p>painted</p>", before: slow });
  const [painted, asked] = await page.evaluate(() => [
    performance.getEntriesByName("first-contentful-paint")[0].startTime,
    performance.getEntriesByType("resource").find(({ name }) => name.endsWith("release.json")).startTime,
  ]);
  // The frame is made then, and on the screen some milliseconds later.
  assert.ok(painted >= 3000 && asked >= painted - 50, `painted after ${painted} ms, asked for a release after ${asked} ms`);
  await context.close();
});
