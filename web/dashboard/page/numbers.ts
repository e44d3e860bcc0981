// The tables below the charts: what a chart shows, number by number.
import { points } from "../answers/right.ts";
import { deciles, weeks } from "../answers/useful.ts";
import { byFeature, features, scores } from "../answers/world.ts";
import type { Data } from "../data/document.ts";
import type { Drift, Views } from "../data/views.ts";
import { lastWindow, mature, metricName, text } from "../data/pick.ts";
import { count, date, duration, fixed, index, MISSING, percent, tiny } from "../text/format.ts";
import { metricTitle } from "../answers/right.ts";
import { off, type Status, WORDS } from "../text/status.ts";
import { lastDay, way } from "../answers/delivery.ts";
import { groups } from "../answers/whom.ts";
import { shown } from "../charts/world.ts";
import { type Table, tabulate } from "./table.ts";

const said = (word: string | null): string => word ?? MISSING;
const backwards = <Row extends { event_date: string | null }>(rows: Row[]): Row[] => rows.toSorted((a, b) => text(b.event_date, a.event_date));

type Of<Name extends keyof Views> = Views[Name];
const of = <Row>(caption: string, rows: (data: Data) => Row[], columns: [string, (row: Row) => string][]) => (data: Data): Table[] => [tabulate(caption, rows(data), columns)];

export const volumeNumbers = of<Of<"v_volume_daily">>("Volume by day", (data) => backwards(data.rows("v_volume_daily")), [
  ["Day", (row) => date(row.event_date)],
  ["#Events", (row) => count(row.events)],
  ["#Sessions", (row) => count(row.sessions)],
  ["#Visitors", (row) => count(row.visitors)],
  ["#Scored", (row) => count(row.visitors_scored)],
  ["#Late events", (row) => count(row.late_events)],
  ["#Without client id", (row) => percent(row.null_client_id_share)],
  ["#Median", (row) => count(row.median_28d)],
  ["#Usual from", (row) => count(row.band_low)],
  ["#to", (row) => count(row.band_high)],
  ["Status", (row) => said(row.status)],
]);

export const runNumbers = of<Of<"v_run_history">>("Runs", (data) => data.rows("v_run_history").toSorted((a, b) => text(b.started_at, a.started_at)), [
  ["Day", (row) => date(row.run_date)],
  ["Run", (row) => said(row.run_id)],
  ["Started by", (row) => said(row.trigger)],
  ["Result", (row) => said(row.status)],
  ["Failed step", (row) => said(row.failed_stage)],
  ["Error", (row) => said(row.error_id)],
  ["#Time", (row) => duration(row.duration_s)],
  ["#Rows read", (row) => count(row.rows_read)],
  ["#Rejected", (row) => count(row.rows_rejected)],
  ["#Scored", (row) => count(row.rows_scored)],
  ["#Bytes billed", (row) => count(row.bytes_billed)],
  ["Model", (row) => said(row.model_version)],
]);

export const calibrationNumbers = of<Of<"v_calibration">>("Calibration", (data) => lastWindow(data, "v_calibration").toSorted((a, b) => (a.bin ?? 0) - (b.bin ?? 0)), [
  ["Group", (row) => count(row.bin)],
  ["#Score from", (row) => percent(row.score_low)],
  ["#to", (row) => percent(row.score_high)],
  ["#Scores", (row) => count(row.visitors)],
  ["#Predicted", (row) => percent(row.predicted_mean)],
  ["#Converted", (row) => percent(row.observed_rate)],
  ["#95% from", (row) => percent(row.ci_low)],
  ["#to", (row) => percent(row.ci_high)],
  ["Outcomes", (row) => (mature(row.labels_mature) ? "complete" : "open")],
  ["Model", (row) => said(row.model_version)],
  ["Status", (row) => said(row.status)],
]);

export const pointNumbers = of<Of<"v_roc_pr_points">>("Points of the curves", points, [
  ["Score from", (row) => percent(row.threshold)],
  ["#Chosen", (row) => percent(row.flagged_share)],
  ["#Converted, chosen", (row) => count(row.tp)],
  ["#Others, chosen", (row) => count(row.fp)],
  ["#Converted, left", (row) => count(row.fn)],
  ["#Others, left", (row) => count(row.tn)],
  ["#Recall", (row) => percent(row.recall)],
  ["#False positives", (row) => percent(row.fpr)],
  ["#Precision", (row) => percent(row.precision)],
  ["Model", (row) => said(row.model_version)],
]);

