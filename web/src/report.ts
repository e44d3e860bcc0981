/** Odds by which a score must have passed a threshold before the band changes. */
const MARGIN = 1.2;
/** Half a step of 0.05 and a fifth of one: so far from the told step a score must be before another is told. */
const LEAVES = 0.035;
const EVERY_MS = 1000;

/**
 * Makes of every score what may be told: steps of 0.05 and a band, at most once a second, the last never lost, and
 * only when one of them changes. Neither flaps: a band changes only when the score has passed the threshold by a factor
 * of 1.2 in its odds, a step only when the score is farther than 0.035 from it. `level` is the band of a score as a
 * number; `before` the one last told on the page before.
 */
export function report(
  tell: (step: number, band: number) => void,
  level: (score: number) => number,
  before?: number,
): (score: number) => void {
  let band = before;
  let step = NaN;
  let told = "";
  let resting = false;
  const flush = () => {
    resting = told !== (told = step + "/" + band);
    if (!resting) return;
    setTimeout(flush, EVERY_MS);
    tell(step, band!);
  };
  return (score) => {
    if (!Number.isFinite(score)) return;
    const shifted = (odds: number) => level((score * odds) / (1 - score + score * odds));
    band = Math.min(Math.max(band ?? level(score), shifted(1 / MARGIN)), shifted(MARGIN));
    if (!(Math.abs(score - step) <= LEAVES)) step = Math.round(score * 20) / 20;
    if (!resting) flush();
  };
}
