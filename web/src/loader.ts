import type { Commands } from "./api.ts";
import { safe } from "./safe.ts";
import { tag } from "./tag.ts";

/** Takes over the queue that the page has filled; where a loader is already, nothing. */
const start = safe(() => {
  const host = window as { inkling?: ((...call: any[]) => void) & { q?: any[][]; debug?: unknown } };
  if (host.inkling?.debug) return;
  const waiting = host.inkling?.q ?? [];
  const { commands, api } = tag();
  const run = safe((name: keyof Commands, ...given: any[]) => (commands[name] as any)(...given));
  host.inkling = Object.assign((...call: any[]) => run(...(call as [any])), api);
  for (const call of Array.from(waiting)) run(...(Array.from(call) as [any]));
});

// A page that is only prerendered has not been visited.
if ((document as { prerendering?: boolean }).prerendering) {
  document.addEventListener("prerenderingchange", start, { once: true });
} else {
  start();
}
