import { rect, ruleY, text } from "@observablehq/plot";
import { activation, models, parity, parityDays, tagDays, timeline, way } from "../answers/delivery.ts";
import type { Data } from "../data/document.ts";
import type { Activation, Parity, Tag } from "../data/views.ts";
import { addDays, day, span, text as order } from "../data/pick.ts";
import type { Draw } from "../page/panel.ts";
import { count, date, fixed, percent, short, tiny } from "../text/format.ts";
import { AMBER, draw, INK, OUTLINE, PALE, SERIES } from "./plot.ts";
import { multiples, type Small } from "./small.ts";
import { dates, overTime, series } from "./time.ts";
import { flags } from "./volume.ts";

export function tagChart(data: Data): Draw | undefined {
  const rows = tagDays(data);
  if (rows.length === 0) return undefined;
  const of = (title: string, name: keyof Tag, write: (value: number) => string): Small<Tag> => ({ title, rows, value: (row) => row[name] as number | null, write });
  const all = [
    of("Sessions", "loads", short),
    of("Sessions with a score", "scored", short),
    of("Events without consent", "blocked_by_consent", short),
    of("Pages: signature failed", "signature_failures", count),
    of("Pages: no score otherwise", "errors", count),
    of("Pages: browser or policy", "wasm_unsupported", count),
    of("Ready, 3 of 4 pages within", "p75_load_ms", (value) => `${fixed(value, 0)} ms`),
    of("A score, 3 of 4 within", "p75_score_us", (value) => `${fixed(value, 0)} µs`),
  ].filter((one) => one.rows.some((row) => one.value(row) !== null));
  return all.length === 0 ? undefined : (width) => multiples(data, all, width, 4);
}

/** Accepted share by day, a line for each destination. */
export function activationChart(data: Data): Draw | undefined {
  const rows = data.rows("v_activation_daily").filter((row) => row.event_date !== null && row.accepted_share !== null).toSorted((a, b) => order(a.event_date, b.event_date));
  if (rows.length === 0) return undefined;
  const destinations = [...new Set(rows.map((row) => row.destination))];
  const [amber, red] = data.thresholds.activation_accepted;
  const least = rows.reduce((n, row) => Math.min(n, row.accepted_share!), red);
  return (width) =>
    overTime<Activation>(data, {
      label: `Share of scores that GA4 accepted, by day. ${activation(data).text}`,
      rows,
      width,
      height: 180,
      format: percent,
      domain: [Math.max(0, least - 0.01), 1],
      value: (row) => row.accepted_share,
      says: (row) => `${date(row.event_date)}, ${way(row.destination)}\n${percent(row.accepted_share)} of ${count(row.attempted)}\n${count(row.rejected)} refused or lost`,
      marks: [
        ruleY([amber], { stroke: AMBER, strokeDasharray: "3 3" }),
        ...destinations.map((destination, i) => series(rows.filter((row) => row.destination === destination), (row) => row.accepted_share, { stroke: i === 0 ? SERIES : "var(--second)" })),
        ...flags(rows, (row) => row.accepted_share),
      ],
    });
}

/** Share of compared scores that are equal; the division is only for the picture. */
export function parityChart(data: Data): Draw | undefined {
  const rows = parityDays(data);
  if (rows.length === 0) return undefined;
  const share = (row: Parity) => (row.compared && row.bit_equal !== null ? row.bit_equal / row.compared : null);
  const least = rows.reduce((n, row) => Math.min(n, share(row) ?? 1), 0.98);
  return (width) =>
    overTime(data, {
      label: `Share of browser scores that equal the batch's, by day. ${parity(data).text}`,
      rows,
      width,
      height: 180,
      format: percent,
      domain: [Math.max(0, least - 0.01), 1],
      value: share,
      says: (row) => `${date(row.event_date)}\n${count(row.bit_equal)} of ${count(row.compared)} equal\nlargest difference ${tiny(row.max_abs_diff)}`,
      marks: [series(rows, share, { stroke: SERIES }), ...flags(rows, share)],
    });
}

/** Which version was in service when. */
export function modelChart(data: Data): Draw | undefined {
  const rows = timeline(data);
  if (rows.length === 0) return undefined;
  const first = rows.reduce((least, one) => (one.from < least ? one.from : least), rows[0]!.from);
  const [from, to] = span(data) ?? [first, data.document.as_of ?? first];
  const start = day(first < from ? first : from);
  const end = day(addDays(to, 1));
  return (width) => {
    const longest = rows.reduce((n, one) => Math.max(n, one.row.model_version?.length ?? 0), 8);
    const marginLeft = Math.min(width < 560 ? 120 : 220, Math.round(longest * 6.8) + 14);
    const most = Math.floor(marginLeft / 6.6) - 2;
    const bars = rows.map(({ row, from: begin, to: until }) => ({ name: row.model_version ?? "", from: day(begin), to: until && day(until) < end ? day(until) : end, serves: until === null, auc: row.auc_holdout, alias: row.alias }));
    const axis: [Date, Date] = [start, end];
    return [
      draw(`Models in service. ${models(data).text}`, {
        width,
        height: bars.length * 26 + 30,
        marginLeft,
        marginRight: 96,
        marginTop: 4,
        marginBottom: 26,
        x: { type: "utc", domain: axis },
        y: { type: "band", domain: bars.map((bar) => bar.name), padding: 0.4, tickSize: 0, tickPadding: 10, label: null, tickFormat: ((name: string) => (name.length > most ? `${name.slice(0, most - 1)}…` : name)) as never },
        marks: [
          dates(axis, width - marginLeft - 96),
          rect(bars, { x1: "from", x2: "to", y: "name", fill: (bar: (typeof bars)[number]) => (bar.serves ? SERIES : PALE), stroke: OUTLINE, strokeWidth: 0.75, rx: 1 }),
          text(bars, { y: "name", frameAnchor: "right", dx: 90, textAnchor: "end", text: (bar: (typeof bars)[number]) => (bar.auc === null ? (bar.alias ?? "") : `AUC ${fixed(bar.auc, 3)}`), fill: INK }),
        ],
      }),
    ];
  };
}
