import type { Blocked } from "../blocked.ts";
import type { Change } from "../change.ts";
import { diff } from "../diff.ts";
import { diffKey } from "../diff-key.ts";
import type { Facts } from "../facts.ts";
import { groupKeys } from "../key-group.ts";
import { withSecrets } from "../with-secrets.ts";

/** What keeps a new key from being made, and says nothing against what asks for it. */
const OF_MINTS: ReadonlySet<Blocked["code"]> = new Set([
  "POLICY_OF_STORE",
  "POLICY_BROKEN",
  "SECURITY_LEVEL_UNSUPPORTED",
  "ROLE_UNSUPPORTED",
  "LIFETIME_OF_STORE",
  "ROLE_BLOCKED",
]);

/** All that differs, also where it is held back for now: a key that may not be minted has drifted all the same. */
export function wantedChanges(facts: Facts): readonly Change[] {
  const { changes, blocked } = withSecrets(diff(facts), facts);
  const held = new Set(
    blocked.filter(({ kind, code }) => kind === "ApiKey" && OF_MINTS.has(code)).map(({ name }) => name),
  );
  if (held.size === 0) return changes;
  const { desired, live, records } = facts;
  return [
    ...changes.filter(({ kind, name }) => kind !== "ApiKey" || !held.has(name)),
    ...groupKeys(desired, live.keys, records)
      .filter(({ name }) => held.has(name))
      .flatMap((group) => diffKey(group, facts)),
  ];
}
