/** Facts, limits and plans around the keys of `a-key.fixture.ts`. */

import { aDesiredKey, aLiveKey, aRecord, holding, NOW, SLOT } from "./a-key.fixture.ts";
import type { Change } from "./change.ts";
import { type DesiredKey, type DesiredPolicy, type DesiredRole, type Slot, slotId } from "./desired.ts";
import { diff } from "./diff.ts";
import type { Facts } from "./facts.ts";
import type { Limits } from "./guard.ts";
import type { KeyRecord } from "./key-record.ts";
import type { LiveKey, LivePolicy, LiveRole, OwnedKey } from "./live.ts";
import { buildPlan, type Plan, type PlanBinding } from "./plan.ts";
import type { StoreCapabilities } from "./ports.ts";
import { DEFAULT_ROLES } from "./role-ref.ts";
import type { SlotReading } from "./slot-reading.ts";

export interface FactsParts {
  readonly keys?: readonly DesiredKey[];
  readonly roles?: readonly DesiredRole[];
  readonly policy?: DesiredPolicy;
  readonly live?: readonly OwnedKey[];
  readonly adoptable?: readonly LiveKey[];
  readonly liveRoles?: readonly LiveRole[];
  readonly livePolicy?: LivePolicy;
  readonly foreign?: Facts["live"]["foreign"];
  readonly complete?: boolean;
  readonly records?: readonly KeyRecord[];
  readonly slots?: readonly (readonly [Slot, SlotReading])[];
  readonly capabilities?: Partial<StoreCapabilities>;
  readonly requests?: Facts["requests"];
  readonly now?: Date;
}

export const CAPABILITIES: StoreCapabilities = {
  mint: { by: "client", format: { prefix: "kw", environment: "test" } },
  updatable: ["displayName", "description", "owner", "labels"],
  securityLevels: ["standard"],
  roles: { names: DEFAULT_ROLES, custom: true },
  manages: ["Role", "SecurityPolicy"],
  concurrency: 4,
};

/** Without parts: one key, declared, live, recorded and in its sink, so that nothing is to be done. */
export function someFacts(parts: FactsParts = {}): Facts {
  const {
    keys = [aDesiredKey()],
    live = [aLiveKey()],
    records = [aRecord()],
    slots = [[SLOT, holding(aLiveKey())]],
  } = parts;
  return {
    desired: {
      instance: "acme",
      keys,
      roles: parts.roles ?? [],
      ...(parts.policy && { policy: parts.policy }),
    },
    live: {
      keys: live,
      adoptable: parts.adoptable ?? [],
      roles: parts.liveRoles ?? [],
      ...(parts.livePolicy && { policy: parts.livePolicy }),
      foreign: parts.foreign ?? { keys: 0, roles: [] },
      complete: parts.complete ?? true,
    },
    records: new Map(records.map((record) => [record.name, record])),
    slots: new Map(slots.map(([slot, reading]) => [slotId(slot), reading])),
    capabilities: { ...CAPABILITIES, ...parts.capabilities },
    requests: parts.requests ?? [],
    now: parts.now ?? NOW,
  };
}

export const aDesiredRole = (over: Partial<DesiredRole> = {}): DesiredRole => ({
  kind: "Role",
  name: "editor",
  displayName: "Editor",
  description: "Edits",
  permissions: ["Edit catalogs", "View catalogs"],
  origin: { file: "roles.yaml", line: 1, column: 1 },
  ...over,
});

export const aLiveRole = (over: Partial<LiveRole> = {}): LiveRole => ({
  kind: "Role",
  name: "editor",
  displayName: "Editor",
  description: "Edits",
  permissions: ["Edit catalogs", "View catalogs"],
  instance: "acme",
  ...over,
});

export const aDesiredPolicy = (over: Partial<DesiredPolicy> = {}): DesiredPolicy => ({
  kind: "SecurityPolicy",
  name: "policy",
  requireExpiration: true,
  maxLifetimeDays: 365,
  requireRotation: false,
  requireOwner: false,
  origin: { file: "policy.yaml", line: 1, column: 1 },
  ...over,
});

export const someLimits = (over: Partial<Limits> = {}): Limits => ({
  maxRevocations: 3,
  maxRevocationsPercent: 100,
  protectedKeys: [],
  ownKeyIds: [],
  allowed: [],
  ...over,
});

export const BINDING: PlanBinding = {
  store: "memory:store",
  source: { type: "git", location: "https://git.example/acme/keys", commit: "a".repeat(40) },
  manifestDigest: "sha256:manifests",
  notices: [],
};

export const aPlan = (facts: Facts = someFacts(), limits: Partial<Limits> = {}): Plan =>
  buildPlan(facts, BINDING, someLimits(limits));

/** Changes as short lines: `rotate ApiKey scanner`. */
export const linesOf = (changes: readonly Change[]): readonly string[] =>
  changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`);

export const linesFor = (facts: Facts): readonly string[] => linesOf(diff(facts).changes);
