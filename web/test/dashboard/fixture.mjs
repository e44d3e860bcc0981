// Documents of the page in its states, made by chance that is the same in every run. No figure in them is of a real site.
import { VIEWS, view } from "./columns.mjs";
import { daily, worst } from "./daily.mjs";
import { windows } from "./windows.mjs";

export const STATES = ["green", "amber", "red", "grey", "empty"];
const AS_OF = "2026-11-24";

export const addDays = (date, days) => new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** Numbers from 0 to 1, and a normal one. */
export function chance(seed) {
  const next = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()) };
}

/** Six significant digits, as many as the page is given. */
export const digits = (value, many = 6) => (value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(many)));

const MODELS = [
  { model_version: "visitor-20251020-6f1c02", from: "2025-10-21", to: "2026-02-16", auc: 0.803 },
  { model_version: "visitor-20260215-b07d91", from: "2026-02-16", to: "2026-06-08", auc: 0.811 },
  { model_version: "visitor-20260607-3ae455", from: "2026-06-08", to: "2026-10-05", auc: 0.808 },
  { model_version: "visitor-20261004-d1827c", from: "2026-10-05", to: null, auc: 0.819 },
];

/** The world of a state: how many days, and what is wrong in it. */
function world(state, days) {
  const count = days ?? (state === "grey" ? 4 : 365);
  const dates = Array.from({ length: count }, (_, i) => addDays(AS_OF, i - count + 1));
  const models = state === "grey" ? [{ ...MODELS[3], from: dates[0] }] : MODELS;
  const serving = (date) => models.findLast((model) => model.from <= date) ?? models[0];
  return { state, dates, models, serving, asOf: AS_OF, horizon: 7, bad: state === "red", off: state === "amber" || state === "red", random: chance({ green: 7, amber: 8, red: 9, grey: 10, empty: 11 }[state]) };
}

const REASONS = {
  green: "All checks passed: scores of 24 November were made 9 hours ago, by a model that is calibrated and has not drifted.",
  amber: "Feature session.seconds_since.page.apply has drifted since 9 November. Visitors are 24% fewer than on a usual Tuesday.",
  red: "Scores are 31% too high: predicted over observed is 1.31. Feature session.seconds_since.page.apply is missing in 38% of visitors since 9 November. The signature failed on 12 pages.",
  grey: "No outcomes are complete: the first scores are 4 days old, and a visitor has 7 days to convert.",
};

function health(at, views) {
  const { state } = at;
  if (state === "empty") return [];
  const last = views.v_volume_daily.at(-1);
  const auc = views.v_performance_daily.filter((row) => row.metric === "auc");
  const drift = worst("grey", ...views.v_drift_daily.map((row) => row.status));
  const far = views.v_drift_daily.find((row) => row.status === drift);
  const newest = (name) => views[name].at(-1)?.status ?? "grey";
  const known = (green, amber, red) => ({ green, amber, red, grey: "grey" })[state];
  return [{
    as_of: AS_OF, last_run_id: "01939d5e-7c1a-7f33-9c6e-24a11b7d9c01", last_run_status: at.bad ? "failed" : "done", last_score_date: at.bad ? addDays(AS_OF, -1) : AS_OF,
    hours_since_score: at.bad ? 33.4 : 9.2, visitors_scored: last.visitors_scored, visitors_median_28d: last.median_28d, model_version: at.serving(AS_OF).model_version,
    model_age_days: 50, calibration_ratio: state === "grey" ? null : at.bad ? 1.31 : at.off ? 1.06 : 1.02,
    auc_realised: auc.findLast((row) => row.labels_mature)?.value_realised ?? null, auc_estimated: auc.at(-1)?.value_estimated ?? null,
    worst_psi_feature: far?.feature ?? null, worst_psi: far?.psi ?? null, parity_share: state === "grey" ? null : at.bad ? 0.9941 : 1,
    activation_accepted_share: state === "grey" ? null : at.bad ? 0.931 : 0.9972, status: state, status_reason: REASONS[state],
    status_freshness: at.bad ? "amber" : "green", status_volume: last.status, status_calibration: known("green", "green", "red"), status_auc: auc.findLast((row) => row.labels_mature)?.status ?? "grey", status_lift: known("green", "green", "amber"),
    status_drift: drift, status_segments: worst("grey", ...views.v_segment_performance.map((row) => row.status).filter(Boolean)), status_tag: newest("v_tag_daily"), status_parity: newest("v_parity_daily"), status_activation: newest("v_activation_daily"),
  }];
}

/** The document of a state; `selection` as where the page is served live. */
export function fixture(state, { days, selection } = {}) {
  const at = world(state, days);
  const empty = state === "empty";
  const day = empty ? {} : daily(at);
  const views = Object.fromEntries(Object.keys(VIEWS).map((name) => [name, []]));
  if (!empty) Object.assign(views, day.views, windows(at));
  views.v_health_today = empty ? [] : health(at, views);
  const all = Object.fromEntries(Object.entries(views).map(([name, rows]) => [name, view(name, rows)]));
  if (day.history) all.v_drift_daily.history = day.history;
  return {
    generated_at: "2026-11-25T06:14:09Z", site: "northgate-university", time_zone: "Europe/London", as_of: empty ? null : AS_OF, dataset: "inkling_reporting",
    thresholds: { fresh_hours: [26, 50], volume_share: [0.2, 0.4], gap_hours: [6], calibration_ratio: [[0.9, 1.11], [0.8, 1.25]], auc_sd: [2, 3], lift_drop: [0.1, 0.25], psi: [0.1, 0.25], js: [0.1, 0.2], null_points: [1, 5], parity_difference: [0, 1e-6], signature_failures: [0], activation_accepted: [0.99, 0.95], small_cell: { conversions: 10, visitors: 100 } },
    views: all,
    ...(selection ? { selection } : {}),
  };
}
