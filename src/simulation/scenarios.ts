/** The scenarios of the exhaustive layer: each comes to one run that is attacked. */

import type { DesiredKey, DesiredPolicy, DesiredRole } from "../core/desired.ts";
import { DAY_MS } from "../core/duration.ts";
import { simulatedKey } from "./random-scenario.ts";
import { STORE_PROFILES, type StoreName } from "../stores/store-profile.ts";
import { fitState } from "./fit-state.ts";
import { IN_PLACE_WAYS } from "./in-place-ways.ts";
import { MARKER_WAYS } from "./marker-ways.ts";
import type { Scenario, SimulatedSink, Step } from "./schedule.ts";
import { BACK, happens, keyA, PUSH, RUN, stateOfKeys, TURNED, type Way } from "./way.ts";

export interface AttackedScenario {
  readonly scenario: Scenario;
  /** Up to the attacked run, which comes last. */
  readonly steps: readonly Step[];
}

const SINKS: readonly SimulatedSink[] = [
  { name: "local", readable: true },
  { name: "other", readable: true },
];
const ONE_BLIND: readonly SimulatedSink[] = [
  { name: "local", readable: true },
  { name: "other", readable: false },
];
const ONE_INSPECTABLE: readonly SimulatedSink[] = [
  { name: "local", readable: true },
  { name: "other", readable: false, inspectable: true },
];
const BOTH = [
  { sink: "local", path: "a" },
  { sink: "other", path: "a" },
];
const ELSEWHERE = [{ sink: "other", path: "x" }];
const ADMIN = [{ type: "default", role: "ADMIN" }] as const;
const SCANNER = [{ type: "custom", tag: "scanner" }] as const;

const state = stateOfKeys;
const key = keyA;

const role: DesiredRole = {
  kind: "Role",
  name: "scanner",
  displayName: "Scanner",
  description: "",
  permissions: ["api_keys.read"],
  origin: { file: "roles/scanner.yaml", line: 1, column: 1 },
};

const policy: DesiredPolicy = {
  kind: "SecurityPolicy",
  name: "policy",
  requireExpiration: true,
  maxLifetimeDays: 90,
  requireRotation: false,
  requireOwner: false,
  origin: { file: "policy.yaml", line: 1, column: 1 },
};

const ROTATION: Way = { states: [state(key()), state(key({ ...TURNED }))], between: [PUSH] };

