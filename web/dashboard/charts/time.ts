// Charts over time: one axis for all of them, and below it which model was in service.
import { areaY, axisX, line, plot, pointerX, rect, ruleX, text, tip, type Markish } from "@observablehq/plot";
import { timeline } from "../answers/delivery.ts";
import type { Data } from "../data/document.ts";
import { addDays, akin, day, daysBetween, iso, span } from "../data/pick.ts";
import { shortDate } from "../text/format.ts";
import { BAND, draw, INK, left, OUTLINE, PAPER, RULE, SOFT } from "./plot.ts";

interface Dated { event_date: string | null }
export const at = (row: Dated): Date => day(row.event_date!);

export interface TimeChart<Row extends Dated> {
  label: string;
  rows: Row[];
  width: number;
  height?: number;
  format: (value: number) => string;
  marks: Markish[];
  /** What is said of the row nearest to the pointer. */
  says: (row: Row) => string;
  /** Where the pointer's note points to. */
  value: (row: Row) => number | null;
  domain?: [number, number] | undefined;
  zero?: boolean;
  ticks?: number;
  marginLeft?: number;
  marginTop?: number;
  /** Without it, for small charts, the strip of models has no names. */
  names?: boolean;
}

/** First and last moment of the axis, half a day more on both sides. */
export function domain(data: Data): [Date, Date] {
  const [from, to] = span(data) ?? ["2000-01-01", "2000-01-02"];
  return [new Date(day(from).getTime() - 43_200_000), new Date(day(to).getTime() + 43_200_000)];
}

/** Ticks as dates: days, Mondays, firsts of months or of quarters, by what there is room for. */
export function ticks([from, to]: [Date, Date], width: number): Date[] {
  const room = Math.max(2, Math.floor(width / 64));
  const first = iso(new Date(from.getTime() + 43_200_000));
  const days = Array.from({ length: daysBetween(first, iso(to)) + 1 }, (_, i) => addDays(first, i)).filter((one) => day(one) <= to);
  const kinds: ((one: string) => boolean)[] = [
    () => true,
    (one) => day(one).getUTCDay() === 1,
    (one) => one.endsWith("-01"),
    (one) => /-(01|04|07|10)-01$/.test(one),
    (one) => one.endsWith("-01-01") || one.endsWith("-07-01"),
  ];
  for (const kind of kinds) {
    const found = days.filter(kind);
    if (found.length <= room) return (found.length > 0 ? found : days.slice(0, 1)).map(day);
  }
  return days.slice(0, 1).map(day);
}

export function dates(domain: [Date, Date], inner: number): Markish {
  const shown = ticks(domain, inner);
  const monthly = shown.length > 1 && shown.every((one) => one.getUTCDate() === 1);
  const first = shown[0]?.getTime();
  const write = (date: Date) => {
    const month = shortDate(iso(date)).replace(/^\d+ /, "");
    if (!monthly) return shortDate(iso(date));
    return date.getUTCMonth() === 0 || date.getTime() === first ? `${month} ${date.getUTCFullYear()}` : month;
  };
  return axisX({ ticks: shown as unknown as number, tickFormat: write as never, tickSize: 4, tickPadding: 4, label: null, fill: SOFT, stroke: RULE });
}

export function overTime<Row extends Dated>(data: Data, of: TimeChart<Row>): Element[] {
  const { width, height = 210, marginLeft = 52, marginTop = 14 } = of;
  const x = domain(data);
  const margins = { marginLeft, marginRight: 8 };
  const shown = of.rows.filter((row) => of.value(row) !== null);
  const chart = draw(of.label, {
    width,
    height,
    ...margins,
    marginTop,
    marginBottom: 24,
    x: { type: "utc", domain: x },
    y: { nice: true, zero: of.zero ?? false, ...(of.domain ? { domain: of.domain } : {}) },
    marks: [
      ...left(of.format, of.ticks ?? 4),
      dates(x, width - marginLeft),
      ...of.marks,
      ruleX(shown, pointerX({ x: at, py: of.value as never, stroke: SOFT, strokeOpacity: 0.5 })),
      tip(shown, pointerX({ x: at, y: of.value as never, title: of.says, fill: PAPER, stroke: SOFT, textPadding: 8 })),
    ],
  });
  const models = strip(data, x, width, margins, of.names ?? true);
  return models ? [chart, models] : [chart];
}

