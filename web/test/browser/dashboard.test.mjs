// The dashboard in Chromium, in every state: what it draws, what it lets in, who can use it, how fast it is there.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import { withData } from "../../dashboard/build.mjs";
import { VIEWS } from "../dashboard/columns.mjs";
import { chance, fixture, STATES } from "../dashboard/fixture.mjs";
import { template } from "../dashboard/page.mjs";
import { launch } from "./browser.mjs";

/** Milliseconds from the start of the navigation to the first paint that shows something, median. */
const FIRST_PAINT_MS = 1000;
const LOADS = 5;
const SCHEMES = ["light", "dark"];
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

let browser;
let server;
let built;
const pages = new Map();

before(async () => {
  built = await template();
  browser = await launch({ site: false });
  server = createServer((request, response) => {
    const body = pages.get(new URL(request.url, "http://x").pathname);
    response.writeHead(body ? 200 : 404, { "content-type": "text/html; charset=utf-8", "content-encoding": "br" });
    response.end(body ?? brotliCompressSync(""));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await browser.close();
  server.close();
});

/** Opens a document's page; `said` collects errors, and what the policy refused. */
async function open(document, { now = "2026-11-25T09:00:00Z", ...options } = {}) {
  const path = `/${pages.size}`;
  pages.set(path, brotliCompressSync(withData(built, document), QUALITY));
  const { page, context, errors } = await browser.visitor({ reducedMotion: "reduce", ...options });
  if (now) await page.clock.setFixedTime(now);
  const said = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && said.push(message.text()));
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  const url = `http://127.0.0.1:${server.address().port}${path}`;
  await page.goto(url);
  await page.waitForFunction(() => document.documentElement.dataset.ready);
  return { page, context, errors, said, asked, url };
}

async function openAll(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  await page.waitForFunction(() => [...document.querySelectorAll("details")].every((details) => details.childElementCount > 1));
}

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
async function violations(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.ok(found.passes.length > 10, "axe has looked");
  return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

for (const state of STATES) {
  for (const colorScheme of SCHEMES) {
    test(`${state}, ${colorScheme}: drawn without an error, nothing for axe to find, closed and opened`, async () => {
      const { page, context, errors, said, asked, url } = await open(fixture(state), { colorScheme });
      assert.deepEqual([errors, said], [[], []]);
      assert.deepEqual(asked, [url], "the page asks for nothing");
      assert.equal(await page.evaluate(() => document.documentElement.dataset.ready), "yes");
      assert.equal(await page.locator("section").count(), 7);
      assert.equal(await page.locator(".broken").count(), 0);
      const drawn = await page.locator("svg.plot[role=img]").count();
      assert.ok(state === "empty" ? drawn === 0 : drawn > 5, `${drawn} charts`);
      if (process.env.DASHBOARD_PICTURES) {
        await mkdir(process.env.DASHBOARD_PICTURES, { recursive: true });
        await page.screenshot({ path: join(process.env.DASHBOARD_PICTURES, `${state}-${colorScheme}.png`), fullPage: true });
      }
      await context.close();
      // A second look without the policy, which would keep axe itself out.
      const free = await open(fixture(state), { colorScheme, bypassCSP: true });
      assert.deepEqual(await violations(free.page), []);
      await free.context.close();
      // Opened, with fewer days: tables of a year are thousands of cells, all alike.
      free.page = (await open(fixture(state, { days: 21 }), { colorScheme, bypassCSP: true })).page;
      await openAll(free.page);
      assert.deepEqual(await violations(free.page), []);
      await free.page.context().close();
    });
  }
}

test("a status is a word and a shape, and each status has its own", async () => {
  const badges = [];
  for (const state of ["amber", "red", "grey"]) {
    const { page, context } = await open(fixture(state));
    badges.push(...(await page.locator(".badge").evaluateAll((all) => all.map((one) => [one.className.replace("badge ", ""), one.textContent, [...one.querySelectorAll("path")].map((path) => path.getAttribute("d")).join()]))));
    // The ways and the headline have the shape alone: the word is there for those who do not see it.
    for (const text of await page.locator("nav a, .headline").allInnerTexts()) assert.match(text, /./);
    for (const text of await page.locator("nav a, .headline").allTextContents()) assert.match(text, /(Good|Watch|Alert|Not enough data yet)/);
    await context.close();
  }
  const words = new Map(badges.map((badge) => [badge[0], badge[1]]));
  assert.deepEqual([...words].sort(), [["amber", "Watch"], ["green", "Good"], ["grey", "Not enough data yet"], ["red", "Alert"]]);
  const shapes = new Map(badges.map((badge) => [badge[0], badge[2]]));
  assert.equal(new Set(shapes.values()).size, 4, "a shape for each");
  for (const [status, word, shape] of badges) assert.deepEqual([word, shape], [words.get(status), shapes.get(status)]);
});

test("every chart has a question, an answer, a table and SQL; a screen reader hears the answer", async () => {
  const { page, context } = await open(fixture("amber"));
  await openAll(page);
  const panels = await page.locator("article").evaluateAll((all) =>
    all.map((panel) => ({
      question: panel.querySelector("h3").textContent,
      answer: panel.querySelector(".answer").textContent,
      rows: panel.querySelectorAll("tbody tr").length,
      sql: panel.querySelector("pre")?.textContent ?? "",
      view: panel.querySelector(".view code")?.textContent,
      charts: [...panel.querySelectorAll("svg.plot")].map((svg) => [svg.getAttribute("role"), svg.getAttribute("aria-label"), svg.getAttribute("aria-hidden"), svg.querySelectorAll("[aria-label]").length, svg.querySelectorAll("style").length]),
    })),
  );
  assert.equal(panels.length, 19);
  const seen = new Set(panels.map((panel) => panel.view.replace("inkling_reporting.", "")));
  for (const name of Object.keys(VIEWS)) assert.ok(seen.has(name) || ["v_health_today", "v_alerts"].includes(name), `${name} is shown`);
  for (const { question, answer, rows, sql, charts } of panels) {
    assert.match(question, /\?$/);
    assert.match(answer, /\.$/);
    assert.ok(rows > 0, `${question}: a table`);
    assert.match(sql, /^SELECT/);
    assert.ok(charts.length > 0, question);
    for (const [role, label, hidden, inner, styles] of charts) {
      assert.deepEqual([inner, styles], [0, 0], question);
      if (hidden) continue;
      assert.equal(role, "img", question);
      assert.ok(label.length > 20, label);
    }
  }
  const text = await page.locator("#today").innerText();
  for (const word of ["v_health_today", "v_alerts"]) assert.ok(text.includes(word));
  await context.close();
});

test("tables say what charts show by colour: which group, day and feature is off, and which groups are hidden", async () => {
  const { page, context } = await open(fixture("red", { days: 30 }));
  await openAll(page);
  const table = (name) => page.locator(`[role=group][aria-label="${name}"] table`).first().evaluate((of) => ({ head: [...of.querySelectorAll("thead th")].map((one) => one.textContent), rows: [...of.querySelectorAll("tbody tr")].map((row) => [...row.children].map((one) => one.textContent)) }));
  const groups = await table("Groups");
  const of = (name) => groups.head.indexOf(name);
  assert.ok(groups.rows.some((row) => row[of("Status")] === "Alert") && groups.rows.every((row) => /^visitor-/.test(row[of("Model")])));
  assert.deepEqual(groups.rows.filter((row) => row[of("Group")] === "Germany").map((row) => row[of("Scores")]), ["hidden"]);
  const tag = await table("The tag by day and bundle");
  assert.deepEqual([tag.rows[0][tag.head.indexOf("Status")], tag.rows[1][tag.head.indexOf("Status")]], ["Alert", "Good"]);
  const heat = await table("PSI by day and feature");
  assert.match(heat.rows[0][heat.head.indexOf("session.seconds_since.page.apply")], /^Alert, 0\.\d\d$/);
  for (const name of ["Calibration", "Points of the curves", "Tenths by score"]) assert.ok((await table(name)).head.includes("Model"), name);
  const today = await table("Today");
  for (const [column, value] of today.rows) assert.doesNotMatch(value, /^(green|amber|red|grey)$|\.\d{7}/, column);
  await context.close();
});

test("alerts that are open and not shown are counted", async () => {
  const { page, context } = await open(fixture("red", { days: 30 }));
  const said = await page.locator(".alerts li").allInnerTexts();
  assert.equal(said.length, 7);
  assert.match(said[6], /^and 1 more, in the table below$/);
  assert.match(said[0], /On 2\d Nov 2026: .*; open since then$/);
  await context.close();
});

test("what is chosen does not change whose figures today's are", async () => {
  const selection = { from: null, to: "2026-11-10", model: "visitor-20260607-3ae455", models: ["visitor-20261004-d1827c", "visitor-20260607-3ae455"] };
  const { page, context } = await open(fixture("green", { days: 60, selection }));
  assert.match(await page.locator("header").innerText(), /Model visitor-20261004-d1827c.*charts of model visitor-20260607-3ae455/s);
  assert.match(await page.locator("#today").innerText(), /These are figures of 24 Nov 2026 and of model visitor-20261004-d1827c, which is in service\. The charts below are of model visitor-20260607-3ae455 and end on 10 Nov 2026\./);
  // The first day is not after the last: the form is not sent.
  await page.locator("form input[name=from]").fill("2026-11-20");
  assert.equal(await page.locator("form").evaluate((form) => form.checkValidity()), false);
  await page.locator("form input[name=to]").fill("2026-11-22");
  assert.equal(await page.locator("form").evaluate((form) => form.checkValidity()), true);
  await context.close();
});

test("bars, cells and bands can be told from the paper: 3 to 1 by their fill or their outline", async () => {
  for (const colorScheme of SCHEMES) {
    const { page, context } = await open(fixture("amber"), { colorScheme });
    const found = await page.evaluate(() => {
      const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      const light = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const paper = light(getComputedStyle(document.body).backgroundColor);
      const contrast = (colour) => {
        const [low, high] = [light(colour), paper].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
      };
      const out = [];
      for (const mark of document.querySelectorAll("svg.plot rect, svg.plot path, .key rect")) {
        const { fill, stroke, fillOpacity } = getComputedStyle(mark);
        const box = mark.getBBox();
        // Lines, washes under lines, hair lines, notes and what is hatched; pale cells of the map are good ones.
        if (!/^rgb/.test(fill) || Number(fillOpacity) <= 0.1 || Math.min(box.width, box.height) < 1 || mark.closest("[aria-hidden=true].strip, g[aria-label]")) continue;
        if (/cell-good|good-\d/.test(`${mark.closest("[fill]")?.getAttribute("fill")} ${mark.getAttribute("class")}`)) continue;
        const best = Math.max(contrast(fill) * (Number(fillOpacity) === 1 ? 1 : 0), /^rgb/.test(stroke) ? contrast(stroke) : 0);
        out.push([Math.round(best * 100) / 100, mark.closest("[fill]")?.getAttribute("fill") ?? mark.getAttribute("class"), mark.closest("article")?.querySelector("h3").textContent]);
      }
      return out;
    });
    assert.ok(found.length > 100, `${found.length} marks`);
    // What a band holds is between two lines of their own.
    const pale = found.filter(([best, fill]) => best < 3 && fill !== "var(--band)");
    assert.deepEqual(pale.slice(0, 5), [], colorScheme);
    const lines = await page.locator('#volume svg.plot [stroke="var(--outline)"]').count();
    assert.ok(lines >= 2, "the band of visitors has two lines");
    await context.close();
  }
});

test("what is in service is dark, what was is pale, whichever came last", async () => {
  const document = fixture("green", { days: 60 });
  const { columns, rows } = document.views.v_model_versions;
  const at = (name) => columns.findIndex((column) => column.name === name);
  // Back to the model before: it was retired, and is so no more.
  for (const [name, was] of Object.entries({ "visitor-20260607-3ae455": null, "visitor-20261004-d1827c": "2026-11-10" })) rows.find((row) => row[at("model_version")] === name)[at("retired_at")] = was;
  const health = document.views.v_health_today;
  health.rows[0][health.columns.findIndex((column) => column.name === "model_version")] = "visitor-20260607-3ae455";
  const { page, context } = await open(document);
  const bars = await page.locator("#delivery article").last().locator("svg[role=img] rect").evaluateAll((all) => all.map((bar) => bar.getAttribute("fill")));
  assert.deepEqual(bars, ["var(--series)", "var(--pale)", "var(--pale)", "var(--pale)"]);
  assert.match(await page.locator("#delivery article").last().locator(".answer").innerText(), /visitor-20260607-3ae455 .*is in service, first since 8 Jun 2026; visitor-20261004-d1827c served in between/);
  await context.close();
});

test("text in the data stays text", async () => {
  const document = fixture("red", { days: 30 });
  const hostile = `</script><img src=x onerror="window.hit=1"><script>window.hit=1</script>{{style}}`;
  document.site = hostile;
  document.views.v_health_today.rows[0][17] = hostile;
  for (const view of Object.values(document.views)) {
    view.description = hostile;
    view.sql = hostile;
    for (const row of view.rows) view.columns.forEach((column, i) => column.type === "STRING" && !/status|metric/.test(column.name) && (row[i] = `${hostile}${row[i]}`));
  }
  const { page, context, errors } = await open(document);
  await openAll(page);
  assert.equal(await page.locator("h1").innerText(), hostile);
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(await page.locator("img").count(), 0);
  assert.deepEqual(errors, []);
  await context.close();
});

test("the policy lets nothing else run, be drawn or be asked", async () => {
  const { page, context } = await open(fixture("green", { days: 30 }));
  const refused = await page.evaluate(async () => {
    const out = [];
    document.addEventListener("securitypolicyviolation", (event) => out.push(event.effectiveDirective));
    for (const make of [() => Object.assign(document.createElement("style"), { textContent: "body{display:none}" }), () => Object.assign(document.createElement("img"), { src: "data:image/gif;base64,R0lGODlhAQABAAAAACw=" })]) document.body.append(make());
    await fetch("/x").catch(() => out.push("fetch"));
    const tried = (act) => {
      try {
        act();
        return "done";
      } catch {
        return "refused";
      }
    };
    const html = tried(() => document.body.insertAdjacentHTML("beforeend", "<b>x</b>"));
    const script = tried(() => document.body.append(Object.assign(document.createElement("script"), { text: "window.hit = 1" })));
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { out, html, script, shown: getComputedStyle(document.body).display };
  });
  for (const directive of ["style-src-elem", "img-src", "connect-src"]) assert.ok(refused.out.includes(directive), `${directive}: ${refused.out}`);
  assert.deepEqual([refused.html, refused.script, refused.shown], ["refused", "refused", "block"]);
  await context.close();
});

test("by keyboard: skip link, sections, numbers, scrolling", async () => {
  const { page, context } = await open(fixture("green", { days: 60 }));
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the report");
  for (let i = 0; i < 7; i++) await page.keyboard.press("Tab");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Delivery/);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => scrollY > 1000);
  assert.equal(await page.evaluate(() => location.hash), "#delivery");
  await page.locator("#volume summary").first().focus();
  await page.keyboard.press("Enter");
  await page.locator("#volume table").first().waitFor();
  await page.keyboard.press("Tab");
  const region = await page.evaluate(() => [document.activeElement.getAttribute("role"), document.activeElement.getAttribute("aria-label")]);
  assert.deepEqual(region, ["group", "Volume by day"]);
  await context.close();
});

