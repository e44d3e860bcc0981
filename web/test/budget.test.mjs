import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";

/** Bytes of brotli at its best: what is aimed at, and what fails. */
const BUDGET = 6000;
const LIMIT = 8050;

test("the loader is within its limit in brotli and leaves one global", () => {
  const loader = readFileSync(new URL("../dist/loader.js", import.meta.url));
  const size = brotliCompressSync(loader, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  console.log(`loader.js: ${size} bytes in brotli (budget ${BUDGET})`);
  assert.ok(size <= LIMIT, `${size} bytes`);
  assert.match(loader.toString(), /^"use strict";\(\(\)=>\{|^\(\(\)=>\{/);
});
