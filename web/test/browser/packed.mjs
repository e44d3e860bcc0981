// Files as a good server sends them: in Brotli at its best, which takes half a minute for the largest.
import { readFile, stat, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";

export const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

/** Packed bytes of a file; with `keep` also left beside it, for the next time. */
export async function packed(path, keep = false) {
  const [own, kept] = await Promise.all([stat(path), stat(`${path}.br`).catch(() => undefined)]);
  if (keep && kept && kept.mtimeMs >= own.mtimeMs) return readFile(`${path}.br`);
  const bytes = brotli(await readFile(path));
  if (keep) await writeFile(`${path}.br`, bytes);
  return bytes;
}
