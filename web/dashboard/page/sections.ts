// The seven sections: which panels they hold, and what they say as a whole.
import * as delivery from "../answers/delivery.ts";
import * as right from "../answers/right.ts";
import * as today from "../answers/today.ts";
import * as useful from "../answers/useful.ts";
import * as volume from "../answers/volume.ts";
import * as whom from "../answers/whom.ts";
import * as world from "../answers/world.ts";
import { activationChart, modelChart, parityChart, tagChart } from "../charts/delivery.ts";
import { aucChart, calibrationChart, othersChart, precisionChart, rocChart } from "../charts/right.ts";
import { gainsChart, GROUPS, liftChart, weekChart } from "../charts/useful.ts";
import { completenessChart, runChart, volumeChart } from "../charts/volume.ts";
import { segmentChart } from "../charts/whom.ts";
import { heatChart, histogramChart, shown, topChart } from "../charts/world.ts";
import type { Data } from "../data/document.ts";
import { metric } from "../data/pick.ts";
import { fixed, percent, plural } from "../text/format.ts";
import { type Status, WORDS, worst } from "../text/status.ts";
import * as numbers from "./numbers.ts";
import type { Key, Panel } from "./panel.ts";

export interface Section {
  id: string;
  title: string;
  question: string;
  status: Status | null;
  panels: Panel[];
}

/** What the marks of days or groups mean, where there are some. */
function marks(rows: { status?: string | null }[]): Key {
  const has = (word: string) => rows.some((row) => row.status === word);
  return [...(has("amber") ? [["mark amber", WORDS.amber] as [string, string]] : []), ...(has("red") ? [["mark red", WORDS.red] as [string, string]] : [])];
}

export const TITLES: [id: string, title: string, question: string][] = [
  ["today", "Today", "Can I trust today’s scores?"],
  ["volume", "Freshness and volume", "Did the data come, did the job run?"],
  ["right", "Is it right?", "Do 30% convert where the score says 30%?"],
  ["useful", "Is it useful?", "What do I gain by choosing the top 10%?"],
  ["world", "Has the world changed?", "What drifted, and since when?"],
  ["whom", "For whom?", "Is some group scored badly?"],
  ["delivery", "Delivery", "Did the score reach the page and GA4?"],
];

export function sections(data: Data): Section[] {
  const panels: Record<string, Panel[]> = { today: [], volume: volumePanels(data), right: rightPanels(data), useful: usefulPanels(data), world: worldPanels(data), whom: whomPanels(data), delivery: deliveryPanels(data) };
  return TITLES.map(([id, title, question]) => {
    const own = panels[id]!;
    const status = id === "today" ? today.headline(data).status : worst(own.map((panel) => panel.answer.status));
    return { id, title, question, status, panels: own };
  });
}

function volumePanels(data: Data): Panel[] {
  return [
    {
      question: "Did the data come?",
      answer: volume.volume(data),
      view: "v_volume_daily",
      draw: volumeChart(data),
      key: [["line series", "visitors"], ["area band", "usual for the weekday"], ["area missing", "missing day"], ...marks(data.rows("v_volume_daily"))],
      numbers: () => numbers.volumeNumbers(data),
    },
    { question: "Did the job run?", answer: volume.runs(data), view: "v_run_history", draw: runChart(data), key: [["cell calm", "done"], ["cell red", "failed"], ["cell none", "no run"]], numbers: () => numbers.runNumbers(data) },
    { question: "Is the data complete?", answer: volume.completeness(data), view: "v_volume_daily", draw: completenessChart(data), numbers: () => numbers.volumeNumbers(data) },
  ];
}

function rightPanels(data: Data): Panel[] {
  const everybody = right.baseRate(data);
  return [
    {
      question: "When the score says 30%, do 30% convert?",
      answer: right.calibration(data),
      view: "v_calibration",
      draw: calibrationChart(data),
      key: [["dot series", "a group of scores"], ["bar-up", "95% interval"], ["line dashed", "exactly right"]],
      numbers: () => numbers.calibrationNumbers(data),
      span: 4,
    },
    { question: "Does it tell those who convert from those who do not?", answer: right.roc(data), view: "v_roc_pr_points", draw: rocChart(data), key: [["line series", "scores (ROC)"], ["line dashed", "by chance"]], numbers: () => numbers.pointNumbers(data), span: 4 },
    { question: "How many of those chosen convert?", answer: right.precision(data), view: "v_roc_pr_points", draw: precisionChart(data), key: [["line series", "precision by recall"], ["line dashed", everybody === null ? "everybody" : `everybody: ${percent(everybody)}`]], numbers: () => numbers.pointNumbers(data), span: 4 },
    {
      question: "Does it rank as well as when it was released?",
      answer: right.auc(data),
      view: "v_performance_daily",
      draw: aucChart(data),
      key: [["line series", "AUC by complete outcomes"], ["line second", "estimated without outcomes"], ["area band", "usual"], ...marks(metric(data, "auc"))],
      numbers: () => numbers.performanceNumbers((name) => name === "auc")(data),
    },
    { question: "Do the other measures agree with the model’s test?", answer: right.others(data), view: "v_performance_daily", draw: othersChart(data), key: [["line series", "by complete outcomes"], ["line dashed", "in the test"]], numbers: () => numbers.performanceNumbers((name) => name !== "auc")(data) },
  ];
}

