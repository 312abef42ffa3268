/** A small world drawn at random: a few keys, one or two sinks, and what the manifests may come to say. */

import type { DesiredKey, DesiredState, Slot } from "../core/desired.ts";
import { DAY_MS, HOUR_MS } from "../core/duration.ts";
import type { KeyScope } from "../core/key-scope.ts";
import type { RoleRef } from "../core/role-ref.ts";
import type { StoreName } from "../stores/store-profile.ts";
import { fitState } from "./fit-state.ts";
import type { Scenario, SimulatedSink } from "./schedule.ts";
import type { SeededRandom } from "./seeded-random.ts";

const NAMES = ["a", "b", "c"] as const;
const STORES = ["keywright", "keywright", "cortex", "cortex-cloud"] as const;

export function randomScenario(random: SeededRandom): Scenario {
  const store = random.pick(STORES);
  const sinks = [randomSink(random, "local", 6), randomSink(random, "other", 3)];
  const states = [randomState(random)];
  const wanted = random.pick([1, 2, 2, 3, 4]);
  while (states.length < wanted) states.push(changed(random, successorOf(random, states), store));
  return {
    name: "random",
    store,
    sinks,
    states: states.map((state) => fitState(state, store)),
    maxRevocations: NAMES.length,
    rereadEvery: random.pick([0, 0, 3, 10]),
  };
}

/** One in so many is blind, and half of those can be inspected. */
const randomSink = (random: SeededRandom, name: string, oneIn: number): SimulatedSink =>
  random.oneIn(oneIn) ? { name, readable: false, inspectable: random.oneIn(2) } : { name, readable: true };

/** Nobody takes a rename back: both names would then have a key of their own, and only a person can say which goes. */
function successorOf(random: SeededRandom, states: readonly DesiredState[]): DesiredState {
  const last = states.at(-1);
  return last && hasRename(last) ? last : random.pick(states);
}

export const hasRename = ({ keys }: DesiredState): boolean =>
  keys.some(({ previousNames }) => previousNames.length > 0);

function randomState(random: SeededRandom): DesiredState {
  const keys = NAMES.slice(0, random.pick([1, 1, 2, 2, 3])).map((name) => randomKey(random, name));
  const state: DesiredState = { instance: "acme", keys, roles: [] };
  return random.oneIn(5) ? withRole(state) : state;
}

export const simulatedKey = (name: string, over: Partial<DesiredKey> = {}): DesiredKey => ({
  kind: "ApiKey",
  name,
  previousNames: [],
  owner: "platform",
  labels: { tier: "internal" },
  displayName: name,
  description: "",
  roles: [{ type: "default", role: "READ_ONLY" }],
  expires: { type: "after", ms: 90 * DAY_MS },
  rotation: { trigger: { type: "at", fraction: 0.66 }, overlapMs: DAY_MS },
  securityLevel: "standard",
  protected: false,
  deliverTo: [{ sink: "local", path: name }],
  origin: { file: `keys/${name}.yaml`, line: 1, column: 1 },
  ...over,
});

const randomKey = (random: SeededRandom, name: string): DesiredKey =>
  simulatedKey(name, { deliverTo: randomSlots(random, name), rotation: randomRotation(random) });

const randomRotation = (random: SeededRandom): DesiredKey["rotation"] => ({
  trigger: random.pick([
    { type: "at", fraction: 0.66 },
    { type: "every", ms: 30 * DAY_MS },
    { type: "disabled" },
  ] as const),
  overlapMs: random.pick([6 * HOUR_MS, DAY_MS, DAY_MS]),
});

function randomSlots(random: SeededRandom, name: string): readonly Slot[] {
  const local = { sink: "local", path: name };
  const other = { sink: "other", path: name };
  return random.pick([[local], [local], [local, other], [other]]);
}

/** The same state, but for one thing that somebody edits. */
function changed(random: SeededRandom, state: DesiredState, store: StoreName): DesiredState {
  const key = random.pick(state.keys);
  const edit = (over: Partial<DesiredKey>): DesiredState => ({
    ...state,
    keys: state.keys.map((each) => (each === key ? { ...key, ...over } : each)),
  });
  switch (random.below(store === "cortex-cloud" ? 13 : 10)) {
    case 0:
    case 1:
      return edit({ roles: random.pick(ROLES) });
    case 2:
      return edit({ rotation: { ...key.rotation, serial: (key.rotation.serial ?? 0) + 1 } });
    case 3:
      return edit({ displayName: `${key.name}, ${random.below(3)}` });
    case 4:
      return edit({ deliverTo: randomSlots(random, key.name) });
    case 5:
      return edit({ expires: { type: "after", ms: random.pick([60, 90]) * DAY_MS } });
    case 6:
      return edit(renamed(random, state, key));
    case 7:
      return state.keys.length > 1 ? { ...state, keys: state.keys.filter((each) => each !== key) } : state;
    case 8:
      return withRole(state);
    case 10:
      return edit({ securityLevel: random.pick(["standard", "advanced"]) });
    case 11:
    case 12:
      return edit({ scope: random.pick(SCOPES) });
    default:
      return withPolicy(state);
  }
}

const SCOPES: readonly KeyScope[] = [
  { assets: { mode: "no_scope" } },
  { assets: { mode: "scope", groupIds: [3, 7] }, endpointTags: { mode: "scope", names: ["lab"] } },
];

const ROLES: readonly (readonly RoleRef[])[] = [
  [{ type: "default", role: "READ_ONLY" }],
  [{ type: "default", role: "USER" }],
];

/** To a name that no state has had: a rename never joins two keys. */
function renamed(random: SeededRandom, { keys }: DesiredState, key: DesiredKey): Partial<DesiredKey> {
  const name = `${key.name}${random.below(100)}x`;
  if (keys.some((each) => each.name === name)) return {};
  return { name, displayName: name, previousNames: [key.name, ...key.previousNames] };
}

function withRole(state: DesiredState): DesiredState {
  const [first, ...others] = state.keys;
  if (!first || state.roles.length > 0) return state;
  const origin = { file: "roles/scanner.yaml", line: 1, column: 1 };
  const permissions = ["api_keys.read"];
  const role = {
    kind: "Role",
    name: "scanner",
    displayName: "Scanner",
    description: "",
    permissions,
    origin,
  } as const;
  const roles = [{ type: "custom", tag: "scanner" }] as const;
  return { ...state, roles: [role], keys: [{ ...first, roles }, ...others] };
}

const withPolicy = (state: DesiredState): DesiredState => ({
  ...state,
  policy: {
    kind: "SecurityPolicy",
    name: "policy",
    requireExpiration: true,
    maxLifetimeDays: 90,
    requireRotation: false,
    requireOwner: false,
    origin: { file: "policy.yaml", line: 1, column: 1 },
  },
});
