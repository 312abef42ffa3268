/**
 * Keys that carry our marker with a name that neither a manifest nor the ledger knows: whoever wrote the marker, revoking
 * them would be guessing. A person may name them.
 */

import { baselineOf } from "./baseline.ts";
import type { Blocked } from "./blocked.ts";
import type { RevokeKey } from "./change.ts";
import { itemId } from "./desired-item.ts";
import type { Difference } from "./diff.ts";
import type { Facts } from "./facts.ts";
import type { Limits } from "./guard.ts";

/** `facts`: what the difference was made from. */
export function holdUnknown({ changes, blocked }: Difference, facts: Facts, { allowed }: Limits): Difference {
  const held = changes.filter(
    (change): change is RevokeKey =>
      change.action === "revoke" &&
      change.kind === "ApiKey" &&
      change.reason === "removed" &&
      !isKnown(change.name, facts) &&
      !allowed.includes(change.name),
  );
  const names = [...new Set(held.map(({ name }) => name))];
  const left = changes.filter((change) => !(held as readonly unknown[]).includes(change));
  return { changes: left, blocked: [...blocked, ...names.map((name) => blockedName(name, held))] };
}

/** By its record; of an adopted key there is none, and the manifest is remembered that was applied. */
const isKnown = (name: string, { records }: Facts): boolean =>
  records.has(name) || baselineOf(records).applied?.items[itemId({ kind: "ApiKey", name })] !== undefined;

function blockedName(name: string, held: readonly RevokeKey[]): Blocked {
  const ids = held.filter((change) => change.name === name).map(({ key }) => key.id);
  return {
    kind: "ApiKey",
    name,
    code: "NAME_UNKNOWN",
    message: `neither a manifest nor the ledger knows it, and ${ids.join(", ")} ${ids.length === 1 ? "carries" : "carry"} its marker`,
    hint: `see who uses it; if it is to end, name it: --allow ${name}`,
  };
}
