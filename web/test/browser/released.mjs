// What a server's release scores: for each line that is read, a new visitor opens a page of the site, and
// the page that replays the visits of the batch; answered with a line. `BASE_URL=… node test/browser/released.mjs`
import { createInterface } from "node:readline";
import { launch, scored, settled } from "./browser.mjs";

const browser = await launch();

async function answer() {
  const { page, errors, context } = await browser.visitor();
  await page.goto(browser.url + "/courses");
  const { code, modelVersion, recent } = await settled(page);
  await page.goto(browser.url + "/replay/");
  await page.waitForFunction(() => window.replayOutcome, undefined, { timeout: 60_000 });
  const replayed = await page.evaluate(() => window.replayOutcome);
  await context.close();
  return { replayed, code, modelVersion, recent: scored(recent), errors };
}

for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify(await answer()));
await browser.close();
