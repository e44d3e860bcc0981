// Section 5: what drifted, since when?
import type { Data } from "../data/document.ts";
import type { Drift } from "../data/views.ts";
import { checked, daily, latest, newest, text, worstStatus } from "../data/pick.ts";
import { date, index, list, percent, plural, shortDate } from "../text/format.ts";
import { off, type Status, status } from "../text/status.ts";
import { type Answer, answer, unknown } from "./answer.ts";
import { elsewhere, notShown, otherModels } from "./elsewhere.ts";

/** How severe a word is; what is not off is all alike. */
const severity = (row: Drift): number => (row.status === "red" ? 2 : row.status === "amber" ? 1 : 0);

/** Features of the newest day: those that are red or amber first, then those farthest from the training data. */
export function features(data: Data): Drift[] {
  const rows = latest(data.rows("v_drift_daily"), "event_date");
  const own = new Map<string, Drift>();
  for (const feature of new Set(rows.map((row) => row.feature))) {
    const [row] = daily(data, rows.filter((one) => one.feature === feature));
    if (row && feature !== null) own.set(feature, row);
  }
  return [...own.values()].sort((a, b) => severity(b) - severity(a) || (a.drift_rank ?? Infinity) - (b.drift_rank ?? Infinity) || (b.psi ?? 0) - (a.psi ?? 0));
}

/** All days of one feature, oldest first. */
export function history(data: Data, feature: string): Drift[] {
  return byFeature(data).get(feature) ?? [];
}

const CACHE = new WeakMap<Data, Map<string, Drift[]>>();

/** All days of every feature. */
export function byFeature(data: Data): Map<string, Drift[]> {
  let found = CACHE.get(data);
  if (!found) {
    found = new Map<string, Drift[]>();
    for (const row of data.rows("v_drift_daily")) {
      if (row.feature === null) continue;
      const others = found.get(row.feature);
      if (others) others.push(row);
      else found.set(row.feature, [row]);
    }
    for (const [feature, rows] of found) found.set(feature, daily(data, rows));
    CACHE.set(data, found);
  }
  return found;
}

/** Since when the feature has not been as usual; at least since then, where no day before it is there. Empty where it is as usual. */
export function since(data: Data, feature: string): string {
  const rows = history(data, feature);
  const usual = rows.findLastIndex((row) => !off(row.status));
  const first = rows[usual + 1];
  const sameYear = first?.event_date?.slice(0, 4) === rows.at(-1)?.event_date?.slice(0, 4);
  return first ? `since ${(sameYear ? shortDate : date)(first.event_date)}${usual < 0 ? " at least" : ""}` : "";
}

/** The limits of PSI by which the map shades what is good: half of that of Watch, and that. */
export const limits = (data: Data): [number, number] => [data.thresholds.psi[0] / 2, data.thresholds.psi[0]];

/** How a cell of the map looks: as the view says where something is off, else by PSI. */
export function shade(data: Data, row: Drift): "good-1" | "good-2" | "good-3" | "amber" | "red" {
  if (row.status === "amber" || row.status === "red") return row.status;
  return (["good-1", "good-2", "good-3"] as const)[limits(data).filter((limit) => (row.psi ?? 0) > limit).length]!;
}

export const driftStatus = (data: Data): Status | null => checked(data, "drift") ?? worstStatus(features(data));

const notFeatures = (data: Data): string[] => [...otherModels(data), "a change of models"];

/** Of what else than the features the check speaks. */
export const besideFeatures = (data: Data, of: Status | null): string => elsewhere(of, worstStatus(features(data)), notFeatures(data));

/** A feature with what is not as usual about it. */
export function about(data: Data, row: Drift): string {
  const first = since(data, row.feature ?? "");
  const nulls = row.null_share !== null && row.ref_null_share !== null && Math.abs(row.null_share - row.ref_null_share) >= 0.01
    ? `, missing in ${percent(row.null_share)} instead of ${percent(row.ref_null_share)}`
    : "";
  return `${row.feature} (PSI ${index(row.psi)}${nulls}${first ? `, ${first}` : ""})`;
}

