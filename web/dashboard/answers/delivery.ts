// Section 7: did the score reach the page and GA4?
import type { Data } from "../data/document.ts";
import type { ModelVersion, Parity, Tag } from "../data/views.ts";
import { addDays, checked, daysBetween, health, latest, target, text, until } from "../data/pick.ts";
import { count, date, fixed, list, percent, plural, range, tiny } from "../text/format.ts";
import { status, worst } from "../text/status.ts";
import { type Answer, answer, sentence, unknown } from "./answer.ts";

const add = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b);
const COUNTS = ["loads", "scored", "blocked_by_consent", "signature_failures", "wasm_unsupported", "errors"] as const;

/** The tag by day, all bundles together: counts are added, times are those of the bundle with the most loads. */
export function tagDays(data: Data): Tag[] {
  const of = new Map<string, Tag>();
  const most = new Map<string, number>();
  for (const row of data.rows("v_tag_daily")) {
    if (row.event_date === null) continue;
    const sum = of.get(row.event_date);
    if (!sum) of.set(row.event_date, { ...row });
    else {
      for (const name of COUNTS) sum[name] = add(sum[name], row[name]);
      sum.status = worst([status(sum.status), status(row.status)]);
      if ((row.loads ?? 0) > most.get(row.event_date)!) [sum.p75_load_ms, sum.p75_score_us, sum.bundle_version] = [row.p75_load_ms, row.p75_score_us, row.bundle_version];
    }
    most.set(row.event_date, Math.max(most.get(row.event_date) ?? 0, row.loads ?? 0));
  }
  return [...of.values()].sort((a, b) => text(a.event_date, b.event_date));
}

export function tag(data: Data): Answer {
  const row = tagDays(data).at(-1);
  if (!row) return unknown("No page has told of the tag yet.");
  const faults = [
    row.signature_failures ? `the signature failed on ${plural(row.signature_failures, "page")}` : "",
    row.errors ? `${plural(row.errors, "page")} had no score for another reason` : "",
    row.wasm_unsupported ? `on ${plural(row.wasm_unsupported, "page")} browser or policy did not let the tag score` : "",
  ].filter(Boolean);
  const said = [
    `On ${date(row.event_date)} ${count(row.scored)} of ${plural(row.loads, "session")} ended in a score`,
    row.blocked_by_consent === null ? "" : `, ${plural(row.blocked_by_consent, "event")} came without consent`,
    row.p75_load_ms === null ? "" : `; on three of four pages the scorer was ready within ${fixed(row.p75_load_ms, 0)} ms`,
    ".",
    faults.length > 0 ? ` ${sentence(list(faults))}.` : row.signature_failures === null ? "" : " No signature failed.",
  ].join("");
  return answer(checked(data, "tag") ?? status(row.status), said);
}

/** Ways to GA4, by the names that Google gives them. */
const WAYS: Record<string, string> = { "data-manager": "the Data Manager API", "measurement-protocol": "Measurement Protocol", "data-import": "data import" };
export const way = (destination: string | null): string => WAYS[destination ?? ""] ?? destination ?? "GA4";

export function activation(data: Data): Answer {
  const rows = latest(data.rows("v_activation_daily"), "event_date");
  const day = rows[0]?.event_date;
  if (!day) return unknown("No score has been sent to GA4 yet.");
  const said = rows.map((row) => `GA4 took ${percent(row.accepted_share)} of ${plural(row.attempted, "score")}${row.destination === null ? "" : ` by ${way(row.destination)}`}${row.rejected ? ` (${count(row.rejected)} refused or lost)` : ""}`);
  const of = checked(data, "activation") ?? worst(rows.map((row) => status(row.status)));
  return answer(of, `On ${date(day)} ${list(said)}.`);
}

