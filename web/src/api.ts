import type { Code } from "./codes.ts";
import type { Reason } from "./scorer.ts";
import type { Scored } from "./visit.ts";

export interface Score {
  score: number;
  band: string;
}

export interface Debug {
  status: "waiting" | "loading" | "ready" | "off";
  /** Why there is no score, or a note beside it. */
  code?: Code | undefined;
  modelVersion?: string;
  releaseVersion?: number;
  expires?: string;
  /** Milliseconds: fetching and verifying the release, making scorer and model ready, both with the first score. */
  timings: { verify?: number; ready?: number; total?: number };
  session?: Score;
  visitor?: Score;
  /** Why the session score is what it is, strongest first. */
  reasons: Reason[];
  /** The last events, if the page set `keep`. */
  recent: Scored[];
}

/** `window.inkling` once the loader runs. */
export interface Api {
  debug(): Debug;
  /** Calls back with every full score of the session target, and at once if there is one. */
  onScore(callback: (score: Score) => void): void;
  /** Consent to `analytics_storage` was given or taken back (`false`, `"denied"`) where the `dataLayer` does not show it. */
  consent(answer: boolean | string): void;
  /** Microseconds per event here and now; NaN without a score or without `keep`. */
  measure(rounds: number): number;
}
