// Section 3: does 0.30 mean 30 %?
import type { Data } from "../data/document.ts";
import type { CalibrationBin, Performance } from "../data/views.ts";
import { borrowed, checked, daily, health, isToday, lastStatus, lastWindow, mature, metric, metricName, model, ofModel, ofToday, whose, worstStatus } from "../data/pick.ts";
import { count, date, fixed, list, percent, plural, range } from "../text/format.ts";
import { type Status, status } from "../text/status.ts";
import { type Answer, answer, unknown, verdict } from "./answer.ts";
import { elsewhere, otherModels } from "./elsewhere.ts";

/** Bins that can be drawn: somebody is in them, and both rates are known. */
export function bins(data: Data): CalibrationBin[] {
  const rows = lastWindow(data, "v_calibration").filter((row) => row.predicted_mean !== null && row.observed_rate !== null && row.visitors !== 0);
  return rows.sort((a, b) => a.predicted_mean! - b.predicted_mean!);
}

/** What the rows say; those of another model say nothing of the one that is shown. */
const ofRows = (data: Data, row: { model_version: string | null } | undefined, said: Status | null): Status | null => (health(data) && borrowed(data, row) ? "grey" : said);

export function calibrationStatus(data: Data): Status | null {
  const rows = lastWindow(data, "v_calibration");
  return checked(data, "calibration") ?? ofRows(data, rows[0], worstStatus(rows));
}

/** Whether a ratio of today's model is outside the limits of Watch. */
function isOutside(data: Data): boolean {
  const ratio = health(data)?.calibration_ratio ?? null;
  const [low, high] = data.thresholds.calibration_ratio[0];
  return ratio !== null && (ratio < low || ratio > high);
}

/** Of what else than groups of scores the check speaks; the rule for all of them together and another model's have one status. */
function beside(data: Data, of: Status | null): string {
  const models = otherModels(data);
  const what = models.length > 0 && isOutside(data) ? ["all scores together", ...models] : models;
  return elsewhere(of, worstStatus(lastWindow(data, "v_calibration")), what);
}

/** What stands under the ratio of today's model. */
export function ratioNote(data: Data): string {
  if (health(data)?.calibration_ratio == null) return "no outcomes are complete";
  const of = ofToday(data, "calibration");
  const said = `predicted over observed; ${of === "green" && isOutside(data) ? "chance explains that it is not 1.00" : "1.00 is exactly right"}`;
  const other = isToday(data) ? beside(data, of) : "";
  return other === "" ? said : `${said}; ${other}`;
}

export function calibration(data: Data): Answer {
  const rows = bins(data);
  const complete = rows.filter((row) => mature(row.labels_mature));
  const top = complete.at(-1);
  const row = health(data);
  const of = calibrationStatus(data);
  if (!top) return unknown(rows.length > 0 ? "The outcomes of these scores are not complete yet." : "No outcomes are complete, so the scores cannot be compared with them.");
  // Those of few conversions cannot be wrong.
  const judged = complete.filter((bin) => bin.status !== "grey");
  const inside = judged.filter((bin) => bin.ci_low !== null && bin.ci_high !== null && bin.predicted_mean! >= bin.ci_low && bin.predicted_mean! <= bin.ci_high);
  const facts = [
    `of the group with the highest scores (${percent(top.predicted_mean)} on average) ${percent(top.observed_rate)} converted`,
    top.ci_low === null ? "" : ` (95% interval ${percent(top.ci_low)} to ${percent(top.ci_high)})`,
    judged.length === 0 ? ". No group has enough conversions to be judged" : `. Of ${plural(judged.length, "group")}${judged.length < complete.length ? " with enough conversions" : ""} ${count(inside.length)} ${inside.length === 1 ? "is" : "are"} right, chance considered`,
    judged.length === 0 || judged.length === complete.length ? "" : `; ${count(complete.length - judged.length)} ${complete.length - judged.length === 1 ? "has" : "have"} too few`,
    row?.calibration_ratio != null && row.model_version === top.model_version ? `; overall, predicted over observed is ${fixed(row.calibration_ratio, 2)}` : "",
  ].join("");
  const said = beside(data, checked(data, "calibration"));
  const other = said === "" ? "" : ` ${said}${isOutside(data) ? "" : ", which is not shown here"}.`;
  // Of one model's outcomes no verdict is given on another.
  const lead = other !== "" || whose(data, top) !== "" ? "" : verdict(of, { amber: "Not quite" });
  return answer(of, `${lead}${lead === "" ? facts.replace(/^o/, "O") : facts}. Outcomes of ${range(top.window_start, top.window_end)}.${other}${whose(data, top)}`);
}

