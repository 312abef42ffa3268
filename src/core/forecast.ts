/** What happens when, from the present facts on: what `keywright forecast` shows. */

import type { Blocked } from "./blocked.ts";
import type { Change, RevokeKey } from "./change.ts";
import type { DesiredKey } from "./desired.ts";
import { DAY_MS } from "./duration.ts";
import { isPast } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import type { ForecastEntry, ForecastWhat } from "./forecast-entry.ts";
import { forecastKey } from "./forecast-key.ts";
import { compareText } from "./issue.ts";
import { currentOf, groupKeys, type KeyGroup } from "./key-group.ts";
import type { Plan } from "./plan.ts";

export interface Forecast {
  /** Instants are ISO 8601. */
  readonly from: string;
  readonly until: string;
  /** By date, then by name. */
  readonly entries: readonly ForecastEntry[];
  /** Names with more to tell than fits, sorted: what follows their last entry is left out. */
  readonly cut: readonly string[];
}

export interface ForecastOptions {
  readonly days: number;
  /** As the configuration has them. */
  readonly protectedKeys: readonly string[];
}

/** `plan`: made from these very facts. It follows the consequences: a rotation has a retirement, and a next rotation. */
export function forecast(
  facts: Facts,
  plan: Pick<Plan, "changes" | "blocked">,
  { days, protectedKeys }: ForecastOptions,
): Forecast {
  const { now } = facts;
  const until = new Date(now.getTime() + days * DAY_MS);
  const ofName = changesByName(plan.changes);
  const held = new Map(plan.blocked.filter(({ kind }) => kind === "ApiKey").map((each) => [each.name, each]));
  const revoked = new Set(plan.changes.filter(isRevocation).map(({ key }) => key.id));
  const groups = groupKeys(facts.desired, facts.live.keys, facts.records);
  const keys = groups.map((group) => {
    const mint = ofName.get(group.name)?.find(isMint);
    const hold = holdOf(group, held.get(group.name), protectedKeys, now);
    const outlook = { group, current: currentOf(group), mint, revoked, hold, now, until };
    return { name: group.name, ...forecastKey(outlook) };
  });
  return {
    from: now.toISOString(),
    until: until.toISOString(),
    entries: keys
      .flatMap(({ entries }) => entries)
      .filter(({ at }) => Date.parse(at) <= until.getTime())
      .sort(byDate),
    cut: keys.filter(({ isCut }) => isCut).map(({ name }) => name),
  };
}

function changesByName(changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  const groups = new Map<string, Change[]>();
  for (const change of changes) groups.set(change.name, [...(groups.get(change.name) ?? []), change]);
  return groups;
}

const isRevocation = (change: Change): change is RevokeKey =>
  change.kind === "ApiKey" && change.action === "revoke";

const isMint = (change: Change): change is Extract<Change, { reasons: unknown }> =>
  change.kind === "ApiKey" && (change.action === "create" || change.action === "rotate");

/** Why no apply rotates the key by itself. */
function holdOf(
  { name, desired, record }: KeyGroup,
  blocked: Blocked | undefined,
  protectedKeys: readonly string[],
  now: Date,
): string | undefined {
  if (blocked) return `${blocked.code}: ${blocked.message}`;
  if (desired && isPast(desired.expires, now)) return "the end date of its manifest has passed";
  const isProtected = isDeclaredProtected(desired) || record?.protected || protectedKeys.includes(name);
  return isProtected ? `it is protected: only with --allow ${name}` : undefined;
}

const isDeclaredProtected = (desired: DesiredKey | undefined): boolean => desired?.protected ?? false;

const ORDER: Readonly<Record<ForecastWhat, number>> = { overdue: 0, expires: 1, rotates: 2, retires: 3 };

const byDate = (a: ForecastEntry, b: ForecastEntry): number =>
  Date.parse(a.at) - Date.parse(b.at) ||
  compareText(a.name, b.name) ||
  a.generation - b.generation ||
  ORDER[a.what] - ORDER[b.what];
