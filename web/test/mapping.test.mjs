import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { mapping } from "../dist/mapping.mjs";
import { toInput } from "../dist/to-input.mjs";

const root = new URL("../../tests/fixtures/mapping/", import.meta.url);
const read = (path) => JSON.parse(readFileSync(new URL(path, root), "utf8"));

for (const name of readdirSync(root)) {
  test(`${name}: the push gives the expected event`, () => {
    assert.deepEqual(mapping(read(`${name}/push.json`)), read(`${name}/event.json`));
  });
}

test("there is a case of every event that GA4 makes by itself in the course of a page", () => {
  const names = new Set(readdirSync(root).map((name) => read(`${name}/event.json`).strings[0]));
  for (const name of ["page_view", "scroll", "click", "file_download", "view_search_results", "form_start", "form_submit", "video_start", "video_progress", "video_complete", "user_engagement"]) {
    assert.ok(names.has(name), name);
  }
});

const event = (changes) =>
  toInput({
    name: "x",
    params: {},
    time: 1000.4,
    url: "https://a.example/",
    referrer: "",
    engaged: 1.6,
    identity: { sessionId: 0, sessionNumber: 0, firstTouch: 0 },
    utcOffset: 0,
    device: "desktop",
    language: "en",
    ...changes,
  });

test("missing values are empty and zero, whatever the page pushes instead", () => {
  const plain = event({});
  assert.deepEqual(plain.strings, ["x", "https://a.example/", "", "", "", "desktop", "en"]);
  assert.deepEqual(plain.numbers, [1_000_000, 0, 0, 0, 2, 0, 0, 0]);
  const odd = event({ params: { items: "none", ecommerce: null, page_location: 7, engagement_time_msec: "x" } });
  assert.deepEqual(odd, plain);
});

test("items come from the event or its ecommerce object; the highest price counts", () => {
  const items = [{ price: "9250" }, { price: 12000.5 }, { price: NaN }, {}, null];
  for (const params of [{ items }, { ecommerce: { items } }]) {
    assert.deepEqual(event({ params }).numbers.slice(5, 7), [5, 12000.5]);
  }
});

test("no field can break the line format, and GA4's limits hold", () => {
  const { strings } = event({ name: "a\nb", url: `https://a.example/${"x".repeat(2000)}`, referrer: "r".repeat(999) });
  assert.equal(strings[0], "a b");
  assert.equal(strings[1].length, 1000);
  assert.equal(strings[2].length, 420);
  assert.equal(strings.join("\n").split("\n").length, 7);
});

test("the page may name its own location and referrer", () => {
  const params = { page_location: "https://a.example/b?utm_source=s&utm_medium=m#c", page_referrer: "https://r.example/" };
  assert.deepEqual(event({ params }).strings.slice(1, 5), [params.page_location, params.page_referrer, "s", "m"]);
});
