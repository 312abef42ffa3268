/**
 * The difference between what should be and what is, as changes in the order in which they are carried out:
 * policy, roles, keys, then revocations of keys, then of roles, then the IP allowlist. Secrets come in when it is known
 * which keys get a new value: see `with-secrets.ts`.
 */

import { type Blocked, blockedGroup, blockedRole } from "./blocked.ts";
import { blockedGift, blockedMint, blockedRaise, blockedScope } from "./blocked-mint.ts";
import { blockedSlots, diffAdoption } from "./adoption.ts";
import type { Change, KeyChange, RoleChange, UpdateKey } from "./change.ts";
import type { DesiredRole } from "./desired.ts";
import { diffAllowlist } from "./diff-allowlist.ts";
import { diffKey, heldBack } from "./diff-key.ts";
import { diffPolicy, diffRoles } from "./diff-role.ts";
import type { Facts } from "./facts.ts";
import { isHeldElsewhere } from "./held-elsewhere.ts";
import { withoutHeldRoles } from "./held-roles.ts";
import { compareText } from "./issue.ts";
import { currentOf, groupKeys, type KeyGroup } from "./key-group.ts";
import { requestsOf } from "./request.ts";
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
    ...(manages(facts, "IpAllowlist") ? diffAllowlist(desired.allowlist, live.allowlist) : []),
  ];
  return {
    changes: withoutHeldRoles(changes, live).toSorted(inOrder),
    blocked: [...roles.blocked, ...keys.flatMap((each) => each.blocked)],
  };
}

const manages = ({ capabilities }: Facts, kind: "Role" | "SecurityPolicy" | "IpAllowlist"): boolean =>
  capabilities.manages.includes(kind);

interface RoleDifference {
  readonly changes: readonly RoleChange[];
  readonly blocked: readonly Blocked[];
}

function diffRolesOf(facts: Facts): RoleDifference {
  if (!manages(facts, "Role")) return { changes: [], blocked: [] };
  const { desired, live } = facts;
  const blockOf = (role: DesiredRole): Blocked | undefined => blockedRole(role, live);
  const free = desired.roles.filter((role) => !role.external && !blockOf(role));
  const external = new Set(desired.roles.filter((role) => role.external).map(({ name }) => name));
  return {
    changes: diffRoles(
      free,
      live.roles.filter(({ name }) => !external.has(name)),
    ),
    blocked: desired.roles.flatMap((role) => blockOf(role) ?? []).sort((a, b) => compareText(a.name, b.name)),
  };
}

interface KeyDifference {
  readonly changes: readonly KeyChange[];
  readonly blocked: readonly Blocked[];
}

function diffGroup(group: KeyGroup, facts: Facts, blockedRoles: ReadonlySet<string>): KeyDifference {
  const whole = blockedGroup(group, facts.capabilities) ?? withoutSlots(group, facts);
  if (whole) return { changes: [], blocked: [whole] };
  const adoption = diffAdoption(group, facts);
  if (adoption)
    return "code" in adoption ? { changes: [], blocked: [adoption] } : { changes: [adoption], blocked: [] };
  return diffCurrent(group, facts, blockedRoles);
}

function diffCurrent(group: KeyGroup, facts: Facts, blockedRoles: ReadonlySet<string>): KeyDifference {
  const custody = heldBack(group, facts);
  const changes = diffKey(group, facts);
  const gift = giftBlock(group, changes, facts);
  if (custody || gift) {
    const besides = gift ?? scopeBlock(group, changes, facts);
    return {
      changes: gift ? changes.filter(({ action }) => action === "revoke") : changes,
      blocked: [custody, besides].filter((each) => each !== undefined),
    };
  }
  const mint = changes.find(isMint);
  const block = (mint && blockedMint(mint.desired, facts, blockedRoles)) ?? scopeBlock(group, changes, facts);
  if (!block) return { changes, blocked: [] };
  if (!mint) return { changes, blocked: [block] };
  // What was to be revoked counted on the new key.
  const { now } = facts;
  const left = changes.filter((change) => change.action === "update" || standsAlone(change, changes, now));
  return { changes: left, blocked: [block] };
}

/** Why its roles cannot change in place. */
function giftBlock({ live }: KeyGroup, changes: readonly KeyChange[], facts: Facts): Blocked | undefined {
  const regiven = changes.find(givesRoles);
  if (!regiven) return undefined;
  const held = live.filter(({ id }) => id === regiven.current.id).flatMap(({ roles }) => roles);
  return blockedGift(regiven.desired, facts.capabilities) ?? blockedRaise(regiven.desired, held, facts);
}

/** Of a key that is to stay. */
function withoutSlots(group: KeyGroup, { requests }: Facts): Blocked | undefined {
  const { name, desired, record } = group;
  const current = currentOf(group);
  const isLeaving = requestsOf(requests, "revoke", name).length > 0;
  if (!desired || !current || isLeaving) return undefined;
  // A key that we delivered is not held elsewhere, whatever its manifest says.
  const isDelivered = (record?.current?.receipts ?? []).length > 0;
  return isHeldElsewhere(desired, current) && !isDelivered ? undefined : blockedSlots(desired);
}

/** A key that leaves needs none. */
const scopeBlock = (
  { desired }: KeyGroup,
  changes: readonly KeyChange[],
  { capabilities }: Facts,
): Blocked | undefined =>
  desired && !changes.some((change) => change.action === "revoke" && change.reason === "asked")
    ? blockedScope(desired, capabilities)
    : undefined;

type Mint = Extract<KeyChange, { action: "create" | "rotate" }>;

/** Roles that change in place. */
const givesRoles = (change: KeyChange): change is UpdateKey =>
  change.action === "update" && change.fields.some(({ field }) => field === "roles");

const isMint = (change: KeyChange): change is Mint =>
  change.action === "create" || change.action === "rotate";

/** Secrets after keys: they may hold what a key got. The IP allowlist after all: a mistake in it cuts nothing short. */
const RANK = { SecurityPolicy: 0, Role: 1, ApiKey: 2, Secret: 3, IpAllowlist: 20 } as const;
const ACTION_RANK = { create: 0, adopt: 0, update: 0, rotate: 1, revoke: 2 } as const;

/**
 * Revocations come last, those of roles after those of the keys that may have them. The sort is stable, so those
 * of one name stay in the order of generations.
 */
const rankOf = ({ action, kind }: Change): number => (action === "revoke" ? 10 - RANK[kind] : RANK[kind]);

export const inOrder = (a: Change, b: Change): number =>
  rankOf(a) - rankOf(b) || compareText(a.name, b.name) || ACTION_RANK[a.action] - ACTION_RANK[b.action];
