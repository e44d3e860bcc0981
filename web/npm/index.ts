// The package for sites that bundle their scripts: the tag comes with the site's own code, and no other host is asked
// for code that a signature does not cover.
import type { Api, Debug, Score } from "../src/api.ts";
import type { Config } from "../src/config.ts";

export type { Config, Debug, Score };

type Queue = ((...call: unknown[]) => void) & { q?: unknown[][] } & Partial<Api>;
const listeners = new Set<(score: Score) => void>();
let newest: Score | undefined;
let heard = false;
let started = false;
/** `window.inkling` once the tag is there; undefined where it cannot be. */
let come!: (tag: Queue | undefined) => void;
const there = new Promise<Queue | undefined>((resolve) => (come = resolve));

/** What stands at `window.inkling`: the tag, or the queue that it will read. */
function queue(): Queue {
  const host = window as { inkling?: Queue };
  const made: Queue = (...call) => void (made.q ??= []).push(call);
  return (host.inkling ??= made);
}

/**
 * Starts the tag on this page. Only the first call counts, and none where a page has the tag already, as by Tag Manager. On
 * a server nothing happens. Nothing is thrown: without a score, `debug()` says why.
 */
export function start(config: Config): void {
  if (started || typeof document === "undefined") return;
  started = true;
  if (queue().debug) return come(queue());
  queue()("init", config);
  // Without it the page is as it was.
  import("./loader.js").then(
    () => come(queue()),
    () => come(undefined),
  );
}

/** An event of the app that neither `gtag` nor the `dataLayer` shows, by GA4's names; before `start` as after it. */
export function event(name: string, params: Record<string, unknown> = {}): void {
  if (typeof document !== "undefined") queue()("event", name, params);
}

/** The visitor's answer to `analytics_storage`, where the `dataLayer` does not show it; what is no grant is a denial. */
export function consent(answer: boolean | "granted" | "denied"): void {
  if (typeof document !== "undefined") queue()("consent", answer);
}

/** The first score; undefined when there is none, and `debug()?.code` says why. Waits for `start`. */
export async function ready(): Promise<Score | undefined> {
  if (typeof document === "undefined") return;
  const tag = await there;
  // A page that is only prerendered has no tag yet.
  return tag && (tag.ready?.() ?? new Promise<Score>((resolve) => tag("score", resolve)));
}

/** Calls back with every score, before `start` as after it, never before this has returned; gives the function that ends it. */
export function onScore(callback: (score: Score) => void): () => void {
  if (typeof document === "undefined") return () => {};
  // A function of its own, so that one callback can be given twice.
  const mine = (score: Score) => callback(score);
  listeners.add(mine);
  queueMicrotask(() => {
    if (heard) return void (newest && listeners.has(mine) && told(mine, newest));
    heard = true;
    queue()("score", (score: Score) => {
      newest = score;
      for (const listener of [...listeners]) told(listener, score);
    });
  });
  return () => void listeners.delete(mine);
}

function told(listener: (score: Score) => void, score: Score): void {
  try {
    listener(score);
  } catch (error) {
    // One listener's mistake is not another's; the page's own error handling hears of it.
    reportError(error);
  }
}

/** How things stand; undefined as long as the tag is not there. */
export function debug(): Debug | undefined {
  return typeof document === "undefined" ? undefined : (window as { inkling?: Queue }).inkling?.debug?.();
}
