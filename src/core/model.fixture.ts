/**
 * A world as plain data, and what the changes of a plan do to it when all of them succeed. No ports, no time, no
 * failures: those have their own tests. It only tells whether the diff asks for what settles a state.
 */

import { holding } from "./a-key.fixture.ts";
import type { Change, CreateKey, KeyChange, RevokeKey, RotateKey, UpdateKey } from "./change.ts";
import { type DesiredKey, type DesiredState, type Slot, slotId } from "./desired.ts";
import { diff, type Difference } from "./diff.ts";
import { expiresAt, hasDesiredExpiry } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import { currentOf, groupKeys, type KeyGroup, latestGeneration, recordedOf } from "./key-group.ts";
import type { CurrentKey, KeyRecord, Receipt, RetiringKey } from "./key-record.ts";
import type { LivePolicy, LiveRole, OwnedKey } from "./live.ts";
import type { SlotReading } from "./slot-reading.ts";
import { CAPABILITIES } from "./some-facts.fixture.ts";

export interface ModelWorld {
  readonly desired: DesiredState;
  readonly now: Date;
  /** Sinks that never give a value back. */
  readonly blind: ReadonlySet<string>;
  keys: readonly OwnedKey[];
  roles: readonly LiveRole[];
  policy: LivePolicy | undefined;
  readonly records: Map<string, KeyRecord>;
  /** By `slotId`. */
  readonly slots: Map<string, SlotReading>;
  minted: number;
}

export const factsOf = (world: ModelWorld): Facts => ({
  desired: world.desired,
  live: {
    keys: world.keys,
    adoptable: [],
    roles: world.roles,
    ...(world.policy && { policy: world.policy }),
    foreign: { keys: 0, roles: [] },
    complete: true,
  },
  records: world.records,
  slots: new Map(
    world.desired.keys
      .flatMap((key) => key.deliverTo)
      .map((slot) => [slotId(slot), readingOf(world, slot)] as const),
  ),
  capabilities: CAPABILITIES,
  requests: [],
  now: world.now,
});

const readingOf = ({ blind, slots }: ModelWorld, slot: Slot): SlotReading =>
  blind.has(slot.sink) ? { type: "blind" } : (slots.get(slotId(slot)) ?? { type: "empty" });

/** Plans, and applies the whole plan in its order. */
export function settle(world: ModelWorld): Difference {
  const facts = factsOf(world);
  const difference = diff(facts);
  const groups = new Map(
    groupKeys(facts.desired, facts.live.keys, new Map(facts.records)).map((group) => [group.name, group]),
  );
  for (const change of difference.changes) applyChange(world, change, groups);
  return difference;
}

function applyChange(world: ModelWorld, change: Change, groups: ReadonlyMap<string, KeyGroup>): void {
  if (change.kind === "SecurityPolicy") {
    const { requireExpiration, maxLifetimeDays, allowedRoles } = change.desired;
    world.policy = {
      kind: "SecurityPolicy",
      requireExpiration,
      ...(maxLifetimeDays !== undefined && { maxLifetimeDays }),
      ...(allowedRoles && { allowedRoles }),
    };
  } else if (change.kind === "Role") {
    const others = world.roles.filter(({ name }) => name !== change.name);
    if (change.action === "revoke" && world.keys.some(({ roles }) => hasRole(roles, change.name)))
      throw new Error(`role ${change.name} is revoked under a key`);
    world.roles =
      change.action === "revoke"
        ? others
        : [...others, { ...change.desired, instance: world.desired.instance }];
  } else if (change.kind === "ApiKey") {
    const group = groups.get(change.name);
    if (!group) throw new Error(`a change of ${change.name}, which nobody knows`);
    applyKeyChange(world, change, group);
  }
}

const hasRole = (roles: OwnedKey["roles"], tag: string): boolean =>
  roles.some((role) => role.type === "custom" && role.tag === tag);

function applyKeyChange(world: ModelWorld, change: KeyChange, group: KeyGroup): void {
  switch (change.action) {
    case "create":
    case "rotate":
      return mint(world, change, group);
    case "adopt":
      throw new Error(`${change.name} adopts a key, and this world has none to adopt`);
    case "update":
      return update(world, change, group);
    case "revoke":
      return revoke(world, change);
  }
}

/** The record of a change's name, which still stands under a previous one before a rename. */
const recordFor = (world: ModelWorld, group: KeyGroup): KeyRecord =>
  world.records.get(group.name) ??
  group.record ?? { name: group.name, version: 0, retiring: [], protected: false };

function claim(
  world: ModelWorld,
  name: string,
  next: Omit<KeyRecord, "name" | "version">,
  version: number,
): void {
  world.records.set(name, { ...next, name, version: version + 1 });
}

