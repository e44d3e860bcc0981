import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { report } from "../dist/report.mjs";
import { words } from "../dist/words.mjs";

const THRESHOLDS = [0.3, 0.6];
const MARGIN = 1.2;
const level = (score) => THRESHOLDS.filter((threshold) => score >= threshold).length;
const shift = (score, factor) => (score * factor) / (1 - score + score * factor);

/** A reporter over those thresholds; `told` is what it told, `wait` lets time pass. */
function reporter(before) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const told = [];
  const tell = report((score, band) => told.push([score, band]), level, before);
  return { told, tell, wait: (ms) => mock.timers.tick(ms) };
}
test.afterEach(() => mock.timers.reset());

/** Numbers from 0 to 1 that are the same in every run. */
function random(seed) {
  return () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
}

test("steps of 0.05, told when step or band change", () => {
  const { told, tell, wait } = reporter();
  for (const score of [0.11, 0.12, 0.31, NaN, 1, 0]) {
    tell(score);
    wait(1000);
  }
  assert.deepEqual(told, [[0.1, 0], [0.3, 0], [1, 2], [0, 0]]);
});

test("at most one a second, the last of them not lost", () => {
  const { told, tell, wait } = reporter();
  for (const score of [0.1, 0.2, 0.45, 0.8]) tell(score);
  assert.deepEqual(told, [[0.1, 0]]);
  wait(999);
  assert.equal(told.length, 1);
  wait(1);
  assert.deepEqual(told, [[0.1, 0], [0.8, 2]]);
  tell(0.1);
  tell(0.8);
  wait(5000);
  assert.equal(told.length, 2, "what came back to what was told is not news");
});

test("property: a score that jitters around a threshold by less than the margin never changes the band", () => {
  const next = random(7);
  for (let run = 0; run < 500; run++) {
    const threshold = THRESHOLDS[run % 2];
    const { told, tell, wait } = reporter();
    for (let at = 0; at < 60; at++) {
      tell(shift(threshold, (MARGIN * 0.999) ** (2 * next() - 1)));
      wait(1000);
    }
    assert.equal(new Set(told.map(([, band]) => band)).size, 1, `run ${run}`);
  }
});

test("property: a score that is clear of every threshold always has its own band", () => {
  const next = random(11);
  const { told, tell, wait } = reporter();
  let clear = 0;
  for (let at = 0; at < 5000; at++) {
    const score = next();
    tell(score);
    wait(1000);
    if (level(shift(score, MARGIN)) !== level(shift(score, 1 / MARGIN))) continue;
    clear++;
    assert.equal(told.at(-1)[1], level(score), String(score));
  }
  assert.ok(clear > 4000);
});

test("property: a step changes only when the score is farther than 0.035 from it", () => {
  const next = random(13);
  for (let run = 0; run < 200; run++) {
    const edge = (Math.floor(next() * 19) + 0.5) / 20;
    const { told, tell, wait } = reporter(level(edge));
    for (let at = 0; at < 40; at++) {
      tell(edge + 0.0099 * (2 * next() - 1));
      wait(1000);
    }
    assert.equal(new Set(told.map(([step]) => step)).size, 1, `${edge}`);
  }
});

test("the band of the page before is kept like one of this page", () => {
  const kept = reporter(1);
  kept.tell(0.29);
  assert.deepEqual(kept.told, [[0.3, 1]]);
  const left = reporter(1);
  left.tell(0.2);
  assert.deepEqual(left.told, [[0.2, 0]]);
});

test("past one threshold and close to the next: the band between", () => {
  const { told, tell, wait } = reporter();
  tell(0.1);
  wait(1000);
  tell(0.61);
  assert.equal(told.at(-1)[1], 1);
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
