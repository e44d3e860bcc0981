// What stands around the sections: title, way through, choice of days and model, how to read the page.
import type { Data } from "../data/document.ts";
import { health, model } from "../data/pick.ts";
import { age, clock, date, fixed, percent, siteDay, tiny, weekday } from "../text/format.ts";
import { WORDS } from "../text/status.ts";
import { shape } from "./badge.ts";
import { h } from "./dom.ts";
import type { Section } from "./sections.ts";
import { table, tabulate } from "./table.ts";

export function header(data: Data): Element {
  const { document: it } = data;
  const day = it.as_of ?? health(data)?.as_of;
  // Whose scores today’s are; the charts may be of another.
  const serving = health(data)?.model_version ?? null;
  const shown = model(data);
  return h(
    "header",
    { class: "top" },
    h("p", { class: "brand" }, h("b", null, "Inkling"), " conversion scores"),
    h("h1", null, h("bdi", null, it.site)),
    h("p", { class: "day" }, day ? h("time", { datetime: day }, `${weekday(day)}, ${date(day)}`) : "no day yet", serving && h("span", { class: "model" }, "Model ", h("b", null, serving)), shown && shown !== serving && h("span", { class: "model" }, "charts of model ", h("b", null, shown))),
  );
}

/** Where the page is old by the reader's clock: what it calls today is not. */
export function old(data: Data, now: number): Element | null {
  const hours = (now - Date.parse(data.document.generated_at)) / 3_600_000;
  if (!(hours > data.thresholds.fresh_hours[0])) return null;
  return h("p", { class: "old", role: "note" }, `This page was made ${age(Math.max(hours, 0))} ago. What it calls today is ${date(data.document.as_of)}.`);
}

/** The sections with the shape of each; it stays in sight beside them. */
export function way(all: Section[]): Element {
  const link = (section: Section) =>
    h("li", null, h("a", { href: `#${section.id}` }, section.status ? shape(section.status) : h("span", { class: "no-shape" }), section.title, section.status && h("span", { class: "hidden" }, `: ${WORDS[section.status]}`)));
  return h("nav", { class: "way", "aria-label": "Sections" }, h("ol", null, ...all.map(link)));
}

/** Days and model to choose, where the page is served live. */
export function choice(data: Data): Element | null {
  const chosen = data.document.selection;
  if (!chosen) return null;
  const input = (name: string, value: string | null) => h("input", { type: "date", name, value, max: data.document.as_of });
  const [from, to] = [input("from", chosen.from), input("to", chosen.to)];
  // The first day is not after the last: the browser says so before the server has to.
  const bound = () => {
    from.max = to.value || (data.document.as_of ?? "");
    to.min = from.value;
  };
  for (const one of [from, to]) one.addEventListener("change", bound);
  bound();
  const option = (value: string, label: string) => h("option", { value, selected: value === (chosen.model ?? "") ? true : null }, label);
  return h(
    "form",
    { class: "choice", method: "get", "aria-label": "Days and model" },
    h("label", null, "From", from),
    h("label", null, "To", to),
    h("label", null, "Model", h("select", { name: "model" }, option("", "in service"), ...chosen.models.map((version) => option(version, version)))),
    h("button", { type: "submit" }, "Show"),
  );
}

const TERMS: [string, string][] = [
  ["Score", "The probability, from 0% to 100%, that a visitor converts."],
  ["Predicted over observed", "The mean score divided by the share that converted. 1.00 is exactly right; 1.20 means that scores are a fifth too high."],
  ["95% interval", "Where the true rate lies, chance considered (Wilson’s interval). Narrow means many scores."],
  ["AUC", "How often a visitor who converts has a higher score than one who does not: 0.5 by chance, 1 at best."],
  ["Lift", "How many times as often a group converts as everybody together."],
  ["PSI", "Population stability index: how differently a feature is spread than in the training data. 0 is the same."],
  ["Complete outcomes", "A score is judged only when its time to convert has passed."],
  ["Estimated", "What the scores themselves promise, without outcomes. It knows nothing of a changed world."],
];

function rules(data: Data): [string, string, string][] {
  const t = data.thresholds;
  const [[low, high], [lower, higher]] = t.calibration_ratio;
  return [
    ["Age of the last score", `over ${t.fresh_hours[0]} h`, `over ${t.fresh_hours[1]} h`],
    ["Visitors, against the median of the weekday", `off by over ${percent(t.volume_share[0])}`, `off by over ${percent(t.volume_share[1])}`],
    ["Hours in a row without an event, beyond the usual number of them", "", `${t.gap_hours[0]} or more`],
    ["Predicted over observed, where chance does not explain it", `outside ${fixed(low, 2)} to ${fixed(high, 2)}`, `outside ${fixed(lower, 2)} to ${fixed(higher, 2)}`],
    ["AUC, in standard deviations of the reference", `over ${t.auc_sd[0]} below or over ${t.auc_sd[1]} above`, `over ${t.auc_sd[1]} below`],
    ["Lift of the top 10%, against the release", `over ${percent(t.lift_drop[0])} lower, or tenths out of order beyond chance`, `over ${percent(t.lift_drop[1])} lower`],
    ["PSI and Jensen-Shannon distance of a feature or the score, both past their limits, where chance does not explain it", `over ${fixed(t.psi[0], 2)} and ${fixed(t.js[0], 2)}`, `over ${fixed(t.psi[1], 2)} and ${fixed(t.js[1], 2)}`],
    ["Missing values of a feature, in percentage points, where chance does not explain it", `over ${t.null_points[0]} more`, `over ${t.null_points[1]} more`],
    ["The last run", "failed", ""],
    ["Browser and batch score", t.parity_difference[0] === 0 ? "any difference" : `over ${tiny(t.parity_difference[0])}`, `a difference over ${tiny(t.parity_difference[1])}`],
    ["Signatures that failed", "", `over ${t.signature_failures[0]}`],
    ["Scores that GA4 accepted", `under ${percent(t.activation_accepted[0])}`, `under ${percent(t.activation_accepted[1])}`],
  ];
}

export function footer(data: Data): Element {
  const { document: it } = data;
  const { conversions, visitors } = data.thresholds.small_cell;
  const made = siteDay(it.generated_at, it.time_zone);
  const time = clock(it.generated_at, it.time_zone);
  const limits = table(tabulate("When a check says Watch or Alert", rules(data), [["Check", ([check]) => check], ["Watch", ([, amber]) => amber || "–"], ["Alert", ([, , red]) => red || "–"]]));
  return h(
    "footer",
    null,
    h("h2", null, "How to read this page"),
    h("dl", { class: "terms" }, ...TERMS.map(([term, meaning]) => h("div", null, h("dt", null, term), h("dd", null, meaning)))),
    h("h2", null, "When a check says Watch or Alert"),
    limits,
    h("p", null, `Groups of fewer than ${visitors} visitors, or ${conversions} who converted, are hidden. Outcomes are counted by score: a visitor is scored on many days. This page holds counts and rates only, no visitor ids, and loads nothing from anywhere.`),
    h("p", null, made ? `Made on ${date(made)}${time ? ` at ${time}` : ""} (${it.time_zone})` : "", it.dataset ? h("span", null, " from the views of ", h("code", null, it.dataset)) : "", "."),
  );
}