export const performanceNumbers = (named: (metric: string) => boolean) =>
  of<Of<"v_performance_daily">>("Performance by day", (data) => backwards(data.rows("v_performance_daily").filter((row) => named(metricName(row.metric)))), [
    ["Day", (row) => date(row.event_date)],
    ["Model", (row) => said(row.model_version)],
    ["Metric", (row) => metricTitle(metricName(row.metric))],
    ["#Realised", (row) => fixed(row.value_realised, 4)],
    ["#Estimated", (row) => fixed(row.value_estimated, 4)],
    ["#Reference", (row) => fixed(row.ref_mean, 4)],
    ["#Usual from", (row) => fixed(row.low, 4)],
    ["#to", (row) => fixed(row.high, 4)],
    ["#Scores", (row) => count(row.labels)],
    ["Outcomes", (row) => (mature(row.labels_mature) ? "complete" : "open")],
    ["Status", (row) => said(row.status)],
  ]);

export const decileNumbers = of<Of<"v_gains_deciles">>("Tenths by score", deciles, [
  ["Tenth", (row) => count(row.decile)],
  ["#Scores", (row) => count(row.visitors)],
  ["#Came true", (row) => count(row.conversions)],
  ["#Conversion rate", (row) => percent(row.conversion_rate)],
  ["#Lift", (row) => fixed(row.lift, 2)],
  ["#Scores so far", (row) => percent(row.cum_visitors_share)],
  ["#Conversions so far", (row) => percent(row.cum_conversions_share)],
  ["Model", (row) => said(row.model_version)],
]);

/** A row a week, a column for each tenth. */
export function weekNumbers(data: Data): Table[] {
  const all = weeks(data);
  const tenths = [...new Set(all.map((row) => row.decile))].sort((a, b) => a - b);
  const at = new Map(all.map((row) => [`${row.week}/${row.decile}`, row.conversions]));
  const names = [...new Set(all.map((row) => row.week))].reverse();
  return [tabulate("Scores that came true, by week and tenth", names, [["Week from", date], ...tenths.map((tenth): [string, (week: string) => string] => [`#${tenth}`, (week) => count(at.get(`${week}/${tenth}`))])])];
}

export const scoreNumbers = of("Scores", (data) => scores(data)?.bars ?? [], [
  ["Score from", (bar) => percent(bar.low)],
  ["#to", (bar) => percent(bar.high)],
  ["#Scores", (bar) => count(bar.visitors)],
  ["#Share", (bar) => percent(bar.share)],
  ["#Reference", (bar) => percent(bar.reference)],
]);

export const driftNumbers = of<Of<"v_drift_daily">>("Drift on the newest day", features, [
  ["Feature", (row) => said(row.feature)],
  ["Type", (row) => said(row.feature_type)],
  ["#PSI", (row) => fixed(row.psi, 4)],
  ["#Jensen-Shannon", (row) => fixed(row.js_distance, 4)],
  ["#Wasserstein", (row) => fixed(row.wasserstein_norm, 4)],
  ["#Missing", (row) => percent(row.null_share)],
  ["#Missing, reference", (row) => percent(row.ref_null_share)],
  ["#Looked at", (row) => count(row.n)],
  ["Status", (row) => said(row.status)],
]);

/** The PSI of a day, and the word of its status where it is off. */
const heat = (row: Drift | undefined): string => `${row && off(row.status) ? `${WORDS[row.status as Status]}, ` : ""}${index(row?.psi)}`;

/** A row a day, a column for each feature of the heat map. */
export function heatNumbers(data: Data): Table[] {
  const { names } = shown(data);
  const rows = byFeature(data);
  const days = [...new Set(names.flatMap((name) => (rows.get(name) ?? []).map((row) => row.event_date!)))].sort().reverse();
  const psi = names.map((name): [string, (day: string) => string] => {
    const at = new Map((rows.get(name) ?? []).map((row) => [row.event_date, row]));
    return [`#${name}`, (day) => heat(at.get(day))];
  });
  return [tabulate("PSI by day and feature", days, [["Day", date], ...psi])];
}

