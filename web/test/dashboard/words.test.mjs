// What sentences call what they count, and what they leave unsaid.
import assert from "node:assert/strict";
import { test } from "node:test";
import { delivery, format, right, today, useful, volume, whom } from "../../dist/testing.mjs";
import { AS_OF, of } from "./rows.mjs";

const WINDOW = { model_version: "m", window_start: "2026-10-21", window_end: "2026-11-17" };

test("tenths with equal rates are in order", () => {
  const decile = (decile, conversions, of) => ({ ...WINDOW, decile, visitors: 1000, conversions, conversion_rate: conversions / 1000, lift: 5, cum_visitors_share: decile / 10, cum_conversions_share: 0.5 });
  assert.match(useful.lift(of({ v_gains_deciles: [decile(1, 50), decile(2, 10), decile(3, 0), decile(4, 0)] })).text, / No group converts more often than the one before it\.$/);
  const broken = { v_gains_deciles: [decile(1, 50), decile(2, 10), decile(3, 12)] };
  assert.match(useful.lift(of(broken)).text, / Group 3 converts more often than group 2, which has higher scores\.$/);
  assert.match(useful.lift(of({ ...broken, v_health_today: [{ model_version: "m", status_lift: "green" }] })).text, /which has higher scores; chance explains it\.$/);
});

test("of other measures the reference is said, and nothing is judged that nobody judges", () => {
  const day = { event_date: "2026-11-17", model_version: "m", labels: 500, labels_mature: true, status: "grey" };
  const rows = [{ ...day, metric: "brier", value_realised: 0.5, ref_mean: 0.02 }, { ...day, metric: "calibration_ratio", value_realised: 1.02, ref_mean: 1 }, { ...day, metric: "lift", value_realised: 4, ref_mean: 4.9 }, { ...day, metric: "ece", value_realised: 0.006, ref_mean: null }];
  const data = of({ v_performance_daily: rows, v_gains_deciles: [{ ...WINDOW, decile: 1, visitors: 10, conversions: 3, conversion_rate: 0.3, lift: 3, cum_visitors_share: 0.1, cum_conversions_share: 1 }] });
  assert.deepEqual(right.others(data), { status: null, text: "17 Nov 2026: Brier score 0.5000 (in the test 0.0200), Predicted over observed 1.02 (1 is exactly right), Lift of the top 10% 4.00 (in the test 4.90) and Calibration error 0.0060." });
  assert.deepEqual([useful.gains(data).status, useful.lift(data).status], [null, null]);
});

test("groups that cannot be wrong are not counted as right", () => {
  const bin = (n, status, mean = n / 10) => ({ ...WINDOW, bin: n, visitors: 1000, predicted_mean: mean, observed_rate: mean, ci_low: 0, ci_high: 1, labels_mature: true, status });
  assert.match(right.calibration(of({ v_calibration: [bin(1, "grey"), bin(2, "grey"), bin(3, "green"), bin(4, "green")] })).text, / Of 2 groups with enough conversions 2 are right, chance considered; 2 have too few\./);
  assert.match(right.calibration(of({ v_calibration: [bin(1, "grey"), bin(2, "green")] })).text, / Of 1 group with enough conversions 1 is right, chance considered; 1 has too few\./);
  assert.match(right.calibration(of({ v_calibration: [bin(1, "grey")] })).text, / No group has enough conversions to be judged\./);
  assert.match(right.calibration(of({ v_calibration: [bin(1, "green")] })).text, / Of 1 group 1 is right, chance considered\./);
});

test("a ratio outside the limits that is good says why", () => {
  const note = (calibration_ratio, status_calibration) => today.tiles(of({ v_health_today: [{ calibration_ratio, status_calibration }] }))[2].note;
  assert.equal(note(1.2, "green"), "predicted over observed; chance explains that it is not 1.00");
  assert.equal(note(1.05, "green"), "predicted over observed; 1.00 is exactly right");
  assert.equal(note(1.2, "amber"), "predicted over observed; 1.00 is exactly right");
});

