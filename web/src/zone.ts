/**
 * Seconds east of UTC in an IANA time zone at a moment (ms). An unknown zone is UTC.
 * Asking `Intl` takes tens of microseconds, so the answer is kept for the quarter of an hour: every change of
 * offset since 1972 falls on one.
 */
export function zone(name: string): (time: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch {
    return () => 0;
  }
  let quarter = NaN;
  let offset = 0;
  return (time) => {
    const now = Math.floor(time / 900_000);
    if (now !== quarter) {
      quarter = now;
      // `GMT+05:45`, and `GMT` alone for none.
      const [, hours, minutes] = /GMT(.\d+):(\d+)/.exec(format.format(time)) ?? [];
      offset = Number(hours ?? 0) * 3600 + Number((hours?.[0] ?? "") + (minutes ?? 0)) * 60;
    }
    return offset;
  };
}
