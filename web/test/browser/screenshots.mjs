// Pictures of the demo: `node test/browser/screenshots.mjs <folder>`; BASE_URL as in the browser tests.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launch, settled } from "./browser.mjs";

const folder = process.argv[2] ?? "dist/screenshots";
const walk = ["/", "/courses", "/courses/nursing", "/fees", "/search?q=rooms", "/open-day", "/prospectus", "/apply/start", "/apply/details", "/apply/review", "/apply/thank-you", "/replay/"];
const looks = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { colorScheme: "light", viewport: { width: 390, height: 800 }, deviceScaleFactor: 2 },
};

await mkdir(folder, { recursive: true });
const browser = await launch();
for (const [look, options] of Object.entries(looks)) {
  const { context, page } = await browser.visitor(options);
  for (const path of walk) {
    await page.goto(browser.url + path);
    await settled(page);
    await page.waitForTimeout(600);
    const name = path.split("?")[0].replaceAll("/", "-").replace(/^-|-$/g, "") || "home";
    await page.screenshot({ path: join(folder, `${look}-${name}.png`) });
    if (process.env.FULL) await page.screenshot({ path: join(folder, `${look}-${name}-full.png`), fullPage: true });
  }
  await context.close();
}
await browser.close();
console.log(folder);
