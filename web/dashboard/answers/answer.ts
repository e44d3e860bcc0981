import type { Status } from "../text/status.ts";

/** A sentence that answers a chart's question, and what the check says where there is one. */
export interface Answer {
  status: Status | null;
  text: string;
}

export const answer = (of: Status | null, text: string): Answer => ({ status: of, text });

/** Where there are no rows to answer from. */
export const unknown = (text: string): Answer => ({ status: "grey", text });

/** `Yes: `, or what stands in its place; nothing where nobody has judged. */
export function verdict(of: Status | null, words: { green?: string; amber?: string; red?: string; grey?: string } = {}): string {
  const said = { green: "Yes", amber: "Mostly", red: "No", grey: "Too early to say", ...words };
  return of === null ? "" : `${said[of]}: `;
}

/** A sentence with a great first letter, unless it begins with the name of a feature. */
export const sentence = (text: string): string => (/^\S*[._]\w/.test(text) ? text : text.slice(0, 1).toUpperCase() + text.slice(1));
