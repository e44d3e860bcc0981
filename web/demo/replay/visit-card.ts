import { words } from "../client/words.ts";
import { chart } from "./chart.ts";
import type { Rescored } from "./rescore.ts";
import { safe } from "./safe.ts";
import { timeline } from "./timeline.ts";

const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

/** One visit: what happened, how the score moved, why it ended where it did. */
export function visitCard(result: Rescored): HTMLElement {
  const { visit, scores, equal, different, reasons, band } = result;
  const card = document.createElement("article");
  card.className = "visit";
  const last = scores.at(-1) ?? NaN;
  const micros = visit.events[0]?.numbers[0];
  const total = visit.scores.length;
  const strongest = Math.max(0.01, ...reasons.map(({ contribution }) => Math.abs(contribution)));
  const why = reasons.map(({ name, contribution }) => {
    const width = (Math.abs(contribution) / strongest) * 50;
    return `<li title="${safe(name)}"><span>${safe(words(name))}</span><span class="reason"><i class="${contribution < 0 ? "less" : "more"}" style="width:${width}%"></i></span><b>${contribution > 0 ? "+" : "−"}${Math.abs(contribution).toFixed(2)}</b></li>`;
  });
  card.innerHTML = `
    <header><div><h2>Visitor ${safe(visit.user)}</h2><p>${micros ? `${DAY.format(micros / 1000)} UTC, ` : ""}${visit.events.length} events</p></div>
    <p class="verdict ${different.length ? "differs" : ""}">${equal} of ${total} scores equal</p></header>
    <div class="visit-body"><div>${chart(scores, new Set(visit.scores.map(({ event_index }) => event_index)), new Set(different.map(({ event }) => event)))}
    <div class="end"><p class="final"><b>${Number.isFinite(last) ? `${(last * 100).toFixed(1)} %` : "no score"}</b><span>${band} at the end, because of</span></p><ul>${why.join("")}</ul></div></div>
    ${timeline(result)}</div>`;
  return card;
}
