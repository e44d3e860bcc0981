import { safe } from "./safe.ts";

/**
 * Calls `listener` with every entry of the page's `dataLayer`, those already there first. The page's own push runs
 * before ours and returns what it always returned; a failure of ours stays ours.
 */
export function layer(listener: (entry: unknown) => void): unknown[] {
  const host = globalThis as { dataLayer?: unknown[] };
  const entries = Array.isArray(host.dataLayer) ? host.dataLayer : (host.dataLayer = []);
  const safely = safe(listener);
  entries.slice().forEach((entry) => safely(entry));
  const push = entries.push;
  entries.push = function (...added: unknown[]) {
    const result = push.apply(entries, added);
    added.forEach((entry) => safely(entry));
    return result;
  };
  return entries;
}
