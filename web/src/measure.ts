import type { Input } from "./input.ts";
import type { Scorer } from "./scorer.ts";

/**
 * Microseconds for observe + score, from `rounds` repetitions of the last event a second apart; browsers round their
 * clock too coarsely to time one. The visitor is put back as it was.
 */
export function measure(scorer: Scorer, last: Input, rounds: number): number {
  const state = scorer.save();
  const numbers = last.numbers.slice();
  const input = { strings: last.strings, numbers };
  const start = performance.now();
  for (let round = 0; round < rounds; round++) {
    numbers[0] = (numbers[0] ?? 0) + 1e6;
    scorer.observe(input);
    scorer.score("session");
  }
  const micros = ((performance.now() - start) * 1000) / rounds;
  scorer.restore(state);
  return micros;
}
