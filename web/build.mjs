// Builds what the browser loads (dist/loader.js), the modules that tests use (dist/*.mjs), the demo site (dist/site) and the
// dashboard's page (dist/dashboard.html).
import { buildDashboard } from "./dashboard/build.mjs";
import { buildPackage } from "./npm/build.mjs";
import { build } from "esbuild";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { buildSite } from "./demo/build-site.mjs";
import { loader } from "./loader.mjs";

const MODULES = [
  ...["mapping", "verify", "tuf/trusted", "tuf/ed25519", "scorer", "identity", "zone", "pushed", "to-input", "device", "consent", "engaged", "report"].map((name) => `src/${name}`),
  "demo/replay/rescore",
  "demo/client/words",
  "dashboard/testing",
];
const at = (path) => new URL(path, import.meta.url).pathname;
const common = { bundle: true, target: "es2022", charset: "utf8", legalComments: "none", logLevel: "warning" };
// A package in the older form of modules asks for Node's own by `require`.
const REQUIRE = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };

// Not scorer.wasm, which scripts/build-wasm writes.
await rm(at("dist/site"), { recursive: true, force: true });
await mkdir(at("dist"), { recursive: true });
await writeFile(at("dist/loader.js"), await loader(at("src/loader.ts"), common));
await build({
  ...common,
  entryPoints: Object.fromEntries(MODULES.map((path) => [basename(path), at(`${path}.ts`)])),
  outdir: at("dist"),
  outExtension: { ".js": ".mjs" },
  format: "esm",
});
await build({ ...common, entryPoints: [at("tuf/main.ts")], outfile: at("dist/tuf-client.mjs"), format: "esm", platform: "node" });
// For `inkling gtm test`: one file that needs Node only.
await build({ ...common, entryPoints: [at("gtm-test/cli.mjs")], outfile: at("dist/gtm-test.mjs"), format: "esm", platform: "node", banner: REQUIRE });
await buildPackage(at("dist/npm"), at("dist/loader.js"), common);
await buildSite(at("demo"), at("dist/site"), common);
await buildDashboard(at("dist/dashboard.html"), common);

const bytes = await readFile(at("dist/loader.js"));
const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
console.log(`loader.js ${bytes.length} bytes, brotli ${brotli}`);
