// Engines for the same trees: the files that a page needs of each, and how it starts with nothing but their addresses.
// What runs in a page is sent there as text, so it refers to nothing outside its function.
import { join } from "node:path";

/** `at` are the folders of bench, npm packages and web/dist. */
export function engines({ bench, npm, dist }) {
  return {
    // What opening and measuring a page costs by itself.
    nothing: {
      takes: "rows",
      files: {},
      async start() {
        return { score: () => 0 };
      },
    },
    inkling: {
      takes: "events",
      // The loader only counts here: with it a page has fetched what the tag fetches.
      files: { "loader.js": join(dist, "loader.js"), "scorer.wasm": join(dist, "scorer.wasm"), "bundle.bin": join(bench, "bundle.bin") },
      aside: { "scorer.mjs": join(dist, "scorer.mjs") },
      async start() {
        const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
        const [{ Scorer }, wasm, bundle] = await Promise.all([import("/scorer.mjs"), bytes("scorer.wasm"), bytes("bundle.bin"), bytes("loader.js")]);
        const scorer = await Scorer.load(wasm, bundle);
        return {
          score({ fresh, input }) {
            if (fresh) scorer.reset();
            scorer.observe(input);
            return scorer.score("session");
          },
        };
      },
    },
    m2cgen: {
      takes: "rows",
      files: { "m2cgen.js": join(bench, "m2cgen.js") },
      async start() {
        const score = new Function(`${await (await fetch("m2cgen.js")).text()}; return score`)();
        return { score: (row) => score(row)[1] };
      },
    },
    "ydf-inference": {
      takes: "rows",
      kept: true,
      files: {
        "inference.js": join(npm, "ydf-inference/dist/inference.js"),
        "inference.wasm": join(npm, "ydf-inference/dist/inference.wasm"),
        "jszip.min.js": join(npm, "jszip/dist/jszip.min.js"),
        "ydf.zip": join(bench, "ydf.zip"),
      },
      async start() {
        const script = (src) => new Promise((resolve, reject) => document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject })));
        const fetched = fetch("ydf.zip").then((response) => response.blob());
        await Promise.all([script("inference.js"), script("jszip.min.js")]);
        const ydf = await window.YDFInference();
        const model = await ydf.loadModelFromZipBlob(await fetched);
        const names = model.getInputFeatures().map(({ name }) => [name, Number(name.slice(1))]);
        // A missing value has to be null: NaN would be taken for a number.
        return { score: (row) => model.predict(Object.fromEntries(names.map(([name, at]) => [name, [Number.isNaN(row[at]) ? null : row[at]]])))[0] };
      },
    },
    "onnxruntime-web": {
      takes: "rows",
      kept: true,
      files: {
        "ort.mjs": join(npm, "onnxruntime-web/dist/ort.wasm.bundle.min.mjs"),
        "ort.wasm": join(npm, "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"),
        "model.onnx": join(bench, "model.onnx"),
      },
      async start() {
        const fetched = fetch("model.onnx").then((response) => response.arrayBuffer());
        const ort = await import("/ort.mjs");
        // More threads only cost a single row; with the address the library compiles while it downloads.
        ort.env.wasm.numThreads = 1;
        ort.env.wasm.wasmPaths = { wasm: "/ort.wasm" };
        const session = await ort.InferenceSession.create(new Uint8Array(await fetched));
        return {
          async score(row) {
            const { score } = await session.run({ row: new ort.Tensor("float32", Float32Array.from(row), [1, row.length]) });
            return score.data[0];
          },
        };
      },
    },
  };
}

/** From nothing to the first score, then 19 more calls; the engine stays in `window.engine`. Milliseconds. */
export async function begin({ source, inputs }) {
  const begin = new Function(`return ({ ${source} }).start`)();
  const start = performance.now();
  const engine = (window.engine = await begin());
  const ready = performance.now() - start;
  const calls = [];
  for (const input of inputs) {
    const before = performance.now();
    const score = engine.score(input);
    if (score instanceof Promise) await score;
    calls.push(performance.now() - before);
  }
  return { ready_ms: ready, first_score_ms: ready + calls[0], next_19_us: (calls.slice(1).reduce((sum, ms) => sum + ms, 0) / (calls.length - 1)) * 1000 };
}

/** Microseconds a call once warm: blocks of at least 10 ms, since a slowed page stands still in between; the first half is not counted. */
export async function warm({ inputs, ms }) {
  const { engine } = window;
  const found = [];
  const end = performance.now() + ms;
  let at = 0;
  while (performance.now() < end || found.length < 10) {
    const before = performance.now();
    let calls = 0;
    do {
      for (let n = 0; n < 20; n++, calls++) {
        const score = engine.score(inputs[at++ % inputs.length]);
        if (score instanceof Promise) await score;
      }
    } while (performance.now() - before < 10);
    found.push(((performance.now() - before) * 1000) / calls);
  }
  const counted = found.slice(found.length >> 1).sort((a, b) => a - b);
  return { warm_us: counted[counted.length >> 1] };
}
