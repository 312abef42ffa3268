/**
 * What lies ahead of one key name: a walk along its keys, each the successor of the one before, as if an apply ran
 * whenever there is something for it to do.
 */

import type { CreateKey, RotateKey } from "./change.ts";
import type { DesiredKey } from "./desired.ts";
import { expiresAt, isUnexpired } from "./expiry.ts";
import { forecastEndings } from "./forecast-endings.ts";
import type { ForecastEntry, KeyOutlook } from "./forecast-entry.ts";
import { isHeldElsewhere } from "./held-elsewhere.ts";
import { latestGeneration } from "./key-group.ts";
import type { OwnedKey } from "./live.ts";
import { isWithoutOverlap } from "./overlap.ts";
import { rotationDueAt } from "./rotation.ts";

export interface KeyForecast {
  readonly entries: readonly ForecastEntry[];
  /** Whether there is more, left out because it goes on and on. */
  readonly isCut: boolean;
}

/** A key of the name, live or to come. */
interface KeyLife {
  readonly generation: number;
  readonly id?: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
}

interface Mint {
  readonly at: Date;
  readonly entries: readonly ForecastEntry[];
  readonly next: KeyLife;
}

/** Followed for one name at most. */
const MOST_MINTS = 100;

/** In no particular order, and with entries beyond `until`. */
export function forecastKey(outlook: KeyOutlook): KeyForecast {
  const { group, current, mint, hold, until } = outlook;
  const entries = [...forecastEndings(outlook)];
  const { desired } = group;
  if (!desired) return { entries, isCut: false };
  let life: KeyLife | undefined = current && lifeOf(current);
  if (mint) {
    const planned = plannedMint(outlook, desired, mint, life);
    entries.push(...planned.entries);
    life = planned.next;
  }
  if (!life) return { entries, isCut: false };
  if (!mint && isHeldElsewhere(desired, current))
    return { entries: [...entries, ...ends(group.name, life, ELSEWHERE)], isCut: false };
  if (hold !== undefined)
    return { entries: [...entries, ...heldBack(outlook, desired, life, hold)], isCut: false };
  let generation = Math.max(latestGeneration(group), life.generation);
  for (let count = 0; count < MOST_MINTS; count += 1) {
    generation += 1;
    const next: Mint | undefined = nextMint(group.name, desired, life, generation);
    if (!next) return { entries: [...entries, ...ends(group.name, life, "it ends for good")], isCut: false };
    if (next.at.getTime() > until.getTime()) return { entries, isCut: false };
    entries.push(...next.entries);
    life = next.next;
  }
  return { entries, isCut: true };
}

const ELSEWHERE = "not replaced: its value is held elsewhere";

const lifeOf = ({ id, marker, createdAt, expiresAt }: OwnedKey): KeyLife => ({
  generation: marker.generation,
  id,
  createdAt,
  ...(expiresAt !== undefined && { expiresAt }),
});

function mintedAt(generation: number, { expires }: DesiredKey, at: Date): KeyLife {
  const end = expiresAt(expires, at);
  return { generation, createdAt: at.toISOString(), ...(end !== undefined && { expiresAt: end }) };
}

/** What the next apply does: late where the schedule or the key's end asked for it before now. */
function plannedMint(
  { group, now }: KeyOutlook,
  desired: DesiredKey,
  mint: CreateKey | RotateKey,
  life: KeyLife | undefined,
): Mint {
  const generation = group.record?.intent?.generation ?? latestGeneration(group) + 1;
  const next = mintedAt(generation, desired, now);
  const isNew = mint.reasons.every(({ code }) => code === "new");
  if (isNew) return { at: now, entries: [], next };
  const message = `generation ${generation} is minted: ${mint.reasons.map((reason) => reason.message).join("; ")}`;
  const replaced = life ?? { generation: generation - 1, createdAt: now.toISOString() };
  const since = life && dueSince(desired, life, now);
  const entry = aRotation(group.name, replaced, since ?? now.toISOString(), message);
  const overlapMs = mint.action === "rotate" && isWithoutOverlap(mint) ? 0 : desired.rotation.overlapMs;
  return {
    at: now,
    entries: [
      since === undefined ? entry : { ...entry, what: "overdue" },
      ...(life ? retirement(group.name, life, now, overlapMs, generation) : []),
    ],
    next,
  };
}

