/** What the ledger is to remember of the instance once a run has ended. */

import { type Applied, type Baseline, baselineOf, ENDED, type KnownForeign } from "../baseline.ts";
import type { Blocked } from "../blocked.ts";
import type { Change } from "../change.ts";
import { itemDigests, itemId } from "../desired-item.ts";
import { canonicalJson } from "../digest.ts";
import type { Facts } from "../facts.ts";
import type { LiveState } from "../live.ts";
import { mintRequest } from "../mint-request.ts";
import type { RotationCode } from "../rotation.ts";
import type { ChangeOutcome } from "../run.ts";
import { recordOf } from "./cause-facts.ts";
import { wantedChanges } from "./wanted-changes.ts";

export interface RunEnd {
  /** As they were before the run. */
  readonly facts: Facts;
  readonly commit: string | undefined;
  /** What had to be left alone, by all the plan that could have been made. */
  readonly blocked: readonly Blocked[];
  readonly outcomes: readonly ChangeOutcome[];
  /** ISO 8601. */
  readonly at: string;
}

/** Undefined: what the ledger remembers still holds. */
export function nextBaseline(end: RunEnd): Baseline | undefined {
  const { facts, at } = end;
  const before = baselineOf(facts.records);
  const applied = nextApplied(before.applied, end);
  const foreign = before.foreign ?? (facts.live.complete ? knownForeign(facts.live, at) : undefined);
  if (applied === before.applied && foreign === before.foreign) return undefined;
  return { ...(foreign && { foreign }), applied };
}

/** All keys that are not ours, as known from now on. */
export function knownForeign({ foreign }: Pick<LiveState, "foreign">, at: string): KnownForeign {
  const { listed = [] } = foreign;
  return {
    ids: listed.flatMap(({ id, instance }) => (instance === undefined ? id : [])).toSorted(),
    instances: [...new Set(listed.flatMap(({ instance }) => instance ?? []))].toSorted(),
    at,
  };
}

function nextApplied(before: Applied | undefined, end: RunEnd): Applied {
  const { facts, commit, at } = end;
  const left = leftItems(end);
  const declared = itemDigests(facts.desired);
  const earlier = before?.items ?? {};
  const kept = [...declared].flatMap(([id, digest]) => {
    const known = left.has(id) ? earlier[id] : digest;
    return known === undefined ? [] : [[id, known] as const];
  });
  const leaving = Object.entries(earlier).flatMap(([id, digest]) => {
    if (declared.has(id)) return [];
    if (left.has(id)) return [[id, digest] as const];
    return isStaying(id, end) ? [[id, ENDED] as const] : [];
  });
  const items = Object.fromEntries([...kept, ...leaving]);
  const last = left.size === 0 ? commit : before?.commit;
  if (before && canonicalJson(items) === canonicalJson(before.items)) {
    // What the next merge brought is told by it.
    return last === undefined || last === before.commit ? before : { ...before, commit: last };
  }
  return { at, ...(last !== undefined && { commit: last }), items };
}

/** A role that some key still has goes later. */
const isStaying = (id: string, { facts, outcomes }: RunEnd): boolean =>
  facts.live.roles.some((role) => itemId(role) === id) &&
  !outcomes.some((outcome) => itemId(outcome) === id && outcome.outcome === "applied");

/** What is not as its manifest says, for other reasons than that something is due. */
function leftItems({ facts, blocked, outcomes }: RunEnd): ReadonlySet<string> {
  const pending = wantedChanges(facts).filter((change) => !isDue(change, facts) && !isDone(change, outcomes));
  const alone = blocked.filter(({ code }) => code !== "PROTECTED");
  return new Set([...pending, ...alone].map(itemId));
}

function isDone({ action, kind, name }: Change, outcomes: readonly ChangeOutcome[]): boolean {
  const own = outcomes.filter((each) => each.action === action && each.kind === kind && each.name === name);
  return own.length > 0 && own.every(({ outcome }) => outcome === "applied");
}

const BY_ITSELF: ReadonlySet<RotationCode> = new Set(["age", "nearing-expiry", "leaked", "on-demand"]);

/** Whether a change would be wanted under every manifest of its key. */
function isDue(change: Change, facts: Facts): boolean {
  if (change.kind !== "ApiKey") return false;
  if (change.action === "revoke") return change.reason !== "removed" && change.reason !== "asked";
  if (change.action !== "rotate" || change.fields.length > 0) return false;
  const isBegun = recordOf(change.name, { facts })?.intent?.request === mintRequest(change.desired);
  return isBegun || change.reasons.every(({ code }) => BY_ITSELF.has(code));
}
