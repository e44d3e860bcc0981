import type { Code } from "./codes.ts";
import { device } from "./device.ts";
import type { Config } from "./config.ts";
import { cookies, identity } from "./identity.ts";
import type { Input } from "./input.ts";
import type { Moment } from "./moment.ts";
import { Scorer } from "./scorer.ts";
import { State } from "./state.ts";
import { toInput } from "./to-input.ts";
import { zone } from "./zone.ts";

/** An event as it was scored, kept for `debug()` where the page asks for it. */
export interface Scored extends Input {
  /** Score for the target `session`; NaN when there is none. */
  score: number;
}

/** Feeds moments to the scorer: completes them, marks new sessions as GA4 does, keeps the state. */
export class Visit {
  readonly recent: Scored[] = [];
  /** The band last told, as a number; on the page before, if this one told none. */
  band: number | undefined;
  note: Code | undefined;
  #scorer: Scorer;
  #state: State | undefined;
  #memory: boolean;
  #zone: (time: number) => number;
  #device = device(navigator.userAgent, navigator.maxTouchPoints);
  #config: Config;
  #keep: number;
  #session = 0;

  /** In `memory` nothing of the device is read or written. */
  constructor(scorer: Scorer, config: Config, memory: boolean) {
    this.#scorer = scorer;
    this.#zone = zone(scorer.timeZone());
    this.#config = config;
    this.#keep = config.keep ?? 0;
    if (!memory) this.#state = new State();
    this.#memory = memory;
    this.resume();
  }

  /** Takes over what another page or tab left in the storage. */
  resume(): void {
    const stored = this.#state?.load();
    if (!stored) return;
    this.#session = stored.session;
    this.band = stored.band;
    if (stored.erased) {
      this.#scorer.reset();
    } else if (!stored.bytes || this.#scorer.restore(stored.bytes) !== 0) {
      this.#session = 0;
      this.note = "state-reset";
    }
  }

  /** The score (target `session`) after the moment. */
  observe(moment: Moment): number {
    const id = identity(this.#memory ? "" : cookies(this.#config), this.#config.stream);
    const rest = {
      identity: id,
      utcOffset: this.#zone(moment.time),
      device: this.#device,
      language: navigator.language,
    };
    if (id.sessionId && id.sessionId !== this.#session) {
      this.#session = id.sessionId;
      const marks = id.sessionNumber === 1 ? ["first_visit", "session_start"] : ["session_start"];
      for (const name of marks) this.#take(toInput({ ...moment, ...rest, name, params: {}, engaged: 0 }));
    }
    const score = this.#take(toInput({ ...moment, ...rest }));
    this.#save();
    return score;
  }

  /** A band was told: the next page goes on from there. */
  told(band: number): void {
    this.band = band;
    this.#save();
  }

  flush(): void {
    this.#state?.flush();
  }

  /** No write that is held back comes later. */
  stop(): void {
    this.#state?.drop();
  }

  #save(): void {
    this.#state?.save(this.#session, () => this.#scorer.save(), () => this.band);
  }

  #take(input: Input): number {
    if (this.#scorer.observe(input) !== 0) this.note = "event-refused";
    const score = this.#scorer.score("session");
    if (this.#keep > 0) {
      this.recent.push({ ...input, score });
      this.recent.splice(0, this.recent.length - this.#keep);
    }
    return score;
  }
}
