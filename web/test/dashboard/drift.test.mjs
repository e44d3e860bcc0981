// Which features drifted, by what the view says of them, and since when.
import assert from "node:assert/strict";
import { test } from "node:test";
import { world } from "../../dist/testing.mjs";
import { AS_OF, of } from "./rows.mjs";

const row = (feature, psi, drift_rank, status, more = {}) => ({ event_date: AS_OF, model_version: "m", feature, psi, js_distance: psi / 3, null_share: 0, ref_null_share: 0, drift_rank, status, ...more });
/** Data with older days of a few features. */
function past(rows, days, values) {
  const data = of({ v_drift_daily: rows });
  data.document.views.v_drift_daily.history = { by: "feature", days, values };
  return data;
}

test("what the view says of a feature comes before its PSI", () => {
  const rows = [row("far", 2.2, 1, "green"), row("near", 0.3, 2, "amber"), row("missing", 0.02, 3, "red", { null_share: 0.8 })];
  assert.deepEqual(world.features(of({ v_drift_daily: rows })).map((one) => one.feature), ["missing", "near", "far"]);
  assert.deepEqual(world.top(of({ v_drift_daily: rows }), 2).map((one) => [one.row.feature, one.of]), [["missing", "red"], ["near", "amber"]]);
  assert.match(world.topAnswer(of({ v_drift_daily: rows })).text, /^To be looked at first: missing, /);
  assert.match(world.topAnswer(of({ v_drift_daily: rows.slice(0, 1) })).text, /^Farthest from the training data: far, /);
});

test("cells of the map are marked by status; PSI shades only what is good", () => {
  const shades = [row("a", 2.2, 1, "green"), row("a", 0.02, 1, "green"), row("a", 0.07, 1, "green"), row("a", 0.02, 1, "red"), row("a", 0.3, 1, "amber"), row("a", 0.3, 1, null), row("a", 0.02, 1, "grey")];
  const data = of({});
  assert.deepEqual(shades.map((one) => world.shade(data, one)), ["good-3", "good-1", "good-2", "red", "amber", "good-3", "good-1"]);
});

test("since when, or at least since when", () => {
  const days = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"];
  const data = past([row("a", 0.31, 1, "red"), row("b", 0.2, 2, "amber"), row("c", 0.2, 3, "amber")], days, {
    a: { psi: [0.01, 0.3, 0.3, 0.3], status: ["green", "red", "amber", "red"] },
    b: { psi: [0.2, 0.2, 0.2, 0.2], status: ["amber", "amber", "amber", "amber"] },
  });
  const said = world.drift(data).text;
  assert.match(said, /a \(PSI 0\.31, since 21 Nov\)/);
  assert.match(said, /b \(PSI 0\.20, since 20 Nov at least\)/, "the first day that is there");
  assert.match(said, /c \(PSI 0\.20, since 24 Nov at least\)/, "no older rows");
});

test("a year ago has its year", () => {
  const data = past([row("a", 0.31, 1, "red")], ["2025-11-25", "2026-11-23"], { a: { psi: [0.3, 0.3], status: ["red", "red"] } });
  assert.match(world.drift(data).text, /since 25 Nov 2025 at least/);
});

test("one feature, which has not drifted", () => {
  assert.equal(world.drift(of({ v_drift_daily: [row("a", 0.04, 1, "green")] })).text, "On 24 Nov 2026 the one feature that was compared, a, has not drifted; its PSI is 0.04.");
});
