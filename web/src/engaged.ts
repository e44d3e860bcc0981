/** Milliseconds that the page was visible and had the focus, counted between events as gtag counts them. */
export class Engaged {
  #since: number | undefined;
  #sum = 0;

  /** The page got or lost the visitor's attention at `now` (ms, any steady clock). */
  active(active: boolean, now: number): void {
    this.#sum = this.peek(now);
    this.#since = active ? now : undefined;
  }

  peek(now: number): number {
    return this.#sum + (this.#since === undefined ? 0 : Math.max(0, now - this.#since));
  }

  /** The milliseconds since they were last taken. */
  take(now: number): number {
    const sum = Math.round(this.peek(now));
    this.#sum = 0;
    if (this.#since !== undefined) this.#since = now;
    return sum;
  }
}
