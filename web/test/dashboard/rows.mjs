// Documents of a few rows.
import { Data } from "../../dist/testing.mjs";
import { VIEWS, view } from "./columns.mjs";

/** The day that these documents are of. */
export const AS_OF = "2026-11-24";

/** Data of these rows, the other views empty. */
export function of(rows, more = {}) {
  const views = Object.fromEntries(Object.keys(VIEWS).map((name) => [name, view(name, rows[name] ?? [])]));
  return new Data({ generated_at: "2026-11-25T06:14:09Z", site: "s", time_zone: "Europe/London", as_of: AS_OF, dataset: null, thresholds: {}, views, ...more });
}

/** Where days or a model are chosen. */
export const chosen = (of) => ({ selection: { from: null, to: null, model: null, models: [], ...of } });