export const segmentNumbers = of<Of<"v_segment_performance">>("Groups", (data) => [...groups(data).shown, ...groups(data).hidden], [
  ["Dimension", (row) => said(row.dimension)],
  ["Group", (row) => said(row.segment)],
  ["#Scores", (row) => (row.suppressed ? "hidden" : count(row.visitors))],
  ["#Came true", (row) => count(row.conversions)],
  ["#Predicted", (row) => percent(row.mean_score)],
  ["#Converted", (row) => percent(row.conversion_rate)],
  ["#Predicted over observed", (row) => fixed(row.calibration_ratio, 3)],
  ["#Lift of the top 10%", (row) => fixed(row.lift_top10, 2)],
  ["#AUC", (row) => fixed(row.auc, 3)],
  ["Model", (row) => said(row.model_version)],
  ["Status", (row) => said(row.status)],
]);

export const tagNumbers = of<Of<"v_tag_daily">>("The tag by day and bundle", (data) => backwards(data.rows("v_tag_daily")), [
  ["Day", (row) => date(row.event_date)],
  ["Bundle", (row) => said(row.bundle_version)],
  ["#Sessions", (row) => count(row.loads)],
  ["#With a score", (row) => count(row.scored)],
  ["#Events without consent", (row) => count(row.blocked_by_consent)],
  ["#Pages, signature failed", (row) => count(row.signature_failures)],
  ["#Pages, browser or policy", (row) => count(row.wasm_unsupported)],
  ["#Pages, no score otherwise", (row) => count(row.errors)],
  ["#p75 load, ms", (row) => fixed(row.p75_load_ms, 0)],
  ["#p75 score, µs", (row) => fixed(row.p75_score_us, 1)],
  ["Status", (row) => said(row.status)],
]);

export const activationNumbers = of<Of<"v_activation_daily">>("Scores sent by day", (data) => backwards(data.rows("v_activation_daily")), [
  ["Day", (row) => date(row.event_date)],
  ["Sent by", (row) => way(row.destination)],
  ["#Sent", (row) => count(row.attempted)],
  ["#Accepted", (row) => count(row.accepted)],
  ["#Refused or lost", (row) => count(row.rejected)],
  ["#Accepted share", (row) => percent(row.accepted_share)],
  ["#p95 answer, ms", (row) => fixed(row.p95_latency_ms, 0)],
  ["Status", (row) => said(row.status)],
]);

export const parityNumbers = of<Of<"v_parity_daily">>("Browser against batch by day", (data) => backwards(data.rows("v_parity_daily")), [
  ["Day", (row) => date(row.event_date)],
  ["Model", (row) => said(row.model_version)],
  ["#Compared", (row) => count(row.compared)],
  ["#Told exactly", (row) => count(row.exact)],
  ["#Equal, as far as told", (row) => count(row.bit_equal)],
  ["#Largest difference", (row) => tiny(row.max_abs_diff)],
  ["#Other version", (row) => count(row.version_mismatch)],
  ["Status", (row) => said(row.status)],
]);

export const modelNumbers = of<Of<"v_model_versions">>("Model versions", (data) => data.rows("v_model_versions").toSorted((a, b) => text(b.released_at ?? b.promoted_at, a.released_at ?? a.promoted_at)), [
  ["Version", (row) => said(row.model_version)],
  ["Alias", (row) => said(row.alias)],
  ["Algorithm", (row) => said(row.algorithm)],
  ["#Features", (row) => count(row.features)],
  ["Trained on", (row) => (row.train_from ? `${date(row.train_from)} to ${date(row.train_to)}` : MISSING)],
  ["#Rows", (row) => count(row.train_rows)],
  ["#Conversions", (row) => count(row.positives)],
  ["#AUC", (row) => fixed(row.auc_holdout, 3)],
  ["#PR AUC", (row) => fixed(row.pr_auc_holdout, 3)],
  ["#Calibration error", (row) => fixed(row.ece_holdout, 4)],
  ["In service from", (row) => date(row.promoted_at)],
  ["to", (row) => date(row.promoted_at === null || row.retired_at === null ? null : lastDay(row.promoted_at.slice(0, 10), row.retired_at.slice(0, 10)))],
  ["Released", (row) => date(row.released_at?.slice(0, 10))],
  ["#Bytes", (row) => count(row.size_bytes)],
  ["Key", (row) => said(row.key_id)],
  ["SHA-256", (row) => said(row.sha256)],
]);
