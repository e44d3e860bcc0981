import { dot, rect, rectY, text, type Markish } from "@observablehq/plot";
import { lastRuns, missingDays, runs, volume } from "../answers/volume.ts";
import type { Data } from "../data/document.ts";
import type { Volume } from "../data/views.ts";
import { addDays, day, text as order } from "../data/pick.ts";
import { count, date, duration, percent, short, shortDate, weekday } from "../text/format.ts";
import { ofRun, type Status, status, WORDS } from "../text/status.ts";
import type { Draw } from "../page/panel.ts";
import { AMBER, draw, GREY, INK, OCTAGON, PAPER, RED, SERIES, SOFT } from "./plot.ts";
import { multiples, type Small } from "./small.ts";
import { at, band, fine, overTime, series } from "./time.ts";

export const days = (data: Data): Volume[] =>
  data.rows("v_volume_daily").filter((row) => row.event_date !== null).toSorted((a, b) => order(a.event_date, b.event_date));

/** Marks of days that are not as usual: the shape says it too. */
export function flags<Row extends { event_date: string | null; status: string | null }>(rows: Row[], y: (row: Row) => number | null): Markish[] {
  const of = (word: Status) => rows.filter((row) => status(row.status) === word && y(row) !== null);
  const shared = { x: at, y: y as never, stroke: PAPER, strokeWidth: 1 };
  return [
    dot(of("amber"), { ...shared, symbol: "triangle", r: 4.5, fill: AMBER }),
    dot(of("red"), { ...shared, symbol: OCTAGON as never, r: 4.5, fill: RED }),
  ];
}

/** Visitors a day on the band of the usual weekday. */
export function volumeChart(data: Data): Draw | undefined {
  const rows = days(data);
  if (rows.length === 0) return undefined;
  const gaps = missingDays(data);
  const most = rows.reduce((n, row) => Math.max(n, row.visitors ?? 0, row.band_high ?? 0), 0);
  const half = 43_200_000;
  return (width) =>
    overTime(data, {
      label: `Visitors a day. ${volume(data).text}`,
      rows,
      width,
      height: 240,
      format: short,
      zero: true,
      domain: most > 0 ? [0, most * 1.05] : undefined,
      value: (row) => row.visitors,
      says: (row) => `${weekday(row.event_date!)} ${date(row.event_date)}\n${count(row.visitors)} visitors\nusual ${count(row.band_low)} to ${count(row.band_high)}`,
      marks: [
        rect(gaps, { x1: (gap: string) => new Date(day(gap).getTime() - half), x2: (gap: string) => new Date(day(gap).getTime() + half), fill: "url(#missing)" }),
        ...band(rows, (row) => row.band_low, (row) => row.band_high, "step"),
        series(rows, (row) => row.visitors, { stroke: SERIES, ...fine(rows) }),
        ...(rows.length < 15 ? [dot(rows, { x: at, y: "visitors", r: 3, fill: SERIES })] : []),
        ...flags(rows, (row) => row.visitors),
      ],
    });
}

const FILLS: Record<Status, string> = { green: "var(--calm)", amber: AMBER, red: RED, grey: GREY };

/** A cell for each of the last 90 days; red ones have a cross, days without a run are empty. */
export function runChart(data: Data): Draw | undefined {
  const cells = lastRuns(data, 90).map(({ day: on, runs: attempts }) => {
    const last = attempts.at(-1);
    return { on, of: ofRun(last?.status ?? null), run: last, attempts: attempts.length };
  });
  if (cells.length === 0) return undefined;
  const says = (cell: (typeof cells)[number]) =>
    cell.of === null
      ? `${date(cell.on)}\nno run`
      : `${date(cell.on)}: ${WORDS[cell.of].toLowerCase()}\n${cell.run?.status ?? ""} after ${duration(cell.run?.duration_s)}${cell.run?.failed_stage ? `\nin ${cell.run.failed_stage}` : ""}${cell.attempts > 1 ? `\n${cell.attempts} attempts` : ""}`;
  return (width) => {
    const many = Math.max(30, cells.length);
    const step = width / many;
    const monthly = cells.filter((cell, i) => (i === 0 && !/-(2[6-9]|3\d)$/.test(cell.on)) || cell.on.endsWith("-01"));
    return [
      draw(`Runs of the last ${cells.length} days. ${runs(data).text}`, {
        width,
        height: 66,
        marginLeft: 0,
        marginRight: 0,
        marginTop: 4,
        marginBottom: 22,
        x: { type: "band", domain: Array.from({ length: many }, (_, i) => addDays(cells[0]!.on, i)), axis: null, padding: 0.18 },
        y: { domain: [0, 1], axis: null },
        marks: [
          rectY(cells, { x: "on", y1: 0, y2: 1, fill: (cell: (typeof cells)[number]) => (cell.of ? FILLS[cell.of] : "none"), stroke: SOFT, strokeWidth: 0.75, strokeDasharray: (cell: (typeof cells)[number]) => (cell.of ? "none" : "2 2"), rx: 1.5, title: says } as never),
          dot(cells.filter((cell) => cell.of === "red"), { x: "on", y: 0.5, symbol: "times", r: Math.min(4, step / 3), stroke: PAPER, strokeWidth: 2, pointerEvents: "none" }),
          text(cells.filter((cell) => cell.attempts > 1), { x: "on", y: 0, dy: -7, text: (cell: (typeof cells)[number]) => String(cell.attempts), fontSize: 10, fill: (cell: (typeof cells)[number]) => (cell.of === "green" ? INK : PAPER), pointerEvents: "none" }),
          text(monthly, { x: "on", y: 0, dy: 14, text: (cell: (typeof cells)[number]) => shortDate(cell.on), textAnchor: "start", dx: -step / 2, fill: SOFT }),
        ],
      }),
    ];
  };
}

/** What small charts of the volume show: the column, its title and how it is written. */
const SMALL: [keyof Volume, string, (value: number) => string][] = [
  ["events", "Events", short],
  ["sessions", "Sessions", short],
  ["late_events", "Events that came late", short],
  ["null_client_id_share", "Events without a client id", (value) => percent(value)],
];

export function completenessChart(data: Data): Draw | undefined {
  const rows = days(data);
  const all = SMALL.map(([column, title, write]): Small<Volume> => ({ title, rows, value: (row) => row[column] as number | null, write }));
  const drawn = all.filter((one) => rows.some((row) => one.value(row) !== null));
  return drawn.length === 0 ? undefined : (width) => multiples(data, drawn, width, 4);
}
