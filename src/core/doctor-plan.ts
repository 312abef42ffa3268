/** What the doctor says of the plan that would be made now. */

import { type Blocked, isFault } from "./blocked.ts";
import { count, failed, failedBy, ok, skipped, type Verdict, warning } from "./check.ts";
import type { PlanFacts, ProjectFacts } from "./doctor-facts.ts";
import { groupBy } from "./group-by.ts";

type Named = readonly [name: string, verdict: Verdict];

export function planVerdicts({ plan }: ProjectFacts): readonly Named[] {
  if (!plan) return [["changes", skipped("it takes manifests, store, sinks and ledger to make a plan")]];
  if ("fault" in plan) return [["changes", failedBy(plan.fault)]];
  const { blocked, violations } = plan.found;
  const codes = groupBy(blocked, ({ code }) => code);
  return [
    ["changes", changesVerdict(plan.found)],
    ...[...codes].map(([code, same]) => [code, blockedVerdict(same)] as const),
    ...violations.map(({ guard, message, hint }) => [guard, failed(message, hint)] as const),
  ];
}

function changesVerdict({ changes, violations }: PlanFacts): Verdict {
  if (changes.length === 0) return ok("nothing is to be done");
  const actions = groupBy(changes, ({ action }) => action);
  const parts = [...actions].map(([action, same]) => `${same.length} to ${action}`).join(", ");
  const what = `${count(changes.length, "change")}: ${parts}`;
  if (violations.length === 0) return ok(what);
  return failed(`${what}; refused by ${count(violations.length, "guard")}`, "`keywright plan` shows them");
}

/** Of one code; the rest is counted. */
const MOST_NAMES_TOLD = 5;

function blockedVerdict(same: readonly [Blocked, ...Blocked[]]): Verdict {
  const [first, ...others] = same;
  const names = same.slice(0, MOST_NAMES_TOLD).map(({ kind, name }) => `${kind} ${name}`);
  const more = same.length - names.length;
  const who = `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const message = others.length === 0 ? `${who}: ${first.message}` : `${who} are left alone`;
  if (!isFault(first)) return ok(message);
  return warning(message, others.length === 0 ? first.hint : "`keywright plan` says of each what to do");
}
