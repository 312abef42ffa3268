/** Why a change of something else than a key is wanted. */

import { ENDED } from "../baseline.ts";
import type { Change, KeyChange } from "../change.ts";
import { itemId } from "../desired-item.ts";
import { altered, type Cause, type CauseFacts, isApplied, unapplied } from "./cause-facts.ts";

type ItemChange = Exclude<Change, KeyChange>;

export function itemCauses(change: ItemChange, context: CauseFacts): readonly Cause[] {
  if (change.action === "revoke") return [removal(change, context)];
  if (!isApplied(change, context)) return [unapplied(change)];
  if (change.action === "create") return [{ class: "missing", message: "gone from the store" }];
  const follows = change.kind === "Secret" && change.fields.some(({ field }) => field === "value");
  const fields = change.fields.filter(({ field }) => !follows || field !== "value");
  return [...(follows ? [FOLLOWS] : []), ...(fields.length > 0 ? [altered(fields)] : [])];
}

/** That is what it is declared for. */
const FOLLOWS: Cause = { class: "due", message: "its value changed in the sink that it comes from" };

function removal(change: ItemChange, { applied }: CauseFacts): Cause {
  const digest = applied?.items[itemId(change)];
  if (digest === ENDED) return { class: "due", message: "no longer declared, and no key has it any more" };
  if (!applied || digest !== undefined) return unapplied(change);
  return { class: "orphan", message: "it is marked as ours, and no run has made it" };
}
