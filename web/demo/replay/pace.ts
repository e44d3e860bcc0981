import type { Scorer } from "../../src/scorer.ts";
import { input, type VisitRecord } from "./visits.ts";

const AT_LEAST_MS = 40;

/** Microseconds to observe and score an event, over whole passes through the visits. */
export function pace(scorer: Scorer, visits: VisitRecord[], events: number): number {
  const prepared = visits.map((visit) => visit.events.map(input));
  const start = performance.now();
  let passes = 0;
  do {
    for (const visit of prepared) {
      scorer.reset();
      for (const event of visit) {
        scorer.observe(event);
        scorer.score("session");
      }
    }
    passes++;
  } while (performance.now() - start < AT_LEAST_MS);
  return ((performance.now() - start) * 1000) / Math.max(1, passes * events);
}
