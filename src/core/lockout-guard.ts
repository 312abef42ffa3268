/** Whether a new IP allowlist lets the machine in that makes it: from its first entry on the store refuses everyone else. */

import { holdsRange, parseLooseRange } from "./address-range.ts";
import type { UpdateAllowlist } from "./change.ts";
import type { Guard, Violation } from "./guard.ts";

/** What a person names to `--allow` when the list is to be emptied. */
export const ALLOWLIST_WORD = "ip-allowlist";

export const lockout: Guard = (changes, _facts, { ownAddresses = [], allowed }) => {
  const change = changes.find((each) => each.kind === "IpAllowlist");
  if (!change) return undefined;
  if (change.desired.entries.length === 0)
    return allowed.includes(ALLOWLIST_WORD) ? undefined : opened(change);
  if (ownAddresses.length === 0) return unknownAddress(change);
  const left = ownAddresses.filter((own) => !isHeld(own, change));
  return left.length === 0 ? undefined : lockedOut(change, left);
};

/** By one entry of the list as a whole. */
function isHeld(own: string, { desired }: UpdateAllowlist): boolean {
  const range = parseLooseRange(own);
  const entries = desired.entries.flatMap(({ address }) => parseLooseRange(address) ?? []);
  return range !== undefined && entries.some((entry) => holdsRange(entry, range));
}

const opened = ({ name }: UpdateAllowlist): Violation => ({
  guard: "allowlist-off",
  message: "an empty IP allowlist lets everybody in",
  hint: `if that is meant, say so: --allow ${ALLOWLIST_WORD}`,
  names: [name],
});

const unknownAddress = ({ name }: UpdateAllowlist): Violation => ({
  guard: "lockout",
  message:
    "nobody said from which address Keywright calls the store, so the new IP allowlist could lock it out",
  hint: "list the public addresses or ranges that it runs from under guards.ownAddress in keywright.yaml",
  names: [name],
});

const lockedOut = ({ name }: UpdateAllowlist, left: readonly string[]): Violation => ({
  guard: "lockout",
  message: `the new IP allowlist has no entry that holds ${left.join(", ")}, where Keywright runs (guards.ownAddress)`,
  hint: "add an entry that does, or mend guards.ownAddress; this guard has no override",
  names: [name],
});
