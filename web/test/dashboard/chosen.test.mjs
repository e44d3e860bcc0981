// Which day and which model a sentence, a badge and a tile are of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { delivery, pick, right, today, useful, volume, whom, world } from "../../dist/testing.mjs";
import { AS_OF, chosen, of } from "./rows.mjs";

const health = { as_of: AS_OF, last_run_status: "done", last_score_date: AS_OF, hours_since_score: 9.2, model_version: "visitor-2", status: "green" };
const WINDOW = { window_start: "2026-10-21", window_end: "2026-11-17" };
const bins = (model_version, status = "green", more = {}) => [0.02, 0.3].map((mean, i) => ({ model_version, ...WINDOW, bin: i + 1, visitors: 1000, predicted_mean: mean, observed_rate: mean, ci_low: mean * 0.9, ci_high: mean * 1.1, labels_mature: true, status, ...more }));
const tile = (data, label) => today.tiles(data).find((one) => one.label === label);
const models = [{ model_version: "visitor-1", promoted_at: "2026-06-01", retired_at: "2026-11-20" }, { model_version: "visitor-2", promoted_at: "2026-11-20", alias: "in-service" }];

test("a run that failed is not good, however new the scores are", () => {
  const run = { run_date: "2026-11-24", started_at: "2026-11-25T05:00:00Z", finished_at: "2026-11-25T05:01:00Z", status: "failed", failed_stage: "read" };
  const data = of({ v_health_today: [{ ...health, last_run_status: "failed", status: "amber", status_freshness: "green" }], v_run_history: [{ ...run, run_date: "2026-11-23", started_at: "2026-11-24T05:00:00Z", status: "done" }, run] });
  assert.equal(volume.runs(data).status, "amber", "as the headline: the scores that are there can be used");
  assert.deepEqual([tile(data, "Last score").status, tile(data, "Last score").note], ["amber", "for 24 Nov; the last run: failed"]);
  const old = of({ v_health_today: [{ ...health, status_freshness: "red" }], v_run_history: [run] });
  assert.equal(volume.runs(old).status, "red");
  assert.equal(volume.runs(of({ v_run_history: [run] })).status, "red", "nobody has judged how old the scores are");
  const running = of({ v_health_today: [{ ...health, last_run_status: "running", status_freshness: "green" }] });
  assert.equal(tile(running, "Last score").status, "green");
});

test("where the days end before today, what today's row says is not said of them", () => {
  const day = { event_date: "2026-10-31", visitors: 100, band_low: 800, band_high: 1200, status: "red" };
  const rows = {
    v_health_today: [{ ...health, status_freshness: "green", status_volume: "green", status_drift: "green", status_tag: "green", status_activation: "green", status_parity: "green", status_auc: "green", visitors_scored: 1000 }],
    v_volume_daily: [day],
    v_tag_daily: [{ event_date: "2026-10-31", loads: 10, scored: 1, signature_failures: 12, status: "red" }],
    v_activation_daily: [{ event_date: "2026-10-31", destination: "data-manager", attempted: 10, accepted: 1, accepted_share: 0.1, status: "red" }],
    v_parity_daily: [{ event_date: "2026-10-31", model_version: "visitor-2", compared: 5, exact: 5, bit_equal: 1, max_abs_diff: 0.1, status: "red" }],
    v_drift_daily: [{ event_date: "2026-10-31", model_version: "visitor-2", feature: "a", psi: 1, drift_rank: 1, status: "red" }],
    v_performance_daily: [{ event_date: "2026-10-31", model_version: "visitor-2", metric: "auc", value_realised: 0.5, labels: 9, labels_mature: true, status: "red" }],
    v_run_history: [{ run_date: "2026-10-31", started_at: "2026-11-01T05:00:00Z", status: "failed" }],
  };
  const of_days = (data) => [volume.volume(data), volume.runs(data), delivery.tag(data), delivery.activation(data), delivery.parity(data), world.drift(data), right.auc(data)].map((one) => one.status);
  assert.deepEqual(of_days(of(rows, chosen({ to: "2026-10-31" }))), Array(7).fill("red"));
  assert.doesNotMatch(volume.runs(of(rows, chosen({ to: "2026-10-31" }))).text, /9 h old/);
  for (const to of [null, AS_OF, "2027-01-01"]) assert.equal(volume.volume(of(rows, chosen({ to }))).status, "green", `${to}`);
  // Section 1 stays that of today.
  const tiles = today.tiles(of(rows, chosen({ to: "2026-10-31" })));
  assert.deepEqual(tiles.filter((one) => one.status === "red").map((one) => one.label), []);
  assert.doesNotMatch(tiles.map((one) => one.note).join(), /signature|100 came/);
});

