import type { Score } from "./api.ts";
import { capture } from "./capture.ts";
import type { Code } from "./codes.ts";
import type { Config } from "./config.ts";
import { load } from "./load.ts";
import type { Moment } from "./moment.ts";
import { Refused } from "./refused.ts";
import { report } from "./report.ts";
import { safe } from "./safe.ts";
import { BANDS, type Scorer } from "./scorer.ts";
import { Visit } from "./visit.ts";
import { whenIdle } from "./when-idle.ts";

type About = NonNullable<Awaited<ReturnType<typeof load>>>["about"];

/** What is made of it. */
export interface Outlet {
  note(what: string): void;
  ready(about: About): void;
  tell(score: Score, about: About): void;
  fail(code: Code): void;
}

export interface Scoring {
  event(name: string, params: Record<string, unknown>): void;
  /** From here on nothing is read, written or told. */
  stop(): void;
  scorer?: Scorer;
  visit?: Visit;
}

/** Captures and scores under one answer to the question of consent: with `memory`, without the device. */
export function scoring(config: Config, now: number, memory: boolean, pageViews: boolean, outlet: Outlet): Scoring {
  const queue: Moment[] = [];
  const made: { scorer?: Scorer; visit?: Visit } = {};
  let stopped = false;
  let tell: (score: number) => void;
  const active = () => !stopped;

  function run({ scorer, about }: { scorer: Scorer; about: About }): void {
    const visit = new Visit(scorer, config, memory);
    Object.assign(made, { scorer, visit });
    tell = report(
      safe((step: number, level: number) => {
        if (stopped) return;
        visit.told(level);
        outlet.tell({ score: Number(step.toFixed(2)), band: BANDS[level]! }, about);
      }),
      (score) => scorer.level("session", score),
      visit.band,
    );
    outlet.ready(about);
    queue.splice(0).forEach(take);
  }

  function take(moment: Moment): void {
    if (stopped) return;
    if (!made.visit) {
      queue.push(moment);
      return;
    }
    try {
      tell(made.visit.observe(moment));
    } catch {
      // A trap leaves the scorer in no state to trust.
      outlet.fail("event-refused");
    }
  }

  const { event, stop } = capture(take, () => made.visit?.flush(), config, pageViews);
  whenIdle(() => {
    if (stopped) return;
    load(config, now, memory, active, outlet.note)
      .then((loaded) => loaded && run(loaded))
      .catch((error) => active() && outlet.fail(error instanceof Refused ? error.code : "wasm-refused"));
  });
  return Object.assign(made, {
    event,
    stop() {
      stopped = true;
      stop();
      made.visit?.stop();
    },
  });
}
