/** A protected key is rotated only when a person names it; until then it is left alone, and the others go on. */

import type { Blocked } from "./blocked.ts";
import type { Change, RotateKey } from "./change.ts";
import type { Difference } from "./diff.ts";
import type { Limits } from "./guard.ts";
import { withoutHeldRoles } from "./held-roles.ts";
import type { LiveKey } from "./live.ts";

/** `live`: the keys that `difference` was made from. */
export function holdProtected(
  { changes, blocked }: Difference,
  live: readonly LiveKey[],
  limits: Limits,
): Difference {
  const held = changes.filter((change): change is RotateKey => isHeld(change, limits));
  const names = new Set(held.map(({ name }) => name));
  // What was to be revoked counted on the new key.
  const left = changes.filter(
    ({ kind, name, action }) => kind !== "ApiKey" || !names.has(name) || action === "update",
  );
  return {
    changes: withoutHeldRoles(left, live),
    blocked: [...blocked, ...held.map(blockedRotation)],
  };
}

/** A rotation that an earlier run began was allowed then. */
const isHeld = (change: Change, { protectedKeys, allowed }: Limits): boolean =>
  change.action === "rotate" &&
  (change.desired.protected || protectedKeys.includes(change.name)) &&
  !allowed.includes(change.name) &&
  !change.reasons.some(({ code }) => code === "unfinished");

const blockedRotation = ({ name, desired, reasons }: RotateKey): Blocked => ({
  kind: "ApiKey",
  name,
  code: "PROTECTED",
  message: `it is protected and would be rotated: ${reasons.map(({ message }) => message).join("; ")}`,
  hint: `if that is meant, name it: --allow ${name}`,
  at: desired.origin,
});
