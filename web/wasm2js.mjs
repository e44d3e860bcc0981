// Turns the scorer into plain JavaScript, for pages whose content security policy forbids WebAssembly:
//   node wasm2js.mjs IN.wasm OUT.js
// The file is a classic script: it leaves what the WebAssembly would export on its own script element, and nothing on the
// page. Operations that have no counterpart are spelled out first; numbers keep their bits.
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

const USES = ["--enable-bulk-memory", "--enable-nontrapping-float-to-int", "--enable-sign-ext", "--enable-mutable-globals"];
const SPELLED_OUT = ["--llvm-nontrapping-fptoint-lowering", "--llvm-memory-copy-fill-lowering", "-Oz"];

/** The script as text. BINARYEN_PATH names a folder with another installation of the package `binaryen`. */
export async function toScript(wasm) {
  const folder = await mkdtemp(join(tmpdir(), "inkling-wasm2js-"));
  const at = (name) => join(folder, name);
  const bin = process.env.BINARYEN_PATH ?? new URL("node_modules/binaryen", import.meta.url).pathname;
  const run = (tool, args) => execFileSync(process.execPath, [join(bin, "bin", tool), ...args], { stdio: ["ignore", "ignore", "inherit"] });
  try {
    await writeFile(at("in.wasm"), wasm);
    run("wasm-opt", [at("in.wasm"), ...USES, ...SPELLED_OUT, "-o", at("spelled.wasm")]);
    run("wasm2js", [at("spelled.wasm"), "-Oz", "--enable-sign-ext", "--enable-mutable-globals", "-o", at("scorer.mjs")]);
    await writeFile(at("entry.mjs"), 'import * as scorer from "./scorer.mjs";\ndocument.currentScript.scorer = scorer;\n');
    const { outputFiles } = await build({ entryPoints: [at("entry.mjs")], bundle: true, minify: true, format: "iife", target: "es2022", charset: "ascii", write: false, logLevel: "warning" });
    return outputFiles[0].text;
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [input, output] = process.argv.slice(2);
  const script = await toScript(await readFile(input));
  await writeFile(output, script);
  console.log(`scorer.js ${script.length} bytes, brotli ${brotliCompressSync(script).length}`);
}
