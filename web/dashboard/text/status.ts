// What a check says: a word, a shape and a colour, never one of them alone.

export type Status = "green" | "amber" | "red" | "grey";

export const WORDS: Record<Status, string> = { green: "Good", amber: "Watch", red: "Alert", grey: "Not enough data yet" };

/** Paths on a field of 16 by 16: disc with tick, triangle, octagon with cross, dashed ring. */
export const SHAPES: Record<Status, { body: string; mark?: string }> = {
  green: { body: "M8 .5a7.5 7.5 0 1 1 0 15a7.5 7.5 0 1 1 0-15z", mark: "M4.6 8.3l2.3 2.4l4.5-5" },
  amber: { body: "M8 .8l7.6 13.6H.4z", mark: "M8 5.8v4M8 12v.1" },
  red: { body: "M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z", mark: "M5.5 5.5l5 5M10.5 5.5l-5 5" },
  grey: { body: "M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12z" },
};

const ORDER: Status[] = ["grey", "green", "amber", "red"];

/** The word of a view; null for none and for one that is not known. */
export function status(word: string | null | undefined): Status | null {
  return ORDER.includes(word as Status) ? (word as Status) : null;
}

/** Whether a word says that something is not as usual. */
export const off = (word: string | null | undefined): boolean => word === "amber" || word === "red";

/** The most severe; null where there is none. */
export function worst(all: (Status | null)[]): Status | null {
  const known = all.filter((one) => one !== null);
  return known.length === 0 ? null : known.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a));
}

/** How a run ended, in the words of a status. */
export function ofRun(word: string | null): Status | null {
  if (word === null) return null;
  if (["done", "ok", "success", "succeeded", "green"].includes(word)) return "green";
  return ["running", "skipped", "waiting", "not_ready", "grey"].includes(word) ? "grey" : "red";
}
