/** The end of a calendar day in a time zone, through every change of the clock (security check A11). */

const HOUR_MS = 3_600_000;

/**
 * The last millisecond of `date` (YYYY-MM-DD) in the IANA zone `timezone`; undefined when there is no such date or
 * zone. On a day whose last hour comes twice it is the second one; of a day that was skipped, what ended before it.
 */
export function endOfDay(date: string, timezone: string): Date | undefined {
  const wanted = Date.parse(`${date}T23:59:59.999Z`);
  const clock = localClock(timezone);
  if (!clock || Number.isNaN(wanted) || new Date(wanted).toISOString().slice(0, 10) !== date)
    return undefined;
  const candidates = [-26, 0, 26]
    .map((hours) => wanted + hours * HOUR_MS)
    .map((near) => wanted - (clock(near) - near))
    .filter((instant) => clock(instant) === wanted);
  return new Date(candidates.length > 0 ? Math.max(...candidates) : lastBefore(clock, wanted));
}

/** Local time at an instant, both as milliseconds since 1970. */
type LocalClock = (instant: number) => number;

/** The last instant whose local time is not after `wanted`, when `wanted` itself never comes. */
function lastBefore(clock: LocalClock, wanted: number): number {
  let low = wanted - 48 * HOUR_MS;
  let high = wanted + 48 * HOUR_MS;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (clock(middle) <= wanted) low = middle;
    else high = middle;
  }
  return low;
}

/** Building a format takes a thousand times longer than using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function localClock(timezone: string): LocalClock | undefined {
  const format = formats.get(timezone) ?? createFormat(timezone);
  if (!format) return undefined;
  formats.set(timezone, format);
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    const toSecond = Date.UTC(
      part("year"),
      part("month") - 1,
      part("day"),
      part("hour"),
      part("minute"),
      part("second"),
    );
    return toSecond + (((instant % 1000) + 1000) % 1000);
  };
}

export const isTimeZone = (timezone: string): boolean => createFormat(timezone) !== undefined;

/** Zones by name only: an offset such as `+02:00` says nothing about summer time. */
function createFormat(timezone: string): Intl.DateTimeFormat | undefined {
  if (!/^[A-Za-z]/.test(timezone)) return undefined;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
}
