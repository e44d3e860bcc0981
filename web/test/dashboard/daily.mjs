// Rows of the daily views.
import { addDays, digits } from "./fixture.mjs";

const FEATURES = [
  "session.seconds_since.page.apply", "session.count.view_item", "session.pages", "session.engaged_seconds", "past.sessions", "past.days_since_last", "session.count.scroll",
  "session.count.file_download", "session.count.page.course", "session.count.page.fees", "session.hour", "session.weekday", "first_touch.channel", "session.channel", "device.category",
  "past.count.view_item", "past.count.page.course", "session.seconds_since.view_item", "session.count.page.other", "device.language", "session.count.click", "session.count.view_search_results",
  "past.engaged_seconds", "session.funnel_step",
];
const MISSING = ["2026-01-13", "2026-05-02", "2026-05-03", "2026-08-21"];
const metrics = {
  auc: [0.815, 0.012], pr_auc: [0.212, 0.014], log_loss: [0.118, 0.004], brier: [0.0287, 0.0012], ece: [0.006, 0.002], calibration_ratio: [1.02, 0.04], lift: [4.9, 0.25],
};
const ORDER = ["grey", "green", "amber", "red"];
const of = (pick) => (...words) => words.reduce((a, b) => (pick(ORDER.indexOf(a), ORDER.indexOf(b)) === ORDER.indexOf(a) ? a : b));
/** The more severe of words, and the less severe. */
export const worst = of(Math.max);
const least = of(Math.min);
const statusOf = (value, amber, red) => (value > red ? "red" : value > amber ? "amber" : "green");

export function daily(at) {
  const { dates, random, off, bad, state } = at;
  const last = dates.at(-1);
  const present = state === "grey" ? dates : dates.filter((date) => !MISSING.includes(date));
  const volume = present.map((date) => volumeRow(at, date));
  const score = (date) => volume.find((row) => row.event_date === date)?.visitors_scored ?? 15_000;
  const performance = present.flatMap((date) => Object.entries(metrics).map(([metric, [mean, sd]]) => performanceRow(at, date, metric, mean, sd, score(date))));
  const all = FEATURES.map((feature, i) => present.map((date) => driftRow(at, feature, i, date, score(date))));
  const newest = all.map((rows) => rows.at(-1)).sort((a, b) => b.psi - a.psi).map((row, i) => ({ ...row, drift_rank: i + 1 }));
  const severe = (row) => Math.max(1, ORDER.indexOf(row.status));
  const top = new Set(newest.toSorted((a, b) => severe(b) - severe(a)).slice(0, 20).map((row) => row.feature));
  const past = all.filter((rows) => top.has(rows[0].feature)).map((rows) => rows.slice(0, -1));
  const values = Object.fromEntries(past.map((rows) => [rows[0]?.feature, { psi: rows.map((row) => digits(row.psi, 3)), status: rows.map((row) => row.status) }]));
  const runs = dates.slice(-120).flatMap((date) => runRows(at, date, score(date)));
  const deciles = state === "grey" ? [] : present.filter((date) => date <= addDays(last, -at.horizon)).flatMap((date) => decileRows(at, date, score(date)));
  const parity = state === "grey" ? [] : present.slice(-200).map((date) => {
    const compared = 380 + Math.floor(random.next() * 300);
    const differ = bad && date >= addDays(last, -2) ? 4 : 0;
    return { event_date: date, model_version: at.serving(date).model_version, compared, exact: compared, bit_equal: compared - differ, max_abs_diff: differ ? 3e-5 : 0, version_mismatch: date.endsWith("-05") ? 7 : 0, status: differ ? "red" : "green" };
  });
  const activation = state === "grey" ? [] : present.slice(-200).map((date) => {
    const attempted = score(date);
    const share = bad && date >= addDays(last, -4) ? 0.93 + random.next() * 0.01 : 0.995 + random.next() * 0.004;
    const accepted = Math.round(attempted * share);
    return { event_date: date, destination: "data-manager", attempted, accepted, rejected: attempted - accepted, accepted_share: digits(accepted / attempted), p95_latency_ms: Math.round(300 + random.next() * 90), status: share >= 0.99 ? "green" : share >= 0.95 ? "amber" : "red" };
  });
  return {
    views: {
      v_volume_daily: volume, v_run_history: runs, v_performance_daily: performance, v_drift_daily: newest, v_conversions_by_decile_daily: deciles, v_parity_daily: parity, v_activation_daily: activation,
      v_tag_daily: present.map((date) => tagRow(at, date, score(date))), v_model_versions: at.models.map((model) => modelRow(model)), v_alerts: alerts(at),
    },
    history: { by: "feature", days: present.slice(0, -1), values },
  };
}

