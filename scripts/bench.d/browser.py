"""Inkling's WebAssembly beside m2cgen's JavaScript of the same trees, in Node and in headless Chromium; and sizes."""
import json
import statistics

from commands import note, run

NODE_STARTS, PAGE_LOADS = 8, 8
ENGINES = ("m2cgen", "inkling")
BROTLI = """
const { brotliCompressSync, constants } = require("node:zlib");
const sizes = process.argv.slice(1).map((path) => {
  const bytes = require("node:fs").readFileSync(path);
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
});
console.log(JSON.stringify(sizes));
"""


def of(starts):
    """Median of the starts by each figure, and the least."""
    calls = starts[0].pop("first_us"), *(s.pop("first_us") for s in starts[1:])
    found = {key: {"median": statistics.median(s[key] for s in starts), "least": min(s[key] for s in starts)}
             for key in starts[0]}
    # Call by call, so that one start that was held up does not speak for all.
    found["first_20_us"] = [statistics.median(call) for call in zip(*calls)]
    return found


def measure(web, folder):
    peers = web / "test" / "browser" / "peers.mjs"
    note("JavaScript in Node and in Chromium")
    in_node = {engine: [] for engine in ENGINES}
    for _ in range(NODE_STARTS):
        for engine in ENGINES:
            in_node[engine].append(json.loads(run("node", peers, "node", engine, folder)))
    in_chromium = json.loads(run("node", peers, "chromium", PAGE_LOADS, folder))
    return {"node": {e: of(in_node[e]) for e in ENGINES}, "chromium": {e: of(in_chromium[e]) for e in ENGINES}}


def sizes(web, folder, session_bundle):
    """Bytes in brotli -11."""
    files = {
        "loader": web / "dist" / "loader.js", "scorer": web / "dist" / "scorer.wasm",
        "bundle_same_trees": folder / "bundle.bin", "bundle_session_model": session_bundle, "m2cgen": folder / "m2cgen.js",
    }
    found = dict(zip(files, json.loads(run("node", "-e", BROTLI, *files.values()))))
    found["total_same_trees"] = found["loader"] + found["scorer"] + found["bundle_same_trees"]
    return found
