/** What drifted of each key, role and policy: one finding for each class. */

import type { FieldChange } from "../change.ts";
import { itemId } from "../desired-item.ts";
import type { Cause } from "./cause-facts.ts";
import type { DriftClass, DriftPolicy, Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** `isFixed`: whether what the plan may do now mends a class of an item. */
export function itemFindings(
  subjects: readonly Subject[],
  policy: DriftPolicy,
  isFixed: (className: DriftClass, item: Pick<Subject, "kind" | "name">) => boolean,
): readonly Finding[] {
  const parts = new Map<string, Part[]>();
  for (const subject of subjects) {
    for (const cause of subject.causes) {
      if (!isOwnFinding(cause, subject)) continue;
      const of = `${cause.class}/${itemId(subject)}`;
      parts.set(of, [...(parts.get(of) ?? []), { subject, cause: { ...cause, class: cause.class } }]);
    }
  }
  return [...parts.values()].map((same) => findingOf(same, policy, isFixed));
}

interface Part {
  readonly subject: Subject;
  readonly cause: Cause & { readonly class: DriftClass };
}

/** Manifests that wait are one finding, and keys that the ledger does not know are each their own. */
const isOwnFinding = (
  cause: Cause,
  { kind, action }: Subject,
): cause is Cause & { readonly class: DriftClass } =>
  cause.class !== "due" &&
  cause.class !== "unapplied-commit" &&
  !(cause.class === "orphan" && kind === "ApiKey" && action === "revoke");

function findingOf(
  parts: readonly Part[],
  policy: DriftPolicy,
  isFixed: Parameters<typeof itemFindings>[2],
): Finding {
  const [{ subject, cause }] = parts as readonly [Part, ...Part[]];
  const { kind, name, id, generation } = subject;
  const fields = mergedFields(parts);
  const asked = policy[cause.class];
  const isHeld = asked === "fix" && !isFixed(cause.class, subject);
  const hint = hintOf(parts, isHeld);
  return {
    class: cause.class,
    kind,
    name,
    ...(id !== undefined && { id }),
    ...(generation !== undefined && { generation }),
    message: [...new Set(parts.map((part) => part.cause.message))].join("; "),
    ...(fields.length > 0 && { fields }),
    ...(hint !== undefined && { hint }),
    response: isHeld ? "report" : asked,
    key: `${cause.class}/${itemId(subject)}${generation === undefined ? "" : `/g${generation}`}`,
  };
}

/** A rotation and an update of one key may both list a field. */
function mergedFields(parts: readonly Part[]): readonly FieldChange[] {
  const fields = parts.flatMap(({ cause }) => cause.fields ?? []);
  return [...new Map(fields.map((field) => [field.field, field])).values()];
}

const APPROVAL = "a fix asks nobody; `keywright apply` says how";

function hintOf(parts: readonly Part[], isHeld: boolean): string | undefined {
  const block = parts.map(({ subject }) => subject.block).find(Boolean);
  if (block) {
    const said = parts.some(({ cause }) => cause.message === block.message);
    return said ? block.hint : `${block.message}: ${block.hint}`;
  }
  const own = parts.map(({ cause }) => cause.hint).find(Boolean);
  if (own !== undefined) return own;
  const lacks = parts.map(({ subject }) => subject.lacks).find(Boolean);
  if (isHeld && lacks !== undefined) return `${lacks}: ${APPROVAL}`;
  return isHeld
    ? "held back by what else is found of it, or of what it needs; `keywright apply` does all"
    : undefined;
}