function volumeRow({ random, off, bad, asOf, state }, date) {
  const week = new Date(`${date}T00:00:00Z`).getUTCDay();
  const season = 1 + 0.25 * Math.sin((Date.parse(date) / 86_400_000 / 365) * 2 * Math.PI);
  const usual = Math.round(17_800 * season * [0.78, 1.08, 1.12, 1.1, 1.02, 0.94, 0.76][week]);
  const fault = date === asOf ? (bad ? 0.55 : off ? 0.76 : 1) : 1;
  const visitors = Math.round(usual * fault * (1 + 0.05 * random.normal()));
  const gap = Math.abs(visitors / usual - 1);
  const known = state !== "grey";
  return {
    event_date: date, events: Math.round(visitors * (7.1 + 0.2 * random.normal())), sessions: Math.round(visitors * 1.21), visitors, visitors_scored: visitors - Math.round(random.next() * 40), late_events: Math.round(200 + random.next() * 300),
    null_client_id_share: digits(0.012 + 0.002 * random.normal(), 4), median_28d: known ? usual : null, band_low: known ? Math.round(usual * 0.8) : null, band_high: known ? Math.round(usual * 1.2) : null, status: known ? statusOf(gap, 0.2, 0.4) : "grey",
  };
}

function performanceRow(at, date, metric, mean, sd, labels) {
  const complete = at.state !== "grey" && date <= addDays(at.asOf, -at.horizon);
  const model = at.serving(date);
  const age = (Date.parse(date) - Date.parse(model.from)) / 86_400_000 / 120;
  // Of one metric alone anybody judges how far it strays.
  const judged = metric === "auc";
  const worse = at.off && date > addDays(at.asOf, -40) ? (at.bad ? 4.4 : 2.3) : 0.4 * age;
  const sign = ["log_loss", "brier", "ece", "calibration_ratio"].includes(metric) ? 1 : -1;
  const value = mean + sign * worse * sd * 0.8 + 0.6 * sd * at.random.normal();
  const far = (sign * (value - mean)) / sd;
  return {
    event_date: date, model_version: model.model_version, metric, value_realised: complete ? digits(value, 4) : null, value_estimated: ["ece", "calibration_ratio"].includes(metric) ? null : digits(mean + 0.3 * sd * at.random.normal() - 0.2 * sd * age, 4),
    ref_mean: metric === "calibration_ratio" ? 1 : mean, low: judged && complete ? digits(mean - 2 * sd, 4) : null, high: judged && complete ? digits(mean + 2 * sd, 4) : null, labels, labels_mature: complete, status: judged && complete ? statusOf(far, 2, 3) : "grey",
  };
}

function driftRow(at, feature, i, date, n) {
  const { random, off, bad, asOf } = at;
  const base = 0.008 + 0.05 * Math.exp(-i / 5) * (0.6 + random.next());
  const hit = off && i === 0 && date >= addDays(asOf, -15) ? (bad ? 0.34 : 0.16) : off && i === 2 && date >= addDays(asOf, -4) ? (bad ? 0.15 : 0) : 0;
  const holiday = /-12-(2[2-9]|3)/.test(date) && i < 8 ? 0.09 : 0;
  const psi = base + hit + holiday;
  const missing = i === 0 && hit ? (bad ? 0.38 : 0.061) : i % 5 === 0 ? 0.05 + 0.003 * random.normal() : 0;
  // One feature that PSI alone finds far.
  const js = Math.sqrt(psi) * (i === 3 ? 0.2 : 0.33);
  const usual = i % 5 === 0 ? 0.05 : 0;
  const status = worst(least(statusOf(psi, 0.1, 0.25), statusOf(js, 0.1, 0.2)), statusOf((missing - usual) * 100, 1, 5));
  return {
    event_date: date, model_version: at.serving(date).model_version, feature, feature_type: /channel|device|weekday/.test(feature) ? "category" : "number", psi: digits(psi), js_distance: digits(js), wasserstein_norm: digits(psi * 0.9), null_share: digits(missing),
    ref_null_share: usual, n, drift_rank: null, status: at.state === "grey" && i === 0 ? "grey" : status,
  };
}

