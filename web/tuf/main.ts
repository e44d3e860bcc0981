// A TUF client on the code that browsers run, in the form that the public suite `tuf-conformance` drives:
// node dist/tuf-client.mjs --metadata-dir DIR [--metadata-url URL ...] init ROOT | refresh | download; --target-name may be there more than once
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { own } from "../src/tuf/document.ts";
import { demand } from "../src/refused.ts";
import { Client, fetched, quoted } from "./client.ts";
import { find } from "./delegations.ts";

const names = ["metadata-dir", "metadata-url", "target-name", "target-base-url", "target-dir"] as const;
const { values, positionals } = parseArgs({
  options: Object.fromEntries(names.map((name) => [name, { type: "string", multiple: true }] as const)),
  allowPositionals: true,
});

function all(name: (typeof names)[number]): string[] {
  const given = values[name];
  if (!given) throw new Error(`--${name} is missing`);
  return given as string[];
}
const option = (name: (typeof names)[number]): string => all(name).at(-1)!;

async function main([what, root]: string[]): Promise<void> {
  if (what === "init" && root) {
    await new Client(option("metadata-dir"), "").keep("root", new Uint8Array(await readFile(root)));
    return;
  }
  if (what !== "refresh" && what !== "download") throw new Error("init ROOT, refresh or download");
  const client = new Client(option("metadata-dir"), option("metadata-url"));
  await client.refresh();
  if (what === "refresh") return;
  for (const name of all("target-name")) await download(client, name);
}

async function download(client: Client, name: string): Promise<void> {
  const folder = option("target-dir");
  const file = await find(client, name);
  // Documents may be known by their version alone, files never.
  demand(own(file.hashes, "sha256"));
  const path = join(folder, quoted(name));
  const there = await readFile(path).catch(() => undefined);
  if (there && (await client.trusted.matches(new Uint8Array(there), file).then(() => true, () => false))) return;
  const base = option("target-base-url").replace(/\/*$/, "/");
  const bytes = await fetched(base + client.place(name, file), file.length);
  demand(bytes);
  await client.trusted.matches(bytes, file);
  await mkdir(folder, { recursive: true });
  await writeFile(path, bytes);
}

main(positionals).catch((error) => {
  console.error(String(error?.message ?? error));
  process.exit(1);
});
