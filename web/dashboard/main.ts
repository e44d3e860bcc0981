// Reads the page's one document and builds the page from it: frame and section 1 at once, charts section by section.
import { type Data, read } from "./data/document.ts";
import { h } from "./page/dom.ts";
import { badge } from "./page/badge.ts";
import { choice, footer, header, old, way } from "./page/frame.ts";
import { drawBelow, panel } from "./page/panel.ts";
import { type Section, sections } from "./page/sections.ts";
import { todayBody } from "./page/today.ts";

const root = document.getElementById("page")!;
const text = document.getElementById("data")?.textContent ?? "";

/** Lets the browser paint. */
const breath = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

function skeleton(section: Section, number: number): HTMLElement {
  const heading = h("div", { class: "heading" }, h("h2", null, h("span", { class: "number" }, String(number)), section.title), h("p", null, section.question), section.status && number > 1 && badge(section.status));
  return h("section", { id: section.id, "aria-label": section.title }, heading);
}

async function build(data: Data): Promise<void> {
  const all = sections(data);
  const day = data.document.as_of;
  document.title = `${data.document.site}: conversion scores${day ? `, ${day}` : ""}`;
  const shells = all.map((section, i) => skeleton(section, i + 1));
  const more = [old(data, Date.now()), choice(data)].filter((element) => element !== null);
  const main = h("main", { id: "report" }, ...shells);
  root.replaceChildren(h("a", { class: "skip", href: "#today" }, "Skip to the report"), header(data), ...more, h("div", { class: "columns" }, way(all), main), footer(data));
  shells[0]!.append(...todayBody(data));
  for (const [i, section] of all.entries()) {
    if (section.panels.length === 0) continue;
    await breath();
    const grid = h("div", { class: "grid" }, ...section.panels.map((one) => panel(data, one)));
    shells[i]!.append(grid);
    drawBelow(grid);
  }
  // Sections had no height when the browser looked for the place of the address.
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

try {
  await build(read(text));
  document.documentElement.dataset.ready = "yes";
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  const lead = text.trim() === "" || text.trim().startsWith("<!") ? "This page holds no data: `inkling dashboard build` puts it in." : `The data of this page cannot be read: ${why}`;
  root.replaceChildren(h("main", null, h("h1", null, "Inkling"), h("p", { class: "why" }, lead)));
  document.documentElement.dataset.ready = "no";
}
