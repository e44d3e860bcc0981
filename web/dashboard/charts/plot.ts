// Observable Plot as this page uses it: one look, one accessible name for each chart, no style of its own.
import { axisX, axisY, gridY, plot, type Markish, type PlotOptions } from "@observablehq/plot";

export const INK = "var(--ink)";
export const SOFT = "var(--soft)";
export const RULE = "var(--rule)";
export const PAPER = "var(--paper)";
export const SERIES = "var(--series)";
export const SECOND = "var(--second)";
export const PALE = "var(--pale)";
export const BAND = "var(--band)";
/** Of pale bars and bands, so that their ends can be seen by those who see little contrast. */
export const OUTLINE = "var(--outline)";
export const GREEN = "var(--green)";
export const AMBER = "var(--amber)";
export const RED = "var(--red)";
export const GREY = "var(--grey)";

/** A chart; `label` is what a screen reader says of it. */
export function draw(label: string, options: PlotOptions & { marks: Markish[] }): SVGElement {
  const svg = plot({ className: "plot", figure: false, ...options }) as unknown as SVGElement;
  // The policy of the page allows one style sheet, which has these rules too.
  svg.querySelector("style")?.remove();
  for (const named of svg.querySelectorAll("[aria-label], [aria-description]")) {
    named.removeAttribute("aria-label");
    named.removeAttribute("aria-description");
  }
  for (const attribute of ["font-family", "font-size"]) svg.removeAttribute(attribute);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return svg;
}

/** The shapes of Watch and Alert beside words, as marks in charts. */
export const OCTAGON = {
  draw(context: { moveTo(x: number, y: number): void; lineTo(x: number, y: number): void; closePath(): void }, size: number) {
    const r = Math.sqrt(size) * 0.62;
    for (let i = 0; i < 8; i++) {
      const angle = ((i + 0.5) * Math.PI) / 4;
      const [x, y] = [r * Math.cos(angle), r * Math.sin(angle)];
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.closePath();
  },
};

type Format = (value: number) => string;

/** Values at the left with hair lines, and no more than `ticks` of them. */
export function left(format: Format, ticks = 4, values?: number[]): Markish[] {
  const at = values ?? ticks;
  return [
    gridY({ ticks: at as number, stroke: RULE, strokeOpacity: 1 }),
    axisY({ ticks: at as number, tickSize: 0, tickPadding: 8, label: null, fill: SOFT, tickFormat: (value: number) => format(value) }),
  ];
}

/** Values below. */
export function below(format: Format, ticks: number | number[] = 5, label: string | null = null): Markish {
  return axisX({ ticks: ticks as number, tickSize: 0, tickPadding: 8, label, labelAnchor: "center", labelArrow: "none", fill: SOFT, tickFormat: (value: number) => format(value) });
}
