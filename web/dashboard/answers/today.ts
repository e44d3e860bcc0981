// Section 1: can I trust today's scores?
import type { Data } from "../data/document.ts";
import type { Volume } from "../data/views.ts";
import { type Check, health, isToday, lastStatus, latest, model, ofToday, text, until } from "../data/pick.ts";
import { age, count, date, fixed, index, list, MISSING, percent, plural, shortDate, weekday } from "../text/format.ts";
import { ofRun, type Status, status, WORDS, worst } from "../text/status.ts";
import { type Answer, answer, sentence, unknown } from "./answer.ts";
import { tagDays } from "./delivery.ts";
import { aucStatus, calibrationStatus, ratioNote } from "./right.ts";
import { besideVisitors, withRun } from "./volume.ts";
import { besideFeatures, driftStatus } from "./world.ts";

export interface Tile {
  label: string;
  value: string;
  note: string;
  status: Status | null;
  /** The section that says more. */
  section: string;
}

const HEADLINES: Record<Status, string> = {
  green: "Today’s scores can be trusted.",
  amber: "The scores can be used, but something needs a look.",
  red: "Do not rely on today’s scores before this is understood.",
  grey: "It is too early to judge the scores.",
};

/** The one status sentence. */
export function headline(data: Data): Answer {
  const row = health(data);
  if (!row) return unknown("Nothing has been scored yet.");
  const of = status(row.status);
  return answer(of, of ? HEADLINES[of] : "The scores have not been judged.");
}

/** Which day and model the figures of section 1 are of, where the charts below are of others. */
export function whose(data: Data): string {
  const row = health(data);
  if (!row || isToday(data)) return "";
  const [own, shown, to] = [row.model_version, model(data), until(data)];
  const of = own === shown ? "" : own === null ? "no model in service" : `model ${own}, which is in service`;
  const figures = [to === null ? "" : `of ${date(data.document.as_of ?? row.as_of)}`, of === "" ? "" : own === null ? `with ${of}` : `of ${of}`].filter(Boolean);
  const charts = [own === shown ? "" : `are of model ${shown}`, to === null ? "" : `end on ${date(to)}`].filter(Boolean);
  return `These are figures ${list(figures)}. The charts below ${list(charts)}.`;
}

/** Why, as the view gives it; shares are written as on the rest of the page. */
export function reason(data: Data): string {
  const why = shares(health(data)?.status_reason?.trim() ?? "");
  return why === "" || /[.!?]$/.test(why) ? sentence(why) : `${sentence(why)}.`;
}

const shares = (text: string): string => text.replaceAll(/(\d) %/g, "$1%");

/** The day whose figures opened an alert ends its name; a day may be looked at much later. */
const DAY = /\d{4}-\d\d-\d\d$/;

/** Alerts that are open, newest first. Figures of an alert are those of the day that opened it, and may be others today. */
export function openAlerts(data: Data): { status: Status; text: string }[] {
  const open = data.rows("v_alerts").filter((row) => row.closed_at === null && row.opened_at !== null);
  return open.sort((a, b) => text(b.opened_at, a.opened_at)).map((row) => ({
    status: row.severity === "red" || row.severity === "alert" || row.severity === "critical" ? "red" : "amber",
    text: `On ${date(DAY.exec(row.alert_id ?? "")?.[0] ?? row.opened_at)}: ${row.cause === null ? `${(row.rule ?? "an alert").replaceAll(/[_:]/g, " ")}${row.value === null ? "" : `, ${figure(row.value)} against a limit of ${figure(row.threshold)}`}` : shares(row.cause)}; open since then${row.acknowledged_at ? ", acknowledged" : ""}`,
  }));
}

const figure = (value: number | null): string =>
  value === null ? MISSING : Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(3))).replace("-", "−");

/** What the day brought, where scores have no usual day to be compared with. */
const came = (volume: Volume | undefined): string =>
  volume?.visitors == null || volume.median_28d === null ? "no usual day to compare with" : `${count(volume.visitors)} came on the day; usual: ${count(volume.median_28d)}`;