/** Compared scores by day, those of all models together: browsers score by another model than the day does. */
export function parityDays(data: Data): Parity[] {
  const of = new Map<string, Parity>();
  for (const row of data.rows("v_parity_daily")) {
    if (row.event_date === null || !row.compared) continue;
    const sum = of.get(row.event_date);
    if (!sum) of.set(row.event_date, { ...row });
    else {
      for (const name of ["compared", "exact", "bit_equal", "version_mismatch"] as const) sum[name] = add(sum[name], row[name]);
      sum.max_abs_diff = Math.max(sum.max_abs_diff ?? 0, row.max_abs_diff ?? 0);
      sum.status = worst([status(sum.status), status(row.status)]);
    }
  }
  return [...of.values()].sort((a, b) => text(a.event_date, b.event_date));
}

export function parity(data: Data): Answer {
  const row = parityDays(data).at(-1);
  if (!row) return unknown("No score of a browser has come back to be compared.");
  const of = checked(data, "parity") ?? status(row.status);
  const day = until(data) ?? data.document.as_of;
  const none = day !== null && row.event_date !== null && row.event_date < day ? `On ${date(day)} no score has come back to be compared yet. ` : "";
  const other = row.version_mismatch ? ` ${plural(row.version_mismatch, "score was", "scores were")} of another version and not compared.` : "";
  const differ = (row.compared ?? 0) - (row.bit_equal ?? 0);
  // Of a score that was told in steps of 0.05 nobody knows the bits.
  const same = row.exact === row.compared ? "to the last bit" : "as far as they were told, in steps of 0.05";
  if (differ === 0) return answer(of, `${none}On ${date(row.event_date)} all ${count(row.compared)} compared scores were the same ${same}.${other}`);
  return answer(of, `${none}On ${date(row.event_date)} ${count(differ)} of ${count(row.compared)} compared scores differed, by ${tiny(row.max_abs_diff)} at most.${other}`);
}

/** Versions that were ever in service, those that are first, then the newest, with the first day that they were not any more. */
export function timeline(data: Data): { row: ModelVersion; from: string; to: string | null }[] {
  const rows = data.rows("v_model_versions").filter((row) => row.promoted_at !== null);
  const out = (row: ModelVersion) => Number(row.retired_at !== null);
  return rows.toSorted((a, b) => out(a) - out(b) || text(b.promoted_at, a.promoted_at)).map((row) => ({ row, from: row.promoted_at!.slice(0, 10), to: row.retired_at?.slice(0, 10) ?? null }));
}

/** The last day of service, before the first one without. */
export const lastDay = (from: string, to: string): string => (addDays(to, -1) < from ? from : addDays(to, -1));

export function models(data: Data): Answer {
  const shown = health(data)?.model_version;
  const all = timeline(data);
  const one = all.find((entry) => entry.row.model_version === shown) ?? all[0];
  if (!one) return unknown("No model has been put into service yet.");
  const { row } = one;
  const about = [row.algorithm, row.features === null ? null : plural(row.features, "feature")].filter((part) => part !== null).join(", ");
  const name = row.model_version === null ? "A model without a name" : `Model ${row.model_version}`;
  const today = data.document.as_of;
  const between = all.filter((entry) => entry.to !== null && entry.from > one.from && target(entry.row.model_version) === target(row.model_version)).map((entry) => entry.row.model_version ?? "another");
  const for_ = today && daysBetween(one.from, today) > 0 ? `, for ${plural(daysBetween(one.from, today), "day")}` : "";
  const served =
    one.to !== null
      ? `was in service from ${range(one.from, lastDay(one.from, one.to))}`
      : between.length > 0
        ? `is in service, first since ${date(one.from)}; ${list(between)} served in between`
        : `has been in service since ${date(one.from)}${for_}`;
  const trained = row.train_from && row.train_to ? ` Trained on ${count(row.train_rows)} rows of ${date(row.train_from)} to ${date(row.train_to)}, with an AUC of ${fixed(row.auc_holdout, 3)} on days it had not seen.` : "";
  return answer(null, `${name}${about ? ` (${about})` : ""} ${served}.${trained}`);
}
