// Section 1: can I trust today's scores?
import type { Data } from "../data/document.ts";
import type { Volume } from "../data/views.ts";
import { checked, health, lastStatus, latest, text } from "../data/pick.ts";
import { age, count, date, fixed, index, MISSING, percent, plural, shortDate, weekday } from "../text/format.ts";
import { ofRun, type Status, status, worst } from "../text/status.ts";
import { type Answer, answer, sentence, unknown } from "./answer.ts";
import { tagDays } from "./delivery.ts";
import { aucStatus, calibrationStatus } from "./right.ts";
import { driftStatus } from "./world.ts";

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

/** Why, as the view gives it. */
export function reason(data: Data): string {
  const why = health(data)?.status_reason?.trim() ?? "";
  return why === "" || /[.!?]$/.test(why) ? sentence(why) : `${sentence(why)}.`;
}

/** The day whose figures opened an alert ends its name; a day may be looked at much later. */
const DAY = /\d{4}-\d\d-\d\d$/;

/** Alerts that are open, newest first. */
export function openAlerts(data: Data): { status: Status; text: string }[] {
  const open = data.rows("v_alerts").filter((row) => row.closed_at === null && row.opened_at !== null);
  return open.sort((a, b) => text(b.opened_at, a.opened_at)).map((row) => ({
    status: row.severity === "red" || row.severity === "alert" || row.severity === "critical" ? "red" : "amber",
    text: `${row.cause ?? `${(row.rule ?? "an alert").replaceAll(/[_:]/g, " ")}${row.value === null ? "" : `, ${figure(row.value)} against a limit of ${figure(row.threshold)}`}`}, since ${date(DAY.exec(row.alert_id ?? "")?.[0] ?? row.opened_at)}${row.acknowledged_at ? ", acknowledged" : ""}`,
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
  const volume = latest(data.rows("v_volume_daily"), "event_date").at(-1);
  const parity = checked(data, "parity") ?? lastStatus(data.rows("v_parity_daily"));
  const activation = checked(data, "activation") ?? worst(latest(data.rows("v_activation_daily"), "event_date").map((one) => status(one.status)));
  const tag = tagDays(data).at(-1);
  const delivery = worst([parity, activation, checked(data, "tag") ?? status(tag?.status)]);
  const run = row?.last_run_status ?? null;
  const usual = row?.visitors_median_28d ?? null;
  return [
    {
      label: "Last score",
      value: row?.hours_since_score == null ? MISSING : `${age(row.hours_since_score)} ago`,
      note: run ? `for ${shortDate(row!.last_score_date)}; the last run: ${run.replaceAll("_", " ")}` : "no run yet",
      status: checked(data, "freshness") ?? ofRun(run) ?? "grey",
      section: "volume",
    },
    {
      label: "Visitors scored",
      value: count(row?.visitors_scored),
      note: usual === null ? came(volume) : `usual for a ${weekday(row!.as_of ?? row!.last_score_date ?? "")}: ${count(usual)}`,
      status: checked(data, "volume") ?? status(volume?.status) ?? "grey",
      section: "volume",
    },
    {
      label: "Calibration",
      value: fixed(row?.calibration_ratio, 2),
      note: row?.calibration_ratio == null ? "no outcomes are complete" : "predicted over observed; 1.00 is exactly right",
      status: calibrationStatus(data) ?? "grey",
      section: "right",
    },
    {
      label: "Ranking (AUC)",
      value: fixed(row?.auc_realised ?? row?.auc_estimated, 3),
      note: row?.auc_realised != null ? `estimated for today: ${fixed(row.auc_estimated, 3)}` : row?.auc_estimated != null ? "estimated; no outcomes yet" : "no outcomes are complete",
      status: aucStatus(data) ?? "grey",
      section: "right",
    },
    {
      label: "Drift (PSI)",
      value: index(row?.worst_psi),
      note: row?.worst_psi_feature ?? "nothing to compare with",
      status: driftStatus(data) ?? "grey",
      section: "world",
    },
    {
      label: "Delivery",
      value: percent(row?.parity_share),
      note: [
        row?.parity_share == null ? "no browser’s score came back" : "the same in browser and batch",
        row?.activation_accepted_share == null ? "nothing sent to GA4" : `GA4 took ${percent(row.activation_accepted_share)}`,
        ...(tag?.signature_failures ? [`${plural(tag.signature_failures, "signature")} failed`] : []),
      ].join("; "),
      status: delivery === "green" && (parity === null || parity === "grey") ? "grey" : (delivery ?? "grey"),
      section: "delivery",
    },
  ];
}