test("SQL is copied, and selected where the clipboard is not allowed", async () => {
  for (const permissions of [["clipboard-read", "clipboard-write"], []]) {
    const { page, context } = await open(fixture("green", { days: 30 }), { permissions });
    if (permissions.length === 0) await page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error("no"))));
    const panel = page.locator("#right article").first();
    await panel.locator("summary").click();
    const sql = await panel.locator("pre").innerText();
    await panel.locator("button").click();
    await page.waitForFunction(() => document.querySelector("#right .said").textContent !== "");
    if (permissions.length > 0) assert.equal(await page.evaluate(() => navigator.clipboard.readText()), sql);
    else assert.equal(await page.evaluate(() => getSelection().toString()), sql);
    await context.close();
  }
});

test("days and model can be chosen where the page is served live, and only there", async () => {
  const selection = { from: "2026-10-01", to: "2026-11-24", model: "visitor-20260607-3ae455", models: ["visitor-20261004-d1827c", "visitor-20260607-3ae455"] };
  const { page, context, said, url } = await open(fixture("green", { days: 60, selection }));
  assert.equal(await page.locator("form select").inputValue(), "visitor-20260607-3ae455");
  await page.locator("form input[name=from]").fill("2026-11-01");
  await page.locator("form select").selectOption("visitor-20261004-d1827c");
  await Promise.all([page.waitForNavigation(), page.locator("form button").click()]);
  assert.equal(page.url(), `${url}?from=2026-11-01&to=2026-11-24&model=visitor-20261004-d1827c`);
  assert.deepEqual(said, []);
  await context.close();
  const still = await open(fixture("green", { days: 30 }));
  assert.equal(await still.page.locator("form").count(), 0);
  await still.context.close();
});

