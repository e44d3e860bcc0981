// Which role says what a file is: the targets role, or one it delegates to (5.6.7 of the TUF specification).
import { createHash } from "node:crypto";
import { own } from "../src/tuf/document.ts";
import type { Client } from "./client.ts";

/** No search asks more roles. */
const MOST = 32;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Shell patterns, part by part: `*` does not go over a `/` (4.5). */
export function fits(pattern: string, path: string): boolean {
  const [patterns, parts] = [pattern.split("/"), path.split("/")];
  const one = (shell: string, part: string) => {
    const source = shell.replace(/\[!?[^\]]+\]|[\s\S]/g, (piece) => {
      if (piece === "*") return ".*";
      if (piece === "?") return ".";
      if (piece.length > 1) return `[${piece.slice(1, -1).replace(/^!/, "^").replace(/\\/g, "\\\\")}]`;
      return piece.replace(/[\\^$.|+(){}[\]/]/, "\\$&");
    });
    return new RegExp(`^${source}$`, "su").test(part);
  };
  return patterns.length === parts.length && patterns.every((shell, i) => one(shell, parts[i]!));
}

/** Roles that are asked about a file, in their order, and whether no other role is asked after them. */
export function asked(delegations: any, path: string): [name: string, last: boolean][] {
  const covers = (role: any) =>
    role.path_hash_prefixes?.some((prefix: string) => sha256(path).startsWith(prefix)) ||
    role.paths?.some((pattern: string) => fits(pattern, path));
  const listed = (delegations?.roles ?? []).filter(covers).map((role: any) => [role.name, Boolean(role.terminating)]);
  const bins = delegations?.succinct_roles;
  if (!bins) return listed;
  const bin = Number(BigInt(`0x${sha256(path).slice(0, 8)}`) >> BigInt(32 - bins.bit_length));
  return [...listed, [`${bins.name_prefix}-${bin.toString(16).padStart(Math.ceil(bins.bit_length / 4), "0")}`, true]];
}

/** What the repository says of a file, after `refresh`: depth first, in the order of the delegations. */
export async function find(client: Client, path: string): Promise<any> {
  const open: [role: string, delegator: string][] = [["targets", "root"]];
  const visited = new Set<string>();
  for (let next = open.pop(); next; next = open.pop()) {
    const [role, delegator] = next;
    if (visited.has(role) || visited.size >= MOST) continue;
    const document = await client.targets(role, delegator);
    const file = own(document.targets, path);
    if (file) return file;
    const children: [string, string][] = [];
    for (const [name, last] of asked(document.delegations, path)) {
      children.push([name, role]);
      if (last) {
        open.length = 0;
        break;
      }
    }
    open.push(...children.reverse());
    visited.add(role);
  }
  throw new Error(`${path}: no role of the repository names this file`);
}
