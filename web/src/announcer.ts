import type { Score } from "./api.ts";
import { safe } from "./safe.ts";

/** Gives the told scores to the page: to its callbacks and its promise. Everyone gets a copy. */
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
    if (this.last) safe(callback)({ ...this.last });
  }

  /** A score, or none any more. */
  tell(score: Score | undefined): void {
    this.last = score;
    if (score) for (const listener of this.#listeners) safe(listener)({ ...score });
    this.#settle(score && { ...score });
  }
}
