/** Manifests that nobody has applied yet: one finding for all of them. */

import { baselineOf } from "../baseline.ts";
import type { Facts } from "../facts.ts";
import type { Plan } from "../plan.ts";
import type { DriftPolicy, Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

const CLASS = "unapplied-commit";

/** None when nothing has to be done for them, whatever else is written there. */
export function unappliedFinding(
  subjects: readonly Subject[],
  { records }: Pick<Facts, "records">,
  { source, manifestDigest }: Pick<Plan, "source" | "manifestDigest">,
  policy: DriftPolicy,
  isFixed: boolean,
): readonly Finding[] {
  const details = subjects.flatMap((subject) =>
    subject.causes.flatMap((cause) => (cause.class === CLASS ? detailOf(cause.message, subject) : [])),
  );
  if (details.length === 0) return [];
  const { applied } = baselineOf(records);
  const what = source.commit === undefined ? "the manifests" : `commit ${short(source.commit)}`;
  const last = applied?.commit === undefined ? "" : ` (the last one was ${short(applied.commit)})`;
  const count = details.length === 1 ? "1 change waits" : `${details.length} changes wait`;
  return [
    {
      class: CLASS,
      kind: "Manifests",
      message: `${what} is not applied${last}: ${count}`.replace("manifests is", "manifests are"),
      details,
      hint: applied ? "review `keywright plan`, then `keywright apply`" : NEVER,
      response: policy[CLASS] === "fix" && !isFixed ? "report" : policy[CLASS],
      key: `${CLASS}/${manifestDigest.replace("sha256:", "").slice(0, 12)}`,
    },
  ];
}

function detailOf(message: string, { action, block, lacks }: Subject): string {
  if (action && block) return `${message}; left alone: ${block.message}`;
  return lacks === undefined ? message : `${message}; ${lacks}`;
}

const NEVER = "the ledger does not say what was applied before: `keywright apply` ends that";

const short = (commit: string): string => commit.slice(0, 12);
