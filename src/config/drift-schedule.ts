/**
 * A cron schedule: when it fires, and the longest time that it stays silent.
 *
 * Asking for every firing of a year takes half a minute for a schedule that fires each minute, so the year is walked in
 * leaps: from a firing to the last one within the longest silence found so far, for between those two no silence is longer.
 * A schedule that is never silent for 6 hours fires every day, at the same times of the clock each day: there two days tell
 * all, and the days around each change of the clock.
 */

import { Cron } from "croner";
import { DAY_MS, HOUR_MS } from "../core/duration.ts";

export interface DriftSchedule {
  /** When it fires next; undefined: never again. A time of the day that a change of the clock skips or repeats fires once. */
  nextAfter(from: Date): Date | undefined;
  /** The longest time between two firings, from the last one before `from` on, and for a year. */
  longestSilence(from: Date): Silence;
}

export interface Silence {
  readonly from: Date;
  /** Absent: it never fires again. */
  readonly until?: Date;
  readonly ms: number;
}

const YEAR_MS = 366 * DAY_MS;
const LEAP_MS = 6 * HOUR_MS;

/** Text says what is wrong with the expression. `timeZone` exists. */
export function createDriftSchedule(schedule: string, timeZone: string): DriftSchedule | string {
  if (schedule.trim().split(/\s+/).length !== 5) return "it does not have five fields";
  if (schedule.includes("?")) return "? is another time with every start";
  let cron: Cron;
  try {
    cron = new Cron(schedule, { mode: "5-part", timezone: timeZone, paused: true });
  } catch (error) {
    return plainText(error);
  }
  if (!cron.nextRun(EPOCH)) return "that date never comes";
  return {
    nextAfter: (from) => cron.nextRun(from) ?? undefined,
    longestSilence: (from) =>
      remembered(`${schedule}\n${timeZone}\n${Math.floor(from.getTime() / HOUR_MS)}`, () =>
        longestSilence(cron, timeZone, from),
      ),
  };
}

/** For whoever asks again within the hour: one that fires each minute takes a second to look through. */
const silences = new Map<string, Silence>();
const MOST_REMEMBERED = 16;

function remembered(question: string, find: () => Silence): Silence {
  const known = silences.get(question);
  if (known) return known;
  if (silences.size >= MOST_REMEMBERED) silences.clear();
  const found = find();
  silences.set(question, found);
  return found;
}

const EPOCH = new Date(0);

/** `CronPattern: Invalid value for minute: 61` without its first word. */
const plainText = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/^\w+: /, "") : "it cannot be read";

function longestSilence(cron: Cron, timeZone: string, from: Date): Silence {
  const end = new Date(from.getTime() + YEAR_MS);
  const long = leap(cron, from, end, { from, until: from, ms: LEAP_MS });
  if (long.ms > LEAP_MS) return long;
  const days = [from, ...clockChanges(timeZone, from, end)];
  return days
    .map((day) => new Date(day.getTime() - DAY_MS))
    .map((day) => step(cron, day, new Date(day.getTime() + 3 * DAY_MS)))
    .reduce((longest, silence) => (silence.ms > longest.ms ? silence : longest));
}

/** The longest silence above `floor` that begins between `start` and `end`; `floor` when there is none. */
function leap(cron: Cron, start: Date, end: Date, floor: Silence): Silence {
  let longest = floor;
  let at = cron.previousRuns(1, start)[0] ?? cron.nextRun(start);
  while (at && at < end) {
    const [last] = cron.previousRuns(1, new Date(at.getTime() + longest.ms + 1));
    if (last && last > at) at = last;
    else {
      const silence = silenceAfter(cron, at);
      if (silence.ms > longest.ms) longest = silence;
      at = silence.until ?? null;
    }
  }
  return longest;
}

/** From firing to firing. */
function step(cron: Cron, start: Date, end: Date): Silence {
  let longest: Silence = { from: start, until: start, ms: 0 };
  let at = cron.nextRun(start);
  while (at && at < end) {
    const silence = silenceAfter(cron, at);
    if (silence.ms > longest.ms) longest = silence;
    at = silence.until ?? null;
  }
  return longest;
}

function silenceAfter(cron: Cron, from: Date): Silence {
  const until = cron.nextRun(from);
  return until ? { from, until, ms: until.getTime() - from.getTime() } : { from, ms: Infinity };
}

/** Instants within half a day of which the clocks of `timeZone` are put forward or back. */
function clockChanges(timeZone: string, from: Date, end: Date): readonly Date[] {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const offsetAt = (ms: number): string | undefined =>
    format.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value;
  const changes: Date[] = [];
  for (let ms = from.getTime(); ms < end.getTime(); ms += DAY_MS) {
    if (offsetAt(ms) !== offsetAt(ms + DAY_MS)) changes.push(new Date(ms + DAY_MS / 2));
  }
  return changes;
}
