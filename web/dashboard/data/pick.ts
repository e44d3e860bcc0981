// Which rows of a view a chart is about.
import { type Status, status, worst } from "../text/status.ts";
import type { Data } from "./document.ts";
import type { Performance, Views } from "./views.ts";

/** Names that a metric may come under, and the one it is called here. */
const ALIASES: Record<string, string> = {
  roc_auc: "auc",
  average_precision: "pr_auc",
  calibration_error: "ece",
  top_decile_lift: "lift",
  lift_top10: "lift",
  lift_top_decile: "lift",
};

export const metricName = (metric: string | null): string => ALIASES[metric ?? ""] ?? metric ?? "";

export const health = (data: Data) => data.rows("v_health_today").at(-1);

/** The version whose charts are shown: the one asked for, else the one in service. */
export function model(data: Data): string | null {
  return data.document.selection?.model ?? health(data)?.model_version ?? null;
}

/** What is predicted, by the word before the first dash of a version's name: `visitor-20261004-1a2b3c`. */
export const target = (version: string | null): string => /^([^-]*)-/.exec(version ?? "")?.[1] ?? "";

/** Whether a version predicts what the shown one does; where none is shown, every version does. */
export function akin(data: Data, version: string | null): boolean {
  const shown = model(data);
  return shown === null || target(version) === target(shown);
}

/** The last day that was asked for, where it is before the newest one: what is shown by day is not of today then. */
export function until(data: Data): string | null {
  const to = data.document.selection?.to ?? null;
  const newest = data.document.as_of ?? health(data)?.as_of ?? null;
  return to !== null && newest !== null && to < newest ? to : null;
}

export type Check = "freshness" | "volume" | "calibration" | "auc" | "lift" | "drift" | "segments" | "tag" | "parity" | "activation";
const OF_MODEL: Check[] = ["calibration", "auc", "lift", "drift", "segments"];
/** These are of a window, which does not end with the days that are asked for. */
const OF_WINDOW: Check[] = ["calibration", "lift", "segments"];

/** What today's row says of a check, whichever days and model are chosen. */
export const ofToday = (data: Data, check: Check): Status | null => status(health(data)?.[`status_${check}`]);

/** Whether the days and the model that are shown are those of today's row. */
export const isToday = (data: Data): boolean => until(data) === null && (health(data)?.model_version ?? null) === model(data);

/** What today's row says of a check of what is shown: nothing of another model, nothing of earlier days. */
export function checked(data: Data, check: Check): Status | null {
  const row = health(data);
  const another = OF_MODEL.includes(check) && row?.model_version !== model(data);
  return !row || another || (until(data) !== null && !OF_WINDOW.includes(check)) ? null : ofToday(data, check);
}

/** What models in service predict that the shown one does not; today's row says the worst of all of them. */
export function others(data: Data): string[] {
  const serving = data.rows("v_model_versions").filter((row) => row.promoted_at !== null && row.retired_at === null && !akin(data, row.model_version));
  return [...new Set(serving.map((row) => target(row.model_version)))].filter(Boolean).sort();
}

/** Versions that were ever in service, oldest first. */
export function versions(data: Data) {
  const promoted = data.rows("v_model_versions").filter((row) => row.promoted_at && akin(data, row.model_version));
  return promoted.sort((a, b) => text(a.promoted_at, b.promoted_at));
}

/** Of several versions the one to show: that which was in service by a day, those of visitors first. */
function served(data: Data, found: (string | null)[], by: string): string | null {
  const rank = (version: string | null) => [target(version) === "visitor" ? 1 : 0, versions(data).findLastIndex((row) => row.model_version === version && row.promoted_at!.slice(0, 10) <= by)] as const;
  const better = (a: string | null, b: string | null) => {
    const [[ofVisitors, then], [alsoOfVisitors, since]] = [rank(a), rank(b)];
    return alsoOfVisitors > ofVisitors || (alsoOfVisitors === ofVisitors && since > then) ? b : a;
  };
  return found.reduce(better);
}

/** The greatest value of a column of dates. */
export function newest<Row>(rows: Row[], column: keyof Row): string | null {
  return rows.reduce<string | null>((last, row) => {
    const value = row[column] as string | null;
    return value !== null && (last === null || value > last) ? value : last;
  }, null);
}

/** Rows of the newest day. */
export function latest<Row>(rows: Row[], column: keyof Row): Row[] {
  const day = newest(rows, column);
  return day === null ? [] : rows.filter((row) => row[column] === day);
}

