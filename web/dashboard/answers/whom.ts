// Section 6: is some group scored badly?
import type { Data } from "../data/document.ts";
import type { Segment } from "../data/views.ts";
import { borrowed, checked, health, lastWindow, text, whose } from "../data/pick.ts";
import { fixed, percent, plural } from "../text/format.ts";
import { status, worst } from "../text/status.ts";
import { type Answer, answer, unknown } from "./answer.ts";
import { notShown, otherModels } from "./elsewhere.ts";

/** Groups whose numbers may be shown, the largest first within their dimension. */
export function groups(data: Data): { shown: Segment[]; hidden: Segment[] } {
  const rows = lastWindow(data, "v_segment_performance");
  const order = [...new Set(rows.map((row) => row.dimension))];
  const sorted = rows.toSorted((a, b) => order.indexOf(a.dimension) - order.indexOf(b.dimension) || (b.visitors ?? 0) - (a.visitors ?? 0) || text(a.segment, b.segment));
  return { shown: sorted.filter((row) => !row.suppressed), hidden: sorted.filter((row) => row.suppressed) };
}

export const dimensionTitle = (name: string | null): string => {
  const words = (name ?? "other").replaceAll("_", " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
};

export function segments(data: Data): Answer {
  const { shown, hidden } = groups(data);
  const said = checked(data, "segments");
  const of = said ?? (health(data) && borrowed(data, shown[0]) ? "grey" : worst(shown.map((row) => status(row.status))));
  const { conversions, visitors } = data.thresholds.small_cell;
  const small = hidden.length > 0 ? ` ${plural(hidden.length, "group")} of fewer than ${visitors} visitors, or ${conversions} who converted, ${hidden.length === 1 ? "is" : "are"} hidden.` : "";
  const judged = shown.filter((row) => row.calibration_ratio !== null && row.calibration_ratio > 0);
  if (judged.length === 0) return unknown(`No group has enough complete outcomes.${small}`);
  const distance = (row: Segment) => Math.abs(Math.log(row.calibration_ratio!));
  // Few may be far off by chance: nobody has judged those.
  const rated = judged.filter((row) => row.status !== "grey");
  const far = (rated.length > 0 ? rated : judged).toSorted((a, b) => distance(b) - distance(a))[0]!;
  const ratio = fixed(far.calibration_ratio, 2);
  const side = ratio === "1.00" ? "exactly right" : far.status === "grey" ? "which is not judged" : far.status === "green" ? "within the limits or chance" : far.calibration_ratio! > 1 ? "too high" : "too low";
  const rates = far.mean_score !== null && far.conversion_rate !== null ? ` (predicted ${percent(far.mean_score)}, converted ${percent(far.conversion_rate)})` : "";
  return answer(of, `Of ${plural(judged.length, "group")}, ${dimensionTitle(far.dimension).toLowerCase()} ${far.segment ?? "not set"} is farthest off: predicted over observed ${ratio}, ${side}${rates}.${small}${notShown(said, worst(shown.map((row) => status(row.status))), otherModels(data))}${whose(data, far)}`);
}
