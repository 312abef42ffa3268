/** How each key stands: what `keywright status` shows. */

import { diffAdoption } from "./adoption.ts";
import { blockedGroup } from "./blocked.ts";
import { slotId } from "./desired.ts";
import { isUnexpired, isValid } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import { isHeldElsewhere } from "./held-elsewhere.ts";
import { currentOf, groupKeys, type KeyGroup, recordedOf } from "./key-group.ts";
import type { OwnedKey } from "./live.ts";
import { liveBreaches } from "./policy.ts";
import { renderRoles } from "./role-ref.ts";
import { rotationDueAt } from "./rotation.ts";
import { type SlotState, slotState } from "./slot-reading.ts";

export type KeyState =
  /** Left alone by every run until somebody mends it; a plan says why. */
  | "blocked"
  | "active"
  /** Active; somebody else made it, and its value is held elsewhere. */
  | "adopted"
  /** Declared to be adopted by the next apply, which marks it as ours. */
  | "unadopted"
  /** Active, with a replaced key still valid beside it. */
  | "overlapping"
  | "expired"
  /** Declared, and not in the store. */
  | "missing"
  /** A run began to mint and did not end. */
  | "unfinished"
  /** In the store, and no longer declared. */
  | "undeclared";

export interface KeyStanding {
  readonly name: string;
  readonly state: KeyState;
  readonly owner?: string;
  readonly roles: readonly string[];
  readonly id?: string;
  readonly last4?: string;
  readonly generation?: number;
  /** Instants are ISO 8601. */
  readonly createdAt?: string;
  readonly expiresAt?: string;
  readonly rotatesAt?: string;
  readonly retires: readonly { readonly id: string; readonly at: string }[];
  readonly sinks: readonly SinkStanding[];
  /** Live keys of this name that the policy would not allow any more: told, never revoked for it. */
  readonly breaches: readonly { readonly id: string; readonly message: string }[];
}

export interface SinkStanding {
  readonly slot: string;
  readonly state: SlotState;
  /** Of the value that it was given last, as the ledger's receipt has it. */
  readonly generation?: number;
  readonly writtenAt?: string;
}

/** Sorted by name. */
export const standings = (facts: Facts): readonly KeyStanding[] =>
  groupKeys(facts.desired, facts.live.keys, facts.records).map((group) => standing(group, facts));

function standing(group: KeyGroup, facts: Facts): KeyStanding {
  const current = currentOf(group);
  const { name, desired, record } = group;
  const isScheduled = !isHeldElsewhere(desired, current);
  const due = isScheduled && desired && current && rotationDueAt(desired, current);
  const owner = desired?.owner ?? current?.owner;
  return {
    name,
    state: stateOf(group, current, facts),
    ...(owner !== undefined && { owner }),
    roles: renderRoles(current?.roles ?? desired?.roles ?? []),
    ...(current && aboutKey(current)),
    ...(due && { rotatesAt: due.at }),
    retires: (record?.retiring ?? [])
      .filter(({ id }) => group.live.some((key) => key.id === id))
      .map(({ id, retireAt }) => ({ id, at: retireAt })),
    sinks: sinkStates(group, current, facts),
    breaches: breachesOf(group, facts),
  };
}

const aboutKey = (key: OwnedKey): Partial<KeyStanding> => ({
  id: key.id,
  ...(key.last4 !== undefined && { last4: key.last4 }),
  generation: key.marker.generation,
  createdAt: key.createdAt,
  ...(key.expiresAt !== undefined && { expiresAt: key.expiresAt }),
});

function stateOf(group: KeyGroup, current: OwnedKey | undefined, facts: Facts): KeyState {
  const { desired, live, record } = group;
  const { now } = facts;
  const adoption = diffAdoption(group, facts);
  if (blockedGroup(group, facts.capabilities) || (adoption && "code" in adoption)) return "blocked";
  if (adoption) return "unadopted";
  if (!desired) return "undeclared";
  if (record?.intent) return "unfinished";
  if (!current) return "missing";
  if (current.status === "expired" || !isUnexpired(current, now)) return "expired";
  if (isHeldElsewhere(desired, current)) return "adopted";
  return live.some((key) => key !== current && isValid(key, now)) ? "overlapping" : "active";
}

function sinkStates(group: KeyGroup, current: OwnedKey | undefined, { slots }: Facts): KeyStanding["sinks"] {
  const recorded = current && recordedOf(group, current);
  return (group.desired?.deliverTo ?? []).map((slot) => {
    const id = slotId(slot);
    const state = current ? slotState(slot, slots.get(id), current, recorded) : "empty";
    const receipt = recorded?.receipts.find((each) => slotId(each.slot) === id && !each.isBegun);
    return { slot: id, state, ...(receipt && { generation: receipt.generation, writtenAt: receipt.at }) };
  });
}

function breachesOf({ live }: KeyGroup, facts: Facts): KeyStanding["breaches"] {
  const policy = facts.desired.policy ?? facts.live.policy;
  if (!policy) return [];
  return live.flatMap((key) => liveBreaches(key, policy).map(({ message }) => ({ id: key.id, message })));
}
