import { dot, line, ruleX, ruleY, text } from "@observablehq/plot";
import { auc, baseRate, bins, calibration, metricTitle, otherMetrics, points, precision, roc } from "../answers/right.ts";
import type { Data } from "../data/document.ts";
import type { CalibrationBin, Performance } from "../data/views.ts";
import { mature, metric } from "../data/pick.ts";
import type { Draw } from "../page/panel.ts";
import { count, date, fixed, percent } from "../text/format.ts";
import { below, draw, INK, left, PAPER, SECOND, SERIES, SOFT } from "./plot.ts";
import { multiples, type Small } from "./small.ts";
import { at, band, fine, overTime, series } from "./time.ts";
import { flags } from "./volume.ts";

const NICE = [0, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const square = (width: number): number => Math.min(420, Math.round(width * 0.96));

/** Ticks of a root scale that are not nearer to each other than `apart` pixels. */
export function rootTicks(max: number, pixels: number, apart: number): number[] {
  const out: number[] = [];
  for (const tick of NICE) {
    const place = (value: number) => Math.sqrt(value / max) * pixels;
    if (tick <= max && (out.length === 0 || place(tick) - place(out.at(-1)!) >= apart)) out.push(tick);
  }
  return out;
}

/** Predicted against observed; both axes are of square roots, so that rare outcomes have room and the diagonal stays one. */
export function calibrationChart(data: Data): Draw | undefined {
  const rows = bins(data);
  if (rows.length === 0) return undefined;
  const max = Math.min(1, 1.12 * rows.reduce((n, row) => Math.max(n, row.predicted_mean!, row.observed_rate!), 0.001));
  const says = (row: CalibrationBin) =>
    `${count(row.visitors)} scores\npredicted ${percent(row.predicted_mean)}\nconverted ${percent(row.observed_rate)} (${percent(row.ci_low)} to ${percent(row.ci_high)})${mature(row.labels_mature) ? "" : "\noutcomes not complete"}`;
  return (width) => {
    const height = square(width);
    const scale = { type: "sqrt" as const, domain: [0, max], clamp: true };
    const ends = rows.filter((row) => row.ci_low !== null && row.ci_high !== null);
    return [
      draw(`Calibration. ${calibration(data).text}`, {
        width,
        height,
        marginLeft: 48,
        marginBottom: 40,
        marginTop: 28,
        marginRight: 12,
        x: scale,
        y: scale,
        marks: [
          ...left((value) => percent(value), 5, rootTicks(max, height - 56, 26)),
          below((value) => percent(value), rootTicks(max, width - 60, 44), "predicted"),
          text(["converted"], { frameAnchor: "top-left", dx: -40, dy: -22, textAnchor: "start", fill: SOFT }),
          line([[0, 0], [max, max]], { stroke: SOFT, strokeDasharray: "4 4" }),
          ruleX(ends, { x: "predicted_mean", y1: "ci_low", y2: "ci_high", stroke: INK, strokeWidth: 1.5, strokeOpacity: 0.6 }),
          dot(rows.filter((row) => mature(row.labels_mature)), { x: "predicted_mean", y: "observed_rate", r: 4.5, fill: SERIES, stroke: PAPER, title: says }),
          dot(rows.filter((row) => !mature(row.labels_mature)), { x: "predicted_mean", y: "observed_rate", r: 4.5, fill: PAPER, stroke: SERIES, strokeDasharray: "2 2", title: says }),
        ],
      }),
    ];
  };
}

export function rocChart(data: Data): Draw | undefined {
  const rows = points(data).filter((row) => row.fpr !== null && row.tpr !== null);
  if (rows.length === 0) return undefined;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return (width) => [
    draw(`ROC curve. ${roc(data).text}`, {
      width,
      height: square(width),
      marginLeft: 48,
      marginBottom: 40,
      marginTop: 28,
      marginRight: 12,
      x: { domain: [0, 1] },
      y: { domain: [0, 1] },
      marks: [
        ...left((value) => percent(value), 4, ticks),
        below((value) => percent(value), ticks, "of those who do not convert"),
        text(["found of those who convert"], { frameAnchor: "top-left", dx: -40, dy: -22, textAnchor: "start", fill: SOFT }),
        line([[0, 0], [1, 1]], { stroke: SOFT, strokeDasharray: "4 4" }),
        line([{ fpr: 0, tpr: 0 }, ...rows, { fpr: 1, tpr: 1 }], { x: "fpr", y: "tpr", stroke: SERIES, strokeWidth: 2, strokeLinejoin: "round" }),
      ],
    }),
  ];
}

export function precisionChart(data: Data): Draw | undefined {
  const rows = points(data).filter((row) => row.precision !== null && row.recall !== null);
  if (rows.length === 0) return undefined;
  const base = baseRate(data);
  const max = Math.min(1, 1.08 * rows.reduce((n, row) => Math.max(n, row.precision!), 0.01));
  return (width) => [
    draw(`Precision and recall. ${precision(data).text}`, {
      width,
      height: square(width),
      marginLeft: 48,
      marginBottom: 40,
      marginTop: 28,
      marginRight: 12,
      x: { domain: [0, 1] },
      y: { domain: [0, max] },
      marks: [
        ...left((value) => percent(value), 4),
        below((value) => percent(value), [0, 0.25, 0.5, 0.75, 1], "found of those who convert"),
        text(["convert of those chosen"], { frameAnchor: "top-left", dx: -40, dy: -22, textAnchor: "start", fill: SOFT }),
        base === null ? null : ruleY([base], { stroke: SOFT, strokeDasharray: "4 4" }),
        // Of those who were found at all.
        line(rows.filter((row) => row.recall), { x: "recall", y: "precision", stroke: SERIES, strokeWidth: 2, strokeLinejoin: "round" }),
      ],
    }),
  ];
}

const value = (row: Performance): number | null => row.value_realised ?? row.value_estimated;

/** Realised and estimated, on the band that the reference allows. */
export function aucChart(data: Data): Draw | undefined {
  const rows = metric(data, "auc").filter((row) => value(row) !== null);
  if (rows.length === 0) return undefined;
  const final = rows.filter((row) => mature(row.labels_mature));
  const open = rows.filter((row) => !mature(row.labels_mature));
  return (width) =>
    overTime(data, {
      label: `AUC by day. ${auc(data).text}`,
      rows,
      width,
      height: 230,
      format: (number) => fixed(number, 2),
      value,
      says: (row) =>
        `${date(row.event_date)}\nrealised ${fixed(mature(row.labels_mature) ? row.value_realised : null, 3)}\nestimated ${fixed(row.value_estimated, 3)}\nusual ${fixed(row.low, 3)} to ${fixed(row.high, 3)}`,
      marks: [
        ...band(rows, (row) => row.low, (row) => row.high),
        series(rows, (row) => row.value_estimated, { stroke: SECOND, strokeDasharray: "3 3", ...fine(rows) }),
        series(final, (row) => row.value_realised, { stroke: SERIES, ...fine(rows) }),
        dot(open.filter((row) => row.value_realised !== null), { x: at, y: "value_realised", r: 2, stroke: SERIES, fill: PAPER }),
        ...(rows.length < 15 ? [dot(final, { x: at, y: "value_realised", r: 3, fill: SERIES })] : []),
        ...flags(final, (row) => row.value_realised),
      ],
    });
}

/** The other metrics, each small, on what they were in the test of the model of the day. */
export function othersChart(data: Data): Draw | undefined {
  const all = otherMetrics(data).map((name): Small<Performance> => {
    const rows = metric(data, name).filter((row) => mature(row.labels_mature));
    const shown = rows.flatMap((row) => [row.value_realised, row.ref_mean]).filter((one): one is number => one !== null);
    const [low, high] = [Math.min(...shown), Math.max(...shown)];
    // As many as tell the lines of the axis apart.
    const apart = high > low ? Math.ceil(-Math.log10((high - low) / 3)) : 3;
    const digits = high >= 10 ? 1 : high >= 0.6 ? 2 : Math.min(5, Math.max(3, apart));
    return {
      title: metricTitle(name),
      rows,
      value: (row) => row.value_realised,
      write: (number) => fixed(number, digits),
      domain: shown.length > 0 && high > low ? [low - (high - low) * 0.05, high + (high - low) * 0.05] : undefined,
      marks: [series(rows, (row) => row.ref_mean, { stroke: SOFT, strokeDasharray: "4 4", strokeWidth: 1.25 })],
    };
  });
  const drawn = all.filter((one) => one.rows.some((row) => row.value_realised !== null));
  return drawn.length === 0 ? undefined : (width) => multiples(data, drawn, width, 4);
}
