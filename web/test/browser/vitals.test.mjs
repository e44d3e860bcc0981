// The tag costs a page nothing that its visitor could notice, on a slow device and a slow network.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch } from "./browser.mjs";
import { CONDITIONS } from "./throttle.mjs";
import { pairs } from "./vitals.mjs";

const PAIRS = 3;
/** The browser's own measure of a long task; what a busy machine adds is not in the least of three visits. */
const LONG_MS = 50;
/** For one piece of the tag's work at a CPU four times slower: with the machine busy most visits had 0 to 75 ms. */
const TAG_MS = 100;
/** What Core Web Vitals call good; a busy machine makes visitors wait with and without the tag. */
const GOOD = { blocking_ms: 200, inp_ms: 200, lcp_ms: 2500 };
const browser = await launch();
after(() => browser.close());

test("with the tag a page paints the same, moves nothing and answers as fast", async () => {
  const { with: tagged, without } = await pairs(browser, PAIRS, CONDITIONS["cpu+network"]);
  const least = (visits, read) => Math.min(...visits.map(read));
  const added = (read) => least(tagged, read) - least(without, read);
  console.log(JSON.stringify({ tagged, without }));
  assert.deepEqual(tagged.map(({ cls_since_loader }) => cls_since_loader), Array(PAIRS).fill(0), "the layout moved");
  assert.equal(new Set([...tagged, ...without].map(({ lcp_element }) => lcp_element)).size, 1, "another element is the largest");
  assert.ok(least(tagged, ({ longest_of_tag_ms }) => longest_of_tag_ms) < TAG_MS, "a long task of the tag's own");
  const fine = (read, good, more) => least(tagged, read) <= good || added(read) <= more;
  assert.ok(fine(({ blocking_ms }) => blocking_ms, GOOD.blocking_ms, LONG_MS), "long tasks block the page");
  assert.ok(fine(({ interaction }) => interaction.inp_ms, GOOD.inp_ms, LONG_MS), "keys and clicks wait");
  assert.ok(fine(({ lcp_ms }) => lcp_ms, GOOD.lcp_ms, 3 * LONG_MS), "the largest element is painted later");
});
