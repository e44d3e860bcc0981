// Section 2: did the data come, did the job run?
import type { Data } from "../data/document.ts";
import type { Run, Volume } from "../data/views.ts";
import { addDays, checked, daysBetween, health, latest, newest, text, until } from "../data/pick.ts";
import { age, clock, count, date, days, duration, list, percent, plural, shortDate, weekday } from "../text/format.ts";
import { ofRun, type Status, status, worst } from "../text/status.ts";
import { type Answer, answer, unknown } from "./answer.ts";
import { elsewhere, notShown } from "./elsewhere.ts";

/** Days between the first and the last that have no row. */
export function missingDays(data: Data): string[] {
  const have = new Set(data.rows("v_volume_daily").map((row) => row.event_date));
  const all = [...have].filter((day): day is string => day !== null).sort();
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) return [];
  return Array.from({ length: daysBetween(first, last) }, (_, i) => addDays(first, i)).filter((day) => !have.has(day));
}

export function volume(data: Data): Answer {
  const rows = data.rows("v_volume_daily");
  const row = latest(rows, "event_date").at(-1);
  if (!row?.event_date) return unknown("No day of the export has been read yet.");
  const [low, high] = [row.band_low, row.band_high];
  const day = weekday(row.event_date);
  const visitors = row.visitors;
  let said = `${date(row.event_date)} brought ${plural(visitors, "visitor")}`;
  if (visitors !== null && low !== null && high !== null) {
    const side = visitors < low ? "fewer than on" : visitors > high ? "more than on" : "as many as on";
    said += `, ${side} a usual ${day} (${count(low)} to ${count(high)})`;
  }
  const gaps = missingDays(data);
  const missing = gaps.length > 0 ? ` ${plural(gaps.length, "day is", "days are")} missing: ${days(gaps)}.` : "";
  const of = checked(data, "volume");
  return answer(of ?? status(row.status), `${said}.${missing}${notShown(of, status(row.status), NOT_VISITORS)}`);
}

/** What the check of the volume looks at besides visitors. */
const NOT_VISITORS = ["hours without events", "conversions that are late"];
export const besideVisitors = (of: Status | null, row: Volume | undefined): string => elsewhere(of, status(row?.status), NOT_VISITORS);

/** Attempts of the newest run days, the last attempt of a day at its end. */
export function lastRuns(data: Data, many: number): { day: string; runs: Run[] }[] {
  const rows = data.rows("v_run_history").filter((row) => row.run_date !== null);
  const last = newest(rows, "run_date");
  if (last === null) return [];
  const of = new Map<string, Run[]>();
  for (const row of rows.sort((a, b) => text(a.started_at, b.started_at))) of.set(row.run_date!, [...(of.get(row.run_date!) ?? []), row]);
  const first = rows.reduce((a, row) => (row.run_date! < a ? row.run_date! : a), last);
  const shown = Math.min(many, daysBetween(first, last) + 1);
  return Array.from({ length: shown }, (_, i) => addDays(last, i - shown + 1)).map((day) => ({ day, runs: of.get(day) ?? [] }));
}

/** How old the scores are, and whether a run failed: a failed one is worth a look even where the scores before it can be used. */
export const withRun = (fresh: Status | null, run: Status | null): Status | null => (fresh === null ? run : worst([fresh, run === "red" ? "amber" : null]));

export function runs(data: Data): Answer {
  const cells = lastRuns(data, 90);
  const run = cells.at(-1)?.runs.at(-1);
  if (!run) return unknown("The daily job has not run yet.");
  const zone = data.document.time_zone;
  const ended = clock(run.finished_at, zone);
  const how = ofRun(run.status);
  const verb = how === "green" ? "ended well" : how === "grey" ? "has not ended" : "failed";
  const at = [ended ? ` at ${ended}` : "", run.duration_s === null ? "" : ` after ${duration(run.duration_s)}`].join("");
  const where = how === "red" && run.failed_stage ? ` in the step ${run.failed_stage}${run.error_id ? ` (${run.error_id})` : ""}` : "";
  const failed = cells.filter((cell) => ofRun(cell.runs.at(-1)?.status ?? null) === "red").map((cell) => cell.day);
  const none = cells.filter((cell) => cell.runs.length === 0).map((cell) => cell.day);
  const faults = [
    failed.length > 0 ? `${plural(failed.length, "day")} failed (${days(failed)})` : "",
    none.length > 0 ? `${plural(none.length, "day has", "days have")} no run (${days(none)})` : "",
  ].filter(Boolean);
  const again = cells.some((cell) => cell.runs.some((one) => ofRun(one.status) === "red"));
  const rest = faults.length > 0 ? ` Of the last ${plural(cells.length, "day")}, ${list(faults)}.` : cells.length > 1 ? ` ${again ? "On each" : "None"} of the last ${cells.length} ${again ? "days the last run ended well" : "days’ runs failed"}.` : "";
  const tail = faults.length === 0 && how !== "green" ? "" : rest;
  const hours = until(data) === null ? health(data)?.hours_since_score : null;
  const old = hours == null ? "" : ` The last score is ${age(hours)} old.`;
  return answer(withRun(checked(data, "freshness"), how), `The run for ${shortDate(run.run_date)} ${verb}${at}${where}.${tail}${old}`);
}

/** What of the data is thinner than it should be. */
export function completeness(data: Data): Answer {
  const row = latest(data.rows("v_volume_daily"), "event_date").at(-1);
  if (!row?.event_date) return unknown("No day of the export has been read yet.");
  const said = [
    row.events === null ? "" : plural(row.events, "event"),
    row.sessions === null ? "" : plural(row.sessions, "session"),
    row.late_events === null ? "" : `${plural(row.late_events, "event")} that came late`,
    row.null_client_id_share === null ? "" : `${percent(row.null_client_id_share)} of events without a client id`,
  ].filter(Boolean);
  return answer(null, said.length > 0 ? `${date(row.event_date)}: ${list(said)}.` : "The newest day has no counts.");
}
