import { areaY, barX, dot, line, rectY, ruleX, text } from "@observablehq/plot";
import { byWeek, deciles, gains, lift, type Week, weeks } from "../answers/useful.ts";
import type { Data } from "../data/document.ts";
import type { Decile } from "../data/views.ts";
import { addDays, day } from "../data/pick.ts";
import type { Draw } from "../page/panel.ts";
import { count, fixed, percent, range, short } from "../text/format.ts";
import { below, draw, INK, left, OUTLINE, PALE, PAPER, SERIES, SOFT } from "./plot.ts";
import { overTime } from "./time.ts";

/** Share of conversions by share of scores, from the highest down. */
export function gainsChart(data: Data): Draw | undefined {
  const rows = deciles(data).filter((row) => row.cum_visitors_share !== null && row.cum_conversions_share !== null);
  const [top] = rows;
  if (!top) return undefined;
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const curve = [{ cum_visitors_share: 0, cum_conversions_share: 0 }, ...rows];
  return (width) => [
    draw(`Gains. ${gains(data).text}`, {
      width,
      height: 320,
      marginLeft: 48,
      marginBottom: 40,
      marginTop: 28,
      marginRight: 12,
      x: { domain: [0, 1] },
      y: { domain: [0, 1] },
      marks: [
        ...left((value) => percent(value), 5, ticks),
        below((value) => percent(value), ticks, "of scores, highest first"),
        text(["of conversions"], { frameAnchor: "top-left", dx: -40, dy: -22, textAnchor: "start", fill: SOFT }),
        areaY(curve, { x: "cum_visitors_share", y1: "cum_visitors_share", y2: "cum_conversions_share", fill: SERIES, fillOpacity: 0.1 }),
        line([[0, 0], [1, 1]], { stroke: SOFT, strokeDasharray: "4 4" }),
        line(curve, { x: "cum_visitors_share", y: "cum_conversions_share", stroke: SERIES, strokeWidth: 2 }),
        dot(rows, { x: "cum_visitors_share", y: "cum_conversions_share", r: 3, fill: SERIES, stroke: PAPER, title: (row: Decile) => `highest ${percent(row.cum_visitors_share)} of scores\n${percent(row.cum_conversions_share)} of conversions` }),
        dot([top], { x: "cum_visitors_share", y: "cum_conversions_share", r: 5, fill: INK, stroke: PAPER }),
        text([top], { x: "cum_visitors_share", y: "cum_conversions_share", dx: 12, dy: 2, textAnchor: "start", text: (row: Decile) => percent(row.cum_conversions_share), fill: INK, fontSize: 15, fontWeight: 600 }),
        text([0.5], { x: 0.5, y: 0.5, dx: 8, dy: 12, textAnchor: "start", text: () => "by chance", fill: SOFT }),
      ],
    }),
  ];
}

/** How many times as often each tenth converts as everybody. */
export function liftChart(data: Data): Draw | undefined {
  const rows = deciles(data).filter((row) => row.lift !== null && row.decile !== null);
  if (rows.length === 0) return undefined;
  const max = rows.reduce((n, row) => Math.max(n, row.lift!), 1);
  return (width) => [
    draw(`Lift by tenth. ${lift(data).text}`, {
      width,
      height: 320,
      marginLeft: 64,
      marginBottom: 24,
      marginTop: 28,
      marginRight: 132,
      x: { domain: [0, max], axis: null },
      y: { type: "band", domain: rows.map((row) => row.decile), padding: 0.28, tickSize: 0, label: null, tickFormat: (decile: number) => (decile === 1 ? "highest 1" : decile === 10 ? "lowest 10" : String(decile)) },
      marks: [
        barX(rows, { x: "lift", y: "decile", fill: (row: Decile) => (row.decile === 1 ? SERIES : PALE), stroke: OUTLINE, strokeWidth: 0.75, rx: 1 }),
        ruleX([1], { stroke: INK, strokeDasharray: "3 3", strokeOpacity: 0.7 }),
        text([1], { x: 1, frameAnchor: "bottom", dy: 16, text: () => "everybody", fill: SOFT }),
        text(rows, { x: "lift", y: "decile", dx: 6, textAnchor: "start", text: (row: Decile) => `${fixed(row.lift, row.lift! < 10 ? 2 : 1)}×`, fill: INK, fontWeight: 600, stroke: PAPER, strokeWidth: 4 }),
        text(rows, { frameAnchor: "right", y: "decile", dx: 128, textAnchor: "end", text: (row: Decile) => `${count(row.conversions)} of ${short(row.visitors ?? 0)}`, fill: SOFT }),
      ],
    }),
  ];
}

const SHADES = ["var(--d1)", "var(--d2)", "var(--d3)", "var(--d4)"];
/** The first tenth, the second, the third to fifth, the lower half. */
const group = (decile: number): number => (decile <= 2 ? decile - 1 : decile <= 5 ? 2 : 3);
export const GROUPS = ["highest tenth", "second tenth", "third to fifth", "lower half"];

export function weekChart(data: Data): Draw | undefined {
  const all = weeks(data);
  if (all.every((row) => row.conversions === 0)) return undefined;
  const of = new Map<string, Week[]>();
  for (const row of all) of.set(row.week, [...(of.get(row.week) ?? []), row]);
  const bars = [...of].flatMap(([week, rows]) => {
    let from = 0;
    return GROUPS.map((_, i) => {
      const sum = rows.filter((row) => group(row.decile) === i).reduce((n, row) => n + row.conversions, 0);
      const bar = { event_date: week, group: i, from, to: from + sum, conversions: sum, whole: rows.every((row) => row.days === 7) };
      from += sum;
      return bar;
    });
  });
  const tops = bars.filter((bar) => bar.group === GROUPS.length - 1);
  const says = (bar: { event_date: string | null }) =>
    `${range(bar.event_date!, addDays(bar.event_date!, 6))}\n${bars.filter((one) => one.event_date === bar.event_date).map((one) => `${GROUPS[one.group]}: ${count(one.conversions)}`).join("\n")}`;
  return (width) =>
    overTime(data, {
      label: `Scores that came true, by week and tenth. ${byWeek(data).text}`,
      rows: tops,
      width,
      height: 230,
      format: short,
      domain: [0, 1.05 * tops.reduce((n, bar) => Math.max(n, bar.to), 1)],
      value: (bar) => bar.to,
      says,
      marks: [
        rectY(bars, {
          x1: (bar: { event_date: string }) => new Date(day(bar.event_date).getTime() - 43_200_000),
          x2: (bar: { event_date: string }) => new Date(day(addDays(bar.event_date, 6)).getTime() + 43_200_000),
          y1: "from",
          y2: "to",
          fill: (bar: { group: number }) => SHADES[bar.group],
          fillOpacity: (bar: { whole: boolean }) => (bar.whole ? 1 : 0.45),
          stroke: OUTLINE,
          strokeWidth: (bar: { conversions: number }) => (bar.conversions > 0 ? 0.75 : 0),
          insetLeft: 0.75,
          insetRight: 0.75,
          clip: true,
        }),
      ],
    });
}
