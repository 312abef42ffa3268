/** What a change is judged by, and the judgement that most of them share. */

import type { Applied } from "../baseline.ts";
import type { Change, FieldChange } from "../change.ts";
import { itemId } from "../desired-item.ts";
import type { Facts } from "../facts.ts";
import { recordUnder } from "../key-group.ts";
import type { KeyRecord } from "../key-record.ts";
import type { DriftClass } from "./finding.ts";

export interface Cause {
  readonly class: DriftClass | "due";
  /** One line, the same as long as nothing changes. */
  readonly message: string;
  readonly fields?: readonly FieldChange[];
  /** What to do about it, where that is not plain. */
  readonly hint?: string;
}

export interface CauseFacts {
  readonly facts: Facts;
  /** `itemDigests` of what is declared now. */
  readonly declared: ReadonlyMap<string, string>;
  /** Absent: no run has said yet. */
  readonly applied: Applied | undefined;
}

/** Whether the manifest of `item` is what it was when it was last applied. */
export function isApplied(
  item: { readonly kind: string; readonly name: string },
  { declared, applied }: CauseFacts,
): boolean {
  const digest = declared.get(itemId(item));
  return digest !== undefined && applied?.items[itemId(item)] === digest;
}

/** The ledger's record of a key, under its name or a previous one. */
export function recordOf(name: string, { facts }: Pick<CauseFacts, "facts">): KeyRecord | undefined {
  const { desired, records } = facts;
  const previous = desired.keys.find((key) => key.name === name)?.previousNames ?? [];
  return recordUnder(name, previous, records);
}

export const altered = (fields: readonly FieldChange[]): Cause => ({
  class: "altered",
  message: `not as it was applied: ${namesOf(fields)}`,
  fields,
});

export const unapplied = (change: Change): Cause => ({
  class: "unapplied-commit",
  message: describe(change),
});

/** `update ApiKey scanner: roles, description` */
function describe(change: Change): string {
  const { action, kind, name } = change;
  const fields = "fields" in change ? namesOf(change.fields) : "";
  const reasons = change.action === "rotate" ? change.reasons.map(({ message }) => message).join("; ") : "";
  const what = fields === "" ? reasons : fields;
  return `${action} ${kind} ${name}${what === "" ? "" : `: ${what}`}`;
}

const namesOf = (fields: readonly FieldChange[]): string =>
  [...new Set(fields.map(({ field }) => field))].join(", ");