/** Points of the ROC and precision-recall curves, from the strictest threshold to the laxest. */
export function points(data: Data) {
  return lastWindow(data, "v_roc_pr_points").sort((a, b) => (b.threshold ?? 0) - (a.threshold ?? 0));
}

export function roc(data: Data): Answer {
  const rows = points(data).filter((row) => row.fpr !== null && row.tpr !== null);
  if (rows.length === 0) return unknown("No outcomes are complete.");
  const half = rows.find((row) => row.tpr! >= 0.5) ?? rows.at(-1)!;
  return answer(null, `To find ${percent(half.tpr)} of those who convert, ${percent(half.fpr)} of the others have to be chosen too.${whose(data, half)}`);
}

export function precision(data: Data): Answer {
  const rows = points(data).filter((row) => row.precision !== null && row.recall !== null);
  if (rows.length === 0) return unknown("No outcomes are complete.");
  const tenth = rows.find((row) => (row.flagged_share ?? 0) >= 0.1) ?? rows.at(-1)!;
  const base = baseRate(data);
  const against = base === null ? "" : `, against ${percent(base)} of everybody`;
  return answer(null, `Of the ${percent(tenth.flagged_share)} with the highest scores ${percent(tenth.precision)} convert${against}.${whose(data, tenth)}`);
}

/** Share of everybody that converts, as the gains were made with. */
export const baseRate = (data: Data): number | null => lastWindow(data, "v_gains_deciles").find((row) => row.base_rate !== null)?.base_rate ?? null;

const complete = (row: Performance): boolean => row.value_realised !== null && mature(row.labels_mature);

/** The newest day whose outcomes are complete, of the model that is shown if it has one. */
export const realised = (data: Data, name: string): Performance | undefined =>
  daily(data, ofModel(data, model(data), name)).findLast(complete) ?? metric(data, name).findLast(complete);

/** What the newest complete day says; where none is complete, what the newest day says. */
const metricStatus = (data: Data, name: string): Status | null => status(realised(data, name)?.status) ?? lastStatus(metric(data, name));

export function aucStatus(data: Data): Status | null {
  return checked(data, "auc") ?? ofRows(data, realised(data, "auc"), metricStatus(data, "auc"));
}

export function auc(data: Data): Answer {
  const rows = metric(data, "auc");
  const last = realised(data, "auc");
  const today = rows.findLast((row) => row.value_estimated !== null);
  const guess = today ? `The estimate for ${date(today.event_date)}, made without outcomes, is ${fixed(today.value_estimated, 3)}.` : "";
  const of = aucStatus(data);
  // Good it may be of another model.
  if (!last) return guess ? answer(of === "green" ? "grey" : (of ?? "grey"), `No outcomes are complete yet. ${guess}`) : unknown("Neither outcomes nor an estimate are there yet.");
  const usual = last.low === null || last.high === null ? "" : `, where ${fixed(last.low, 3)} to ${fixed(last.high, 3)} is usual`;
  return answer(of, `On ${date(last.event_date)}, the newest day with complete outcomes (${plural(last.labels, "score")}), the AUC was ${fixed(last.value_realised, 3)}${usual}. ${guess}`.trim() + whose(data, last));
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

/** Nobody judges them: what they were in the model's test stands beside them. */
export function others(data: Data): Answer {
  const known = otherMetrics(data).flatMap((name) => {
    const row = realised(data, name);
    return row ? [{ name, row, value: row.value_realised! }] : [];
  });
  if (known.length === 0) return unknown("No outcomes are complete.");
  const reference = (name: string, row: Performance, digits: number) => (row.ref_mean === null ? "" : name === "calibration_ratio" ? " (1 is exactly right)" : ` (in the test ${fixed(row.ref_mean, digits)})`);
  const said = known.map(({ name, row, value }) => `${metricTitle(name)} ${fixed(value, decimals(value))}${reference(name, row, decimals(value))}`);
  return answer(null, `${date(known[0]!.row.event_date)}: ${list(said)}.${whose(data, known[0]!.row)}`);
}
