import { base64 } from "./base64.ts";

const OURS = "inkling_";
const KEY = OURS + "state";
const EVERY_MS = 1000;

export interface Stored {
  session: number;
  bytes: Uint8Array | undefined;
  /** The band last told, as a number. */
  band: number | undefined;
  /** Nothing is there any more. */
  erased: boolean;
}

/** The visitor's state in localStorage: `<last session id>.<base64>.<band>` under one key, written at most once a second. */
export class State {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #make: (() => string | undefined) | undefined;
  #seen: string | null = null;

  /** What another page or tab left here, if it is news to this one. */
  load(): Stored | undefined {
    try {
      const stored = localStorage.getItem(KEY);
      if (stored === this.#seen) return;
      this.#seen = stored;
      const [session, text = "", band] = (stored ?? "").split(".");
      return { session: Number(session) || 0, bytes: base64.decode(text), band: band ? Number(band) : undefined, erased: stored === null };
    } catch {
      return;
    }
  }

  save(session: number, bytes: () => Uint8Array, band: () => number | undefined): void {
    this.#make = () => {
      const state = bytes();
      // A state too long for the scorer's buffer comes out empty; the one before is better than none.
      return state.length ? `${session}.${base64.encode(state)}.${band() ?? ""}` : undefined;
    };
    this.#timer ??= setTimeout(() => this.flush(), EVERY_MS);
  }

  /** Writes now what `save` holds back; called when the page is hidden, which may be its end. */
  flush(): void {
    try {
      const stored = this.#make?.();
      if (stored) localStorage.setItem(KEY, (this.#seen = stored));
    } catch {
      // A full or forbidden storage costs the history, not the score.
    }
    this.drop();
  }

  /** What `save` holds back is not written. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#make = undefined;
  }
}

/** Consent was taken back: nothing of ours stays in the storage. */
export function erase(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(OURS)) localStorage.removeItem(key);
  } catch {
    // Nothing was stored then.
  }
}
