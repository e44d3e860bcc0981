/**
 * Seconds east of UTC in an IANA time zone at a moment (ms). An unknown zone is UTC.
 * Asking `Intl` takes tens of microseconds, so the answer is kept for the quarter of an hour: every change of
 * offset since 1972 falls on one.
 */
export function zone(name: string): (time: number) => number {
  let format: Intl.DateTimeFormat | undefined;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return () => 0;
  }
  const parts = format;
  let quarter = NaN;
  let offset = 0;
  return (time) => {
    const now = Math.floor(time / 900_000);
    if (now !== quarter) {
      quarter = now;
      const at: Record<string, number> = {};
      for (const part of parts.formatToParts(time)) at[part.type] = Number(part.value);
      const local = Date.UTC(at.year ?? 0, (at.month ?? 1) - 1, at.day, at.hour, at.minute, at.second);
      offset = (local - Math.floor(time / 1000) * 1000) / 1000;
    }
    return offset;
  };
}
