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
  const run = () => {
    const start = performance.now();
    for (let round = 0; round < rounds; round++) {
      numbers[0] = (numbers[0] ?? 0) + 1e6;
      scorer.observe(input);
      scorer.score("session");
    }
    return ((performance.now() - start) * 1000) / rounds;
  };
  // The first run also pays for the compiler; the better of two is what a visit sees after its first moments.
  const micros = Math.min(run(), run());
  scorer.restore(state);
  return micros;
}