function mint(world: ModelWorld, { desired }: CreateKey | RotateKey, group: KeyGroup): void {
  const record = recordFor(world, group);
  const previous = currentOf(group);
  const isLost = group.record?.current === undefined;
  world.minted += 1;
  const end = expiresAt(desired.expires, world.now);
  const key: OwnedKey = {
    kind: "ApiKey",
    id: `minted${world.minted}`,
    displayName: desired.displayName,
    description: desired.description,
    ...(desired.owner !== undefined && { owner: desired.owner }),
    labels: desired.labels,
    roles: desired.roles,
    last4: `m${String(world.minted).padStart(3, "0")}`,
    createdAt: world.now.toISOString(),
    ...(end !== undefined && { expiresAt: end }),
    status: "active",
    securityLevel: desired.securityLevel,
    marker: {
      instance: world.desired.instance,
      name: group.name,
      generation: latestGeneration({ live: group.live, record }) + 1,
      operation: `op-minted${world.minted}`,
    },
  };
  if (!hasDesiredExpiry(desired.expires, key, undefined)) throw new Error("minted with another expiry");
  // What a dead attempt left in the store is reaped.
  const reaped = group.live.filter(({ marker }) => marker.operation === record.intent?.operation);
  world.keys = [...world.keys.filter(({ id }) => !reaped.some((each) => each.id === id)), key];
  const left = group.live.filter((each) => !reaped.includes(each));
  const dated = redated(world, desired, record.retiring).filter(({ operation }) =>
    left.some(({ marker }) => marker.operation === operation),
  );
  const undated = left.filter(
    (each) =>
      (each === previous || isLost) &&
      each.status !== "pending" &&
      !dated.some(({ operation }) => operation === each.marker.operation),
  );
  claim(
    world,
    group.name,
    {
      current: {
        ...recordOf(world, key, desired),
        receipts: desired.deliverTo.map((slot) => deliver(world, slot, key)),
      },
      retiring: [...dated, ...undated.map((each) => retiringFrom(world, each, desired))],
      protected: desired.protected,
    },
    record.version,
  );
}

const retiringFrom = (world: ModelWorld, { id, marker }: OwnedKey, desired: DesiredKey): RetiringKey => ({
  id,
  operation: marker.operation,
  retireAt: new Date(world.now.getTime() + desired.rotation.overlapMs).toISOString(),
});

/** A replaced key whose value stands in a slot may have been read a moment ago: its overlap begins anew. */
const redated = (
  world: ModelWorld,
  desired: DesiredKey,
  retiring: readonly RetiringKey[],
): readonly RetiringKey[] =>
  retiring.map((each) => {
    const key = world.keys.find(({ marker }) => marker.operation === each.operation);
    const isFound = desired.deliverTo.some((slot) => {
      const reading = world.blind.has(slot.sink) ? undefined : world.slots.get(slotId(slot));
      return reading?.type === "value" && reading.last4 === key?.last4;
    });
    return key && isFound ? retiringFrom(world, key, desired) : each;
  });

const recordOf = (world: ModelWorld, key: OwnedKey, desired: DesiredKey): Omit<CurrentKey, "receipts"> => ({
  operation: key.marker.operation,
  generation: key.marker.generation,
  id: key.id,
  fingerprint: `fp-${key.marker.operation}`,
  last4: key.last4 ?? "",
  ...(desired.rotation.serial !== undefined && { serial: desired.rotation.serial }),
  expires: desired.expires,
  ...(key.expiresAt !== undefined && { expiresAt: key.expiresAt }),
  promotedAt: world.now.toISOString(),
});

function deliver(world: ModelWorld, slot: Slot, key: OwnedKey): Receipt {
  world.slots.set(slotId(slot), holding(key));
  const { generation, operation } = key.marker;
  return { slot, generation, fingerprint: `fp-${operation}`, at: world.now.toISOString() };
}

function update(world: ModelWorld, change: UpdateKey, group: KeyGroup): void {
  const { desired } = change;
  const current = group.live.find(({ id }) => id === change.current.id);
  if (!current) throw new Error(`an update of ${change.current.id}, which is gone`);
  const ids = new Set(group.live.map(({ id }) => id));
  world.keys = world.keys.map((key) => {
    if (!ids.has(key.id)) return key;
    const marker = { ...key.marker, name: group.name };
    if (key.id !== current.id) return { ...key, marker };
    const { owner: _, ...rest } = key;
    const { displayName, description, labels, owner } = desired;
    return { ...rest, displayName, description, labels, ...(owner !== undefined && { owner }), marker };
  });
  const recorded = recordedOf(group, current);
  const retiring = redated(world, desired, recordFor(world, group).retiring);
  const receipts = change.copyTo.map((slot) => deliver(world, slot, current));
  for (const slot of change.removeFrom) world.slots.delete(slotId(slot));
  const touched = new Set([...change.copyTo, ...change.removeFrom].map(slotId));
  const kept = (recorded?.receipts ?? []).filter(({ slot }) => !touched.has(slotId(slot)));
  const record = recordFor(world, group);
  if (recorded || receipts.length > 0 || group.record || desired.protected) {
    const isAdopted = !recorded && receipts.length > 0;
    const next = recorded ?? (isAdopted ? recordOf(world, current, desired) : undefined);
    const dated = new Set(record.retiring.map(({ operation }) => operation));
    const others = group.live.filter(({ id, marker }) => id !== current.id && !dated.has(marker.operation));
    claim(
      world,
      group.name,
      {
        protected: desired.protected,
        retiring: [...retiring, ...(isAdopted ? others.map((key) => retiringFrom(world, key, desired)) : [])],
        ...(record.intent && { intent: record.intent }),
        ...(next && { current: { ...next, receipts: [...kept, ...receipts] } }),
      },
      record.version,
    );
  }
  if (change.renamedFrom !== undefined) world.records.delete(change.renamedFrom);
}

function revoke(world: ModelWorld, { key, name, reason }: RevokeKey): void {
  world.keys = world.keys.filter(({ id }) => id !== key.id);
  const record = world.records.get(name);
  if (!record) return;
  const { current, retiring, intent, ...rest } = record;
  const isRemoved = reason === "removed" || reason === "unminted";
  const isCurrent = current?.operation === key.operation;
  const isLive = (operation: string): boolean =>
    world.keys.some(({ marker }) => marker.operation === operation);
  const left = retiring.filter(({ operation }) => isLive(operation));
  if (isRemoved && left.length === 0 && (!current || isCurrent)) {
    world.records.delete(name);
    return;
  }
  world.records.set(name, {
    ...rest,
    retiring: left,
    ...(current && !isCurrent && { current }),
    ...(intent && !isRemoved && { intent }),
  });
}
