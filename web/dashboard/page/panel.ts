// A chart with its question, its answer, and its numbers.
import type { Answer } from "../answers/answer.ts";
import type { Data } from "../data/document.ts";
import type { Views } from "../data/views.ts";
import { badge } from "./badge.ts";
import { h, s } from "./dom.ts";
import { statement } from "./sql.ts";
import { type Table, table } from "./table.ts";

/** What is drawn for a width in pixels; nothing where there is nothing to draw. */
export type Draw = (width: number) => Element[];

/** How a series looks, and what it is. */
export type Key = [look: string, meaning: string][];

export interface Panel {
  question: string;
  answer: Answer;
  view: keyof Views;
  draw?: Draw | undefined;
  key?: Key;
  numbers: () => Table[];
  /** Columns of twelve. */
  span?: 4 | 6 | 12;
  /** Under the chart. */
  note?: string;
}

/** Charts of panels that are in the page, and the width that each was drawn for. */
const drawn = new Map<Element, { draw: Draw; width: number }>();
const sizes = new ResizeObserver((entries) => {
  for (const entry of entries) redraw(entry.target, Math.floor(entry.contentRect.width));
});

/** Narrower places get a chart of this width, which the style sheet makes smaller. */
const LEAST = 220;

function redraw(figure: Element, place: number): void {
  const chart = drawn.get(figure);
  const width = Math.max(place, LEAST);
  if (!chart || place === 0 || Math.abs(chart.width - width) < 2) return;
  chart.width = width;
  try {
    figure.replaceChildren(...chart.draw(width));
  } catch (error) {
    // One chart that fails must not take the others with it.
    console.error(error);
    figure.replaceChildren(h("p", { class: "broken" }, "This chart cannot be drawn from these rows; its numbers are below."));
  }
}

export function panel(data: Data, of: Panel): HTMLElement {
  const { answer } = of;
  const article = h(
    "article",
    { class: `panel span-${of.span ?? 12}` },
    h("h3", null, of.question),
    h("p", { class: "answer" }, answer.status && badge(answer.status), answer.status && " ", answer.text),
  );
  // Always the same parts, so that those of panels side by side are at one height.
  article.append(of.draw && of.key ? legend(of.key) : h("div"));
  if (of.draw) {
    const figure = h("div", { class: "chart" });
    article.append(figure);
    drawn.set(figure, { draw: of.draw, width: 0 });
  } else article.append(h("div"));
  article.append(h("div", { class: "foot" }, of.note && h("p", { class: "note" }, of.note), numbers(data, of)));
  return article;
}

/** Draws the charts below an element; again whenever their width changes. */
export function drawBelow(root: Element): void {
  for (const figure of root.querySelectorAll(".chart")) {
    redraw(figure, Math.floor(figure.getBoundingClientRect().width));
    sizes.observe(figure);
  }
}

/** The table and the SQL, made when they are asked for. */
function numbers(data: Data, of: Panel): HTMLElement {
  const view = data.view(of.view);
  const details = h("details", null, h("summary", null, "Numbers and SQL", h("span", { class: "hidden" }, `: ${of.question}`)));
  const name = data.document.dataset ? `${data.document.dataset}.${of.view}` : of.view;
  details.addEventListener("toggle", () => {
    if (!details.open || details.childElementCount > 1) return;
    details.append(h("p", { class: "view" }, h("code", null, name), view?.description ? ` ${view.description}` : ""));
    details.append(...of.numbers().map(table));
    if (view?.sql) details.append(statement(of.view, view.sql));
  });
  return details;
}

function legend(key: Key): HTMLElement {
  return h("ul", { class: "key" }, ...key.map(([look, meaning]) => h("li", null, swatch(look), meaning)));
}

function swatch(look: string): SVGSVGElement {
  const mark =
    look.startsWith("mark")
      ? s("path", { class: look, d: look === "mark amber" ? "M7 2L12.5 12H1.5z" : "M4.5 1.5h5L13 5v5L9.5 13.5h-5L1 10V5z" })
      : look.startsWith("area") || look.startsWith("cell")
      ? s("rect", { class: look, x: 1, y: 2, width: look.startsWith("cell") ? 12 : 20, height: 10, rx: 1 })
      : look.startsWith("dot")
        ? s("circle", { class: look, cx: 7, cy: 7, r: 4 })
        : look.startsWith("bar-up")
          ? s("path", { class: look, d: "M7 1V13" })
          : s("path", { class: look, d: "M1 7H21" });
  const narrow = look.startsWith("dot") || look.startsWith("cell") || look.startsWith("bar-up") || look.startsWith("mark");
  return s("svg", { viewBox: `0 0 ${narrow ? 14 : 22} 14`, width: narrow ? 14 : 22, height: 14, "aria-hidden": "true" }, mark);
}
