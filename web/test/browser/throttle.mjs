// A slower device and a slower network, as Chromium's developer tools make them, and what a page holds in memory.
import { readFile } from "node:fs/promises";

const MBIT = 1e6 / 8;
/** Lighthouse's "slow 4G" as it is, without the factors that it adds to make up for how browsers throttle. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1.6 * MBIT, uploadThroughput: 0.75 * MBIT };
const NO_LIMIT = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };

/** `cpu` slows the page's main thread only. `network` adds its latency to every request and limits bytes; connections cost nothing. */
export const CONDITIONS = {
  plain: {},
  cpu: { cpu: 4 },
  "cpu+network": { cpu: 4, network: SLOW_4G },
};

/** A session of Chromium's protocol for a page, under a condition from then on. */
export async function throttled(page, condition) {
  const cdp = await page.context().newCDPSession(page);
  const slow = async ({ cpu = 1, network = NO_LIMIT }) => {
    await cdp.send("Network.enable");
    await cdp.send("Network.emulateNetworkConditions", network);
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: cpu });
  };
  await slow(condition);
  return { cdp, slow };
}

/** In a page, before anything else: lets `linearMemory()` say how many bytes of WebAssembly memory there are. */
export function watchMemories() {
  const memories = new Set();
  const keep = (memory) => memory instanceof Memory && memories.add(memory);
  const { Memory, instantiate, instantiateStreaming } = WebAssembly;
  const watching = (original) => async (...args) => {
    const result = await original.apply(WebAssembly, args);
    Object.values((result.instance ?? result).exports).forEach(keep);
    for (const imports of Object.values(args[1] ?? {})) Object.values(imports).forEach(keep);
    return result;
  };
  WebAssembly.instantiate = watching(instantiate);
  WebAssembly.instantiateStreaming = watching(instantiateStreaming);
  window.linearMemory = () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}

/**
 * Bytes: the page's JavaScript heap after a collection, its array buffers, WebAssembly's memory, and all that is private
 * to renderer processes, code included. (`measureUserAgentSpecificMemory` leaves WebAssembly's memory out.)
 */
export async function memory(page, cdp) {
  await cdp.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize } = await cdp.send("Runtime.getHeapUsage");
  return { heap: usedSize, buffers: backingStorageSize, wasm: await page.evaluate(() => window.linearMemory?.() ?? 0), renderers: await renderers(page) };
}

async function renderers(page) {
  const browser = await page.context().browser().newBrowserCDPSession();
  const { processInfo } = await browser.send("SystemInfo.getProcessInfo");
  await browser.detach();
  const private_ = await Promise.all(processInfo.filter(({ type }) => type === "renderer").map(async ({ id }) => {
    const text = await readFile(`/proc/${id}/smaps_rollup`, "utf8").catch(() => "");
    return [...text.matchAll(/^Private_\w+: +(\d+) kB/gm)].reduce((sum, [, kb]) => sum + kb * 1024, 0);
  }));
  return private_.reduce((sum, bytes) => sum + bytes, 0);
}

export const difference = (after, before) => Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - before[key]]));

/** Medians and 95th percentiles of a list of flat records. */
export function spread(records) {
  const at = (values, share) => values[Math.min(values.length - 1, Math.ceil(values.length * share) - 1)];
  return Object.fromEntries(Object.keys(records[0]).map((key) => {
    const values = records.map((record) => record[key]).sort((a, b) => a - b);
    return [key, { p50: at(values, 0.5), p95: at(values, 0.95), least: values[0] }];
  }));
}