export function drift(data: Data): Answer {
  const rows = features(data);
  if (rows.length === 0) return unknown("No day has been compared with the training data yet.");
  const drifted = rows.filter((row) => off(row.status));
  const of = driftStatus(data);
  const other = notShown(checked(data, "drift"), worstStatus(rows), notFeatures(data));
  const day = date(newest(rows, "event_date"));
  if (drifted.length === 0) {
    const first = rows[0]!;
    const said = rows.length === 1 ? `the one feature that was compared, ${first.feature}, has not drifted; its PSI is ${index(first.psi)}` : `none of ${plural(rows.length, "feature")} has drifted; the farthest is ${first.feature} with a PSI of ${index(first.psi)}`;
    return answer(of, `On ${day} ${said}.${other}`);
  }
  const named = drifted.slice(0, 3).map((row) => about(data, row));
  if (drifted.length > 3) named.push(`${drifted.length - 3} more`);
  return answer(of, `On ${day} ${plural(drifted.length, "feature")} of ${rows.length} ${drifted.length === 1 ? "has" : "have"} drifted: ${list(named)}.${other}`);
}

export interface Bar { low: number; high: number; share: number | null; reference: number | null; visitors: number }

/** The newest day's scores of every channel. */
export function scores(data: Data): { day: string; bars: Bar[] } | null {
  const rows = latest(data.rows("v_score_histogram"), "event_date").filter((row) => row.bin_low !== null && row.bin_high !== null);
  const day = newest(rows, "event_date");
  if (day === null) return null;
  const shown = new Set(daily(data, rows).map((row) => row.model_version));
  const own = rows.filter((row) => shown.has(row.model_version));
  const whole = own.filter((row) => row.channel === null || row.channel.toLowerCase() === "all");
  const bars = new Map<number, Bar>();
  const sum = own.reduce((n, row) => n + (row.visitors ?? 0), 0);
  const sums = new Map<string | null, number>();
  for (const row of own) sums.set(row.channel, (sums.get(row.channel) ?? 0) + (row.visitors ?? 0));
  for (const row of whole.length > 0 ? whole : own) {
    const bar = bars.get(row.bin_low!) ?? { low: row.bin_low!, high: row.bin_high!, share: null, reference: null, visitors: 0 };
    bar.visitors += row.visitors ?? 0;
    if (whole.length > 0) [bar.share, bar.reference] = [row.share, row.ref_share];
    else {
      // Shares are of a channel; a channel counts by its visitors.
      const weight = (sums.get(row.channel) ?? 0) / sum;
      bar.share = (bar.share ?? 0) + (row.share ?? 0) * weight;
      if (row.ref_share !== null) bar.reference = (bar.reference ?? 0) + row.ref_share * weight;
    }
    bars.set(row.bin_low!, bar);
  }
  return { day, bars: [...bars.values()].sort((a, b) => a.low - b.low) };
}

export function histogram(data: Data): Answer {
  const found = scores(data);
  if (!found) return unknown("No scores have been counted yet.");
  const known = found.bars.filter((bar) => bar.share !== null && bar.reference !== null);
  const widest = known.toSorted((a, b) => Math.abs(b.share! - b.reference!) - Math.abs(a.share! - a.reference!))[0];
  const given = found.bars.reduce((n, bar) => n + bar.visitors, 0);
  // Those of visitors who have converted are not among them, and of many visitors it is a sample, scaled.
  const said = `${plural(given, "score is", "scores are")} counted for ${date(found.day)}.`;
  if (!widest) return answer(null, said);
  if (Math.abs(widest.share! - widest.reference!) < 0.005) return answer(null, `${said} No bar is half a percentage point from the reference.`);
  return answer(null, `${said} The widest gap is at scores of ${percent(widest.low)} to ${percent(widest.high)}: ${percent(widest.share)} of them, ${percent(widest.reference)} in the reference.`);
}

/** Features for the small charts, with the status of their newest day. */
export function top(data: Data, many: number): { row: Drift; of: Status | null; days: Drift[] }[] {
  return features(data).slice(0, many).map((row) => ({ row, of: status(row.status), days: history(data, row.feature!).toSorted((a, b) => text(a.event_date, b.event_date)) }));
}

export function topAnswer(data: Data): Answer {
  const [first] = features(data);
  if (!first) return unknown("No day has been compared with the training data yet.");
  const parts = [
    `PSI ${index(first.psi)}`,
    first.js_distance === null ? "" : `Jensen-Shannon distance ${index(first.js_distance)}`,
    first.null_share === null ? "" : `missing in ${percent(first.null_share)} (reference ${percent(first.ref_null_share)})`,
  ].filter(Boolean);
  return answer(null, `${off(first.status) ? "To be looked at first" : "Farthest from the training data"}: ${first.feature}, ${list(parts)}.`);
}
