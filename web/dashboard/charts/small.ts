// Small multiples: the same small chart for several columns, side by side.
import { areaY } from "@observablehq/plot";
import type { Data } from "../data/document.ts";
import { breakable, h } from "../page/dom.ts";
import { badge } from "../page/badge.ts";
import type { Status } from "../text/status.ts";
import { date, MISSING } from "../text/format.ts";
import { SERIES } from "./plot.ts";
import { at, overTime, series, unbroken } from "./time.ts";

export interface Small<Row> {
  title: string;
  rows: Row[];
  value: (row: Row) => number | null;
  write: (value: number) => string;
  status?: Status | null;
  /** More marks, drawn below the line. */
  marks?: Parameters<typeof overTime>[1]["marks"];
  domain?: [number, number] | undefined;
  /** Beneath the title instead of the newest value. */
  note?: string;
}

const GAP = 28;

/** So many columns fit with `least` pixels each. */
export const columns = (width: number, most: number, least: number): number => Math.max(1, Math.min(most, Math.floor((width + GAP) / (least + GAP))));

export function multiples<Row extends { event_date: string | null }>(data: Data, all: Small<Row>[], width: number, most: number, least = 160): Element[] {
  const across = columns(width, most, least);
  const each = Math.floor((width - GAP * (across - 1)) / across);
  const grid = h("div", { class: `multiples across-${across}` });
  for (const one of all) {
    const last = one.rows.findLast((row) => one.value(row) !== null);
    const value = last ? one.write(one.value(last)!) : MISSING;
    const charts = last ? overTime(data, chart(one, each, value)) : [h("div", { class: "nothing small" })];
    grid.append(h("div", { class: "multiple" }, h("h4", null, ...breakable(one.title)), h("p", { class: "now" }, h("b", null, value), one.note ? ` ${one.note}` : "", " ", (one.status === "amber" || one.status === "red") && badge(one.status)), ...charts));
  }
  return [grid];
}

function chart<Row extends { event_date: string | null }>(one: Small<Row>, width: number, value: string) {
  return {
    label: `${one.title} by day; the newest is ${value}.`,
    rows: one.rows,
    width,
    height: 104,
    ticks: 3,
    marginLeft: Math.max(46, 12 + 6.4 * (one.domain ? one.write(one.domain[1]).length : 0)),
    marginTop: 8,
    names: false,
    zero: !one.domain,
    domain: one.domain ?? (one.rows.every((row) => !one.value(row)) ? [0, 1] as [number, number] : undefined),
    format: one.write,
    value: one.value,
    says: (row: Row) => `${date(row.event_date)}\n${one.value(row) === null ? MISSING : one.write(one.value(row)!)}`,
    marks: [
      ...(one.marks ?? []),
      ...(one.domain ? [] : [areaY(unbroken(one.rows), { x: at, y: ((row: Row) => one.value(row) ?? NaN) as never, fill: SERIES, fillOpacity: 0.1 })]),
      series(one.rows, one.value, { stroke: SERIES, strokeWidth: one.rows.length > 120 ? 1 : 1.5 }),
    ],
  };
}
