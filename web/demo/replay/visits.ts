import type { Input } from "../../src/input.ts";

/** `/replay/visits.json`, written beside the batch's own scores. */
export interface Visits {
  model_version: string;
  profile: string;
  visits: VisitRecord[];
}

export interface VisitRecord {
  user: string;
  session: number | string;
  /** State of the visitor before the visit in base64; without it the visitor is new. */
  state?: string;
  /** Numbers may be null where the event has none. */
  events: { strings: string[]; numbers: (number | null)[] }[];
  scores: BatchScore[];
}

/** The batch's score of the target `session` after the event of that index. */
export interface BatchScore {
  event_index: number;
  /** The f64 as 16 hexadecimal digits. */
  bits: string;
  band: string;
}

export function input(event: VisitRecord["events"][number]): Input {
  return { strings: event.strings, numbers: event.numbers.map((value) => value ?? NaN) };
}
