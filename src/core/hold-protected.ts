/** A protected key is rotated only when a person names it; until then it is left alone, and the others go on. */

import type { Blocked } from "./blocked.ts";
import type { RotateKey } from "./change.ts";
import type { Difference } from "./diff.ts";
import type { Limits } from "./guard.ts";
import { withoutHeldRoles } from "./held-roles.ts";
import type { Facts } from "./facts.ts";
import { isProtectedRotation } from "./protection.ts";
import { standsAlone } from "./stands-alone.ts";

/** `facts`: what the difference was made from. */
export function holdProtected(
  { changes, blocked }: Difference,
  facts: Facts,
  { protectedKeys, allowed }: Limits,
): Difference {
  const held = changes.filter(
    (change): change is RotateKey =>
      change.action === "rotate" &&
      !allowed.includes(change.name) &&
      isProtectedRotation(change, facts, protectedKeys),
  );
  const names = new Set(held.map(({ name }) => name));
  // What was to be revoked counted on the new key.
  const left = changes.filter(
    (change) =>
      change.kind !== "ApiKey" ||
      !names.has(change.name) ||
      change.action === "update" ||
      standsAlone(change, changes, facts.now),
  );
  return {
    changes: withoutHeldRoles(left, facts.live),
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
