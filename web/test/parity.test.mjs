import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { standIn } from "./stand-in.mjs";
import { standInVisits } from "./visits.mjs";

const folder = mkdtempSync(join(tmpdir(), "parity-"));
after(() => rmSync(folder, { recursive: true }));
const script = fileURLToPath(new URL("parity.mjs", import.meta.url));
const put = (name, content) => (writeFileSync(join(folder, name), content), join(folder, name));

test("parity counts equal scores and fails on a single changed bit", async () => {
  const wasm = standIn();
  const { visits } = await standInVisits(wasm);
  const lines = (list) => list.map((visit) => JSON.stringify(visit)).join("\n");
  const args = [script, "--scorer", put("s.wasm", wasm), "--bundle", put("b.bin", "INKL"), "--visits"];
  const good = JSON.parse(execFileSync("node", [...args, put("good.ndjson", lines(visits))]));
  assert.equal(good.compared, 15);
  assert.equal(good.equal, 15);
  const first = visits[0].scores[0];
  first.bits = first.bits.slice(0, 15) + (first.bits.endsWith("0") ? "1" : "0");
  const bad = spawnSync("node", [...args, put("bad.ndjson", lines(visits))], { encoding: "utf8" });
  assert.equal(bad.status, 4);
  assert.equal(JSON.parse(bad.stdout).equal, 14);
});
