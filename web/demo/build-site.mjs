// Writes the demo site: static pages under the paths that the profile and the simulator know, assets under /demo/.
import { build } from "esbuild";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { mark } from "./arch.mjs";
import { brochure } from "./brochure.mjs";
import { courses } from "./courses.mjs";
import { layout } from "./layout.mjs";
import { apply } from "./pages/apply.mjs";
import { course } from "./pages/course.mjs";
import { courses as list } from "./pages/courses.mjs";
import { fees } from "./pages/fees.mjs";
import { home } from "./pages/home.mjs";
import { replay } from "./pages/replay.mjs";
import { openDay, prospectus, search } from "./pages/visit.mjs";

const FONTS = {
  "bricolage.woff2": "@fontsource-variable/bricolage-grotesque/files/bricolage-grotesque-latin-wght-normal.woff2",
  "instrument.woff2": "@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2",
};

export async function buildSite(from, to, common) {
  const pages = [home, list, ...courses.map(course), fees, search, openDay, prospectus, ...apply, replay];
  const write = async (path, content) => {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await writeFile(join(to, path), content);
  };
  for (const page of pages) await write(join(page.path, "index.html"), layout(page));
  for (const it of courses) await write(`demo/brochure-${it.slug}.pdf`, brochure(it));
  const icon = mark.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"').replaceAll("currentColor", "#1f6b58");
  await write("demo/mark.svg", icon.replace('class="mark-needle"', 'fill="#b4d455"'));
  await mkdir(join(to, "demo/fonts"), { recursive: true });
  const { resolve } = createRequire(import.meta.url);
  for (const [name, path] of Object.entries(FONTS)) await copyFile(resolve(path), join(to, "demo/fonts", name));
  for (const name of ["site.css", "parts.css", "replay.css", "ga-stub.js", "boot.js"]) await copyFile(join(from, name), join(to, "demo", name));
  await build({
    ...common,
    entryPoints: { site: join(from, "client/site.ts"), panel: join(from, "client/panel.ts"), replay: join(from, "replay/replay.ts") },
    outdir: join(to, "demo"),
    format: "iife",
    minify: true,
    loader: { ".css": "text" },
  });
}
