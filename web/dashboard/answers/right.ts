// Section 3: does 0.30 mean 30 %?
import type { Data } from "../data/document.ts";
import type { CalibrationBin, Performance } from "../data/views.ts";
import { checked, health, lastStatus, lastWindow, mature, metric, metricName, worstStatus } from "../data/pick.ts";
import { date, fixed, list, percent, plural, range } from "../text/format.ts";
import { type Status, status } from "../text/status.ts";
import { type Answer, answer, unknown, verdict } from "./answer.ts";

/** Bins that can be drawn: somebody is in them, and both rates are known. */
export function bins(data: Data): CalibrationBin[] {
  const rows = lastWindow(data, "v_calibration").filter((row) => row.predicted_mean !== null && row.observed_rate !== null && row.visitors !== 0);
  return rows.sort((a, b) => a.predicted_mean! - b.predicted_mean!);
}

export const calibrationStatus = (data: Data): Status | null => checked(data, "calibration") ?? worstStatus(lastWindow(data, "v_calibration"));

export function calibration(data: Data): Answer {
  const rows = bins(data);
  const complete = rows.filter((row) => mature(row.labels_mature));
  const top = complete.at(-1);
  const row = health(data);
  const of = calibrationStatus(data);
  if (!top) return unknown(rows.length > 0 ? "The outcomes of these scores are not complete yet." : "No outcomes are complete, so the scores cannot be compared with them.");
  const inside = complete.filter((bin) => bin.ci_low !== null && bin.ci_high !== null && bin.predicted_mean! >= bin.ci_low && bin.predicted_mean! <= bin.ci_high);
  const facts = [
    `of the group with the highest scores (${percent(top.predicted_mean)} on average) ${percent(top.observed_rate)} converted`,
    top.ci_low === null ? "" : ` (95% interval ${percent(top.ci_low)} to ${percent(top.ci_high)})`,
    `. ${inside.length} of ${plural(complete.length, "group")} ${inside.length === 1 ? "is" : "are"} right, chance considered`,
    row?.calibration_ratio != null && row.model_version === top.model_version ? `; overall, predicted over observed is ${fixed(row.calibration_ratio, 2)}` : "",
  ].join("");
  return answer(of, `${verdict(of, { amber: "Not quite" })}${of === null ? facts.replace(/^o/, "O") : facts}. Outcomes of ${range(top.window_start, top.window_end)}.`);
}

/** Points of the ROC and precision-recall curves, from the strictest threshold to the laxest. */
export function points(data: Data) {
  return lastWindow(data, "v_roc_pr_points").sort((a, b) => (b.threshold ?? 0) - (a.threshold ?? 0));
}

export function roc(data: Data): Answer {
  const rows = points(data).filter((row) => row.fpr !== null && row.tpr !== null);
  if (rows.length === 0) return unknown("No outcomes are complete.");
  const half = rows.find((row) => row.tpr! >= 0.5) ?? rows.at(-1)!;
  return answer(null, `To find ${percent(half.tpr)} of those who convert, ${percent(half.fpr)} of the others are taken along.`);
}

export function precision(data: Data): Answer {
  const rows = points(data).filter((row) => row.precision !== null && row.recall !== null);
  if (rows.length === 0) return unknown("No outcomes are complete.");
  const tenth = rows.find((row) => (row.flagged_share ?? 0) >= 0.1) ?? rows.at(-1)!;
  const base = baseRate(data);
  const against = base === null ? "" : `, against ${percent(base)} of everybody`;
  return answer(null, `Of the ${percent(tenth.flagged_share)} with the highest scores ${percent(tenth.precision)} convert${against}.`);
}

/** Share of everybody that converts, as the gains were made with. */
export const baseRate = (data: Data): number | null => lastWindow(data, "v_gains_deciles").find((row) => row.base_rate !== null)?.base_rate ?? null;

/** The newest day whose outcomes are complete. */
export const realised = (rows: Performance[]): Performance | undefined => rows.findLast((row) => row.value_realised !== null && mature(row.labels_mature));

/** What the newest complete day says; where none is complete, what the newest day says. */
export const metricStatus = (rows: Performance[]): Status | null => status(realised(rows)?.status) ?? lastStatus(rows);

export const aucStatus = (data: Data): Status | null => checked(data, "auc") ?? metricStatus(metric(data, "auc"));

export function auc(data: Data): Answer {
  const rows = metric(data, "auc");
  const last = realised(rows);
  const today = rows.findLast((row) => row.value_estimated !== null);
  const guess = today ? `The estimate for ${date(today.event_date)}, made without outcomes, is ${fixed(today.value_estimated, 3)}.` : "";
  const of = aucStatus(data);
  if (!last) return guess ? answer(of ?? "grey", `No outcomes are complete yet. ${guess}`) : unknown("Neither outcomes nor an estimate are there yet.");
  const usual = last.low === null || last.high === null ? "" : `, where ${fixed(last.low, 3)} to ${fixed(last.high, 3)} is usual`;
  return answer(of, `On ${date(last.event_date)}, the newest day with complete outcomes (${plural(last.labels, "visitor")}), the AUC was ${fixed(last.value_realised, 3)}${usual}. ${guess}`.trim());
}

const NAMES: Record<string, string> = {
  auc: "AUC",
  pr_auc: "Precision-recall AUC",
  log_loss: "Log-loss",
  brier: "Brier score",
  ece: "Calibration error",
  calibration_ratio: "Predicted over observed",
  lift: "Lift of the top 10%",
  ks: "Kolmogorov-Smirnov",
};
export const metricTitle = (name: string): string => NAMES[name] ?? name.replaceAll("_", " ");

const decimals = (value: number): number => (value >= 1 ? 2 : value >= 0.005 ? 4 : 5);

/** The other metrics of the view, in its order. */
export function otherMetrics(data: Data): string[] {
  return [...new Set(data.rows("v_performance_daily").map((row) => metricName(row.metric)))].filter((name) => name !== "auc" && name !== "");
}

export function others(data: Data): Answer {
  const all = otherMetrics(data).map((name) => ({ name, row: realised(metric(data, name)), of: metricStatus(metric(data, name)) }));
  const known = all.filter((one) => one.row);
  if (known.length === 0) return unknown("No outcomes are complete.");
  const off = known.filter((one) => one.of === "amber" || one.of === "red");
  const said = known.map((one) => `${metricTitle(one.name)} ${fixed(one.row!.value_realised, decimals(one.row!.value_realised!))}`);
  const judged = off.length > 0 ? `${list(off.map((one) => metricTitle(one.name)))} ${off.length === 1 ? "is" : "are"} not as usual. ` : "";
  return answer(null, `${judged}${date(known[0]!.row!.event_date)}: ${list(said)}.`);
}
