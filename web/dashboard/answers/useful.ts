// Section 4: what do I gain by targeting the top 10 %?
import type { Data } from "../data/document.ts";
import { addDays, checked, daily, lastWindow, latest, monday, newest, ofModel, whose } from "../data/pick.ts";
import { count, date, fixed, percent, range } from "../text/format.ts";
import { type Answer, answer, unknown } from "./answer.ts";

/** Deciles of the newest window; 1 has the highest scores. */
export const deciles = (data: Data) => lastWindow(data, "v_gains_deciles").sort((a, b) => (a.decile ?? 0) - (b.decile ?? 0));

/** Rows of the lift are not judged one by one. */
export const liftStatus = (data: Data) => checked(data, "lift");

export function gains(data: Data): Answer {
  const rows = deciles(data);
  const top = rows[0];
  if (top?.cum_conversions_share == null) return unknown("No outcomes are complete.");
  const half = rows.find((row) => (row.cum_conversions_share ?? 0) >= 0.8);
  const also = half && half !== top ? ` The highest ${percent(half.cum_visitors_share)} hold ${percent(half.cum_conversions_share)}.` : "";
  return answer(liftStatus(data), `The highest ${percent(top.cum_visitors_share)} of scores hold ${percent(top.cum_conversions_share)} of the conversions.${also} Outcomes of ${range(top.window_start, top.window_end)}.${whose(data, top)}`);
}

export function lift(data: Data): Answer {
  const rows = deciles(data);
  const top = rows[0];
  if (top?.lift == null) return unknown("No outcomes are complete.");
  const broken = rows.find((row, i) => i > 0 && (row.conversion_rate ?? 0) > (rows[i - 1]!.conversion_rate ?? 0));
  const chance = liftStatus(data) === "green" ? "; chance explains it" : "";
  const order = broken ? ` Group ${broken.decile} converts more often than group ${broken.decile! - 1}, which has higher scores${chance}.` : " No group converts more often than the one before it.";
  const reference = daily(data, ofModel(data, top.model_version, "lift")).findLast((row) => row.ref_mean !== null)?.ref_mean ?? null;
  const against = reference === null ? "" : ` At the release it was ${fixed(reference, 1)}.`;
  return answer(liftStatus(data), `The first group converts ${fixed(top.lift, 1)} times as often as everybody (${percent(top.conversion_rate)} of ${count(top.visitors)} scores).${against}${order}${whose(data, top)}`);
}

/** `days` of the week have rows. */
export interface Week { week: string; decile: number; conversions: number; days: number }

/** Counts by week, from Monday, and decile. */
export function weeks(data: Data): Week[] {
  const sums = new Map<string, Week>();
  for (const decile of Array.from({ length: 10 }, (_, i) => i + 1)) {
    for (const row of daily(data, data.rows("v_conversions_by_decile_daily").filter((one) => one.decile === decile))) {
      const week = monday(row.event_date!);
      const sum = sums.get(`${week}/${decile}`) ?? { week, decile, conversions: 0, days: 0 };
      sum.conversions += row.conversions ?? 0;
      sum.days += 1;
      sums.set(`${week}/${decile}`, sum);
    }
  }
  return [...sums.values()].sort((a, b) => (a.week < b.week ? -1 : a.week > b.week ? 1 : a.decile - b.decile));
}

export function byWeek(data: Data): Answer {
  const every = weeks(data);
  // Outcomes of a week that is not over would look like fewer conversions.
  const whole = every.filter((row) => row.days === 7);
  const all = whole.length > 0 ? whole : every;
  const last = newest(all, "week");
  const rows = latest(all, "week");
  const sum = rows.reduce((n, row) => n + row.conversions, 0);
  if (last === null || sum === 0) return unknown("No conversions have been joined to scores yet.");
  const top = rows.filter((row) => row.decile <= 2).reduce((n, row) => n + row.conversions, 0);
  const week = whole.length > 0 ? `whole week (${range(last, addDays(last, 6))})` : `week, of which not all days are known (from ${date(last)}),`;
  return answer(null, `In the newest ${week} the highest fifth of scores held ${count(top)} of the ${count(sum)} that came true.`);
}
