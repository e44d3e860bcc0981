import assert from "node:assert/strict";
import { test } from "node:test";
import { report } from "../dist/report.mjs";
import { words } from "../dist/words.mjs";

test("the dataLayer hears steps of 0.05, only when step or band change", () => {
  const entries = [];
  const tell = report(entries, { modelVersion: "m1", bundleVersion: "0123456789abcdef" });
  for (const [score, band] of [[0.31, "low"], [0.32, "low"], [0.33, "low"], [0.33, "medium"], [NaN, "low"], [1, "high"], [0, "low"]]) tell(score, band);
  assert.deepEqual(
    entries.map((entry) => [entry.inkling_score, entry.inkling_band]),
    [[0.3, "low"], [0.35, "low"], [0.35, "medium"], [1, "high"], [0, "low"]],
  );
  assert.deepEqual(entries[0], { event: "inkling_score", inkling_score: 0.3, inkling_band: "low", inkling_model_version: "m1", inkling_bundle: "0123456789abcdef" });
});

test("reasons read as words", () => {
  const said = {
    "session.page_views": "pages seen",
    "session.count.event.view_item": "course details in this visit",
    "session.count.page.course": "course pages in this visit",
    "session.seconds_since.event.generate_lead": "time since: prospectus requests",
    "past.days7.sessions": "visits, last 7 days",
    "past.days1.page.open_day": "open day pages, earlier today",
    "past.decayed.event.sign_up": "open day bookings, earlier visits",
    "something.new_here": "something new here",
  };
  for (const [name, text] of Object.entries(said)) assert.equal(words(name), text);
});