type OfWindows = "v_calibration" | "v_gains_deciles" | "v_roc_pr_points" | "v_segment_performance";

/** Rows of the newest window of the model that is shown; where it has none, of one that predicts the same. */
export function lastWindow<Name extends OfWindows>(data: Data, view: Name): Views[Name][] {
  const all = data.rows(view);
  const own = all.filter((row) => row.model_version === model(data));
  if (own.length > 0) return latest<Views[Name]>(own, "window_end");
  const rows = latest<Views[Name]>(all.filter((row) => akin(data, row.model_version)), "window_end");
  if (rows.length === 0) return rows;
  const one = served(data, rows.map((row) => row.model_version), newest(rows, "window_end")!);
  return rows.filter((row) => row.model_version === one);
}

/** Whether a row is of another model than the one that is shown. */
export const borrowed = (data: Data, row: { model_version: string | null } | undefined): boolean => row !== undefined && row.model_version !== model(data);

/** Whose outcomes a sentence is about, where they are not those of the model that is shown. */
export function whose(data: Data, row: { model_version: string | null } | undefined): string {
  if (!row?.model_version || !borrowed(data, row) || !health(data)) return "";
  const shown = model(data);
  return ` These are outcomes of model ${row.model_version}; ${shown === null ? "no model is in service" : `${shown} has none that are complete`}.`;
}

/** One row a day: of the model that is shown, else of the one that was in service then, else the first that predicts the same. */
export function daily<Row extends { event_date: string | null; model_version: string | null }>(data: Data, rows: Row[]): Row[] {
  const shown = model(data);
  // Where none is shown, two targets may have served.
  const serving = versions(data).sort((a, b) => Number(target(a.model_version) === "visitor") - Number(target(b.model_version) === "visitor"));
  const days = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.event_date === null || (row.model_version !== null && !akin(data, row.model_version))) continue;
    const others = days.get(row.event_date);
    if (others) others.push(row);
    else days.set(row.event_date, [row]);
  }
  const one = ([day, found]: [string, Row[]]) => {
    const then = serving.findLast((version) => version.promoted_at!.slice(0, 10) <= day)?.model_version;
    return found.find((row) => row.model_version === shown) ?? found.find((row) => row.model_version === then) ?? found[0]!;
  };
  return [...days].sort((a, b) => text(a[0], b[0])).map(one);
}

/** Rows of a metric of one model. */
export const ofModel = (data: Data, version: string | null, name: string): Performance[] =>
  data.rows("v_performance_daily").filter((row) => row.model_version === version && metricName(row.metric) === name);

/** A metric over time, a row a day, oldest first. */
export function metric(data: Data, name: string): Performance[] {
  return daily(data, data.rows("v_performance_daily").filter((row) => metricName(row.metric) === name));
}

/** The status of the newest row that has one. */
export function lastStatus(rows: { status: string | null }[]): Status | null {
  return status(rows.findLast((row) => status(row.status) !== null)?.status ?? null);
}

export const worstStatus = (rows: { status: string | null }[]): Status | null => worst(rows.map((row) => status(row.status)));

export const mature = (value: boolean | number | null): boolean => Boolean(value);

export const text = (a: string | null, b: string | null): number => (a === b ? 0 : (a ?? "") < (b ?? "") ? -1 : 1);

const DAY = 86_400_000;
export const day = (iso: string): Date => new Date(`${iso.slice(0, 10)}T00:00:00Z`);
export const iso = (date: Date): string => date.toISOString().slice(0, 10);
export const addDays = (date: string, days: number): string => iso(new Date(day(date).getTime() + days * DAY));
export const daysBetween = (from: string, to: string): number => Math.round((day(to).getTime() - day(from).getTime()) / DAY);

/** First and last day of every daily view: all time charts have the same axis. */
export function span(data: Data): [string, string] | null {
  const days = (["v_volume_daily", "v_performance_daily", "v_drift_daily", "v_tag_daily", "v_activation_daily", "v_parity_daily"] as const)
    .flatMap((view) => (data.rows(view) as { event_date: string | null }[]).map((row) => row.event_date))
    .filter((date): date is string => date !== null);
  if (days.length === 0) return null;
  return days.reduce<[string, string]>(([from, to], date) => [date < from ? date : from, date > to ? date : to], [days[0]!, days[0]!]);
}

/** Monday of the week of a day. */
export function monday(date: string): string {
  return addDays(date, -((day(date).getUTCDay() + 6) % 7));
}
