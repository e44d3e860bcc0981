import { axisY, dot, line, rect, rectY, ruleY, text } from "@observablehq/plot";
import { byFeature, drift, features, histogram, scores, shade, top } from "../answers/world.ts";
import type { Data } from "../data/document.ts";
import type { Drift } from "../data/views.ts";
import { day, daysBetween } from "../data/pick.ts";
import type { Draw } from "../page/panel.ts";
import { date, index, percent } from "../text/format.ts";
import { WORDS } from "../text/status.ts";
import { AMBER, below, draw, INK, left, OCTAGON, OUTLINE, PALE, PAPER, RED, SOFT } from "./plot.ts";
import { rootTicks } from "./right.ts";
import { multiples } from "./small.ts";
import { dates, domain, strip } from "./time.ts";

/** Shares of scores as bars, the reference as steps over them. */
export function histogramChart(data: Data): Draw | undefined {
  const found = scores(data);
  if (!found) return undefined;
  const { bars } = found;
  const steps = bars.filter((bar) => bar.reference !== null).flatMap((bar) => [[bar.low, bar.reference!], [bar.high, bar.reference!]]);
  const max = bars.reduce((n, bar) => Math.max(n, bar.share ?? 0, bar.reference ?? 0), 0.001);
  const end = bars.at(-1)!.high;
  // Where most scores are low, bars are narrow there.
  const fine = bars.some((bar) => bar.high - bar.low < 0.02);
  return (width) => [
    draw(`Scores against the reference. ${histogram(data).text}`, {
      width,
      height: 220,
      marginLeft: 52,
      marginBottom: 40,
      marginTop: 28,
      marginRight: 8,
      x: { type: fine ? "sqrt" : "linear", domain: [Math.min(0, bars[0]!.low), end] },
      y: { type: "sqrt", domain: [0, max * 1.05] },
      marks: [
        ...left((value) => percent(value), 4, [0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8].filter((tick) => tick <= max)),
        below((value) => percent(value), fine ? rootTicks(end, width - 60, 44) : 10, "score"),
        text(["of scores"], { frameAnchor: "top-left", dx: -44, dy: -22, textAnchor: "start", fill: SOFT }),
        rectY(bars, { x1: "low", x2: "high", y1: 0, y2: (bar: { share: number | null }) => bar.share ?? 0, fill: PALE, stroke: OUTLINE, strokeWidth: 0.75, insetLeft: 0.75, insetRight: 0.75, title: (bar: (typeof bars)[number]) => `scores of ${percent(bar.low)} to ${percent(bar.high)}\n${percent(bar.share)} of all\nreference ${percent(bar.reference)}` }),
        line(steps, { stroke: INK, strokeWidth: 1.5 }),
        ruleY([0], { stroke: SOFT }),
      ],
    }),
  ];
}

const ROWS = 20;
const MARKS = { amber: "triangle", red: OCTAGON };

/** The features that the heat map shows, and how many it leaves out. */
export function shown(data: Data): { names: string[]; left: number } {
  const all = features(data).map((row) => row.feature!);
  return { names: all.slice(0, ROWS), left: Math.max(0, all.length - ROWS) };
}

/** Runs of days of the same shade, so that a year is a few hundred rectangles. */
function cells(data: Data) {
  const rows = byFeature(data);
  return shown(data).names.flatMap((feature) => {
    const out: { feature: string; from: string; to: string; step: ReturnType<typeof shade>; most: number }[] = [];
    for (const row of rows.get(feature) ?? []) {
      if (row.psi === null || row.event_date === null) continue;
      const step = shade(data, row);
      const last = out.at(-1);
      if (last && last.step === step && daysBetween(last.to, row.event_date) === 1) {
        last.to = row.event_date;
        last.most = Math.max(last.most, row.psi);
      } else out.push({ feature, from: row.event_date, to: row.event_date, step, most: row.psi });
    }
    return out;
  });
}

const HALF = 43_200_000;

export function heatChart(data: Data): Draw | undefined {
  const runs = cells(data);
  if (runs.length === 0) return undefined;
  const { names } = shown(data);
  const newest = new Map(features(data).map((row) => [row.feature!, row]));
  const off = names.filter((name) => MARKS[newest.get(name)?.status as keyof typeof MARKS]);
  return (width) => {
    const small = width < 560;
    const marginLeft = small ? 132 : 216;
    const most = Math.floor((marginLeft - 12) / 6.3);
    const x = domain(data);
    const says = (run: (typeof runs)[number]) => `${run.feature}\n${run.from === run.to ? date(run.from) : `${date(run.from)} to ${date(run.to)}`}\n${run.step === "amber" || run.step === "red" ? `${WORDS[run.step]}, ` : ""}PSI ${run.from === run.to ? "" : "up to "}${index(run.most)}`;
    const write = (feature: string) => (feature.length > most ? `…${feature.slice(1 - most)}` : feature);
    const models = strip(data, x, width, { marginLeft, marginRight: 64 }, true);
    return [
      draw(`PSI of ${names.length} features by day. ${drift(data).text}`, {
        width,
        height: names.length * 17 + 30,
        marginLeft,
        marginRight: 64,
        marginTop: 4,
        marginBottom: 26,
        x: { type: "utc", domain: x },
        y: { type: "band", domain: names, padding: 0.12 },
        marks: [
          dates(x, width - marginLeft - 64),
          axisY({ tickSize: 0, tickPadding: 10, label: null, tickFormat: write as never, fill: INK }),
          rect(runs, {
            x1: (run: (typeof runs)[number]) => new Date(day(run.from).getTime() - HALF),
            x2: (run: (typeof runs)[number]) => new Date(day(run.to).getTime() + HALF),
            y: "feature",
            fill: (run: (typeof runs)[number]) => `var(--cell-${run.step})`,
            title: says,
          }),
          text(names, { y: (name: string) => name, frameAnchor: "right", dx: 46, textAnchor: "end", text: (name: string) => index(newest.get(name)?.psi), fill: INK }),
          dot(off, { y: (name: string) => name, frameAnchor: "right", dx: 56, symbol: ((name: string) => MARKS[newest.get(name)!.status as keyof typeof MARKS]) as never, r: 4.5, fill: (name: string) => (newest.get(name)!.status === "red" ? RED : AMBER), stroke: PAPER }),
        ],
      }),
      ...(models ? [models] : []),
    ];
  };
}

const MANY = 10;

/** PSI of the ten features that come first, each small, with both limits. */
export function topChart(data: Data): Draw | undefined {
  const all = top(data, MANY);
  if (all.length === 0) return undefined;
  const [amber, red] = data.thresholds.psi;
  return (width) =>
    multiples<Drift>(
      data,
      all.map(({ row, of, days }) => {
        const most = days.reduce((n, one) => Math.max(n, one.psi ?? 0), 0);
        return {
          title: row.feature!,
          rows: days,
          value: (one: Drift) => one.psi,
          write: index,
          status: of,
          note: row.null_share === null ? "PSI" : `PSI, ${percent(row.null_share)} missing`,
          domain: [0, Math.max(most * 1.1, amber * 1.2)] as [number, number],
          marks: [ruleY([amber], { stroke: AMBER, strokeDasharray: "3 3" }), most > red ? ruleY([red], { stroke: RED, strokeDasharray: "3 3" }) : null],
        };
      }),
      width,
      5,
      150,
    );
}