test("the figures of the day are of the model in service, whichever is chosen", () => {
  const rows = { v_health_today: [{ ...health, calibration_ratio: 1, status_calibration: "green", auc_realised: 0.8, status_auc: "green", worst_psi: 0.01, worst_psi_feature: "a", status_drift: "green" }], v_calibration: bins("visitor-1", "red"), v_drift_daily: [{ event_date: AS_OF, model_version: "visitor-1", feature: "b", psi: 2, drift_rank: 1, status: "red" }], v_performance_daily: [{ event_date: "2026-11-17", model_version: "visitor-1", metric: "auc", value_realised: 0.5, labels: 9, labels_mature: true, status: "red" }] };
  const data = of(rows, chosen({ model: "visitor-1" }));
  assert.equal(right.calibration(data).status, "red");
  for (const label of ["Calibration", "Ranking (AUC)", "Drift (PSI)"]) assert.equal(tile(data, label).status, "green", label);
  assert.deepEqual(today.whose(data), "These are figures of model visitor-2, which is in service. The charts below are of model visitor-1.");
  assert.equal(today.whose(of(rows)), "");
  assert.equal(today.whose(of(rows, chosen({ to: "2026-10-31" }))), "These are figures of 24 Nov 2026. The charts below end on 31 Oct 2026.");
  // Without a word of the row, that of the other model is none of the one in service.
  const { status_calibration: _, ...less } = rows.v_health_today[0];
  assert.equal(tile(of({ ...rows, v_health_today: [less] }, chosen({ model: "visitor-1" })), "Calibration").status, "grey");
});

test("outcomes of another model say whose they are, and are not judged as those of the shown one", () => {
  const decile = (decile) => ({ model_version: "visitor-1", ...WINDOW, decile, visitors: 1000, conversions: 30 - decile, conversion_rate: (30 - decile) / 1000, lift: 2, cum_visitors_share: decile / 10, cum_conversions_share: 0.5, base_rate: 0.02 });
  const rows = {
    v_health_today: [health], v_model_versions: models, v_calibration: bins("visitor-1", "red"), v_gains_deciles: [1, 2].map(decile),
    v_roc_pr_points: [{ model_version: "visitor-1", ...WINDOW, threshold: 0.5, tpr: 0.6, fpr: 0.1, precision: 0.3, recall: 0.6, flagged_share: 0.1 }],
    v_segment_performance: [{ model_version: "visitor-1", window_end: "2026-11-17", dimension: "device", segment: "tablet", visitors: 900, conversions: 90, calibration_ratio: 1.5, status: "red" }],
    v_performance_daily: [{ event_date: "2026-11-17", model_version: "visitor-1", metric: "auc", value_realised: 0.5, labels: 9, labels_mature: true, status: "red" }],
  };
  const answers = (data) => [right.calibration(data), right.roc(data), right.precision(data), right.auc(data), useful.gains(data), useful.lift(data), whom.segments(data)];
  for (const { text, status } of answers(of(rows))) {
    assert.match(text, / These are outcomes of model visitor-1; visitor-2 has none that are complete\.$/);
    assert.ok(status === null || status === "grey", `${status}: ${text}`);
    assert.doesNotMatch(text, /^(Yes|No|Mostly|Not quite):/);
  }
  for (const { text } of answers(of(rows, chosen({ model: "visitor-1" })))) assert.doesNotMatch(text, /These are outcomes/);
});

