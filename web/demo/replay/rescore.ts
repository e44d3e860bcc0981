import { base64 } from "../../src/base64.ts";
import type { Reason, Scorer } from "../../src/scorer.ts";
import { bits } from "./bits.ts";
import { input, type VisitRecord } from "./visits.ts";

/** A visit as this browser scored it, beside what the batch said. */
export interface Rescored {
  visit: VisitRecord;
  /** Score after each event. */
  scores: number[];
  /** Scores whose bits and band equal the batch's. */
  equal: number;
  different: { event: number; batch: string; browser: string }[];
  reasons: Reason[];
  band: string;
  /** Codes of events that the scorer refused. */
  refused: number;
}

export function rescore(scorer: Scorer, visit: VisitRecord): Rescored {
  const result: Rescored = { visit, scores: [], equal: 0, different: [], reasons: [], band: "", refused: 0 };
  const expected = new Map(visit.scores.map((score) => [score.event_index, score]));
  const state = visit.state && base64.decode(visit.state);
  if (state) scorer.restore(state);
  else scorer.reset();
  visit.events.forEach((event, at) => {
    if (scorer.observe(input(event)) !== 0) result.refused++;
    const score = scorer.score("session");
    result.scores.push(score);
    const batch = expected.get(at);
    if (!batch) return;
    const [mine, theirs] = [`${bits(score)} ${scorer.band("session", score)}`, `${batch.bits} ${batch.band}`];
    if (mine === theirs) result.equal++;
    else result.different.push({ event: at, batch: theirs, browser: mine });
  });
  result.reasons = scorer.reasons("session", 5);
  result.band = scorer.band("session", result.scores.at(-1) ?? NaN);
  return result;
}
