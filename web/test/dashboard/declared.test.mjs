// The fixture has the shape of what the program writes: columns and types of its views, and words in them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { VIEWS, view } from "./columns.mjs";
import { fixture, STATES } from "./fixture.mjs";

const source = await readFile(new URL("../../../batch-service/src/monitor/views/declared.rs", import.meta.url), "utf8");

/** Columns of the views with their types, as they are declared. */
function declared() {
  const all = {};
  let columns;
  for (const line of source.slice(source.indexOf("\nviews! {")).split("\n")) {
    const [, name] = /^ {4}"(v_\w+)" of /.exec(line) ?? [];
    if (name) columns = all[name] = {};
    const [, column, kind] = /^ {8}(\w+): (\w+)(?: \(\w+\))? "/.exec(line) ?? [];
    if (column) columns[column] = kind.toUpperCase();
  }
  return all;
}

test("columns and types are those that are declared", () => {
  const all = declared();
  assert.equal(Object.keys(all).length, 16);
  assert.deepEqual(Object.fromEntries(Object.keys(VIEWS).map((name) => [name, Object.fromEntries(view(name, []).columns.map((column) => [column.name, column.type]))])), all);
});

const FITS = { DATE: /^\d{4}-\d\d-\d\d$/, TIMESTAMP: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, STRING: /^/ };
const WORDS = ["green", "amber", "red", "grey"];

test("values are of their types, and words are those of the program", () => {
  for (const state of STATES) {
    const { views } = fixture(state, { days: 60 });
    for (const [name, { columns, rows }] of Object.entries(views)) {
      for (const row of rows) {
        for (const [i, { name: column, type }] of columns.entries()) {
          if (row[i] === null) continue;
          const fits = { INT64: Number.isInteger, FLOAT64: Number.isFinite, BOOL: (value) => typeof value === "boolean" }[type] ?? ((value) => FITS[type].test(value));
          assert.ok(fits(row[i]), `${state}, ${name}.${column}: ${row[i]}`);
        }
      }
      const values = (column) => new Set(rows.map((row) => row[columns.findIndex((one) => one.name === column)]));
      if (name === "v_run_history") assert.ok([...values("status")].every((word) => ["done", "failed"].includes(word)), state);
      else for (const { name: column } of columns.filter((one) => one.name.startsWith("status") && one.name !== "status_reason")) for (const word of values(column)) assert.ok(word === null || WORDS.includes(word), `${state}, ${name}.${column}: ${word}`);
      if (name === "v_alerts") assert.ok([...values("severity")].every((word) => word === "red"), "only red is an alert");
      if (name === "v_segment_performance") assert.ok([...values("dimension")].every((word) => ["device", "channel", "visitor", "country"].includes(word)));
      if (name === "v_model_versions") assert.ok([...values("alias")].every((word) => [null, "in-service", "challenger"].includes(word)));
    }
  }
});

test("only the AUC of a day is judged, and has a range", () => {
  const { columns, rows } = fixture("red", { days: 60 }).views.v_performance_daily;
  const at = (name) => columns.findIndex((column) => column.name === name);
  for (const row of rows.filter((one) => one[at("metric")] !== "auc")) assert.deepEqual([row[at("low")], row[at("high")], row[at("status")]], [null, null, "grey"]);
});

test("the worst of all checks is the status of the day; what is new lifts nothing that cannot be judged", () => {
  for (const state of STATES.filter((one) => one !== "empty")) {
    const { columns, rows } = fixture(state).views.v_health_today;
    const row = Object.fromEntries(columns.map((column, i) => [column.name, rows[0][i]]));
    const checks = Object.entries(row).filter(([name]) => /^status_(?!reason)/.test(name)).map(([, word]) => word);
    const off = ["red", "amber"].find((word) => checks.includes(word)) ?? (row.last_run_status === "failed" ? "amber" : null);
    const judged = [row.status_calibration, row.status_auc].some((word) => word !== "grey");
    assert.equal(row.status, off ?? (judged ? "green" : "grey"), state);
    assert.equal(row.status, state);
  }
});
