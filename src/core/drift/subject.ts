/** One thing that is not as declared, and all that lies behind it. */

import type { Blocked } from "../blocked.ts";
import type { Change } from "../change.ts";
import { itemId } from "../desired-item.ts";
import type { Limits } from "../guard.ts";
import type { Plan } from "../plan.ts";
import { blockedCause, isAboutAll } from "./blocked-cause.ts";
import { causesOf } from "./cause.ts";
import { type Cause, type CauseFacts, recordOf } from "./cause-facts.ts";
import { lackedApproval } from "./fixable-changes.ts";
import { wantedChanges } from "./wanted-changes.ts";

export interface Subject {
  readonly kind: Change["kind"];
  readonly name: string;
  /** What would mend it; absent: nothing may be done. */
  readonly action?: Change["action"];
  readonly causes: readonly Cause[];
  readonly id?: string;
  readonly generation?: number;
  /** Why it is left alone in the plan, if it is. */
  readonly block?: Blocked;
  /** The approval that a fix of it lacks. */
  readonly lacks?: string;
}

/** In the order of the changes, then of what is left alone. */
export function subjectsOf(
  { blocked }: Pick<Plan, "blocked">,
  context: CauseFacts,
  limits: Limits,
): readonly Subject[] {
  const blocks = new Map(blocked.map((each) => [itemId(each), each]));
  const shut = new Set(blocked.filter(isAboutAll).map(itemId));
  const changing = wantedChanges(context.facts)
    .filter((change) => !shut.has(itemId(change)))
    .map((change) => subjectOf(change, blocks.get(itemId(change)), context, limits));
  const drifted = new Set(changing.filter(hasDrifted).map(itemId));
  const held = blocked.flatMap((block): readonly Subject[] => {
    const cause = blockedCause(block, context);
    if (!cause || drifted.has(itemId(block))) return [];
    const { kind, name } = block;
    return [{ kind, name, causes: [cause], block, ...currentOf(name, context) }];
  });
  return [...changing, ...held];
}

const hasDrifted = ({ causes }: Subject): boolean => causes.some((cause) => cause.class !== "due");

function subjectOf(change: Change, block: Blocked | undefined, context: CauseFacts, limits: Limits): Subject {
  const { kind, name, action } = change;
  const lacks = lackedApproval(change, context.facts, limits);
  return {
    kind,
    name,
    action,
    causes: causesOf(change, context),
    ...(block && { block }),
    ...(lacks !== undefined && { lacks }),
    ...(kind === "ApiKey" && currentOf(name, context)),
    ...(action === "adopt" && { id: change.key.id }),
  };
}

function currentOf(name: string, context: CauseFacts): Pick<Subject, "id" | "generation"> {
  const current = recordOf(name, context)?.current;
  return current ? { id: current.id, generation: current.generation } : {};
}
