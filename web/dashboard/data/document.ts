// The one JSON document that the page holds.
import { COLUMNS } from "./columns.ts";
import type { Views } from "./views.ts";

export interface Column { name: string; type: string; description: string }
export type Cell = string | number | boolean | null;

/** A view as it was read: what it is, how to get it again, and its rows in the order of its columns. */
export interface View {
  description: string;
  sql: string;
  columns: Column[];
  rows: Cell[][];
  /** Older rows of the same view with fewer columns, where whole rows would be too much for a page. */
  history?: History;
}

/** For each value of the column `by` and each column, one cell a day; null where the view has none. */
export interface History {
  by: string;
  days: string[];
  values: Record<string, Record<string, Cell[]>>;
}

export interface Thresholds {
  fresh_hours: [number, number];
  volume_share: [number, number];
  gap_hours: [number];
  calibration_ratio: [[number, number], [number, number]];
  auc_sd: [number, number];
  lift_drop: [number, number];
  psi: [number, number];
  js: [number, number];
  null_points: [number, number];
  parity_difference: [number, number];
  signature_failures: [number];
  activation_accepted: [number, number];
  small_cell: { conversions: number; visitors: number };
}

/** What the page was asked for; only where it is served live. */
export interface Selection {
  from: string | null;
  to: string | null;
  model: string | null;
  /** Versions to choose from, newest first. */
  models: string[];
}

export interface Document {
  generated_at: string;
  site: string;
  time_zone: string;
  as_of: string | null;
  dataset: string | null;
  thresholds: Thresholds;
  views: Partial<Record<keyof Views, View>>;
  selection?: Selection;
}

const DEFAULTS: Thresholds = {
  fresh_hours: [26, 50],
  volume_share: [0.2, 0.4],
  gap_hours: [6],
  calibration_ratio: [[0.9, 1.11], [0.8, 1.25]],
  auc_sd: [2, 3],
  lift_drop: [0.1, 0.25],
  psi: [0.1, 0.25],
  js: [0.1, 0.2],
  null_points: [1, 5],
  parity_difference: [0, 1e-6],
  signature_failures: [0],
  activation_accepted: [0.99, 0.95],
  small_cell: { conversions: 10, visitors: 100 },
};

/** The document's rows as objects; a view or a column that is absent reads as no rows or null. */
export class Data {
  readonly document: Document;
  readonly thresholds: Thresholds;
  readonly #rows = new Map<keyof Views, unknown[]>();

  constructor(document: Document) {
    this.document = document;
    this.thresholds = { ...DEFAULTS, ...document.thresholds };
  }

  view(name: keyof Views): View | undefined {
    return this.document.views?.[name];
  }

  /** Rows with their history before them, in the order of the document. */
  rows<Name extends keyof Views>(name: Name): Views[Name][] {
    let rows = this.#rows.get(name) as Views[Name][] | undefined;
    if (!rows) {
      const view = this.view(name);
      const named = view?.columns?.map((column) => column.name) ?? [];
      const blank = Object.fromEntries(COLUMNS[name].split(" ").map((column) => [column, null]));
      const whole = (view?.rows ?? []).map((row) => ({ ...blank, ...Object.fromEntries(named.map((column, i) => [column, row[i] ?? null])) }));
      rows = [...past(view, blank), ...whole] as unknown as Views[Name][];
      this.#rows.set(name, rows);
    }
    return rows;
  }
}

/** Rows of the history; none where all cells of a day are null. */
function past(view: View | undefined, blank: Record<string, null>): Record<string, Cell>[] {
  const { by, days, values } = view?.history ?? { by: "", days: [], values: {} };
  return Object.entries(values).flatMap(([key, cells]) => {
    const named = Object.entries(cells);
    return days.flatMap((event_date, i) => {
      const row = named.map(([column, all]): [string, Cell] => [column, all[i] ?? null]);
      return row.every(([, cell]) => cell === null) ? [] : [{ ...blank, event_date, [by]: key, ...Object.fromEntries(row) }];
    });
  });
}

/** Reads the document. Throws what is wrong with it, for the page to say. */
export function read(text: string): Data {
  const found: unknown = JSON.parse(text);
  if (!found || typeof found !== "object" || typeof (found as Document).views !== "object") throw new Error("there are no views in it");
  return new Data(found as Document);
}
