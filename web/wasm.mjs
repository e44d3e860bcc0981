// Turns cargo's WebAssembly into what a page downloads: node wasm.mjs IN.wasm OUT.wasm
//
// Binaryen's size passes, and before them what only a person knows about this module:
// - a panic is a trap either way, so the code that words its message goes, and the places in the source with it;
// - the tag's allocator never frees, so destructors do nothing;
// - libm's square root is IEEE 754's, and so is the instruction.
// BINARYEN_PATH names a folder with another installation of the package `binaryen`.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

/** Bytes of brotli at its best: what is aimed at, and what fails the build. */
const BUDGET = 10_000;
const LIMIT = 15_000;

const PANIC = /panicking|_fail|handle_error|handle_alloc|unwrap_failed|expect_failed|capacity_overflow|rust_begin_unwind/;
// Not the guards inside the library that restore a vector on their way out.
const DESTRUCTOR = /drop_in_place\$LT\$(model_core|alloc\.\.vec\.\.Vec|alloc\.\.string|core\.\.option\.\.Option\$LT\$model_core)|RawVec.*(deallocate|4drop17h)/;
const SQRT = /libm4math.*4sqrt4sqrt/;
/** Texts of panics that no other code reads. */
const TEXTS = [
  Array.from({ length: 100 }, (_, i) => String(i).padStart(2, "0")).join(""),
  "memory allocation of ",
  " bytes failed",
  "capacity overflow",
  ..."slice index starts at | but ends at |index out of bounds: the len is | but the index is |range start index ".split("|"),
  ..."range end index | out of range for slice of length |mid > len".split("|"),
];

const [input, output] = process.argv.slice(2);
const { default: binaryen } = await import(
  process.env.BINARYEN_PATH ? pathToFileURL(`${process.env.BINARYEN_PATH}/index.js`).href : "binaryen"
);
binaryen.setDebugInfo(true);
const module = binaryen.readBinary(await readFile(input));
const functions = Array.from({ length: module.getNumFunctions() }, (_, i) => module.getFunctionByIndex(i))
  .map((ref) => ({ ref, ...binaryen.getFunctionInfo(ref) }))
  .filter((info) => info.module === "");

const panics = functions.filter((info) => PANIC.test(info.name));
const text = module.emitText();
const locations = sourceLocations(panics.map((info) => info.name));
const guesses = firstGuesses(functions.find((info) => SQRT.test(info.name))?.name);
for (const { ref } of panics) binaryen.Function.setBody(ref, module.unreachable());
for (const { ref, name, results } of functions) {
  if (DESTRUCTOR.test(name) && results === binaryen.none) binaryen.Function.setBody(ref, module.nop());
  if (SQRT.test(name)) binaryen.Function.setBody(ref, module.f64.sqrt(module.local.get(0, binaryen.f64)));
}
for (const name of ["__heap_base", "__data_end"]) module.removeExport(name);
blankDeadData();

binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
// Small functions of their own compress better than large ones with many locals.
binaryen.setOneCallerInlineMaxSize(30);
binaryen.setAlwaysInlineMaxSize(1);
binaryen.setDebugInfo(process.env.WASM_NAMES === "1");
binaryen.setZeroFilledMemory(true);
module.optimize();
module.runPasses(["strip-producers", "strip-target-features", ...(process.env.WASM_NAMES === "1" ? [] : ["strip-debug"])]);
if (!module.validate()) fail("the optimised module is not valid");
const bytes = Buffer.from(module.emitBinary());
const engine = new WebAssembly.Module(bytes);
if (WebAssembly.Module.imports(engine).length > 0) fail("the module imports something");
await writeFile(output, bytes);

const brotli = brotliCompressSync(bytes, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
}).length;
console.log(`scorer.wasm ${bytes.length} bytes, brotli ${brotli} (budget ${BUDGET})`);
if (brotli > LIMIT) fail(`scorer.wasm is over its limit of ${LIMIT} bytes in brotli`);

/** Addresses of the `Location`s that calls of those functions give as their last argument. */
function sourceLocations(names) {
  const found = new Set();
  for (const name of names) {
    const call = `(call $${name}\n`;
    for (let at = text.indexOf(call); at >= 0; at = text.indexOf(call, at + 1)) {
      let end = at;
      for (let depth = 0; end === at || depth > 0; end++) depth += { "(": 1, ")": -1 }[text[end]] ?? 0;
      const last = /\(i32\.const (\d+)\)\s*\)$/.exec(text.slice(at, end));
      if (last) found.add(Number(last[1]));
    }
  }
  return found;
}

/** Address of the square root's table of first guesses, which nothing else reads. */
function firstGuesses(name) {
  const body = name ? text.slice(text.indexOf(`\n (func $${name} `)).split("\n (func $", 2)[1] : "";
  return Number(/i32\.load16_u offset=(\d+)/.exec(body)?.[1] ?? 0);
}

/** Zeros are not part of the file. */
function blankDeadData() {
  const segments = Array.from({ length: module.getNumDataSegments() }, (_, i) => {
    const { name, offset, data } = module.getDataSegmentInfo(module.getDataSegmentByIndex(i));
    const copy = Buffer.from(new Uint8Array(data));
    return { name, start: offset, data: copy };
  });
  const blank = (address, length) => {
    const segment = segments.find((s) => address >= s.start && address + length <= s.start + s.data.length);
    segment?.data.fill(0, address - segment.start, address - segment.start + length);
    return segment !== undefined;
  };
  const read = (address, length) => {
    const segment = segments.find((s) => address >= s.start && address + length <= s.start + s.data.length);
    return segment?.data.subarray(address - segment.start, address - segment.start + length);
  };
  const files = new Map();
  for (const address of locations) {
    const location = read(address, 16);
    if (!location) continue;
    const [file, length] = [location.readUInt32LE(0), location.readUInt32LE(4)];
    // A location is recognised by the name of a source file.
    if (length < 256 && read(file, length)?.toString("latin1").endsWith(".rs")) {
      files.set(file, length);
      blank(address, 16);
    }
  }
  for (const [file, length] of files) blank(file, length);
  if (guesses) blank(guesses, 256);
  for (const { start, data } of segments) {
    for (const words of TEXTS) {
      for (let at = data.indexOf(words); at >= 0; at = data.indexOf(words)) blank(start + at, words.length);
    }
  }
  const { initial, max } = module.getMemoryInfo();
  const rebuilt = segments.map(({ name, start, data }) => ({ name, offset: module.i32.const(start), data }));
  module.setMemory(initial, max ?? -1, null, rebuilt, false, false, module.getMemoryInfo().name ?? "0");
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
