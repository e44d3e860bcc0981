/** The scores so far as a stepped line; the scale begins at nought and ends at the highest, 10 % at least. */
export function path(scores: number[]): string {
  if (scores.length < 2) return "";
  const [width, height] = [272, 50];
  const top = Math.max(0.1, ...scores);
  const x = (at: number) => ((at / (scores.length - 1)) * width).toFixed(1);
  const y = (score: number) => (height - (score / top) * (height - 4)).toFixed(1);
  const points = scores.map((score, at) => `${at ? `H${x(at)}V` : "M0 "}${y(score)}`).join("");
  return `<svg viewBox="0 0 ${width} ${height + 2}" preserveAspectRatio="none" role="img" aria-label="Score over this visit"><line class="floor" x2="${width}" y1="${height}" y2="${height}"/><path class="path" d="${points}"/></svg>`;
}
