// Tables of numbers: one look for all.
import { badge } from "./badge.ts";
import { h } from "./dom.ts";
import { status } from "../text/status.ts";

export interface Table {
  /** Read out before the table. */
  caption: string;
  head: string[];
  rows: string[][];
  /** Columns of numbers: to the right. */
  numeric: boolean[];
  /** The column that holds words of a status. */
  status?: number;
}

/** From rows and how each column is written; `#` before a title makes a column of numbers. */
export function tabulate<Row>(caption: string, rows: Row[], columns: [string, (row: Row) => string][]): Table {
  const at = columns.findIndex(([title]) => title === "Status");
  return {
    caption,
    head: columns.map(([title]) => title.replace(/^#/, "")),
    rows: rows.map((row) => columns.map(([, write]) => write(row))),
    numeric: columns.map(([title]) => title.startsWith("#")),
    ...(at >= 0 ? { status: at } : {}),
  };
}

export function table(of: Table): HTMLElement {
  const cell = (text: string, i: number) => {
    const word = i === of.status ? status(text) : null;
    const attributes = of.numeric[i] ? { class: "n" } : null;
    return i === 0 ? h("th", { scope: "row", ...attributes }, text) : h("td", attributes, word ? badge(word) : text);
  };
  const head = of.head.map((title, i) => h("th", { scope: "col", class: of.numeric[i] ? "n" : null }, title));
  const body = h("tbody", null, ...of.rows.map((row) => h("tr", null, ...row.map(cell))));
  if (of.rows.length === 0) body.append(h("tr", null, h("td", { colspan: of.head.length }, "No rows.")));
  const made = h("table", null, h("caption", null, of.caption), h("thead", null, h("tr", null, ...head)), body);
  // What scrolls has to be reachable by keyboard.
  return h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": of.caption }, made);
}
