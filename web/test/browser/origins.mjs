// Three origins on this machine, as in the field: the site's pages, the bucket of the releases, and somebody else's.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { brotli } from "./packed.mjs";

const TYPES = { ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };
const loader = await readFile(new URL("../../dist/loader.js", import.meta.url));

async function listen(answer) {
  const server = createServer((request, response) => answer(new URL(request.url, "http://x"), response, request));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

/** Answers with the files of a map below `/release/`; a function in the place of bytes answers by itself. */
const bucketAnswer = (files, field) => (url, response) => {
  response.setHeader("access-control-allow-origin", "*");
  const name = url.pathname.slice("/release/".length);
  const found = files.current.get(name);
  if (typeof found === "function") return found(response);
  const headers = { "content-type": TYPES[extname(url.pathname)] ?? "application/octet-stream" };
  if (field && found) return field(response, headers, found, name.startsWith("targets/"));
  response.writeHead(found ? 200 : 404, headers);
  response.end(found);
};

/** As `inkling serve` sends files: what never changes in Brotli and kept by the browser, the rest as it is. */
function inTheField() {
  const kept = new Map();
  return (response, headers, bytes, immutable) => {
    if (!immutable) return response.writeHead(200, { ...headers, "cache-control": "no-store" }).end(bytes);
    if (!kept.has(bytes)) kept.set(bytes, brotli(bytes));
    response.writeHead(200, { ...headers, "content-encoding": "br", "cache-control": "public, max-age=31536000, immutable" }).end(kept.get(bytes));
  };
}

/** What a page holds besides the tag; `settings` go to the tag, `head` comes before it. */
export function pageOf(settings, head = "") {
  return `<!doctype html><title>A page</title>${head}<script>window.dataLayer = window.dataLayer || [];
window.inkling=window.inkling||function(){(inkling.q=inkling.q||[]).push(arguments)};inkling("init",${JSON.stringify(settings)})</script>
<script async src="/loader.js"></script><h1>Courses</h1><button onclick="this.textContent='clicked'">Click</button>`;
}

/**
 * `files.current` and `elsewhere.current` are what bucket and other origin hold; `page.html` and `page.headers` the page.
 * With `field` the bucket packs files and lets browsers keep them, and so does the site with the loader.
 */
export async function origins({ field } = {}) {
  const send = field && inTheField();
  const files = { current: new Map() };
  const elsewhere = { current: new Map() };
  const page = { html: "", headers: {} };
  const [bucket, other] = [await listen(bucketAnswer(files, send)), await listen(bucketAnswer(elsewhere))];
  const site = await listen((url, response) => {
    const script = url.pathname === "/loader.js";
    if (script && send) return send(response, { "content-type": "text/javascript" }, loader, true);
    response.writeHead(200, { "content-type": script ? "text/javascript" : "text/html", ...(script ? {} : page.headers) });
    response.end(script ? loader : page.html);
  });
  return { files, elsewhere, page, bucket, other, site, close: () => [bucket, other, site].forEach((one) => one.close()) };
}
