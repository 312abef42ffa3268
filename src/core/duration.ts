/** Durations as manifests write them: `30m`, `24h`, `90d`. A day is 24 hours. */

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const MINUTE_MS = UNIT_MS.m;
export const HOUR_MS = UNIT_MS.h;
export const DAY_MS = UNIT_MS.d;

/** Milliseconds, or undefined when `text` is not a positive whole number with a unit of m, h or d. */
export function parseDuration(text: string): number | undefined {
  const match = /^([1-9]\d{0,5})([mhd])$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** The shortest spelling, to the minute, rounded up: `90d`, `36h`, `15m`; `0m` for none. */
export function renderDuration(ms: number): string {
  const minutes = Math.ceil(ms / UNIT_MS.m);
  const wholeMs = minutes * UNIT_MS.m;
  if (minutes !== 0 && wholeMs % UNIT_MS.d === 0) return `${wholeMs / UNIT_MS.d}d`;
  if (minutes !== 0 && wholeMs % UNIT_MS.h === 0) return `${wholeMs / UNIT_MS.h}h`;
  return `${minutes}m`;
}

/** `59 days`, `47 h`, `12 min`, `less than a minute`: rounded down, so that what is left is never overstated. */
export function renderSpan(ms: number): string {
  if (ms < MINUTE_MS) return "less than a minute";
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} days`;
}
