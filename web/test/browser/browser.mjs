// One Chromium and one base URL for a browser test: a running `inkling serve` (BASE_URL), or the stand-in server.
import { chromium } from "playwright-core";

const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export async function launch({ site = true, flags = [] } = {}) {
  const own = process.env.BASE_URL || !site ? undefined : await (await import("../server.mjs")).serve();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [...FLAGS, ...flags],
  });
  return {
    url: (process.env.BASE_URL || own?.url || "").replace(/\/$/, ""),
    real: !own,
    /** A new visitor's page; `errors` collects whatever reaches the page's own error handlers. */
    async visitor(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
      const page = await context.newPage();
      const errors = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      return { context, page, errors };
    },
    async close() {
      await browser.close();
      own?.close();
    },
  };
}

/** Waits until the tag has a score or says why it has none, and returns `debug()`. */
export async function settled(page) {
  await page.waitForFunction(() => ["ready", "off"].includes(window.inkling?.debug?.().status), undefined, { timeout: 30_000 });
  return page.evaluate(() => window.inkling.debug());
}

/** Counts in `window.compiled` how often a page compiles WebAssembly. */
export function countCompilations(page) {
  return page.addInitScript(() => {
    window.compiled = 0;
    for (const name of ["compile", "instantiate", "compileStreaming", "instantiateStreaming", "Module"]) {
      const original = WebAssembly[name];
      WebAssembly[name] = function (...args) {
        window.compiled++;
        return new.target ? new original(...args) : original.apply(WebAssembly, args);
      };
    }
  });
}

/** A new visitor on a page, whose compilations are counted; `said` are the errors that the browser tells its console. */
export async function opened(browser, url) {
  const visitor = await browser.visitor();
  await countCompilations(visitor.page);
  const said = [];
  visitor.page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  await visitor.page.goto(url);
  return { ...visitor, said };
}

/** Events as the tag keeps them, each with the bits of its score. */
export function scored(events) {
  const view = new DataView(new ArrayBuffer(8));
  return events.map(({ strings, numbers, score }) => {
    view.setFloat64(0, score ?? NaN);
    return { strings, numbers, bits: score === null ? null : view.getBigUint64(0).toString(16).padStart(16, "0") };
  });
}