test("on paper: light, no ways and buttons, closed numbers stay closed and opened ones are whole", async () => {
  const { page, context } = await open(fixture("red"), { colorScheme: "dark", viewport: { width: 720, height: 1000 } });
  await page.locator("#right summary").first().click();
  await page.emulateMedia({ media: "print" });
  const shown = (selector) => page.locator(selector).first().isVisible();
  assert.deepEqual([await shown("nav"), await shown("#right .sql"), await shown("#useful details"), await shown("#right table")], [false, false, false, true]);
  const [paper, ink] = await page.evaluate(() => [getComputedStyle(document.documentElement).getPropertyValue("--paper"), getComputedStyle(document.body).color]);
  assert.deepEqual([paper, ink], ["#fdfdfc", "rgb(25, 29, 36)"]);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  assert.ok(sheets > 4 && sheets < 14, `${sheets} sheets`);
  await context.close();
});

test("no width makes the page scroll sideways", async () => {
  const { page, context, said } = await open(fixture("red"), { viewport: { width: 1280, height: 800 } });
  for (const width of [1600, 1280, 1000, 768, 390, 320, 240]) {
    await page.setViewportSize({ width, height: 800 });
    await page.waitForTimeout(400);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0 || width < 320, `${width}: ${wide} pixels too wide`);
    assert.deepEqual(said, [], `${width}`);
    assert.equal(await page.locator(".broken").count(), 0);
  }
  await context.close();
});

