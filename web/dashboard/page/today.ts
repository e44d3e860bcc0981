// Section 1: one sentence, why, and six figures.
import { cell, headline, openAlerts, reason, type Tile, tiles, whose } from "../answers/today.ts";
import type { Data } from "../data/document.ts";
import { badge, shape } from "./badge.ts";
import { breakable, h } from "./dom.ts";
import { table, tabulate } from "./table.ts";
import { statement } from "./sql.ts";
import { date } from "../text/format.ts";
import { type Status, WORDS } from "../text/status.ts";

/** Open alerts that are shown above the figures. */
const ALERTS = 6;

export function todayBody(data: Data): Element[] {
  const { status, text } = headline(data);
  const why = reason(data);
  const alerts = openAlerts(data);
  const more = alerts.length - ALERTS;
  const day = whose(data);
  const of: Status = status ?? "grey";
  return [
    h("p", { class: `headline ${of}` }, shape(of), h("span", null, h("span", { class: "hidden" }, `${WORDS[of]}: `), text)),
    why ? h("p", { class: "why" }, why) : null,
    alerts.length > 0 ? h("ul", { class: "alerts" }, ...alerts.slice(0, ALERTS).map((one) => h("li", null, badge(one.status), " ", one.text)), more > 0 && h("li", null, h("span"), `and ${more} more, in the table below`)) : null,
    day ? h("p", { class: "why" }, day) : null,
    h("ul", { class: "tiles" }, ...tiles(data).map((one) => h("li", null, tile(one)))),
    numbers(data),
  ].filter((element) => element !== null);
}

function tile(of: Tile): Element {
  return h(
    "a",
    { class: "tile", href: `#${of.section}` },
    h("span", { class: "label" }, of.label),
    h("b", { class: "value" }, of.value),
    h("span", { class: "note" }, ...breakable(of.note)),
    of.status && badge(of.status),
  );
}

function numbers(data: Data): Element {
  const details = h("details", null, h("summary", null, "Numbers and SQL", h("span", { class: "hidden" }, ": today")));
  details.addEventListener("toggle", () => {
    if (!details.open || details.childElementCount > 1) return;
    for (const name of ["v_health_today", "v_alerts"] as const) {
      const view = data.view(name);
      details.append(h("p", { class: "view" }, h("code", null, data.document.dataset ? `${data.document.dataset}.${name}` : name), view?.description ? ` ${view.description}` : ""));
      if (name === "v_health_today") {
        const cells = view?.columns.map((column, i): [string, string] => [column.name.replaceAll("_", " "), cell(column.name, view.rows.at(-1)?.[i])]) ?? [];
        details.append(table(tabulate("Today", cells, [["Column", ([column]) => column], ["Value", ([, value]) => value]])));
      } else {
        details.append(table(tabulate("Alerts", data.rows("v_alerts").toReversed(), [["Alert", (row) => row.alert_id ?? ""], ["Opened", (row) => date(row.opened_at)], ["Acknowledged", (row) => date(row.acknowledged_at)], ["Closed", (row) => date(row.closed_at)], ["Status", (row) => row.severity ?? ""], ["Check", (row) => row.rule ?? ""], ["#Value", (row) => cell("value", row.value)], ["#Limit", (row) => cell("threshold", row.threshold)], ["What it said", (row) => row.cause ?? ""]])));
      }
      if (view?.sql) details.append(statement(name, view.sql));
    }
  });
  return details;
}
