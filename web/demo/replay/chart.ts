/** The score path of a visit: a step per event, a dot where the batch scored too, hollow and red where it differs. */
export function chart(scores: number[], compared: Set<number>, different: Set<number>): string {
  const [width, height, left, bottom] = [560, 150, 44, 22];
  const finite = scores.filter(Number.isFinite);
  const top = nice(Math.max(0.02, ...finite));
  const x = (at: number) => left + (scores.length < 2 ? 0.5 : at / (scores.length - 1)) * (width - left - 10);
  const y = (score: number) => 10 + (1 - score / top) * (height - bottom - 10);
  let line = "";
  let dots = "";
  scores.forEach((score, at) => {
    if (!Number.isFinite(score)) return;
    line += line ? `H${x(at).toFixed(1)}V${y(score).toFixed(1)}` : `M${x(at).toFixed(1)} ${y(score).toFixed(1)}`;
    if (compared.has(at)) dots += `<circle class="${different.has(at) ? "differs" : "same"}" cx="${x(at).toFixed(1)}" cy="${y(score).toFixed(1)}" r="3.4"/>`;
  });
  const rules = [0, top / 2, top].map(
    (value) => `<line class="rule" x1="${left}" x2="${width - 4}" y1="${y(value)}" y2="${y(value)}"/><text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${label(value, top)}</text>`,
  );
  return `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="Score after each of ${scores.length} events">${rules.join("")}<path d="${line}"/>${dots}<text x="${left}" y="${height - 4}">first event</text><text x="${width - 4}" y="${height - 4}" text-anchor="end">last event</text></svg>`;
}

function nice(value: number): number {
  return [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1].find((step) => step >= value) ?? 1;
}

function label(value: number, top: number): string {
  return `${(value * 100).toFixed(top < 0.1 && value ? 1 : 0)} %`;
}