/** The six figures of the day. */
export function tiles(data: Data): Tile[] {
  const row = health(data);
  // What the views of the days say stands in only where they are of today, and of the model in service.
  const days = until(data) === null;
  const says = (check: Check, rows: () => Status | null | undefined, whole = days): Status | null => ofToday(data, check) ?? (whole ? (rows() ?? null) : null);
  const volume = days ? latest(data.rows("v_volume_daily"), "event_date").at(-1) : undefined;
  const parity = says("parity", () => lastStatus(data.rows("v_parity_daily")));
  const activation = says("activation", () => worst(latest(data.rows("v_activation_daily"), "event_date").map((one) => status(one.status))));
  const tag = days ? tagDays(data).at(-1) : undefined;
  const delivery = worst([parity, activation, says("tag", () => status(tag?.status))]);
  const drift = says("drift", () => driftStatus(data), isToday(data));
  const change = isToday(data) ? besideFeatures(data, drift) : "";
  const visitors = says("volume", () => status(volume?.status));
  const late = volume ? besideVisitors(visitors, volume) : "";
  /** What is good is so of another model, where the one in service has no outcomes. */
  const known = (of: Status | null, value: number | null | undefined): Status => (of === null || (of === "green" && value == null) ? "grey" : of);
  const run = row?.last_run_status ?? null;
  const usual = row?.visitors_median_28d ?? null;
  return [
    {
      label: "Last score",
      value: row?.hours_since_score == null ? MISSING : `${age(row.hours_since_score)} ago`,
      note: run ? `for ${shortDate(row!.last_score_date)}; the last run: ${run.replaceAll("_", " ")}` : "no run yet",
      status: withRun(ofToday(data, "freshness"), ofRun(run)) ?? "grey",
      section: "volume",
    },
    {
      label: "Visitors scored",
      value: count(row?.visitors_scored),
      note: `${usual === null ? came(volume) : `usual for a ${weekday(row!.as_of ?? row!.last_score_date ?? "")}: ${count(usual)}`}${late === "" ? "" : `; ${late}`}`,
      status: visitors ?? "grey",
      section: "volume",
    },
    {
      label: "Calibration",
      value: fixed(row?.calibration_ratio, 2),
      note: ratioNote(data),
      status: known(says("calibration", () => calibrationStatus(data), isToday(data)), row?.calibration_ratio),
      section: "right",
    },
    {
      label: "Ranking (AUC)",
      value: fixed(row?.auc_realised ?? row?.auc_estimated, 3),
      note: row?.auc_realised != null ? `estimated for today: ${fixed(row.auc_estimated, 3)}` : row?.auc_estimated != null ? "estimated; no outcomes yet" : "no outcomes are complete",
      status: known(says("auc", () => aucStatus(data), isToday(data)), row?.auc_realised),
      section: "right",
    },
    {
      label: "Drift (PSI)",
      value: index(row?.worst_psi),
      note: `${row?.worst_psi_feature ?? "nothing to compare with"}${change === "" ? "" : `; ${change}`}`,
      status: drift ?? "grey",
      section: "world",
    },
    {
      label: "Delivery",
      value: percent(row?.parity_share),
      note: [
        row?.parity_share == null ? "no browser’s score came back" : "the same in browser and batch",
        row?.activation_accepted_share == null ? "nothing sent to GA4" : `GA4 took ${percent(row.activation_accepted_share)}`,
        ...(tag?.signature_failures ? [`the signature failed on ${plural(tag.signature_failures, "page")}`] : []),
      ].join("; "),
      status: delivery === "green" && (parity === null || parity === "grey") ? "grey" : (delivery ?? "grey"),
      section: "delivery",
    },
  ];
}

/** A cell of today's row: statuses as words, days as days, numbers with six digits. */
export function cell(name: string, value: unknown): string {
  if (value === null || value === undefined) return MISSING;
  if (typeof value === "number") return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(6))).replace("-", "−");
  const word = String(value);
  const of = name.startsWith("status") ? status(word) : null;
  return of === null ? (/^\d{4}-\d\d-\d\d$/.test(word) ? date(word) : word) : WORDS[of];
}