test("figures of an alert are those of the day that opened it", () => {
  const alert = { alert_id: "drift:visitor-2021-01-01", opened_at: "2021-01-02T05:14:10Z", severity: "red", rule: "drift:visitor", cause: "page.home is missing for 59 % of visitors" };
  assert.deepEqual(today.openAlerts(of({ v_alerts: [alert] })), [{ status: "red", text: "On 1 Jan 2021: page.home is missing for 59% of visitors; open since then" }]);
  assert.equal(today.reason(of({ v_health_today: [{ status_reason: "it is missing for 59 % of visitors" }] })), "It is missing for 59% of visitors.");
});

test("models: in service, out of service, and back", () => {
  const row = (model_version, promoted_at, retired_at = null) => ({ model_version, promoted_at, retired_at });
  const back = of({ v_health_today: [{ model_version: "visitor-1" }], v_model_versions: [row("visitor-1", "2026-10-01"), row("visitor-2", "2026-11-01", "2026-11-10")] });
  assert.deepEqual(delivery.timeline(back).map((one) => one.row.model_version), ["visitor-1", "visitor-2"], "what serves comes first");
  assert.equal(delivery.models(back).text, "Model visitor-1 is in service, first since 1 Oct 2026; visitor-2 served in between.");
  const plain = of({ v_health_today: [{ model_version: "visitor-1" }], v_model_versions: [row("visitor-1", "2026-10-01"), row("session-2", "2026-11-01")] });
  assert.equal(delivery.models(plain).text, "Model visitor-1 has been in service since 1 Oct 2026, for 54 days.");
  const first = of({ v_health_today: [{ model_version: "visitor-1" }], v_model_versions: [row("visitor-1", AS_OF)] });
  assert.equal(delivery.models(first).text, "Model visitor-1 has been in service since 24 Nov 2026.");
  const none = of({ v_health_today: [{ model_version: null }], v_model_versions: [row("visitor-1", "2026-10-01", "2026-11-10")] });
  assert.equal(delivery.models(none).text, "Model visitor-1 was in service from 1 Oct to 9 Nov 2026.");
});

test("the tag: sessions and pages; a score that GA4 has not may be lost", () => {
  const tag = { event_date: AS_OF, loads: 100, scored: 80, signature_failures: 2, wasm_unsupported: 3, errors: 1, p75_load_ms: 84, status: "red" };
  assert.equal(delivery.tag(of({ v_tag_daily: [tag] })).text, "On 24 Nov 2026 80 of 100 sessions ended in a score; on three of four pages the scorer was ready within 84 ms. The signature failed on 2 pages, 1 page had no score for another reason and on 3 pages browser or policy did not let the tag score.");
  const sent = { event_date: AS_OF, destination: "measurement-protocol", attempted: 100, accepted: 96, rejected: 4, accepted_share: 0.96 };
  assert.equal(delivery.activation(of({ v_activation_daily: [sent] })).text, "On 24 Nov 2026 GA4 took 96% of 100 scores by Measurement Protocol (4 refused or lost).");
});

test("runs, ages and great numbers", () => {
  const run = (run_date, status = "done") => ({ run_date, started_at: `${run_date}T05:10:00Z`, status });
  assert.match(volume.runs(of({ v_run_history: [run("2026-11-23"), run("2026-11-24")] })).text, / None of the last 2 days’ runs failed\.$/);
  assert.deepEqual([999_999, 999_499, 1.5e9, -999_999, 999.6, 1e12].map(format.short), ["1M", "999k", "1.5bn", "-1M", "1k", "1000bn"]);
  assert.equal(format.age(-0.2), "0 min");
});

test("a group that is right is not too low, and one within the limits is not too high", () => {
  const said = (calibration_ratio, status) => whom.segments(of({ v_segment_performance: [{ model_version: "m", window_end: "2026-11-17", dimension: "device", segment: "tablet", calibration_ratio, status }] })).text;
  assert.match(said(0.998, "green"), /predicted over observed 1\.00, exactly right\.$/);
  assert.match(said(1.02, "green"), /predicted over observed 1\.02, within the limits or chance\.$/);
  assert.match(said(1.3, "red"), /predicted over observed 1\.30, too high\.$/);
});

test("today's row in words", () => {
  assert.deepEqual([["status_drift", "green"], ["worst_psi", 0.123456789], ["visitors_scored", 18204], ["as_of", "2026-11-24"], ["model_version", null], ["hours_since_score", 33.41234]].map(([name, value]) => today.cell(name, value)), ["Good", "0.123457", "18,204", "24 Nov 2026", "–", "33.4123"]);
});
