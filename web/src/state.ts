import { base64 } from "./base64.ts";

const KEY = "inkling_state";
const EVERY_MS = 1000;

/** The visitor's state in localStorage: `<last session id>.<base64>` under one key, written at most once a second. */
export class State {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #make: (() => string | undefined) | undefined;
  #seen: string | null = null;

  /** What another page or tab left here, if it is news to this one. */
  load(): { session: number; bytes: Uint8Array | undefined } | undefined {
    try {
      const stored = localStorage.getItem(KEY);
      if (stored === null || stored === this.#seen) return;
      this.#seen = stored;
      const [session = "", text = ""] = stored.split(".");
      return { session: Number(session) || 0, bytes: base64.decode(text) };
    } catch {
      return;
    }
  }

  save(session: number, bytes: () => Uint8Array): void {
    this.#make = () => {
      const state = bytes();
      // A state too long for the scorer's buffer comes out empty; the one before is better than none.
      return state.length ? `${session}.${base64.encode(state)}` : undefined;
    };
    this.#timer ??= setTimeout(() => this.flush(), EVERY_MS);
  }

  /** Writes now what `save` holds back; called when the page is hidden, which may be its end. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      const stored = this.#make?.();
      if (stored) localStorage.setItem(KEY, (this.#seen = stored));
    } catch {
      // A full or forbidden storage costs the history, not the score.
    }
    this.#make = undefined;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#make = undefined;
    try {
      localStorage.removeItem(KEY);
    } catch {
      // Nothing was stored then.
    }
  }
}
