/** A role cannot go while a key has it: the store would refuse, run after run. */

import type { Change } from "./change.ts";
import type { LiveState } from "./live.ts";

/** `changes` without revocations of roles that some key still has after them, in its overlap for one. */
export function withoutHeldRoles(
  changes: readonly Change[],
  { keys, foreign }: Pick<LiveState, "keys" | "foreign">,
): readonly Change[] {
  const gone = new Set(
    changes.flatMap((change) =>
      change.kind === "ApiKey" && change.action === "revoke" ? change.key.id : [],
    ),
  );
  const held = new Set([
    ...(foreign.heldRoles ?? []),
    ...keys
      .filter(({ id }) => !gone.has(id))
      .flatMap(({ roles }) => roles.flatMap((role) => (role.type === "custom" ? role.tag : []))),
  ]);
  return changes.filter(
    ({ kind, action, name }) => kind !== "Role" || action !== "revoke" || !held.has(name),
  );
}