test("of two models that could stand in, one does: that which was in service", () => {
  const rows = { v_health_today: [health], v_model_versions: [...models, { model_version: "visitor-0", alias: "challenger" }], v_calibration: [...bins("visitor-0"), ...bins("visitor-1")] };
  assert.deepEqual([...new Set(right.bins(of(rows)).map((row) => row.model_version))], ["visitor-1"]);
});

test("without a model in service the outcomes that are there are shown", () => {
  const none = { ...health, model_version: null, status: "red" };
  const rows = { v_health_today: [none], v_calibration: [...bins("session-20261001-a"), ...bins("visitor-1")] };
  assert.match(right.calibration(of(rows)).text, /^[^.]*the group with the highest scores.* These are outcomes of model visitor-1; no model is in service\.$/s);
  assert.deepEqual([...new Set(right.bins(of(rows)).map((row) => row.model_version))], ["visitor-1"], "not those of two models as one");
  assert.ok(pick.akin(of({ v_health_today: [none] }), "visitor-1"));
  // The word before the first dash, as the program takes it.
  assert.deepEqual(["visitor-1", "Visitor_2-x-y", "m", null].map(pick.target), ["visitor", "Visitor_2", "", ""]);
});

test("a status that the chart does not explain is of something else, and the sentence says so", () => {
  const two = [...models, { model_version: "session-20261001-a", promoted_at: "2026-10-02", alias: "in-service" }];
  const rows = (more) => ({ v_health_today: [{ ...health, status: "red", calibration_ratio: 1, status_calibration: "red", status_drift: "red", ...more }], v_model_versions: two, v_calibration: bins("visitor-2"), v_drift_daily: [{ event_date: AS_OF, model_version: "visitor-2", feature: "a", psi: 0.04, drift_rank: 1, status: "green" }] });
  const calibration = right.calibration(of(rows()));
  assert.deepEqual([calibration.status, calibration.text.slice(0, 9)], ["red", "Of the gr"]);
  assert.match(calibration.text, / Alert is said of the session model, which is not shown here\.$/);
  assert.match(world.drift(of(rows())).text, / Alert is said of the session model, or of a change of models, which are not shown here\.$/);
  assert.match(tile(of(rows()), "Calibration").note, /; Alert is said of the session model$/);
  // Where all scores together may be off, nobody knows of which of the two it is said.
  const outside = of(rows({ calibration_ratio: 1.3 }));
  assert.match(right.calibration(outside).text, /^Of the [^]*predicted over observed is 1\.30\. Outcomes [^]* Alert is said of all scores together, or of the session model\.$/);
  assert.match(tile(outside, "Calibration").note, /; Alert is said of all scores together, or of the session model$/);
  const off = { ...rows(), v_calibration: bins("visitor-2", "red") };
  assert.match(right.calibration(of(off)).text, /^No: [^]*2026\.$/);
  const one = { ...rows(), v_model_versions: models };
  assert.match(right.calibration(of(one)).text, /^No: /, "there is no other model");
  // Late conversions and hours without events are said of the day, which has its visitors.
  const day = { v_health_today: [{ ...health, status_volume: "red" }], v_volume_daily: [{ event_date: AS_OF, visitors: 100, band_low: 80, band_high: 120, status: "green" }] };
  assert.deepEqual(volume.volume(of(day)), { status: "red", text: "24 Nov 2026 brought 100 visitors, as many as on a usual Tuesday (80 to 120). Alert is said of hours without events, or of conversions that are late, which are not shown here." });
  assert.match(tile(of(day), "Visitors scored").note, /; Alert is said of hours without events, or of conversions that are late$/);
  assert.doesNotMatch(volume.volume(of({ ...day, v_volume_daily: [{ event_date: AS_OF, visitors: 1, status: "red" }] })).text, /is said of/);
});

