// The order of an update (5.2 to 5.6 of the TUF specification) over HTTP and a folder, for `Trusted` as browsers run it.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { demand } from "../src/refused.ts";
import { own } from "../src/tuf/document.ts";
import { ed25519 } from "../src/tuf/ed25519.ts";
import { Trusted } from "../src/tuf/trusted.ts";

type Bytes = Uint8Array<ArrayBuffer>;
// No document is longer than these, in bytes; no update goes over more roots.
const ROOT = 512_000;
const TIMESTAMP = 16_384;
const SNAPSHOT = 2_000_000;
const TARGETS = 5_000_000;
const ROOTS = 256;

/** Percent-encoded but for letters, digits and `_.-~`: no name leaves its folder or begins a query. */
export const quoted = (name: string) =>
  encodeURIComponent(name).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** Bytes of an address up to `limit`; `undefined` when the server has none. */
export async function fetched(url: string, limit: number): Promise<Bytes | undefined> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(30_000) });
  if (response.status === 404 || response.status === 403) return;
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    demand(length <= limit, "length-mismatch");
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** A repository, and the folder of what is trusted of it. */
export class Client {
  readonly #folder: string;
  readonly #url: string;
  readonly #targets = new Map<string, any>();
  trusted!: Trusted;

  constructor(folder: string, url: string) {
    this.#folder = folder;
    this.#url = url.replace(/\/*$/, "/");
  }

  async kept(name: string): Promise<Bytes | undefined> {
    return readFile(join(this.#folder, `${name}.json`)).then((bytes) => new Uint8Array(bytes), () => undefined);
  }

  /** Written as a whole. */
  async keep(name: string, bytes: Bytes): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFile(join(this.#folder, `.tmp-${name}`), bytes);
    await rename(join(this.#folder, `.tmp-${name}`), join(this.#folder, `${name}.json`));
  }

  async refresh(now = Date.now()): Promise<void> {
    const root = await this.kept("root");
    demand(root);
    this.trusted = await Trusted.begin(root, now, ed25519);
    for (let more = 0; more < ROOTS; more++) {
      const next = await fetched(`${this.#url}${this.trusted.root.version + 1}.root.json`, ROOT);
      if (!next) break;
      await this.trusted.updateRoot(next);
      await this.keep("root", next);
    }
    await this.#timestamp();
    await this.#snapshot();
    await this.targets("targets", "root");
  }

  async #timestamp(): Promise<void> {
    const kept = await this.kept("timestamp");
    // One that no longer holds is none: after a change of keys versions may begin anew (5.3.11).
    if (kept) await this.trusted.updateTimestamp(kept).catch(() => {});
    const bytes = await fetched(`${this.#url}timestamp.json`, TIMESTAMP);
    demand(bytes);
    if (await this.trusted.updateTimestamp(bytes)) await this.keep("timestamp", bytes);
  }

  async #snapshot(): Promise<void> {
    const kept = await this.kept("snapshot");
    if (kept && (await this.trusted.updateSnapshot(kept, true).then(() => true, () => false))) return;
    const meta = this.trusted.announcedSnapshot();
    const bytes = await fetched(this.#address("snapshot", meta.version), meta.length ?? SNAPSHOT);
    demand(bytes);
    await this.trusted.updateSnapshot(bytes);
    await this.keep("snapshot", bytes);
  }

  /** A targets document: the kept one if it still is the one that the snapshot names, or else fetched. */
  async targets(role: string, delegator: string): Promise<any> {
    const id = JSON.stringify([role, delegator]);
    if (!this.#targets.has(id)) {
      const by = role === "targets" ? undefined : this.#signers(role, delegator);
      const kept = await this.kept(quoted(role));
      let document = kept && (await this.trusted.readTargets(kept, role, by).catch(() => undefined));
      if (!document) {
        const meta = this.trusted.announcedTargets(role);
        const bytes = await fetched(this.#address(quoted(role), meta.version), meta.length ?? TARGETS);
        demand(bytes);
        document = await this.trusted.readTargets(bytes, role, by);
        await this.keep(quoted(role), bytes);
      }
      this.#targets.set(id, document);
    }
    return this.#targets.get(id);
  }

  #signers(role: string, delegator: string): { role: any; keys: any } {
    const documents = [...this.#targets].filter(([id]) => JSON.parse(id)[0] === delegator);
    const delegations = documents.at(-1)?.[1].delegations;
    const found = delegations?.roles?.find((listed: any) => listed.name === role) ?? delegations?.succinct_roles;
    return { role: found, keys: delegations?.keys };
  }

  #address(name: string, version: number): string {
    return `${this.#url}${this.trusted.root.consistent_snapshot ? `${version}.` : ""}${name}.json`;
  }

  /** Where the repository has a file: with its hash in front of its name, if the repository is consistent (6.2). */
  place(path: string, file: any): string {
    const hash = own(file.hashes, "sha256");
    return this.trusted.root.consistent_snapshot && hash ? path.replace(/[^/]*$/, (name) => `${hash}.${name}`) : path;
  }
}
