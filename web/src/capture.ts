import { Engaged } from "./engaged.ts";
import type { Moment } from "./moment.ts";

const SCROLLED = 0.9;
const ENGAGED_MS = 1000;

/**
 * Makes the events that GA4's enhanced measurement makes by itself: page_view (also when the history changes), scroll
 * at 90 %, and user_engagement when the page is left after a second or more. Events of the page come in by `event`.
 */
export class Capture {
  #emit: (moment: Moment) => void;
  #hidden: () => void;
  #pageViews: boolean;
  #engaged = new Engaged();
  #undo = new AbortController();
  #url = location.href;
  #referrer = document.referrer;
  #scrolled = false;

  constructor(emit: (moment: Moment) => void, hidden: () => void, pageViews: boolean) {
    this.#emit = emit;
    this.#hidden = hidden;
    this.#pageViews = pageViews;
    const listen = { signal: this.#undo.signal, passive: true, capture: true };
    this.#engaged.visible(document.visibilityState === "visible", performance.now());
    if (pageViews) this.event("page_view", {});
    for (const name of ["pushState", "replaceState"] as const) this.#wrapHistory(name);
    addEventListener("popstate", () => this.#moved(), listen);
    addEventListener("scroll", () => this.#scroll(), listen);
    addEventListener("pagehide", () => this.#leave(), listen);
    document.addEventListener("visibilitychange", () => this.#seen(), listen);
  }

  /** An event of the page itself. */
  event(name: string, params: Record<string, unknown>): void {
    const engaged = this.#engaged.take(performance.now());
    this.#emit({ name, params, time: Date.now(), url: this.#url, referrer: this.#referrer, engaged });
  }

  stop(): void {
    this.#undo.abort();
  }

  #wrapHistory(name: "pushState" | "replaceState"): void {
    const original = history[name];
    history[name] = (...args: Parameters<History["pushState"]>) => {
      original.apply(history, args);
      try {
        this.#moved();
      } catch {
        // Never into the page.
      }
    };
  }

  /** A change of the fragment alone is the same page. */
  #moved(): void {
    const [before, after] = [this.#url, location.href];
    if (this.#undo.signal.aborted || before.split("#")[0] === after.split("#")[0]) return;
    this.#referrer = before;
    this.#url = after;
    this.#scrolled = false;
    if (this.#pageViews) this.event("page_view", {});
  }

  #scroll(): void {
    if (this.#scrolled) return;
    const { scrollHeight } = document.documentElement;
    if (scrollY + innerHeight < SCROLLED * scrollHeight) return;
    this.#scrolled = true;
    this.event("scroll", { percent_scrolled: 90 });
  }

  #seen(): void {
    const visible = document.visibilityState === "visible";
    this.#engaged.visible(visible, performance.now());
    if (!visible) this.#leave();
  }

  #leave(): void {
    if (this.#engaged.peek(performance.now()) >= ENGAGED_MS) this.event("user_engagement", {});
    this.#hidden();
  }
}
