import { dot, rect, ruleX, text } from "@observablehq/plot";
import { dimensionTitle, groups, segments } from "../answers/whom.ts";
import type { Data } from "../data/document.ts";
import type { Segment } from "../data/views.ts";
import type { Draw } from "../page/panel.ts";
import { count, fixed, percent } from "../text/format.ts";
import { AMBER, BAND, draw, INK, OCTAGON, OUTLINE, PAPER, RED, RULE, SERIES, SOFT } from "./plot.ts";

const COLOURS: Record<string, string> = { amber: AMBER, red: RED };
const SYMBOLS: Record<string, unknown> = { amber: "triangle", red: OCTAGON };
const LINE = 22;
const HEAD = 34;

interface Line { y: number; row?: Segment; title?: string }

/** Groups below each other, one heading for each dimension. */
function lines(rows: Segment[]): { all: Line[]; height: number } {
  const all: Line[] = [];
  let y = 30;
  let last: string | null | undefined;
  for (const row of rows) {
    if (row.dimension !== last) {
      y += last === undefined ? 4 : 14;
      all.push({ y, title: dimensionTitle(row.dimension) });
      y += LINE;
      last = row.dimension;
    }
    all.push({ y, row });
    y += LINE;
  }
  return { all, height: y + 4 };
}

interface Column { title: string; value: (row: Segment) => number | null; write: (value: number) => string; log?: boolean; rule?: number; band?: [number, number]; outer?: [number, number]; least?: number }

/** A row for each group, columns of dots that share it: what a table says, with places in the place of digits. */
export function segmentChart(data: Data): Draw | undefined {
  const { shown } = groups(data);
  if (shown.length === 0) return undefined;
  const [amber, red] = data.thresholds.calibration_ratio;
  const columns: Column[] = [
    { title: "predicted over observed", value: (row) => row.calibration_ratio, write: (value) => fixed(value, 2), log: true, rule: 1, band: amber, outer: red },
    { title: "lift of the top 10%", value: (row) => row.lift_top10, write: (value) => fixed(value, 1), rule: 1, least: 0 },
    { title: "AUC", value: (row) => row.auc, write: (value) => fixed(value, 3), least: 0.5 },
  ];
  return (width) => {
    const small = width < 640;
    const used = small ? columns.slice(0, 1) : columns;
    const { all, height } = lines(shown);
    const names = small ? 118 : 190;
    const rates = small ? 0 : 150;
    const each = (width - names - rates) / used.length;
    const rows = all.filter((line): line is Required<Pick<Line, "row">> & Line => line.row !== undefined);
    const marks = used.flatMap((column, i) => {
      const [from, to] = [names + rates + i * each + (i === 0 ? 8 : 28), names + rates + (i + 1) * each - 50];
      const values = rows.map((line) => column.value(line.row)).filter((value): value is number => value !== null && (!column.log || value > 0));
      const all = [...values, ...(column.outer ?? []), ...(column.rule === undefined ? [] : [column.rule]), ...(column.least === undefined ? [] : [column.least])];
      const [low, high] = [Math.min(...all), Math.max(...all)];
      const map = column.log ? Math.log : (value: number) => value;
      const place = (value: number) => from + ((map(value) - map(low)) / (map(high) - map(low) || 1)) * (to - from);
      const known = rows.filter((line) => column.value(line.row) !== null);
      return [
        column.outer ? rect([0], { x1: place(column.outer[0]), x2: place(column.outer[1]), y1: HEAD, y2: height - 4, fill: BAND, fillOpacity: 0.55, stroke: OUTLINE, strokeWidth: 0.5 }) : null,
        column.band ? rect([0], { x1: place(column.band[0]), x2: place(column.band[1]), y1: HEAD, y2: height - 4, fill: BAND, stroke: OUTLINE, strokeWidth: 0.75 }) : null,
        column.rule === undefined ? null : ruleX([place(column.rule)], { y1: HEAD, y2: height - 4, stroke: SOFT, strokeDasharray: "3 3" }),
        text([column.title], { x: from, y: 12, textAnchor: "start", fill: SOFT }),
        dot(known, { x: (line: Line) => place(column.value(line.row!)!), y: "y", r: 4.5, stroke: PAPER, fill: (line: Line) => (i > 0 ? SERIES : COLOURS[line.row!.status ?? ""] ?? SERIES), symbol: ((line: Line) => (i > 0 ? "circle" : SYMBOLS[line.row!.status ?? ""] ?? "circle")) as never, title: (line: Line) => `${dimensionTitle(line.row!.dimension)}: ${line.row!.segment}\n${count(line.row!.visitors)} scores, ${count(line.row!.conversions)} came true\n${column.title} ${column.write(column.value(line.row!)!)}` }),
        text(known, { x: to + 42, y: "y", textAnchor: "end", text: (line: Line) => column.write(column.value(line.row!)!), fill: INK }),
      ];
    });
    return [
      draw(`Groups of visitors. ${segments(data).text}`, {
        width,
        height,
        margin: 0,
        x: { type: "identity", axis: null },
        y: { type: "identity", axis: null },
        marks: [
          rect(rows, { x1: 0, x2: width, y1: (line: Line) => line.y + LINE / 2, y2: (line: Line) => line.y + LINE / 2 + 0.75, fill: RULE }),
          ...marks,
          text(all.filter((line) => line.title), { x: 0, y: "y", textAnchor: "start", text: "title", fill: INK, fontWeight: 600 }),
          text(rows, { x: 0, y: "y", dx: 12, textAnchor: "start", text: (line: Line) => cut(line.row!.segment ?? "not set", small ? 15 : 27), fill: INK }),
          ...(small
            ? []
            : [
                text(["predicted"], { x: names + 56, y: 12, textAnchor: "end", fill: SOFT }),
                text(["converted"], { x: names + 124, y: 12, textAnchor: "end", fill: SOFT }),
                text(rows, { x: names + 56, y: "y", textAnchor: "end", text: (line: Line) => percent(line.row!.mean_score), fill: SOFT }),
                text(rows, { x: names + 124, y: "y", textAnchor: "end", text: (line: Line) => percent(line.row!.conversion_rate), fill: SOFT }),
              ]),
        ],
      }),
    ];
  };
}

const cut = (words: string, most: number): string => (words.length > most ? `${words.slice(0, most - 1)}…` : words);
