import assert from "node:assert/strict";
import { test } from "node:test";
import * as built from "../../dist/testing.mjs";
import { VIEWS, view } from "./columns.mjs";
import { fixture, STATES } from "./fixture.mjs";
import { of } from "./rows.mjs";

const { Data, delivery, read, right, today, useful, volume, whom, world } = built;

const ANSWERS = {
  "today.headline": today.headline, "volume.volume": volume.volume, "volume.runs": volume.runs, "volume.completeness": volume.completeness, "right.calibration": right.calibration, "right.roc": right.roc, "right.precision": right.precision,
  "right.auc": right.auc, "right.others": right.others, "useful.gains": useful.gains, "useful.lift": useful.lift, "useful.byWeek": useful.byWeek, "world.drift": world.drift, "world.histogram": world.histogram, "world.topAnswer": world.topAnswer,
  "whom.segments": whom.segments, "delivery.tag": delivery.tag, "delivery.activation": delivery.activation, "delivery.parity": delivery.parity, "delivery.models": delivery.models,
};
/** Every sentence of a page. */
const sentences = (data) => [...Object.entries(ANSWERS).map(([name, answer]) => [name, answer(data).text]), ...today.tiles(data).map((tile) => [tile.label, `${tile.value} ${tile.note}`]), ...today.openAlerts(data).map((one) => ["alert", one.text])];
const BAD = /NaN|undefined|null|Infinity|\[object|[^.]\.\.|  | ,| \./;

test("volume: the day, its band, and what is missing", () => {
  const row = { event_date: "2026-11-24", visitors: 18_204, band_low: 14_348, band_high: 21_522, status: "green" };
  assert.deepEqual(volume.volume(of({ v_volume_daily: [row] })), { status: "green", text: "24 Nov 2026 brought 18,204 visitors, as many as on a usual Tuesday (14,348 to 21,522)." });
  const fewer = volume.volume(of({ v_volume_daily: [{ ...row, event_date: "2026-11-20" }, { ...row, visitors: 14_347, status: "amber" }] }));
  assert.deepEqual(fewer, { status: "amber", text: "24 Nov 2026 brought 14,347 visitors, fewer than on a usual Tuesday (14,348 to 21,522). 3 days are missing: 21 to 23 Nov." });
  assert.equal(volume.volume(of({ v_volume_daily: [{ ...row, visitors: 1, band_low: null }] })).text, "24 Nov 2026 brought 1 visitor.");
});

test("runs: the last attempt of a day counts", () => {
  const run = { run_date: "2026-11-23", started_at: "2026-11-24T05:10:00Z", finished_at: "2026-11-24T05:14:00Z", duration_s: 240, status: "done" };
  const data = of({ v_run_history: [{ ...run, status: "failed" }, { ...run, started_at: "2026-11-24T08:00:00Z" }, { ...run, run_date: "2026-11-24", started_at: "2026-11-25T05:10:00Z" }], v_health_today: [{ hours_since_score: 9.2 }] });
  assert.deepEqual(volume.runs(data), { status: "green", text: "The run for 24 Nov ended well at 05:14 after 4 min. On each of the last 2 days the last run ended well. The last score is 9 h old." });
  const failed = volume.runs(of({ v_run_history: [{ ...run, run_date: "2026-11-20" }, { ...run, status: "failed", failed_stage: "read", error_id: "INK-0412" }] }));
  assert.deepEqual(failed, { status: "red", text: "The run for 23 Nov failed at 05:14 after 4 min in the step read (INK-0412). Of the last 4 days, 1 day failed (23 Nov) and 2 days have no run (21 to 22 Nov)." });
});

test("the status is the view's, whatever the numbers are", () => {
  const wrong = { event_date: "2026-11-24", visitors: 1, band_low: 14_348, band_high: 21_522 };
  for (const status of ["green", "amber", "red", "grey"]) assert.equal(volume.volume(of({ v_volume_daily: [{ ...wrong, status }] })).status, status);
  assert.equal(volume.volume(of({ v_volume_daily: [wrong] })).status, null);
  assert.equal(delivery.tag(of({ v_tag_daily: [{ event_date: "2026-11-24", signature_failures: 12, loads: 5, scored: 1 }] })).status, null);
  assert.equal(today.headline(of({ v_health_today: [{ status: "amber", calibration_ratio: 9 }] })).text, "The scores can be used, but something needs a look.");
});

test("calibration: the highest group with complete outcomes, and how many agree", () => {
  const bin = { model_version: "m", window_start: "2026-10-21", window_end: "2026-11-17", visitors: 1000, labels_mature: true, status: "green" };
  const bins = [{ ...bin, bin: 1, predicted_mean: 0.02, observed_rate: 0.03, ci_low: 0.021, ci_high: 0.042 }, { ...bin, bin: 2, predicted_mean: 0.3, observed_rate: 0.29, ci_low: 0.26, ci_high: 0.32 }];
  const data = of({ v_calibration: [...bins, { ...bin, window_end: "2026-11-01", predicted_mean: 0.9, observed_rate: 0.1 }], v_health_today: [{ model_version: "m", calibration_ratio: 1.021 }] });
  assert.equal(right.calibration(data).text, "Yes: of the group with the highest scores (30% on average) 29% converted (95% interval 26% to 32%). Of 2 groups 1 is right, chance considered; overall, predicted over observed is 1.02. Outcomes of 21 Oct to 17 Nov 2026.");
  assert.deepEqual(right.calibration(of({ v_calibration: bins.map((one) => ({ ...one, labels_mature: false })) })), { status: "grey", text: "The outcomes of these scores are not complete yet." });
});

test("AUC: the newest complete day is judged, not the days that wait", () => {
  const day = { model_version: "m", metric: "auc", value_estimated: 0.81, low: 0.79, high: 0.84, labels: 500 };
  const rows = [{ ...day, event_date: "2026-11-17", value_realised: 0.7, labels_mature: true, status: "red" }, { ...day, event_date: "2026-11-24", value_realised: 0.9, labels_mature: false, status: "grey" }];
  assert.deepEqual(right.auc(of({ v_performance_daily: rows })), { status: "red", text: "On 17 Nov 2026, the newest day with complete outcomes (500 scores), the AUC was 0.700, where 0.790 to 0.840 is usual. The estimate for 24 Nov 2026, made without outcomes, is 0.810." });
  assert.deepEqual(right.auc(of({ v_performance_daily: rows.slice(1) })), { status: "grey", text: "No outcomes are complete yet. The estimate for 24 Nov 2026, made without outcomes, is 0.810." });
  assert.equal(right.auc(of({ v_performance_daily: rows.map((row) => ({ ...row, metric: "roc_auc" })) })).status, "red");
});

test("gains and lift name the order that is broken", () => {
  const decile = (n, conversions, lift, cum) => ({ model_version: "m", window_start: "2026-10-21", window_end: "2026-11-17", decile: n, visitors: 1000, conversions, conversion_rate: conversions / 1000, lift, cum_visitors_share: n / 10, cum_conversions_share: cum });
  const data = of({ v_gains_deciles: [decile(2, 30, 1.5, 0.8), decile(1, 100, 5, 0.5), decile(3, 40, 2, 1)] });
  assert.equal(useful.gains(data).text, "The highest 10% of scores hold 50% of the conversions. The highest 20% hold 80%. Outcomes of 21 Oct to 17 Nov 2026.");
  assert.equal(useful.lift(data).text, "The first group converts 5.0 times as often as everybody (10% of 1,000 scores). Group 3 converts more often than group 2, which has higher scores.");
});

test("weeks: the newest whole one", () => {
  const rows = ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06", "2026-11-07", "2026-11-08", "2026-11-09"].flatMap((event_date) => [1, 2, 3].map((decile) => ({ event_date, model_version: "m", decile, visitors: 10, conversions: 4 - decile })));
  assert.equal(useful.byWeek(of({ v_conversions_by_decile_daily: rows })).text, "In the newest whole week (2 to 8 Nov 2026) the highest fifth of scores held 35 of the 42 that came true.");
});

test("drift: what, how far, and since when, over the rows of the history too", () => {
  const row = { event_date: "2026-11-24", model_version: "m", feature: "a", psi: 0.31, null_share: 0.38, ref_null_share: 0.05, drift_rank: 1, status: "red" };
  const data = of({ v_drift_daily: [row, { ...row, feature: "b", psi: 0.02, null_share: 0, ref_null_share: 0, drift_rank: 2, status: "green" }] });
  data.document.views.v_drift_daily.history = { by: "feature", days: ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"], values: { a: { psi: [0.4, 0.01, null, 0.3], status: ["red", "green", null, "red"] } } };
  assert.deepEqual(world.drift(data), { status: "red", text: "On 24 Nov 2026 1 feature of 2 has drifted: a (PSI 0.31, missing in 38% instead of 5%, since 23 Nov)." });
  assert.deepEqual(world.history(data, "a").map((one) => [one.event_date, one.psi]), [["2026-11-20", 0.4], ["2026-11-21", 0.01], ["2026-11-23", 0.3], ["2026-11-24", 0.31]]);
  assert.equal(world.drift(of({ v_drift_daily: [{ ...row, status: "green", psi: 0.04 }] })).text, "On 24 Nov 2026 the one feature that was compared, a, has not drifted; its PSI is 0.04.");
});

test("scores: channels are weighed where there is no row of all", () => {
  const bin = { event_date: "2026-11-24", model_version: "m", bin_low: 0, bin_high: 0.5 };
  const one = { visitors: 30, share: 0.75, ref_share: 0.5 };
  const rows = [{ ...bin, channel: "a", ...one }, { ...bin, channel: "a", bin_low: 0.5, bin_high: 1, visitors: 10, share: 0.25, ref_share: 0.5 }, { ...bin, channel: "b", visitors: 0, share: 0, ref_share: 1 }, { ...bin, channel: "b", bin_low: 0.5, bin_high: 1, visitors: 40, share: 1, ref_share: 0 }];
  assert.deepEqual(world.scores(of({ v_score_histogram: rows })).bars, [{ low: 0, high: 0.5, share: 0.375, reference: 0.75, visitors: 30 }, { low: 0.5, high: 1, share: 0.625, reference: 0.25, visitors: 50 }]);
  const whole = [...rows, { ...bin, channel: "all", visitors: 7, share: 0.1, ref_share: 0.2 }];
  assert.deepEqual(world.scores(of({ v_score_histogram: whole })).bars, [{ low: 0, high: 0.5, share: 0.1, reference: 0.2, visitors: 7 }]);
});

test("groups: the farthest off in either direction; small ones are only counted", () => {
  const group = (segment, calibration_ratio, more) => ({ model_version: "m", window_end: "2026-11-17", dimension: "device", segment, visitors: 100, conversions: 20, calibration_ratio, ...more });
  const data = of({ v_segment_performance: [group("desktop", 1.2), group("tablet", 0.7, { mean_score: 0.02, conversion_rate: 0.0286 }), { model_version: "m", window_end: "2026-11-17", dimension: "device", segment: "watch", suppressed: true }] });
  assert.equal(whom.segments(data).text, "Of 2 groups, device tablet is farthest off: predicted over observed 0.70, too low (predicted 2%, converted 2.9%). 1 group of fewer than 100 visitors, or 10 who converted, is hidden.");
});

test("delivery", () => {
  const parity = { event_date: "2026-11-24", model_version: "m", compared: 512, exact: 512, bit_equal: 512, max_abs_diff: 0, version_mismatch: 0, status: "green" };
  assert.equal(delivery.parity(of({ v_parity_daily: [parity] })).text, "On 24 Nov 2026 all 512 compared scores were the same to the last bit.");
  assert.equal(delivery.parity(of({ v_parity_daily: [{ ...parity, bit_equal: 509, max_abs_diff: 4e-8, version_mismatch: 1 }] })).text, "On 24 Nov 2026 3 of 512 compared scores differed, by 4e−8 at most. 1 score was of another version and not compared.");
  const tag = { event_date: "2026-11-24", bundle_version: "1", loads: 100, scored: 80, blocked_by_consent: 15, signature_failures: 1, errors: 0, wasm_unsupported: 0, p75_load_ms: 84, status: "red" };
  const sum = delivery.tag(of({ v_tag_daily: [tag, { ...tag, bundle_version: "2", loads: 10, scored: 10, blocked_by_consent: 0, p75_load_ms: 1, signature_failures: 1, status: "green" }] }));
  assert.deepEqual(sum, { status: "red", text: "On 24 Nov 2026 90 of 110 sessions ended in a score, 15 events came without consent; on three of four pages the scorer was ready within 84 ms. The signature failed on 2 pages." });
  const only = { event_date: "2026-11-24", loads: 1, scored: 1, blocked_by_consent: null, signature_failures: null, p75_load_ms: null, errors: null, wasm_unsupported: null, status: "green" };
  assert.equal(delivery.tag(of({ v_tag_daily: [only] })).text, "On 24 Nov 2026 1 of 1 session ended in a score.", "nothing is said of what nobody told");
  const sent = { event_date: "2026-11-24", destination: "data-manager", attempted: 100, accepted: 93, rejected: 7, accepted_share: 0.93, status: "red" };
  assert.deepEqual(delivery.activation(of({ v_activation_daily: [sent] })), { status: "red", text: "On 24 Nov 2026 GA4 took 93% of 100 scores by the Data Manager API (7 refused or lost)." });
});

test("a tile for delivery: what failed shows, and green needs scores that came back", () => {
  const tile = (rows) => today.tiles(of(rows)).at(-1);
  const tag = { event_date: "2026-11-24", loads: 100, scored: 80, status: "green" };
  assert.deepEqual([tile({ v_tag_daily: [tag] }).value, tile({ v_tag_daily: [tag] }).status], ["–", "grey"]);
  const parity = { event_date: "2026-11-24", model_version: "m", compared: 5, bit_equal: 5, status: "green" };
  assert.equal(tile({ v_tag_daily: [tag], v_parity_daily: [parity], v_health_today: [{ parity_share: 1 }] }).status, "green");
  const failed = tile({ v_tag_daily: [{ ...tag, signature_failures: 12, status: "red" }], v_health_today: [{ parity_share: 1, activation_accepted_share: 0.997 }] });
  assert.deepEqual(failed, { label: "Delivery", value: "100%", note: "the same in browser and batch; GA4 took 99.7%; the signature failed on 12 pages", status: "red", section: "delivery" });
});

test("what today's row says of a check comes first, but not of a model that is not shown", () => {
  const day = { event_date: "2026-11-24", visitors: 5, status: "green" };
  const health = { model_version: "visitor-2", status_volume: "red", status_lift: "amber" };
  const deciles = [1, 2].map((decile) => ({ model_version: "visitor-1", window_end: "2026-11-17", decile, visitors: 10, conversions: 3 - decile, conversion_rate: 0.3, lift: 2, cum_conversions_share: 0.5, cum_visitors_share: 0.1 }));
  const rows = { v_volume_daily: [day], v_gains_deciles: deciles };
  const data = (selection) => of({ ...rows, v_health_today: [health] }, selection);
  assert.deepEqual([volume.volume(data()).status, useful.gains(data()).status], ["red", "amber"]);
  const older = data({ selection: { from: null, to: null, model: "visitor-1", models: [] } });
  assert.deepEqual([volume.volume(older).status, useful.gains(older).status], ["red", null]);
});

test("models that predict something else do not mix in", () => {
  const day = { event_date: "2026-11-17", metric: "auc", labels: 5, labels_mature: true, status: "green" };
  const rows = {
    v_performance_daily: [{ ...day, model_version: "session-20261001-a", value_realised: 0.9 }, { ...day, model_version: "visitor-20260901-a", value_realised: 0.7 }],
    v_model_versions: [{ model_version: "session-20261001-a", promoted_at: "2026-10-02" }, { model_version: "visitor-20260901-a", promoted_at: "2026-09-02" }],
    v_health_today: [{ model_version: "visitor-20261001-b" }],
  };
  assert.match(right.auc(of(rows)).text, /the AUC was 0\.700/);
  assert.match(right.auc(of({ ...rows, v_health_today: [{ model_version: "session-20261001-a" }] })).text, /the AUC was 0\.900/);
});

test("alerts say their cause; without one, rule and limit", () => {
  const alert = { opened_at: "2026-11-24T05:14:10Z", severity: "red", rule: "drift:visitor", value: 0.384, threshold: 0.25 };
  assert.deepEqual(today.openAlerts(of({ v_alerts: [alert, { ...alert, closed_at: "2026-11-25T05:14:10Z" }] })), [{ status: "red", text: "On 24 Nov 2026: drift visitor, 0.384 against a limit of 0.25; open since then" }]);
  assert.match(today.openAlerts(of({ v_alerts: [{ ...alert, alert_id: "drift-visitor-2021-01-05" }] }))[0].text, /^On 5 Jan 2021: /);
  assert.match(today.openAlerts(of({ v_alerts: [{ ...alert, acknowledged_at: "2026-11-24T09:00:00Z" }] }))[0].text, /; open since then, acknowledged$/);
  assert.equal(today.reason(of({ v_health_today: [{ status_reason: "all checks are within their limits" }] })), "All checks are within their limits.");
});

test("the model asked for is shown, else the one in service", () => {
  const bin = (model_version, predicted_mean) => ({ model_version, window_start: "2026-10-21", window_end: "2026-11-17", bin: 1, visitors: 10, predicted_mean, observed_rate: 0.5, labels_mature: true });
  const rows = { v_calibration: [bin("old", 0.1), bin("new", 0.2)], v_health_today: [{ model_version: "new" }] };
  assert.equal(right.bins(of(rows))[0].predicted_mean, 0.2);
  assert.equal(right.bins(of(rows, { selection: { from: null, to: null, model: "old", models: ["new", "old"] } }))[0].predicted_mean, 0.1);
});

test("no data: every answer says so, in grey", () => {
  const data = new Data(fixture("empty"));
  for (const [name, answer] of Object.entries(ANSWERS)) {
    assert.equal(answer(data).status, "grey", name);
    assert.match(answer(data).text, /^(No|Nothing|Neither|The daily job has not)/, name);
  }
  for (const tile of today.tiles(data)) assert.deepEqual([tile.value, tile.status], ["–", "grey"]);
  // Not even the views.
  for (const answer of Object.values(ANSWERS)) assert.equal(answer(new Data({ views: {} })).status, "grey");
});

test("sentences are sentences in every state", () => {
  for (const state of STATES) {
    for (const [name, text] of sentences(new Data(fixture(state)))) {
      assert.doesNotMatch(text, BAD, `${state}, ${name}`);
      if (name.includes(".")) assert.match(text, /^[A-Z0-9].*\.$/s, `${state}, ${name}: ${text}`);
    }
  }
});

test("a column that is null or not there breaks no sentence", () => {
  let seen = 0;
  for (const [name, [, columns]] of Object.entries(VIEWS)) {
    for (const column of columns.split(/\s*,\s*/).map((entry) => entry.split(":")[0])) {
      for (const absent of [false, true]) {
        const document = fixture("amber", { days: 20 });
        const one = document.views[name];
        const at = one.columns.findIndex((other) => other.name === column);
        for (const row of one.rows) absent ? row.splice(at, 1) : (row[at] = null);
        if (absent) one.columns.splice(at, 1);
        for (const [which, text] of sentences(new Data(document))) assert.doesNotMatch(text, BAD, `${name}.${column}, ${which}`);
        seen += 1;
      }
    }
  }
  assert.ok(seen > 300, `${seen}`);
});

test("the page knows the columns of the views", () => {
  const known = Object.fromEntries(Object.entries(built.COLUMNS).map(([name, columns]) => [name, columns.split(" ")]));
  assert.deepEqual(Object.keys(known), Object.keys(VIEWS));
  for (const name of Object.keys(VIEWS)) {
    assert.deepEqual(known[name], view(name, []).columns.map((column) => column.name));
  }
});

test("what is no document is refused with a reason", () => {
  assert.throws(() => read("<!--inkling:data-->"), /JSON/);
  assert.throws(() => read("{}"), /no views/);
  assert.throws(() => read("null"), /no views/);
});
