import { SHAPES, type Status, WORDS } from "../text/status.ts";
import { h, s } from "./dom.ts";

/** The shape of a status; the word has to stand beside it. */
export function shape(of: Status): SVGSVGElement {
  const { body, mark } = SHAPES[of];
  const drawn = s("svg", { class: `shape ${of}`, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, s("path", { class: "body", d: body }));
  if (mark) drawn.append(s("path", { class: "mark", d: mark }));
  return drawn;
}

/** Shape and word. */
export const badge = (of: Status): HTMLElement => h("span", { class: `badge ${of}` }, shape(of), WORDS[of]);
