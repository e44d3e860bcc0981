// The tag costs a page nothing that its visitor could notice, on a slow device and a slow network.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch } from "./browser.mjs";
import { CONDITIONS } from "./throttle.mjs";
import { pairs } from "./vitals.mjs";

const PAIRS = 3;
/** For one piece of the tag's work at a CPU four times slower: with the machine busy most visits had 0 to 75 ms. */
const TAG_MS = 100;
/** What the tag may add; most of what a busy machine adds is not in the least of three visits. */
const MORE = { blocking_ms: 100, inp_ms: 100, lcp_ms: 250 };
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
  assert.ok(added(({ blocking_ms }) => blocking_ms) <= MORE.blocking_ms, "long tasks block the page");
  assert.ok(added(({ interaction }) => interaction.inp_ms) <= MORE.inp_ms, "keys and clicks wait");
  assert.ok(added(({ lcp_ms }) => lcp_ms) <= MORE.lcp_ms, "the largest element is painted later");
});