function usefulPanels(data: Data): Panel[] {
  return [
    { question: "How many conversions does the top 10% hold?", answer: useful.gains(data), view: "v_gains_deciles", draw: gainsChart(data), numbers: () => numbers.decileNumbers(data), span: 6 },
    { question: "How much more often does each tenth convert?", answer: useful.lift(data), view: "v_gains_deciles", draw: liftChart(data), numbers: () => numbers.decileNumbers(data), span: 6 },
    {
      question: "Do conversions keep coming from high scores?",
      answer: useful.byWeek(data),
      view: "v_conversions_by_decile_daily",
      draw: weekChart(data),
      key: GROUPS.map((name, i) => [`cell d${i + 1}`, i === 0 ? `${name} of scores` : name]),
      numbers: () => numbers.weekNumbers(data),
      ...(useful.weeks(data).some((week) => week.days < 7) ? { note: "Pale weeks lack days, or outcomes of days." } : {}),
    },
  ];
}

function worldPanels(data: Data): Panel[] {
  const [low, amber] = world.limits(data).map((limit) => fixed(limit, 2).replace(/0$/, ""));
  const { left } = shown(data);
  return [
    { question: "Are the scores spread as they were?", answer: world.histogram(data), view: "v_score_histogram", draw: histogramChart(data), key: [["cell pale", "newest day"], ["line ink", "reference"]], numbers: () => numbers.scoreNumbers(data), note: "Heights are square roots, so that rare scores can be seen; so are scores where bars are narrow." },
    {
      question: "Which features drifted, and since when?",
      answer: world.drift(data),
      view: "v_drift_daily",
      draw: heatChart(data),
      key: [["cell good-1", `good, PSI up to ${low}`], ["cell good-2", `up to ${amber}`], ["cell good-3", `good, PSI over ${amber}`], ["cell drift-amber", WORDS.amber], ["cell drift-red", WORDS.red]],
      numbers: () => numbers.heatNumbers(data),
      note: `At the right, PSI of the newest day.${left > 0 ? ` ${plural(left, "feature")} with less drift ${left === 1 ? "is" : "are"} in the table of the next chart.` : ""}`,
    },
    { question: "How far are the ten that come first?", answer: world.topAnswer(data), view: "v_drift_daily", draw: topChart(data), key: [["line amber", "PSI, limit of Watch"], ["line red", "PSI, limit of Alert"]], numbers: () => numbers.driftNumbers(data), note: "PSI alone is no drift: the Jensen-Shannon distance has to be past its limit too, and chance must not explain it. A feature is also off when it is missing more often." },
  ];
}

function whomPanels(data: Data): Panel[] {
  return [{ question: "Is every group scored as well as the others?", answer: whom.segments(data), view: "v_segment_performance", draw: segmentChart(data), key: [["area band", "within the limits"], ["line dashed", "exactly right, or as everybody"], ...marks(data.rows("v_segment_performance"))], numbers: () => numbers.segmentNumbers(data) }];
}

function deliveryPanels(data: Data): Panel[] {
  return [
    { question: "Did the score reach the page?", answer: delivery.tag(data), view: "v_tag_daily", draw: tagChart(data), numbers: () => numbers.tagNumbers(data) },
    { question: "Did GA4 take the scores?", answer: delivery.activation(data), view: "v_activation_daily", draw: activationChart(data), key: [["line series", "accepted share"], ["line amber", "limit of Watch"], ...marks(data.rows("v_activation_daily"))], numbers: () => numbers.activationNumbers(data), span: 6 },
    { question: "Do browser and batch give the same score?", answer: delivery.parity(data), view: "v_parity_daily", draw: parityChart(data), key: [["line series", "equal, as far as they were told"], ...marks(data.rows("v_parity_daily"))], numbers: () => numbers.parityNumbers(data), span: 6 },
    { question: "Which model was in service?", answer: delivery.models(data), view: "v_model_versions", draw: modelChart(data), numbers: () => numbers.modelNumbers(data) },
  ];
}
