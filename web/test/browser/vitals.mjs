// What a page of the demo site is like for its visitor, with the tag and without: Core Web Vitals as the browser tells them.
//   node test/browser/vitals.mjs PAIRS        so many pairs by turns, at a slower CPU and at a slower network too: JSON
// SCORER and BUNDLE name a real release's files. Without the tag its address is blocked. Blocked in both are the demo's own
// panel, which times the scorer thousands of times, and its fonts, which move the text when they arrive.
import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";
import { CONDITIONS, spread, throttled } from "./throttle.mjs";

const QUIET_MS = 1500;
const KEYS = "nursing with a foundation year";

/** One page left alone until it is quiet, then one that is typed and clicked into from its first paint on. */
export async function vitals(browser, tag, condition = CONDITIONS.cpu) {
  return { ...(await one(browser, tag, condition, async () => {})), interaction: (await one(browser, tag, condition, busy)).interaction };
}

async function one(browser, tag, condition, act) {
  const { context, page, errors } = await browser.visitor();
  const { cdp, slow } = await throttled(page, condition);
  await cdp.send("Performance.enable");
  await cdp.send("Network.setBlockedURLs", { urls: ["*/demo/panel.js", "*.woff2", ...(tag ? [] : ["*/loader.js"])] });
  await page.addInitScript(observe);
  await page.goto(browser.url + "/", { waitUntil: "commit" });
  await act(page);
  await page.waitForFunction((tag) => document.readyState === "complete" && (!tag || window.inkling?.debug?.().status === "ready"), tag, { timeout: 30_000 });
  await page.waitForTimeout(QUIET_MS);
  await slow({});
  const seen = await page.evaluate(() => window.vitals());
  const { metrics } = await cdp.send("Performance.getMetrics");
  await context.close();
  if (errors.length) throw new Error(errors.join("; "));
  return { ...seen, script_ms: metrics.find(({ name }) => name === "ScriptDuration").value * 1000 };
}

/** Keys and clicks of a hurried visitor, over about two seconds, as the operating system would give them to Chromium. */
async function busy(page) {
  await page.waitForSelector("#q-top");
  await page.mouse.move(640, 700);
  const { x, y, width, height } = await page.locator("#q-top").boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  await page.keyboard.type(KEYS, { delay: 50 });
  for (let click = 0; click < 6; click++) await page.mouse.click(640, 700, { delay: 20 });
}

/** In the page: collects until `window.vitals()` asks. */
function observe() {
  const entries = { "largest-contentful-paint": [], "layout-shift": [], longtask: [], event: [], "long-animation-frame": [] };
  const take = (list) => list.getEntries().forEach((entry) => entries[entry.entryType]?.push(entry));
  const observers = Object.keys(entries).map((type) => {
    const observer = new PerformanceObserver(take);
    observer.observe({ type, buffered: true, durationThreshold: 16 });
    return observer;
  });
  const name = (node) => node && [node.localName, node.id && `#${node.id}`, ...node.classList].filter(Boolean).join(" ");
  window.vitals = () => {
    for (const observer of observers) take({ getEntries: () => observer.takeRecords() });
    const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
    const { startTime, element } = entries["largest-contentful-paint"].at(-1) ?? {};
    const interactions = entries.event.filter(({ interactionId }) => interactionId).map(({ duration }) => duration);
    const asked = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/loader.js"))?.startTime ?? 0;
    const shifted = (since) => entries["layout-shift"].reduce((sum, { value, hadRecentInput, startTime }) => sum + (hadRecentInput || startTime < since ? 0 : value), 0);
    const ofTag = entries["long-animation-frame"].flatMap(({ scripts }) => scripts).filter(({ sourceURL }) => sourceURL.endsWith("/loader.js"));
    return {
      lcp_ms: startTime ?? NaN,
      lcp_element: name(element) ?? "none",
      cls: shifted(0),
      // Before that the page is still being read, and painted in parts.
      cls_since_loader: shifted(asked),
      blocking_ms: entries.longtask.filter((task) => task.startTime >= painted).reduce((sum, { duration }) => sum + duration - 50, 0),
      longest_task_ms: Math.max(0, ...entries.longtask.map(({ duration }) => duration)),
      // Of frames longer than 50 ms, what the browser says of the tag's own functions in them, 5 ms and longer.
      longest_of_tag_ms: Math.max(0, ...ofTag.map(({ duration }) => duration)),
      interaction: { inp_ms: Math.max(0, ...interactions), interactions: performance.interactionCount },
    };
  };
}

/** Pairs of visits, the order changing from pair to pair. */
export async function pairs(browser, count, condition) {
  const found = { with: [], without: [] };
  for (let pair = 0; pair < count; pair++) {
    for (const arm of pair % 2 ? ["with", "without"] : ["without", "with"]) found[arm].push(await vitals(browser, arm === "with", condition));
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const browser = await launch();
  const result = {};
  for (const name of ["cpu", "cpu+network"]) {
    const found = await pairs(browser, Number(process.argv[2] ?? 10), CONDITIONS[name]);
    result[name] = Object.fromEntries(Object.entries(found).map(([arm, all]) => [arm, { ...spread(all.map(flat)), lcp_elements: [...new Set(all.map(({ lcp_element }) => lcp_element))] }]));
  }
  await browser.close();
  console.log(JSON.stringify(result));
}

function flat({ interaction, lcp_element, ...rest }) {
  return { ...rest, ...interaction };
}
