import { autoEvents } from "./auto-events.ts";
import type { Config } from "./config.ts";
import { Engaged } from "./engaged.ts";
import type { Moment } from "./moment.ts";
import { safe } from "./safe.ts";

const SCROLLED = 0.9;
const ENGAGED_MS = 1000;

export interface Capture {
  /** An event of the page itself. */
  event(name: string, params: Record<string, unknown>): void;
  stop(): void;
}

/**
 * Makes the events that GA4 makes by itself: page_view (also when the history changes), scroll at 90 %, those of
 * `auto-events.ts`, and user_engagement when the page is left after a second or more. `hidden` is called when the page
 * is hidden, which may be its end.
 */
export function capture(emit: (moment: Moment) => void, hidden: () => void, { off, search, domains }: Config, pageViews: boolean): Capture {
  const engaged = new Engaged();
  const undo = new AbortController();
  let url = location.href;
  let referrer = document.referrer;
  let scrolled = false;

  const event = (name: string, params: Record<string, unknown>) =>
    emit({ name, params, time: Date.now(), url, referrer, engaged: engaged.take(performance.now()) });
  const auto = (name: string) => {
    if (!off?.includes(name)) event(name, {});
  };
  const on = (type: string, listener: (event: any) => void) =>
    addEventListener(type, safe(listener), { signal: undo.signal, passive: true });
  const viewed = () => {
    if (pageViews) event("page_view", {});
  };
  const attend = () => engaged.active(document.visibilityState === "visible" && document.hasFocus(), performance.now());
  const leave = () => {
    if (engaged.peek(performance.now()) >= ENGAGED_MS) event("user_engagement", {});
    hidden();
  };
  /** A change of the fragment alone is the same page. */
  const moved = safe(() => {
    const [before, after] = [url, location.href];
    if (undo.signal.aborted || before.split("#")[0] === after.split("#")[0]) return;
    referrer = before;
    url = after;
    scrolled = false;
    viewed();
  });

  attend();
  viewed();
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = (...args: Parameters<History["pushState"]>) => {
      original.apply(history, args);
      moved();
    };
  }
  on("popstate", moved);
  on("scroll", () => {
    if (scrolled || scrollY + innerHeight < SCROLLED * document.documentElement.scrollHeight) return;
    scrolled = true;
    auto("scroll");
  });
  for (const type of ["focus", "blur", "pageshow"]) on(type, attend);
  on("pagehide", leave);
  on("visibilitychange", () => {
    attend();
    if (document.visibilityState !== "visible") leave();
  });
  autoEvents(auto, on, search, domains);
  return { event, stop: () => undo.abort() };
}