test("what is good of another model is not good of one without outcomes", () => {
  const data = of({ v_health_today: [{ ...health, auc_estimated: 0.7, status_calibration: "green", status_auc: "green" }], v_performance_daily: [{ event_date: AS_OF, model_version: "visitor-2", metric: "auc", value_estimated: 0.7, labels_mature: false, status: "grey" }] });
  assert.deepEqual(["Calibration", "Ranking (AUC)"].map((label) => tile(data, label).status), ["grey", "grey"]);
  assert.deepEqual(right.auc(data), { status: "grey", text: "No outcomes are complete yet. The estimate for 24 Nov 2026, made without outcomes, is 0.700." });
  const red = of({ v_health_today: [{ ...health, status_auc: "red" }] });
  assert.equal(tile(red, "Ranking (AUC)").status, "red");
});

test("where no score of the day has come back yet, the sentence says so", () => {
  const row = { event_date: "2026-11-23", model_version: "visitor-2", compared: 5, exact: 5, bit_equal: 5, max_abs_diff: 0, status: "green" };
  assert.deepEqual(delivery.parity(of({ v_health_today: [{ ...health, status_parity: "grey" }], v_parity_daily: [row] })), { status: "grey", text: "On 24 Nov 2026 no score has come back to be compared yet. On 23 Nov 2026 all 5 compared scores were the same to the last bit." });
});

test("a retired model that is chosen is told of by its own outcomes, where another has newer ones", () => {
  const outcome = (model_version, event_date, metric, value, ref) => ({ model_version, event_date, metric, value_realised: value, ref_mean: ref, labels: 900, labels_mature: true });
  const decile = (model_version, window_end, decile) => ({ model_version, window_start: "2026-10-21", window_end, decile, visitors: 100, conversions: 30 - decile, conversion_rate: (30 - decile) / 100, lift: 6 - decile, cum_visitors_share: decile / 10, cum_conversions_share: 0.5 });
  const rows = {
    v_health_today: [health],
    v_model_versions: models,
    v_gains_deciles: [1, 2].flatMap((n) => [decile("visitor-1", "2026-11-09", n), decile("visitor-2", "2026-11-17", n)]),
    v_performance_daily: ["auc", "lift", "brier"].flatMap((metric, i) => [outcome("visitor-1", "2026-11-09", metric, 0.71 + i, 4), outcome("visitor-2", "2026-11-17", metric, 0.86 + i, 7.2)]),
  };
  const [old, now] = [of(rows, chosen({ model: "visitor-1" })), of(rows)];
  assert.match(right.auc(old).text, /^On 9 Nov 2026, .* the AUC was 0\.710/);
  assert.match(right.auc(now).text, /^On 17 Nov 2026, .* the AUC was 0\.860/);
  assert.match(right.others(old).text, /^9 Nov 2026: /);
  assert.match(useful.lift(old).text, /At the release it was 4\.0\./);
  assert.match(useful.lift(now).text, /At the release it was 7\.2\./);
  for (const answer of [right.auc, right.others, useful.lift]) assert.doesNotMatch(answer(old).text, /These are outcomes of/);
});

test("the group that is named as farthest off is one that was judged", () => {
  const group = (segment, ratio, status) => ({ model_version: "visitor-2", window_end: "2026-11-17", dimension: "device", segment, visitors: 900, conversions: 90, calibration_ratio: ratio, status });
  const said = (groups) => whom.segments(of({ v_health_today: [health], v_segment_performance: groups })).text;
  assert.match(said([group("tablet", 3, "grey"), group("mobile", 1.4, "amber")]), /device mobile is farthest off: .* 1\.40, too high/);
  assert.match(said([group("tablet", 3, "grey")]), /device tablet is farthest off: .* 3\.00, which is not judged/);
});
