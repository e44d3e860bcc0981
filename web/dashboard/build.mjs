// Builds dist/dashboard.html: the page in one file, without data; who puts the data in replaces DATA.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { unused } from "./unused.mjs";

const at = (path) => new URL(path, import.meta.url).pathname;
const hash = (text) => createHash("sha256").update(text).digest("base64");

/** What stands in the page for the JSON document. */
export const DATA = "<!--inkling:data-->";

export async function buildDashboard(out, common) {
  const { legalComments, ...rest } = { ...common, minify: true, write: false };
  const bundle = async (options) => (await build({ ...rest, legalComments: "none", ...options })).outputFiles[0].text.trim();
  const style = await bundle({ entryPoints: [at("css/page.css")] });
  const script = await bundle({ entryPoints: [at("main.ts")], format: "esm", plugins: [unused] });
  // Either would end its element; and a script is not escaped, so it must not hold them.
  for (const [name, text] of [["style", style], ["script", script]]) {
    if (/<\/(style|script)|<!--/i.test(text)) throw new Error(`the ${name} of the dashboard holds markup`);
  }
  const places = { "script-hash": hash(script), "style-hash": hash(style), style, script };
  const page = (await readFile(at("page.html"), "utf8")).replace(/\{\{([a-z-]+)\}\}/g, (_, name) => places[name]);
  if (page.split(DATA).length !== 2) throw new Error("the dashboard needs one place for its data");
  await writeFile(out, page);
}

/** The page with a document in it; `<` is written so that nothing in it can end the element. */
export const withData = (page, document) => page.split(DATA).join(JSON.stringify(document).replaceAll("<", "\\u003c"));