/** The earliest date before `now` at which a new key was called for; undefined: the reason is no date. */
function dueSince(desired: DesiredKey, life: KeyLife, now: Date): string | undefined {
  const due = rotationDueAt(desired, life);
  const dates = [...(due ? [due.at] : []), ...(life.expiresAt === undefined ? [] : [life.expiresAt])];
  const passed = dates.map((date) => Date.parse(date)).filter((ms) => ms <= now.getTime());
  return passed.length === 0 ? undefined : new Date(Math.min(...passed)).toISOString();
}

/** Undefined: it ends without a successor, or never. */
function nextMint(name: string, desired: DesiredKey, life: KeyLife, generation: number): Mint | undefined {
  const due = rotationDueAt(desired, life);
  const endMs = life.expiresAt === undefined ? Infinity : Date.parse(life.expiresAt);
  if (due && Date.parse(due.at) < endMs) {
    const at = new Date(due.at);
    const message = `generation ${generation} takes over, ${due.rule}`;
    return {
      at,
      entries: [
        aRotation(name, life, due.at, message),
        ...retirement(name, life, at, desired.rotation.overlapMs, generation),
      ],
      next: mintedAt(generation, desired, at),
    };
  }
  if (endMs === Infinity || desired.expires.type === "at") return undefined;
  const at = new Date(endMs);
  return {
    at,
    entries: [
      ...ends(name, life, "nothing replaces it before it ends"),
      aRotation(name, life, at.toISOString(), `generation ${generation} is minted, once it has expired`),
      ...retirement(name, life, at, desired.rotation.overlapMs, generation),
    ],
    next: mintedAt(generation, desired, at),
  };
}

function aRotation(name: string, life: KeyLife, at: string, message: string): ForecastEntry {
  const end = life.expiresAt;
  const deadline = end !== undefined && Date.parse(end) > Date.parse(at) ? end : undefined;
  return {
    ...about(name, life),
    at,
    what: "rotates",
    needsApply: true,
    ...(deadline !== undefined && { deadline }),
    message,
  };
}

/** Of a key that is replaced at `at`. One that has expired by then is revoked all the same, to be out of the way. */
function retirement(
  name: string,
  life: KeyLife,
  at: Date,
  overlapMs: number,
  successor: number,
): readonly ForecastEntry[] {
  const retiresAt = new Date(at.getTime() + overlapMs);
  const message = `replaced by generation ${successor}`;
  const isCutShort = isUnexpired(life, at) && !isUnexpired(life, retiresAt);
  return [
    ...(isCutShort ? ends(name, life, `${message}; it ends before its overlap does`) : []),
    { ...about(name, life), at: retiresAt.toISOString(), what: "retires", needsApply: true, message },
  ];
}

/** Due or not, it stays, and so it ends. */
function heldBack(
  { group: { name }, now }: KeyOutlook,
  desired: DesiredKey,
  life: KeyLife,
  hold: string,
): readonly ForecastEntry[] {
  const since = dueSince(desired, life, now);
  const at = since ?? rotationDueAt(desired, life)?.at;
  const entry = at === undefined ? undefined : aRotation(name, life, at, `held back: ${hold}`);
  return [
    ...(entry ? [since === undefined ? entry : { ...entry, what: "overdue" as const }] : []),
    ...(isUnexpired(life, now) ? ends(name, life, `not replaced: ${hold}`) : []),
  ];
}

const ends = (name: string, life: KeyLife, message: string): readonly ForecastEntry[] =>
  life.expiresAt === undefined
    ? []
    : [{ ...about(name, life), at: life.expiresAt, what: "expires", needsApply: false, message }];

const about = (
  name: string,
  { generation, id }: KeyLife,
): Pick<ForecastEntry, "name" | "generation" | "id"> => ({
  name,
  generation,
  ...(id !== undefined && { id }),
});