function runRows({ random, bad, asOf, serving }, date, scored) {
  const failed = bad && date === asOf;
  const late = date === "2026-09-14";
  const run = (status, hour, id) => ({
    run_id: `${date}-${id}`, run_date: date, trigger: id === 1 ? "cloud_run_job" : "command", started_at: `${addDays(date, 1)}T0${hour}:10:00Z`, finished_at: `${addDays(date, 1)}T0${hour}:14:09Z`, duration_s: digits(190 + 60 * random.next(), 4), status, failed_stage: status === "failed" ? "fold_and_score" : null,
    error_id: status === "failed" ? "INK-0412" : null, rows_read: scored * 7, rows_clean: scored * 7 - 12, rows_rejected: 12, rows_scored: status === "failed" ? 0 : scored, rows_activated: status === "failed" ? 0 : scored, bytes_billed: null, model_version: serving(date).model_version, code_version: "0.1.0",
    alert_sent_at: status === "failed" ? `${addDays(date, 1)}T0${hour}:14:10Z` : null,
  });
  if (late) return [run("failed", 5, 1), run("done", 8, 2)];
  return [run(failed ? "failed" : "done", 5, 1)];
}

function decileRows({ random, serving }, date, scored) {
  const shares = [0.49, 0.18, 0.1, 0.07, 0.05, 0.04, 0.03, 0.02, 0.012, 0.008];
  return shares.map((share, i) => ({ event_date: date, model_version: serving(date).model_version, decile: i + 1, visitors: Math.round(scored / 10), conversions: Math.max(0, Math.round(scored * 0.031 * share * (1 + 0.2 * random.normal()))) }));
}

function tagRow({ random, bad, asOf }, date, scored) {
  const loads = Math.round(scored * 1.9);
  return {
    event_date: date, bundle_version: `${date.slice(0, 7)}`, loads, scored: Math.round(loads * (0.84 + 0.01 * random.normal())), blocked_by_consent: Math.round(loads * 0.14), signature_failures: bad && date === asOf ? 12 : 0, wasm_unsupported: Math.round(random.next() * 6),
    p75_load_ms: Math.round(84 + 6 * random.normal()), p75_score_us: null, errors: Math.round(random.next() * 3), status: bad && date === asOf ? "red" : "green",
  };
}

function modelRow({ model_version, from, to, auc }) {
  const sha256 = [...model_version].map((c) => (c.charCodeAt(0) * 7919).toString(16)).join("").padEnd(64, "0").slice(0, 64);
  return {
    model_version, alias: to ? null : "in-service", algorithm: "trees", features: 24, train_from: addDays(from, -120), train_to: addDays(from, -9), train_rows: 1_912_004, positives: 59_177, auc_holdout: auc, pr_auc_holdout: digits(auc - 0.6), ece_holdout: 0.0041,
    released_at: `${addDays(from, -1)}T14:02:11Z`, promoted_at: from, retired_at: to, sha256, key_id: "release-2025", size_bytes: 188_412,
  };
}

function alerts({ state, asOf }) {
  if (state === "grey") return [];
  const alert = (rule, days, value, threshold, cause, closed = null) => ({ alert_id: `${rule}-${addDays(asOf, days)}`, opened_at: `${addDays(asOf, days + 1)}T05:14:10Z`, closed_at: closed, severity: "red", rule, value, threshold, run_id: `${addDays(asOf, days)}-1`, recipients: 2, acknowledged_at: null, cause });
  const closed = alert("volume", -70, 0.44, 0.4, "visitors are 44 % fewer than usual", `${addDays(asOf, -68)}T08:14:10Z`);
  if (state !== "red") return [closed];
  const old = ["session.pages", "session.hour", "past.sessions", "device.category"].map((name, i) => alert(`drift:${name}`, -3 - i, 0.3, 0.25, `${name} has drifted (PSI 0.30)`));
  return [closed, alert("drift:visitor", -15, 33, 5, "session.seconds_since.page.apply is missing for 38 % of visitors, in the training for 5.0 %"), ...old, alert("calibration:visitor", 0, 1.31, 1.25, "predicted over observed conversions is 1.31"), alert("tag:signature", 0, 12, 0, "the signature failed on 12 pages")];
}