/** A bar for every version while it was in service; in its own table, so a screen reader need not hear of it each time. */
export function strip(data: Data, x: [Date, Date], width: number, margins: { marginLeft: number; marginRight: number }, names: boolean): Element | null {
  const bars = timeline(data)
    .filter(({ row }) => akin(data, row.model_version))
    .toReversed()
    .map(({ row, from, to }, i) => ({ name: row.model_version ?? "", from: later(day(from), x[0]), to: to ? earlier(day(to), x[1]) : x[1], i }))
    .filter((bar) => bar.from < bar.to);
  if (bars.length === 0) return null;
  const inner = width - margins.marginLeft - margins.marginRight;
  const room = (bar: { from: Date; to: Date }) => ((bar.to.getTime() - bar.from.getTime()) / (x[1].getTime() - x[0].getTime())) * inner;
  const fits = (name: string, pixels: number) => (name.length * 6.4 + 8 <= pixels ? name : pixels > 30 ? `${name.slice(0, Math.floor((pixels - 14) / 6.4))}…` : "");
  const svg = plot({
    className: "plot",
    width,
    height: names ? 22 : 8,
    ...margins,
    marginTop: 2,
    marginBottom: 2,
    x: { type: "utc", domain: x, axis: null },
    y: { domain: [0, 1], axis: null },
    marks: [
      rect(bars, { x1: "from", x2: "to", y1: 0, y2: 1, fill: (bar: { i: number }) => (bar.i % 2 === 0 ? "var(--model)" : "var(--model-other)"), insetLeft: 0.5, insetRight: 0.5, stroke: OUTLINE, strokeWidth: 0.75 }),
      names ? text(bars, { x: "from", y: 0.5, text: (bar: { name: string; from: Date; to: Date }) => fits(bar.name, room(bar)), textAnchor: "start", dx: 5, fill: INK, fontSize: 11 }) : null,
      names ? text(["Model"], { frameAnchor: "left", dx: -8, textAnchor: "end", fill: SOFT, fontSize: 11 }) : null,
    ],
  }) as unknown as SVGElement;
  svg.querySelector("style")?.remove();
  for (const attribute of ["font-family", "font-size"]) svg.removeAttribute(attribute);
  for (const named of svg.querySelectorAll("[aria-label]")) named.removeAttribute("aria-label");
  svg.classList.add("strip");
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

const later = (a: Date, b: Date): Date => (a > b ? a : b);
const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

/** A line that breaks where a day is missing. */
export function unbroken<Row extends Dated>(rows: Row[]): (Row | Dated)[] {
  const out: (Row | Dated)[] = [];
  for (const row of rows) {
    const before = out.at(-1)?.event_date;
    // A day without a value ends the line.
    if (before && row.event_date && daysBetween(before, row.event_date) > 1) out.push({ event_date: addDays(before, 1) });
    out.push(row);
  }
  return out;
}

export const series = <Row extends Dated>(rows: Row[], value: (row: Row) => number | null, options: object): Markish =>
  line(unbroken(rows), { x: at, y: ((row: Row) => value(row) ?? NaN) as never, strokeWidth: 1.75, strokeLinejoin: "round", ...options });

/** What is usual by day, from `low` to `high`. */
export function band<Row extends Dated>(rows: Row[], low: (row: Row) => number | null, high: (row: Row) => number | null, curve: "linear" | "step" = "linear"): Markish[] {
  const area = { x: at, y1: ((row: Row) => low(row) ?? NaN) as never, y2: ((row: Row) => high(row) ?? NaN) as never, fill: BAND, curve };
  return [areaY(unbroken(rows), area), ...[low, high].map((end) => series(rows, end, { stroke: OUTLINE, strokeWidth: rows.length > 120 ? 0.5 : 0.75, curve }))];
}

/** A thinner line where there are many days. */
export const fine = (rows: unknown[]): { strokeWidth: number } => ({ strokeWidth: rows.length > 120 ? 1.25 : 1.75 });
