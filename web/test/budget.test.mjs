import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";

test("the loader is at most 6 kB in brotli and leaves one global", () => {
  const loader = readFileSync(new URL("../dist/loader.js", import.meta.url));
  const size = brotliCompressSync(loader, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  assert.ok(size <= 6000, `${size} bytes`);
  assert.match(loader.toString(), /^"use strict";\(\(\)=>\{|^\(\(\)=>\{/);
});
