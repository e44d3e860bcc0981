import type { Code } from "./codes.ts";
import type { Config } from "./config.ts";
import type { Reason } from "./scorer.ts";
import type { Scored } from "./visit.ts";

export interface Score {
  /** In steps of 0.05; exact in `debug()` if the page set `keep`. */
  score: number;
  band: string;
}

export interface Debug {
  status: "waiting" | "loading" | "ready" | "off";
  /** Why there is no score, or a note beside it. */
  code?: Code | undefined;
  modelVersion?: string;
  bundleVersion?: string;
  releaseVersion?: number;
  channel?: string;
  expires?: string;
  /** What happened: milliseconds since the loader began, and a status, a code, `init`, `verified` or `told`. */
  steps: [number, string][];
  session?: Score | undefined;
  /** This and all that follows only if the page set `keep`. */
  visitor?: Score | undefined;
  /** Why the session score is what it is, strongest first. */
  reasons: Reason[];
  recent: Scored[];
}

/** `window.inkling` once the loader runs, beside being the function that takes `Commands`. */
export interface Api {
  debug(): Debug;
  /** Calls back with every score that is told, and at once with the last one. */
  onScore(callback: (score: Score) => void): void;
  /** The first score that is told; undefined when there is none, and `debug().code` says why. */
  ready(): Promise<Score | undefined>;
  /** Microseconds per event here and now; NaN without a score or without `keep`. */
  measure(rounds: number): number;
}

/** `inkling("init", …)` and so on, also before the loader is there. */
export interface Commands {
  init(config: Config): void;
  score(callback: (score: Score) => void): void;
  event(name: string, params?: Record<string, unknown>): void;
  /** An answer to `analytics_storage` where the `dataLayer` does not show it; whatever is no grant is a denial. */
  consent(answer: boolean | "granted" | "denied"): void;
}