const WAYS: Readonly<Record<string, Way>> = {
  "a first key": { states: [state(key())] },
  "a first key in two sinks": { states: [state(key({ deliverTo: BOTH }))] },
  "a first key, one sink blind": { states: [state(key({ deliverTo: BOTH }))], sinks: ONE_BLIND },
  "a first key in a blind sink": { states: [state(key({ deliverTo: ELSEWHERE }))], sinks: ONE_BLIND },
  "a first key with its role, under a policy": {
    states: [{ ...state(key({ roles: SCANNER })), roles: [role], policy }],
  },
  "a rotation": ROTATION,
  "a rotation in two sinks": {
    states: [state(key({ deliverTo: BOTH })), state(key({ deliverTo: BOTH, ...TURNED }))],
    between: [PUSH],
  },
  "a rotation, one sink blind": {
    states: [state(key({ deliverTo: BOTH })), state(key({ deliverTo: BOTH, ...TURNED }))],
    between: [PUSH],
    sinks: ONE_BLIND,
  },
  "a rotation in a blind sink": {
    states: [state(key({ deliverTo: ELSEWHERE })), state(key({ deliverTo: ELSEWHERE, ...TURNED }))],
    between: [PUSH],
    sinks: ONE_BLIND,
  },
  "a first key, one sink inspectable": { states: [state(key({ deliverTo: BOTH }))], sinks: ONE_INSPECTABLE },
  "a first key in an inspectable sink": {
    states: [state(key({ deliverTo: ELSEWHERE }))],
    sinks: ONE_INSPECTABLE,
  },
  "a rotation in an inspectable sink": {
    states: [state(key({ deliverTo: ELSEWHERE })), state(key({ deliverTo: ELSEWHERE, ...TURNED }))],
    between: [PUSH],
    sinks: ONE_INSPECTABLE,
  },
  "a value that somebody overwrote in an inspectable sink": {
    states: [state(key({ deliverTo: ELSEWHERE }))],
    between: [happens({ act: "overwrite-value", slot: 0 })],
    sinks: ONE_INSPECTABLE,
  },
  "an aged key": { states: [state(key())], between: [happens({ act: "advance", ms: 70 * DAY_MS })] },
  "an expired key": { states: [state(key())], between: [happens({ act: "advance", ms: 100 * DAY_MS })] },
  "a key that somebody revoked": {
    states: [state(key())],
    between: [happens({ act: "revoke-key", key: 0 })],
  },
  "a value that somebody deleted": {
    states: [state(key({ deliverTo: BOTH }))],
    between: [happens({ act: "delete-value", slot: 0 })],
  },
  "the end of an overlap": {
    states: ROTATION.states,
    between: [PUSH, RUN, happens({ act: "advance", ms: 2 * DAY_MS })],
  },
  "a rename": {
    states: [state(key()), state(renamed({}))],
    between: [PUSH],
  },
  "a rename with a rotation": {
    states: [state(key()), state(renamed({ ...TURNED }))],
    between: [PUSH],
  },
  "a new slot": { states: [state(key()), state(key({ deliverTo: BOTH }))], between: [PUSH] },
  "a moved slot": { states: [state(key()), state(key({ deliverTo: ELSEWHERE }))], between: [PUSH] },
  "a stranger's value in a slot that is left": {
    states: [state(key()), state(key({ deliverTo: ELSEWHERE }))],
    between: [happens({ act: "overwrite-value", slot: 0 }), PUSH],
  },
  "another description": { states: [state(key()), state(key({ description: "new" }))], between: [PUSH] },
  "another mind in the middle of a rotation": {
    states: [
      state(key()),
      state(key({ ...TURNED })),
      state(key({ roles: ADMIN, rotation: { ...key().rotation, serial: 2 } })),
    ],
    between: [PUSH],
    last: { ...RUN, meanwhile: [{ after: 10_000, happening: { act: "push", state: 2 } }] },
  },
  "manifests that vanished, and came back": {
    states: [state(key(), simulatedKey("b")), state()],
    between: [PUSH, RUN, BACK],
  },
  "more manifests gone than may be, and back": {
    states: [state(...["a", "b", "c", "d", "e"].map((name) => simulatedKey(name))), state(key())],
    between: [PUSH, RUN, BACK],
  },
  "a protected manifest gone, and back": {
    states: [state(key({ protected: true }), simulatedKey("b")), state(simulatedKey("b"))],
    between: [PUSH, RUN, BACK],
  },
  "our marker on the key that we run with": {
    states: [state(key())],
    between: [happens({ act: "mark-own-key" }), RUN],
  },
  "a stranger's value in a slot to come, and gone": {
    states: [state(simulatedKey("b")), state(simulatedKey("b"), key())],
    between: [
      happens({ act: "overwrite-value", slot: 1 }),
      PUSH,
      RUN,
      happens({ act: "delete-value", slot: 1 }),
    ],
  },
  "a removed manifest": {
    states: [state(key(), simulatedKey("b")), state(simulatedKey("b"))],
    between: [PUSH],
  },
};

function renamed(over: Partial<DesiredKey>): DesiredKey {
  return simulatedKey("z", { previousNames: ["a"], deliverTo: [{ sink: "local", path: "a" }], ...over });
}

export const scenariosOf = (store: StoreName): readonly AttackedScenario[] =>
  Object.entries({ ...WAYS, ...MARKER_WAYS, ...(isRoleInPlace(store) ? IN_PLACE_WAYS : {}) }).map(
    ([name, way]) => attacked(name, way, store),
  );

/** A key is minted while another one is in use: what can go wrong in a mint can go wrong here. */
export const rotationOf = (store: StoreName): AttackedScenario => attacked("a rotation", ROTATION, store);

const isRoleInPlace = (store: StoreName): boolean =>
  STORE_PROFILES[store].capabilities.updatable.includes("roles");

const attacked = (
  name: string,
  { states, between, sinks = SINKS, last = RUN }: Way,
  store: StoreName,
): AttackedScenario => ({
  scenario: {
    name,
    store,
    sinks,
    states: states.map((each) => fitState(each, store)),
    maxRevocations: 3,
    rereadEvery: 0,
  },
  steps: between ? [RUN, ...between, last] : [last],
});
