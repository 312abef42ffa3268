/** A protected key is rotated only when a person names it; until then it is left alone, and the others go on. */

import type { Blocked } from "./blocked.ts";
import type { RotateKey } from "./change.ts";
import type { Difference } from "./diff.ts";
import type { Limits } from "./guard.ts";
import { withoutHeldRoles } from "./held-roles.ts";
import type { Facts } from "./facts.ts";
import { isProtectedRotation } from "./protection.ts";

/** `facts`: what the difference was made from. */
export function holdProtected(
  { changes, blocked }: Difference,
  { live, records }: Facts,
  { protectedKeys, allowed }: Limits,
): Difference {
  const held = changes.filter(
    (change): change is RotateKey =>
      change.action === "rotate" &&
      !allowed.includes(change.name) &&
      isProtectedRotation(change, records, protectedKeys),
  );
  const names = new Set(held.map(({ name }) => name));
  // What was to be revoked counted on the new key.
  const left = changes.filter(
    ({ kind, name, action }) => kind !== "ApiKey" || !names.has(name) || action === "update",
  );
  return {
    changes: withoutHeldRoles(left, live.keys),
    blocked: [...blocked, ...held.map(blockedRotation)],
  };
}

const blockedRotation = ({ name, desired, reasons }: RotateKey): Blocked => ({
  kind: "ApiKey",
  name,
  code: "PROTECTED",
  message: `it is protected and would be rotated: ${reasons.map(({ message }) => message).join("; ")}`,
  hint: `if that is meant, name it: --allow ${name}`,
  at: desired.origin,
});
