// Numbers and dates as the page writes them. What is missing is an en dash.

export const MISSING = "–";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

type Maybe = number | null | undefined;
const known = (value: Maybe): value is number => typeof value === "number" && Number.isFinite(value);
const grouped = (digits: number) => new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const FIXED = [0, 1, 2, 3, 4, 5].map(grouped);

/** `18,204`. */
export const count = (value: Maybe): string => fixed(value, 0);

/** With so many decimals; a minus sign where it is less than 0. */
export function fixed(value: Maybe, digits: number): string {
  return known(value) ? FIXED[digits]!.format(value).replace("-", "−").replace(/^−(0(\.0+)?)$/, "$1") : MISSING;
}

const UNITS: [unit: string, by: number][] = [["bn", 1e9], ["M", 1e6], ["k", 1e3], ["", 1]];

/** `18.2k`, for axes: three digits, in the unit that they are rounded to. */
export function short(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const [unit, by] = UNITS.find(([, by]) => Math.abs(rounded) >= by) ?? ["", 1];
  return `${Number((rounded / by).toPrecision(3))}${unit}`;
}

/** A share of 1 as `31.4%`; never rounded to 100% or 0% where it is not that. */
export function percent(value: Maybe): string {
  if (!known(value)) return MISSING;
  const per = value * 100;
  if (per > 0 && per < 0.01) return "<0.01%";
  if (per > 99.9 && per < 100) return per > 99.99 ? ">99.99%" : `${(Math.floor(per * 100) / 100).toFixed(2)}%`;
  const digits = per !== 0 && Math.abs(per) < 1 ? 2 : 1;
  return `${fixed(per, digits).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")}%`;
}

/** A difference in bits of a score: `4e-8`. */
export function tiny(value: Maybe): string {
  if (!known(value)) return MISSING;
  return value === 0 || Math.abs(value) >= 0.001 ? fixed(value, value === 0 ? 0 : 4) : value.toExponential(0).replace("-", "−");
}

/** PSI and its like. */
export function index(value: Maybe): string {
  return known(value) && value > 0 && value < 0.005 ? "<0.01" : fixed(value, 2);
}

/** `1 visitor`, `18,204 visitors`. */
export function plural(value: Maybe, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const parts = (iso: string) => {
  const [year, month, day] = iso.slice(0, 10).split("-").map(Number);
  return { year: year!, month: MONTHS[month! - 1] ?? "?", day: day! };
};

/** `24 Nov 2026`. */
export function date(iso: string | null | undefined): string {
  if (!iso) return MISSING;
  const { year, month, day } = parts(iso);
  return `${day} ${month} ${year}`;
}

/** `24 Nov`. */
export function shortDate(iso: string | null | undefined): string {
  return iso ? date(iso).replace(/ \d+$/, "") : MISSING;
}

export function weekday(iso: string): string {
  return DAYS[new Date(`${iso.slice(0, 10)}T00:00:00Z`).getUTCDay()] ?? "day";
}

/** `1 to 28 Oct 2026`, with month and year where they differ. */
export function range(from: string | null, to: string | null): string {
  if (!from || !to || from === to) return date(to ?? from);
  const [a, b] = [parts(from), parts(to)];
  const start = a.year !== b.year ? date(from) : a.month !== b.month ? shortDate(from) : String(a.day);
  return `${start} to ${date(to)}`;
}

/** Days as `3 Nov, 5 to 7 Nov`, at most `most` of them, then how many more. */
export function days(all: string[], most = 4): string {
  const runs: [string, string][] = [];
  for (const day of [...all].sort()) {
    const last = runs.at(-1);
    if (last && Date.parse(day) - Date.parse(last[1]) <= 86_400_000) last[1] = day;
    else runs.push([day, day]);
  }
  const said = runs.slice(0, most).map(([from, to]) => (from === to ? shortDate(from) : range(from, to).replace(/ \d+$/, "")));
  if (runs.length > most) said.push(`${runs.length - most} more`);
  return list(said);
}

/** `a, b and c`. */
export function list(all: string[]): string {
  return all.length < 2 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

/** `05:14` by the clocks of the site; null where it is no time. */
export function clock(instant: string | null, zone: string): string | null {
  const time = instant === null ? NaN : Date.parse(instant);
  if (Number.isNaN(time)) return null;
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hour12: false };
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }).format(time);
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }).format(time);
  }
}

/** The site's day of a moment, as ISO text. */
export function siteDay(instant: string | null, zone: string): string | null {
  const time = instant === null ? NaN : Date.parse(instant);
  if (Number.isNaN(time)) return null;
  const options: Intl.DateTimeFormatOptions = { year: "numeric", month: "2-digit", day: "2-digit" };
  try {
    return new Intl.DateTimeFormat("sv-SE", { ...options, timeZone: zone }).format(time);
  } catch {
    return new Date(time).toISOString().slice(0, 10);
  }
}

/** `40 min`, `9 h`, `3 days`; of what is to come, by a clock that is behind, no time. */
export function age(hours: Maybe): string {
  if (!known(hours)) return MISSING;
  if (hours < 1) return `${Math.round(Math.max(hours, 0) * 60)} min`;
  return hours < 72 ? `${Math.round(hours)} h` : `${Math.floor(hours / 24)} days`;
}

/** `420 ms`, `48 s`, `3 min 12 s`, `1 h 4 min`. */
export function duration(seconds: Maybe): string {
  if (!known(seconds)) return MISSING;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  const minutes = Math.floor((whole % 3600) / 60);
  return `${Math.floor(whole / 3600)} h${minutes ? ` ${minutes} min` : ""}`;
}
