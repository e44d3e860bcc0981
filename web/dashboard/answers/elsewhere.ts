// Where today's row says more of a check than a chart shows: it has the worst of all models, and of more than one rule.
import type { Data } from "../data/document.ts";
import { others } from "../data/pick.ts";
import { off, type Status, WORDS, worst } from "../text/status.ts";

/** Models in service that predict something else than the one that is shown. */
export const otherModels = (data: Data): string[] => others(data).map((target) => `the ${target} model`);

/** Of `what` a check that says `of` speaks, where a chart says `shown` itself. Empty where the chart is no better, and where there is nothing else. */
export function elsewhere(of: Status | null, shown: Status | null, what: string[]): string {
  return of === null || !off(of) || worst([shown, of]) === shown || what.length === 0 ? "" : `${WORDS[of]} is said of ${what.join(", or of ")}`;
}

/** The same as a sentence of its own. */
export function notShown(of: Status | null, shown: Status | null, what: string[]): string {
  const said = elsewhere(of, shown, what);
  return said === "" ? "" : ` ${said}, which ${what.length > 1 ? "are" : "is"} not shown here.`;
}
