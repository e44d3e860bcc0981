// Serves the built site with a release of the stand-in scorer, signed by a throw-away key: what `inkling serve` does
// for a real release. `node test/server.mjs [port]`; SCORER and BUNDLE name files to serve instead of the stand-in.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { Authority, makeRelease } from "./release.mjs";
import { standIn } from "./stand-in.mjs";
import { standInVisits } from "./visits.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json", ".wasm": "application/wasm", ".woff2": "font/woff2", ".pdf": "application/pdf" };

/** Resolves to `{ url, close }`. */
export async function serve(port = 0) {
  const authority = new Authority();
  const { SCORER, BUNDLE } = process.env;
  const wasm = SCORER ? await readFile(SCORER) : standIn();
  const bundle = BUNDLE ? await readFile(BUNDLE) : Buffer.from("INKL bundle of the stand-in");
  const files = makeRelease(authority, { stable: { bundle, scorer: wasm } });
  const visits = JSON.stringify(await standInVisits(wasm, bundle));
  const config = { root: authority.pin, site: "northgate-university", base: "/release/", environment: "prod" };
  const answer = async (path) => {
    if (path === "/demo-config.js") return [".js", `window.inkling=window.inkling||function(){(inkling.q=inkling.q||[]).push(arguments)};inkling("init",${JSON.stringify(config)})`];
    if (path === "/replay/visits.json") return [".json", visits];
    if (path === "/loader.js") return [".js", await readFile(join(dist, "loader.js"))];
    if (path.startsWith("/release/")) return [extname(path), files.get(path.slice(9))];
    const file = extname(path) ? path : join(path, "index.html");
    return [extname(file), await readFile(join(dist, "site", normalize(file)))];
  };
  const server = createServer((request, response) => {
    answer(new URL(request.url, "http://x").pathname).then(
      ([type, body]) => response.writeHead(body ? 200 : 404, { "content-type": types[type] ?? "application/octet-stream" }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await serve(Number(process.argv[2] ?? 8080))).url);
