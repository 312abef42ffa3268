/** Somebody's own manifests as a scenario: a sample of their keys, and what may be pushed after them. */

import type { DesiredKey, DesiredState, Expires } from "../core/desired.ts";
import { HOUR_MS } from "../core/duration.ts";
import type { Random } from "../core/ports.ts";
import type { StoreName } from "../stores/store-profile.ts";
import type { Scenario, SimulatedSink } from "./schedule.ts";

export interface ManifestsSetting {
  readonly desired: DesiredState;
  /** Every sink of the configuration. */
  readonly sinks: readonly SimulatedSink[];
  readonly store: StoreName;
  readonly maxRevocations: number;
  /** Names that the configuration protects, besides those that protect themselves. */
  readonly protectedKeys: readonly string[];
  /** When the manifests were read. */
  readonly readAt: Date;
}

/** So many keys are simulated side by side: more of them multiply the ways, not what is found. */
export const KEYS_AT_ONCE = 5;

/** `beginning`: of simulated time. */
export function manifestsScenario(setting: ManifestsSetting, random: Random, beginning: Date): Scenario {
  const { desired, sinks, store, maxRevocations, protectedKeys, readAt } = setting;
  const keys = sample(desired.keys, KEYS_AT_ONCE, random).map((key) => ({
    ...key,
    protected: key.protected || protectedKeys.includes(key.name),
    expires: moved(key.expires, readAt, beginning),
  }));
  const used = new Set(keys.flatMap(({ deliverTo }) => deliverTo.map(({ sink }) => sink)));
  return {
    name: "own manifests",
    store,
    sinks: sinks.filter(({ name }) => used.has(name)),
    states: statesOf(keysAlone(desired, keys)),
    maxRevocations,
    rereadEvery: 0,
  };
}

/** Without what is no key and no key needs. */
function keysAlone({ instance, roles, policy }: DesiredState, keys: readonly DesiredKey[]): DesiredState {
  const state = { instance, keys, roles: rolesOf({ roles }, keys) };
  return policy ? { ...state, policy } : state;
}

/** What the manifests say, and what a push may make of it; `keys[0]` is any key, as the sample is drawn. */
function statesOf(state: DesiredState): readonly DesiredState[] {
  const [first, ...others] = state.keys;
  if (!first) return [state];
  const serial = (first.rotation.serial ?? 0) + 1;
  const withFirst = (change: Partial<DesiredKey>): DesiredState => ({
    ...state,
    keys: [{ ...first, ...change }, ...others],
  });
  return [
    state,
    withFirst({ rotation: { ...first.rotation, serial } }),
    withFirst({ displayName: `${first.displayName}, changed` }),
    ...(others.length > 0 ? [{ ...state, keys: others }] : []),
    { ...state, keys: [], roles: [] },
  ];
}

/** The custom roles that a key of the sample has: another's would be a change beside the point. */
function rolesOf({ roles }: Pick<DesiredState, "roles">, keys: readonly DesiredKey[]): DesiredState["roles"] {
  const tags = new Set(
    keys.flatMap((key) => key.roles.flatMap((ref) => (ref.type === "custom" ? ref.tag : []))),
  );
  return roles.filter(({ name }) => tags.has(name));
}

/** As much life as it has now, from the beginning of simulated time on. */
function moved(expires: Expires, readAt: Date, beginning: Date): Expires {
  if (expires.type !== "at") return expires;
  const lifeMs = Date.parse(expires.instant) - readAt.getTime();
  const wholeHoursMs = Math.floor(lifeMs / HOUR_MS) * HOUR_MS;
  return { type: "at", instant: new Date(beginning.getTime() + wholeHoursMs).toISOString() };
}

function sample<T>(items: readonly T[], count: number, random: Random): readonly T[] {
  const left = [...items];
  const drawn: T[] = [];
  while (drawn.length < count && left.length > 0) {
    const [byte = 0, next = 0] = random.bytes(2);
    drawn.push(...left.splice((byte * 256 + next) % left.length, 1));
  }
  return drawn;
}
