// Builds the folder that is published to npm, `dist/npm`; the loader has to be built before.
import { build } from "esbuild";
import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const at = (path) => new URL(path, import.meta.url).pathname;

/** Writes the package with the loader of this file. */
export async function buildPackage(out, loader, common) {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await build({ ...common, entryPoints: [at("index.ts")], outfile: join(out, "index.mjs"), format: "esm", external: ["./loader.js"] });
  await promisify(execFile)(at("../node_modules/.bin/tsc"), ["-p", at("tsconfig.json"), "--outDir", join(out, "types")]);
  await withoutSources(join(out, "types"));
  const { version, license } = JSON.parse(await readFile(at("../package.json"), "utf8"));
  const description = "Scores in the visitor's browser how likely a visit is to convert, with a model that is signed.";
  const manifest = {
    name: "inkling-tag",
    version,
    description,
    license,
    type: "module",
    exports: {
      ".": { types: "./types/npm/index.d.ts", default: "./index.mjs" },
      "./loader.js": "./loader.js",
      "./package.json": "./package.json",
    },
    types: "./types/npm/index.d.ts",
    // The loader does its work by being run.
    sideEffects: ["./loader.js"],
    files: ["index.mjs", "loader.js", "types"],
  };
  await writeFile(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(loader, join(out, "loader.js"));
  await copyFile(at("README.md"), join(out, "README.md"));
  await copyFile(at("../../LICENSE"), join(out, "LICENSE"));
}

/** Types that import one another by the names of what is published, not of the sources. */
async function withoutSources(types) {
  for (const entry of await readdir(types, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace(/(from |import\()"(\.[^"]*)\.ts"/g, '$1"$2.js"'));
  }
}