test("rows with holes break no chart", async () => {
  const random = chance(5);
  let pagesSeen = 0;
  for (let round = 0; round < 12; round++) {
    const document = fixture(round % 2 ? "red" : "amber", { days: 10 + round });
    for (const view of Object.values(document.views)) {
      const holes = view.columns.map(() => random.next() < 0.3);
      for (const row of view.rows) holes.forEach((hole, i) => (hole || random.next() < 0.1) && (row[i] = null));
      if (random.next() < 0.15) view.rows = [];
    }
    if (round === 0) document.views = {};
    const { page, context, errors, said } = await open(document);
    assert.deepEqual([errors, said], [[], []], `round ${round}`);
    assert.equal(await page.locator(".broken").count(), 0, `round ${round}`);
    await openAll(page);
    assert.doesNotMatch(await page.locator("body").innerText(), /NaN|undefined|\[object|Infinity/, `round ${round}`);
    pagesSeen += 1;
    await context.close();
  }
  assert.equal(pagesSeen, 12);
});

test("the page that the program serves: drawn, nothing for axe to find, its form chooses days", { skip: !process.env.BASE_URL && "no program serves" }, async () => {
  const url = `${process.env.BASE_URL.replace(/\/$/, "")}/dashboard`;
  for (const colorScheme of SCHEMES) {
    const { page, context, errors } = await browser.visitor({ colorScheme, reducedMotion: "reduce" });
    const said = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && said.push(message.text()));
    await page.goto(url);
    await page.waitForFunction(() => document.documentElement.dataset.ready === "yes");
    assert.ok((await page.locator("svg.plot[role=img]").count()) > 3, "it has figures");
    assert.equal(await page.locator(".broken").count(), 0);
    const last = await page.locator("header time").getAttribute("datetime");
    await page.locator("input[name=to]").fill("2020-01-01");
    await Promise.all([page.waitForURL(/to=2020-01-01/), page.locator("form.choice button").click()]);
    await page.waitForFunction(() => document.documentElement.dataset.ready === "yes");
    assert.equal(await page.locator("input[name=to]").inputValue(), "2020-01-01");
    assert.equal(await page.locator("header time").getAttribute("datetime"), last, "today stays today");
    assert.match(await page.locator("#volume").innerText(), /no |No /);
    assert.deepEqual([errors, said], [[], []]);
    await context.close();
    const free = await browser.visitor({ colorScheme, bypassCSP: true, reducedMotion: "reduce" });
    await free.page.goto(url);
    await free.page.waitForFunction(() => document.documentElement.dataset.ready === "yes");
    await openAll(free.page);
    assert.deepEqual(await violations(free.page), []);
    await free.context.close();
  }
});

