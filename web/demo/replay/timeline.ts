import { bits } from "./bits.ts";
import { safe } from "./safe.ts";
import type { Rescored } from "./rescore.ts";

/** Every event of the visit: minutes and seconds in, name, page, score, and whether the batch's bits are the same. */
export function timeline({ visit, scores, different }: Rescored): string {
  const batch = new Map(visit.scores.map((score) => [score.event_index, score]));
  const wrong = new Set(different.map(({ event }) => event));
  const start = visit.events[0]?.numbers[0] ?? 0;
  const rows = visit.events.map((event, at) => {
    const [name = "", url = ""] = event.strings;
    const score = scores[at] ?? NaN;
    const expected = batch.get(at);
    const verdict = !expected ? "" : wrong.has(at) ? `<span class="differs" title="batch ${expected.bits}">differs</span>` : `<code title="the same 64 bits as the batch">${bits(score)}</code>`;
    const move = score - (scores[at - 1] ?? score);
    const arrow = Math.abs(move) < 0.0005 ? "" : move > 0 ? "up" : "down";
    return `<tr class="${name === "page_view" ? "view" : ""}"><td>${clock((event.numbers[0] ?? 0) - start)}</td><td>${safe(name)}</td><td class="page">${safe(pagePath(url))}</td><td class="${arrow}">${Number.isFinite(score) ? `${(score * 100).toFixed(2)} %` : ""}</td><td>${verdict}</td></tr>`;
  });
  return `<div class="timeline" tabindex="0"><table><thead><tr><th>Time</th><th>Event</th><th>Page</th><th>Score</th><th>Equal bits</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function clock(micros: number): string {
  const seconds = Math.round(micros / 1e6);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function pagePath(url: string): string {
  try {
    const { pathname, search } = new URL(url);
    return pathname + search;
  } catch {
    return url;
  }
}
