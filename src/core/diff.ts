/**
 * The difference between what should be and what is, as changes in the order in which they are carried out:
 * policy, roles, keys, then revocations of keys, then of roles.
 */

import { type Blocked, blockedGift, blockedGroup, blockedMint, blockedRole } from "./blocked.ts";
import type { Change, KeyChange, RoleChange, UpdateKey } from "./change.ts";
import type { DesiredRole } from "./desired.ts";
import { diffKey } from "./diff-key.ts";
import { diffPolicy, diffRoles } from "./diff-role.ts";
import type { Facts } from "./facts.ts";
import { withoutHeldRoles } from "./held-roles.ts";
import { compareText } from "./issue.ts";
import { groupKeys, type KeyGroup } from "./key-group.ts";
import { standsAlone } from "./stands-alone.ts";

export interface Difference {
  readonly changes: readonly Change[];
  readonly blocked: readonly Blocked[];
}

/** Pure and total; the order of its inputs never shows in its result. */
export function diff(facts: Facts): Difference {
  const { desired, live, records } = facts;
  const roles = diffRolesOf(facts);
  const blockedRoles = new Set(roles.blocked.map(({ name }) => name));
  const keys = groupKeys(desired, live.keys, records).map((group) => diffGroup(group, facts, blockedRoles));
  const changes: readonly Change[] = [
    ...(manages(facts, "SecurityPolicy") ? diffPolicy(desired.policy, live.policy) : []),
    ...roles.changes,
    ...keys.flatMap((each) => each.changes),
  ];
  return {
    changes: withoutHeldRoles(changes, live.keys).toSorted(inOrder),
    blocked: [...roles.blocked, ...keys.flatMap((each) => each.blocked)],
  };
}

const manages = ({ capabilities }: Facts, kind: "Role" | "SecurityPolicy"): boolean =>
  capabilities.manages.includes(kind);

interface RoleDifference {
  readonly changes: readonly RoleChange[];
  readonly blocked: readonly Blocked[];
}

function diffRolesOf(facts: Facts): RoleDifference {
  if (!manages(facts, "Role")) return { changes: [], blocked: [] };
  const { desired, live } = facts;
  const blockOf = (role: DesiredRole): Blocked | undefined => blockedRole(role, live.foreign.roles);
  const free = desired.roles.filter((role) => !blockOf(role));
  return {
    changes: diffRoles(free, live.roles),
    blocked: desired.roles.flatMap((role) => blockOf(role) ?? []).sort((a, b) => compareText(a.name, b.name)),
  };
}

interface KeyDifference {
  readonly changes: readonly KeyChange[];
  readonly blocked: readonly Blocked[];
}

function diffGroup(group: KeyGroup, facts: Facts, blockedRoles: ReadonlySet<string>): KeyDifference {
  const whole = blockedGroup(group, facts.capabilities);
  if (whole) return { changes: [], blocked: [whole] };
  const changes = diffKey(group, facts);
  const mint = changes.find(isMint);
  const regiven = changes.find(givesRoles);
  const gift = regiven && blockedGift(regiven.desired, facts.capabilities);
  if (gift) return { changes: changes.filter(({ action }) => action === "revoke"), blocked: [gift] };
  const block = mint && blockedMint(mint.desired, facts, blockedRoles);
  if (!block) return { changes, blocked: [] };
  // What was to be revoked counted on the new key.
  const { now } = facts;
  const left = changes.filter((change) => change.action === "update" || standsAlone(change, changes, now));
  return { changes: left, blocked: [block] };
}

type Mint = Extract<KeyChange, { action: "create" | "rotate" }>;

/** Roles that change in place. */
const givesRoles = (change: KeyChange): change is UpdateKey =>
  change.action === "update" && change.fields.some(({ field }) => field === "roles");

const isMint = (change: KeyChange): change is Mint =>
  change.action === "create" || change.action === "rotate";

const RANK = { SecurityPolicy: 0, Role: 1, ApiKey: 2 } as const;
const ACTION_RANK = { create: 0, update: 0, rotate: 1, revoke: 2 } as const;

/**
 * Revocations come last, those of roles after those of the keys that may have them. The sort is stable, so those
 * of one name stay in the order of generations.
 */
const rankOf = ({ action, kind }: Change): number => (action === "revoke" ? 10 - RANK[kind] : RANK[kind]);

const inOrder = (a: Change, b: Change): number =>
  rankOf(a) - rankOf(b) || compareText(a.name, b.name) || ACTION_RANK[a.action] - ACTION_RANK[b.action];
