/** Which changes of a plan a fix may carry out: what is configured to be fixed and what is due, and nothing that they do not need. */

import { approvalRefusal } from "../approval/approval-guard.ts";
import type { Blocked } from "../blocked.ts";
import type { Change, CreateKey, RotateKey } from "../change.ts";
import { canonicalJson } from "../digest.ts";
import { isValid } from "../expiry.ts";
import type { Facts } from "../facts.ts";
import type { Limits } from "../guard.ts";
import { withoutHeldRoles } from "../held-roles.ts";
import { holdCopied } from "../hold-copied.ts";
import { holdContested } from "../hold-contested.ts";
import { risksOf } from "../risk/risks-of.ts";
import { standsAlone } from "../stands-alone.ts";
import { withSecrets } from "../with-secrets.ts";
import type { Cause } from "./cause-facts.ts";
import type { DriftPolicy } from "./finding.ts";

/** In the order of `changes`. */
export function fixableChanges(
  changes: readonly Change[],
  facts: Facts,
  limits: Limits,
  policy: DriftPolicy,
  causesOf: (change: Change) => readonly Cause[],
): readonly Change[] {
  const chosen = changes.filter(
    (change) =>
      isChosen(change, causesOf(change), policy) && lackedApproval(change, facts, limits) === undefined,
  );
  const grounded = withoutGround(chosen, changes);
  const settled = withoutContest(grounded, changes, facts, limits);
  const standing = withoutHeldRoles(withoutSuccessors(settled, changes, facts.now), facts.live);
  return holdCopied(withoutFollowers(standing, facts), facts);
}

/** What a change needs that a fix does not ask for: a person has to answer for it. */
export const lackedApproval = (change: Change, facts: Facts, limits: Limits): string | undefined =>
  limits.approvals?.length ? approvalRefusal(risksOf([change], facts, limits), limits)?.message : undefined;

/**
 * A new key is made as declared, whatever else of it was altered; what changes in place has to be wanted as a whole. Nothing
 * is carried out whose manifest nobody applied, unless that is configured.
 */
export function isChosen(change: Change, causes: readonly Cause[], policy: DriftPolicy): boolean {
  const isWanted = (cause: Cause): boolean => cause.class === "due" || policy[cause.class] === "fix";
  const isForPeople = (cause: Cause): boolean =>
    (cause.class === "unapplied-commit" || cause.class === "orphan") && !isWanted(cause);
  if (causes.some(isForPeople)) return false;
  return change.action === "create" || change.action === "rotate"
    ? causes.some(isWanted)
    : causes.every(isWanted);
}

function without(changes: readonly Change[], some: readonly Change[]): readonly Change[] {
  const those = new Set(some);
  return changes.filter((change) => !those.has(change));
}

type Mint = CreateKey | RotateKey;

const isMint = (change: Change): change is Mint =>
  change.kind === "ApiKey" && (change.action === "create" || change.action === "rotate");

/** A new key is made under the policy and with the roles that are declared, or not at all. */
function withoutGround(chosen: readonly Change[], changes: readonly Change[]): readonly Change[] {
  const held = without(changes, chosen).filter(({ action }) => action !== "revoke");
  const isPolicyHeld = held.some(({ kind }) => kind === "SecurityPolicy");
  const heldRoles = new Set(held.filter(({ kind }) => kind === "Role").map(({ name }) => name));
  const hasGround = ({ desired }: Mint): boolean =>
    !isPolicyHeld && !desired.roles.some((role) => role.type === "custom" && heldRoles.has(role.tag));
  return chosen.filter((change) => !isMint(change) || hasGround(change));
}

/** Nothing is written over the value of a key that is to move out, and does not now. */
function withoutContest(
  chosen: readonly Change[],
  changes: readonly Change[],
  facts: Facts,
  limits: Limits,
): readonly Change[] {
  const staying = without(changes, chosen).filter(({ kind }) => kind === "ApiKey");
  const blocked = staying.map(({ name }): Blocked => ({
    kind: "ApiKey",
    name,
    code: "SLOT_IN_USE",
    message: "",
    hint: "",
  }));
  return holdContested({ changes: chosen, blocked }, facts, limits).changes;
}

/** What was to be revoked counted on a new key, unless the present one is good. */
function withoutSuccessors(
  chosen: readonly Change[],
  changes: readonly Change[],
  now: Date,
): readonly Change[] {
  const dropped = new Map(
    changes
      .filter((change) => isMint(change) && !chosen.includes(change))
      .map((change) => [change.name, change]),
  );
  return chosen.filter((change) => {
    const mint = change.kind === "ApiKey" ? dropped.get(change.name) : undefined;
    if (!mint || change.kind !== "ApiKey" || change.action !== "revoke") return true;
    if (standsAlone(change, changes, now)) return true;
    return mint.action === "rotate" && isValid(mint.current, now) && change.key.id !== mint.current.id;
  });
}

/** A Secret follows what the keys that do change put into its source, and nothing else. */
function withoutFollowers(chosen: readonly Change[], facts: Facts): readonly Change[] {
  const others = chosen.filter(({ kind }) => kind !== "Secret");
  const { changes } = withSecrets({ changes: others, blocked: [] }, facts);
  const following = new Set(changes.map(canonicalJson));
  return chosen.filter((change) => change.kind !== "Secret" || following.has(canonicalJson(change)));
}
