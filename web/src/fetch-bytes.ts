import type { Code } from "./codes.ts";
import { Refused } from "./refused.ts";

/**
 * Body of `url` up to `limit` bytes; a longer one is cut off after the chunk that passes the limit, never read to its end.
 * A browser that knows signatures checks one by the key that `integrity` names.
 */
export async function fetchBytes(url: string, limit: number, code: Code, integrity = ""): Promise<Uint8Array<ArrayBuffer>> {
  try {
    // A published name never changes its bytes; only release.json must be asked for anew.
    const response = await fetch(url, {
      credentials: "omit",
      integrity,
      cache: url.endsWith("release.json") ? "no-cache" : "default",
      // Another place may have signed files too, but not these.
      redirect: "error",
      signal: AbortSignal.timeout(20_000),
    });
    const reader = response.ok && response.body ? response.body.getReader() : undefined;
    if (!reader) throw new Refused(code);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    while (length <= limit) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      length += value.length;
    }
    if (length > limit) reader.cancel().catch(() => {});
    return new Uint8Array(await new Blob(chunks).arrayBuffer());
  } catch {
    throw new Refused(code);
  }
}
