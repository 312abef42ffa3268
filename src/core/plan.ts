/**
 * A plan: what an apply would do, as versioned JSON without secrets (`schemas/plan.schema.json`), bound to
 * the manifests, the commit and the live state that it was made from.
 */

import { alteredKeys } from "./altered-keys.ts";
import type { Blocked } from "./blocked.ts";
import type { Change } from "./change.ts";
import { diff, type Difference } from "./diff.ts";
import { canonicalJson, digestOf } from "./digest.ts";
import type { Facts } from "./facts.ts";
import { focus, isInFocus } from "./focus.ts";
import { type Limits, type Violation, violationsOf } from "./guard.ts";
import { compareText } from "./issue.ts";
import { holdAltered } from "./hold-altered.ts";
import { holdContested } from "./hold-contested.ts";
import { holdProtected } from "./hold-protected.ts";
import { holdUnknown } from "./hold-unknown.ts";
import { type Notice, noticesOf } from "./notice.ts";
import type { ManifestOrigin } from "./ports.ts";
import type { KeyRequest } from "./request.ts";
import { type RequestBudget, requestBudget } from "./request-budget.ts";
import type { Risk } from "./risk/risk.ts";
import { risksOf } from "./risk/risks-of.ts";
import { withSecrets } from "./with-secrets.ts";

export interface PlanCounts {
  readonly create: number;
  readonly adopt: number;
  readonly update: number;
  readonly rotate: number;
  readonly revoke: number;
  readonly blocked: number;
  readonly unchangedKeys: number;
}

export interface Plan {
  readonly apiVersion: "keywright/v1";
  readonly kind: "Plan";
  readonly instance: string;
  /** `KeyStore.identity`. */
  readonly store: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly source: ManifestOrigin;
  readonly manifestDigest: string;
  readonly liveDigest: string;
  /** With any, the plan is about the keys that they name, and nothing else. */
  readonly requests: readonly KeyRequest[];
  readonly changes: readonly Change[];
  readonly blocked: readonly Blocked[];
  readonly violations: readonly Violation[];
  /** The most serious first. */
  readonly risks: readonly Risk[];
  readonly notices: readonly Notice[];
  readonly counts: PlanCounts;
  /** What an apply asks of a store that rations requests; absent: this one does not, or nothing is to be done. */
  readonly budget?: RequestBudget;
  /** Over all the rest but `createdAt`. */
  readonly digest: string;
}

export interface PlanBinding {
  readonly store: string;
  readonly source: ManifestOrigin;
  readonly manifestDigest: string;
  /** Of how the manifests were read. */
  readonly notices: readonly Notice[];
}

export function buildPlan(facts: Facts, binding: PlanBinding, limits: Limits): Plan {
  const whole = diff(facts);
  const held = holdContested(
    holdProtected(holdUnknown(holdAltered(focus(whole, facts), facts, limits), facts, limits), facts, limits),
    facts,
    limits,
  );
  return planOf(withSecrets(held, facts), facts, binding, limits);
}

/** A plan of just these changes: those of `buildPlan`, or some of them that need none of the others. */
export function planOf(
  { changes, blocked }: Difference,
  facts: Facts,
  { notices, ...binding }: PlanBinding,
  limits: Limits,
): Plan {
  const budget = requestBudget(changes, facts);
  const body = {
    apiVersion: "keywright/v1",
    kind: "Plan",
    instance: facts.desired.instance,
    ...binding,
    liveDigest: liveDigest(facts),
    requests: facts.requests,
    changes,
    blocked,
    violations: violationsOf(changes, facts, limits),
    risks: risksOf(changes, facts, limits),
    notices: [...notices, ...noticesOf(facts, changes)],
    counts: countsOf(changes, blocked, facts),
    ...(budget && { budget }),
  } as const;
  return { ...body, createdAt: facts.now.toISOString(), digest: digestOf(body) };
}

/** Whether a plan is as it was when it was made. Guards against accidents, not against forgers: see `stalePoints`. */
export function isIntact(plan: Plan): boolean {
  const { digest, createdAt: _, ...body } = plan;
  return digest === digestOf(body);
}

export const isEmpty = (plan: Plan): boolean => plan.changes.length === 0 && plan.blocked.length === 0;

/**
 * Why `saved` may not be applied now, given a plan made from the present facts; empty: it may. A saved change
 * must be planned again, to the letter and as often: an edited plan cannot smuggle one in.
 */
export function stalePoints(saved: Plan, fresh: Plan): readonly string[] {
  const points: string[] = [];
  if (saved.instance !== fresh.instance)
    points.push(`it is for instance ${saved.instance}, not ${fresh.instance}`);
  if (saved.store !== fresh.store) points.push(`it is for store ${saved.store}, not ${fresh.store}`);
  if (saved.source.commit !== fresh.source.commit)
    points.push(`the commit moved from ${commitText(saved)} to ${commitText(fresh)}`);
  if (saved.manifestDigest !== fresh.manifestDigest) points.push("the manifests changed");
  if (saved.liveDigest !== fresh.liveDigest) points.push("the live store changed");
  if (points.length > 0) return points;
  const planned = new Set(fresh.changes.map(essence));
  return saved.changes
    .filter((change) => !planned.delete(essence(change)))
    .map((change) => `${change.action} ${change.kind} ${change.name} is no longer what is needed`);
}

const commitText = ({ source }: Plan): string => source.commit?.slice(0, 12) ?? "none (a directory)";

/** A change without its reasons, which may grow with time, and without the place of its declaration. */
const essence = (change: Change): string =>
  canonicalJson({
    ...change,
    reasons: undefined,
    desired: "desired" in change ? { ...change.desired, origin: undefined } : undefined,
  });

/** Over what is ours or to become so: what is foreign may change freely. */
function liveDigest(facts: Facts): string {
  const { keys, adoptable, roles, policy, secrets, allowlist } = facts.live;
  // Without their marker they are foreign; that they lost it is no free change.
  const altered = alteredKeys(facts).map(({ id }) => id);
  return digestOf({
    ...(altered.length > 0 && { altered }),
    keys: keys.toSorted((a, b) => compareText(a.id, b.id)),
    ...(adoptable.length > 0 && { adoptable: adoptable.toSorted((a, b) => compareText(a.id, b.id)) }),
    roles: roles.toSorted((a, b) => compareText(a.name, b.name)),
    policy,
    secrets: secrets?.owned,
    allowlist,
  });
}

function countsOf(changes: readonly Change[], blocked: readonly Blocked[], facts: Facts): PlanCounts {
  const of = (action: Change["action"]): number =>
    changes.filter((change) => change.action === action).length;
  const touched = new Set(
    [...changes, ...blocked].filter(({ kind }) => kind === "ApiKey").map(({ name }) => name),
  );
  return {
    create: of("create"),
    adopt: of("adopt"),
    update: of("update"),
    rotate: of("rotate"),
    revoke: of("revoke"),
    blocked: blocked.length,
    unchangedKeys: facts.desired.keys.filter(({ name }) => isInFocus(name, facts) && !touched.has(name))
      .length,
  };
}
