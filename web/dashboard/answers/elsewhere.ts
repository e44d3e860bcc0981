// Where today's row says more of a check than a chart shows: it has the worst of all models.
import type { Data } from "../data/document.ts";
import { others } from "../data/pick.ts";
import { off, type Status, WORDS, worst } from "../text/status.ts";

/** Of what a check speaks besides what a chart shows, which says `shown` itself: models that predict something else, and `more`. Empty where the chart is no better. */
export function elsewhere(data: Data, of: Status | null, shown: Status | null, more: string[] = []): string {
  const what = [...others(data).map((target) => `the ${target} model`), ...more];
  return of === null || !off(of) || worst([shown, of]) === shown || what.length === 0 ? "" : `${WORDS[of]} is said of ${what.join(", or of ")}`;
}

/** The same as a sentence of its own. */
export function notShown(data: Data, of: Status | null, shown: Status | null, more: string[] = []): string {
  const said = elsewhere(data, of, shown, more);
  return said === "" ? "" : ` ${said}, which ${others(data).length + more.length > 1 ? "are" : "is"} not shown here.`;
}