test("a page that has grown old says so", async () => {
  for (const [now, text] of [["2026-11-25T09:00:00Z", null], ["2026-11-28T06:14:09Z", "This page was made 3 days ago. What it calls today is 24 Nov 2026."], ["2026-11-20T09:00:00Z", null]]) {
    const { page, context } = await open(fixture("green", { days: 20 }), { now });
    assert.equal(await page.locator(".old").count(), text ? 1 : 0, now);
    if (text) assert.equal(await page.locator(".old").innerText(), text);
    await context.close();
  }
});

test("a page without data says so", async () => {
  const { page, context } = await browser.visitor();
  pages.set("/template", brotliCompressSync(built, QUALITY));
  await page.goto(`http://127.0.0.1:${server.address().port}/template`);
  await page.waitForFunction(() => document.documentElement.dataset.ready === "no");
  assert.match(await page.locator("main").innerText(), /holds no data/);
  await context.close();
});

test("the first paint of a page of a year is there within a second", async () => {
  for (const state of ["green", "red"]) {
    const times = [];
    for (let i = 0; i < LOADS; i++) {
      const { page, context } = await open(fixture(state), { now: null });
      const time = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? new Promise((resolve) => new PerformanceObserver((list, observer) => (observer.disconnect(), resolve(list.getEntries().at(-1).startTime))).observe({ type: "paint", buffered: true })));
      const ready = await page.evaluate(() => performance.now());
      times.push([time, ready]);
      await context.close();
    }
    const middle = (i) => Math.round(times.map((pair) => pair[i]).sort((a, b) => a - b)[LOADS >> 1]);
    console.log(`dashboard, ${state}, a year: first contentful paint ${middle(0)} ms, all drawn ${middle(1)} ms (median of ${LOADS})`);
    assert.ok(middle(0) < FIRST_PAINT_MS, `${middle(0)} ms`);
  }
});
