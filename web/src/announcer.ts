import type { Score } from "./api.ts";
import { safe } from "./safe.ts";

/** Gives the told scores to the page: to its callbacks and its promise. */
export class Announcer {
  last: Score | undefined;
  readonly first: Promise<Score | undefined>;
  #settle!: (score: Score | undefined) => void;
  #listeners: ((score: Score) => void)[] = [];

  constructor() {
    this.first = new Promise((resolve) => (this.#settle = resolve));
  }

  listen(callback: (score: Score) => void): void {
    this.#listeners.push(callback);
    if (this.last) safe(callback)(this.last);
  }

  /** A score, or none any more. Whoever gets it cannot change it for the others. */
  tell(score: Score | undefined): void {
    this.last = score && Object.freeze(score);
    if (score) for (const listener of this.#listeners) safe(listener)(score);
    this.#settle(score);
  }
}
