import type { Config } from "../../src/config.ts";
import { Refused } from "../../src/refused.ts";
import { Scorer } from "../../src/scorer.ts";
import { verify } from "../../src/verify.ts";
import { pace } from "./pace.ts";
import { rescore, type Rescored } from "./rescore.ts";
import { safe } from "./safe.ts";
import { visitCard } from "./visit-card.ts";
import type { Visits } from "./visits.ts";

const DRAWN = 24;
const main = document.querySelector<HTMLElement>("#replay")!;
// boot.js keeps a copy of the configuration that the loader consumes.
const config = (window as unknown as { inklingConfig?: Config }).inklingConfig;

/** What the page found, for people in the page and for tests here. */
interface Outcome {
  code?: string;
  visits?: number;
  events?: number;
  compared?: number;
  equal?: number;
  micros?: number;
}

run().then(
  (outcome) => ((window as unknown as { replayOutcome: Outcome }).replayOutcome = outcome),
  (error: unknown) => {
    const code = error instanceof Refused ? error.code : "visits-unreadable";
    main.innerHTML = `<p class="stop"><b>${code}</b>${code === "visits-unreadable" ? "There is no readable /replay/visits.json on this server." : "The release was refused, so nothing was scored."}</p>`;
    (window as unknown as { replayOutcome: Outcome }).replayOutcome = { code };
  },
);

async function run(): Promise<Outcome> {
  if (!config) throw new Refused("release-unreachable");
  const release = await verify(config, Date.now());
  const scorer = await Scorer.load(release.scorer, release.bundle);
  const response = await fetch("/replay/visits.json");
  const { visits, model_version: batchModel }: Visits = await response.json();
  const results = visits.map((visit) => rescore(scorer, visit));
  const count = (of: (result: Rescored) => number) => results.reduce((sum, result) => sum + of(result), 0);
  const outcome = {
    visits: visits.length,
    events: count(({ visit }) => visit.events.length),
    compared: count(({ visit }) => visit.scores.length),
    equal: count(({ equal }) => equal),
    micros: 0,
  };
  outcome.micros = pace(scorer, visits, outcome.events);
  const number = (value: number) => value.toLocaleString("en-GB");
  const all = outcome.equal === outcome.compared;
  main.innerHTML = `<div class="total ${all ? "" : "differs"}"><p><b>${number(outcome.equal)}</b> of ${number(outcome.compared)} scores equal the batch’s, to the last bit</p>
    <dl><div><dt>Visits</dt><dd>${number(outcome.visits)}</dd></div><div><dt>Events</dt><dd>${number(outcome.events)}</dd></div><div><dt>Observe and score</dt><dd>${outcome.micros.toFixed(1)} µs per event</dd></div>
    <div><dt>Model here</dt><dd>${safe(release.modelVersion)}</dd></div><div><dt>Model of the batch</dt><dd>${safe(batchModel)}</dd></div><div><dt>Release</dt><dd>${release.version}, signature verified</dd></div></dl></div>`;
  // Visits that differ come first; the rest keep the order of the file.
  const order = [...results].sort((a, b) => Number(b.different.length > 0) - Number(a.different.length > 0));
  for (const result of order.slice(0, DRAWN)) main.append(visitCard(result));
  if (order.length > DRAWN) main.insertAdjacentHTML("beforeend", `<p class="muted">${number(order.length - DRAWN)} more visits were compared and are counted above.</p>`);
  return outcome;
}
