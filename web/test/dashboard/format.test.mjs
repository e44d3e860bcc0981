import assert from "node:assert/strict";
import { test } from "node:test";
import { format, status } from "../../dist/testing.mjs";

const all = (write, pairs) => {
  for (const [value, text] of pairs) assert.equal(write(value), text, `${value}`);
};

test("shares are never rounded to all or nothing", () => {
  all(format.percent, [[0, "0%"], [1, "100%"], [0.3, "30%"], [0.314, "31.4%"], [0.0312, "3.1%"], [0.005, "0.5%"], [0.00123, "0.12%"], [0.00001, "<0.01%"], [0.9996, "99.96%"], [0.99996, ">99.99%"], [0.9991, "99.91%"], [-0.05, "−5%"], [1.2, "120%"]]);
});

test("what is missing is a dash", () => {
  for (const write of [format.percent, format.count, format.index, format.tiny, format.age, format.duration, format.date, format.shortDate]) {
    for (const missing of [null, undefined]) assert.equal(write(missing), "–");
  }
  for (const write of [format.percent, format.count, format.index, format.tiny, format.age, format.duration]) for (const missing of [NaN, Infinity]) assert.equal(write(missing), "–");
});

test("numbers", () => {
  all(format.count, [[0, "0"], [18204, "18,204"], [-3, "−3"]]);
  all((value) => format.fixed(value, 2), [[1.005, "1.01"], [-0.001, "0.00"], [1234.5, "1,234.50"]]);
  all(format.short, [[0, "0"], [950, "950"], [1000, "1k"], [18204, "18.2k"], [1_950_000, "1.95M"], [-2000, "-2k"]]);
  all(format.tiny, [[0, "0"], [4e-8, "4e−8"], [0.25, "0.2500"]]);
  all(format.index, [[0, "0.00"], [0.001, "<0.01"], [0.254, "0.25"]]);
  assert.equal(format.plural(1, "visitor"), "1 visitor");
  assert.equal(format.plural(0, "day is", "days are"), "0 days are");
  assert.equal(format.list(["a", "b", "c"]), "a, b and c");
});

test("days and times", () => {
  assert.equal(format.date("2026-11-04"), "4 Nov 2026");
  assert.equal(format.weekday("2026-11-24"), "Tuesday");
  assert.equal(format.range("2026-10-01", "2026-10-28"), "1 to 28 Oct 2026");
  assert.equal(format.range("2026-10-21", "2026-11-17"), "21 Oct to 17 Nov 2026");
  assert.equal(format.range("2025-12-30", "2026-01-02"), "30 Dec 2025 to 2 Jan 2026");
  assert.equal(format.range(null, "2026-01-02"), "2 Jan 2026");
  assert.equal(format.days(["2026-05-03", "2026-01-13", "2026-05-02"]), "13 Jan and 2 to 3 May");
  assert.equal(format.days(["2026-01-01", "2026-02-01", "2026-03-01"], 2), "1 Jan, 1 Feb and 1 more");
  all(format.age, [[0.5, "30 min"], [9.2, "9 h"], [50, "50 h"], [100, "4 days"]]);
  all(format.duration, [[0.42, "420 ms"], [48, "48 s"], [192, "3 min 12 s"], [180, "3 min"], [3840, "1 h 4 min"], [7199, "1 h 59 min"]]);
});

test("times are those of the site, on both sides of midnight and of a clock change", () => {
  assert.equal(format.clock("2026-11-25T05:14:00Z", "Europe/London"), "05:14");
  assert.equal(format.clock("2026-07-01T23:30:00Z", "Europe/London"), "00:30");
  assert.equal(format.siteDay("2026-07-01T23:30:00Z", "Europe/London"), "2026-07-02");
  assert.equal(format.siteDay("2026-07-01T23:30:00Z", "America/New_York"), "2026-07-01");
  assert.equal(format.clock("2026-11-25T05:14:00Z", "No/Where"), "05:14");
  assert.equal(format.clock("soon", "UTC"), null);
  assert.equal(format.clock(null, "UTC"), null);
});

test("the most severe status wins, and grey never hides one", () => {
  assert.equal(status.worst(["green", "grey", null]), "green");
  assert.equal(status.worst(["grey", "amber", "green"]), "amber");
  assert.equal(status.worst(["amber", "red"]), "red");
  assert.equal(status.worst([null]), null);
  assert.equal(status.status("purple"), null);
  assert.deepEqual(["done", "running", "failed", "something new", null].map(status.ofRun), ["green", "grey", "red", "red", null]);
});
