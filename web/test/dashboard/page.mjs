// Pages of the states: `node test/dashboard/page.mjs FOLDER` writes them, to be looked at.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withData } from "../../dashboard/build.mjs";
import { fixture, STATES } from "./fixture.mjs";

/** The built page, without data. */
export const template = () => readFile(new URL("../../dist/dashboard.html", import.meta.url), "utf8");

/** The page of a state. */
export const page = async (state, options) => withData(await template(), fixture(state, options));

if (import.meta.filename === process.argv[1]) {
  const folder = process.argv[2] ?? "dist/dashboard-states";
  await mkdir(folder, { recursive: true });
  for (const state of STATES) await writeFile(join(folder, `${state}.html`), await page(state));
  console.log(folder);
}
