/** Whether a key is protected, as far as manifests, configuration and ledger say: any of them is enough. */

import type { RotateKey } from "./change.ts";
import type { Facts } from "./facts.ts";
import { recordUnder } from "./key-group.ts";
import type { KeyRecord } from "./key-record.ts";
import { mintRequest } from "./mint-request.ts";

type Known = Pick<Facts, "records" | "requests">;

/** Lifting the protection and rotating in one commit is one commit too few. */
export const isProtectedRotation = (
  change: RotateKey,
  known: Known,
  protectedKeys: readonly string[],
): boolean =>
  (change.desired.protected ||
    protectedKeys.includes(change.name) ||
    recordOf(change, known)?.protected === true) &&
  !isBegun(change, known) &&
  !isMeant(change, known);

/** A rotation that an earlier run began, to just this key, was allowed then. Only the ledger's word counts. */
const isBegun = (change: RotateKey, known: Known): boolean =>
  recordOf(change, known)?.intent?.request === mintRequest(change.desired);

/** A person asks for just this, now or when the leak was told: that is naming the key. */
const isMeant = (change: RotateKey, known: Known): boolean =>
  known.requests.some(({ type, name }) => type !== "revoke" && name === change.name) ||
  recordOf(change, known)?.leaked?.includes(change.current.operation) === true;

const recordOf = ({ name, desired }: RotateKey, { records }: Known): KeyRecord | undefined =>
  recordUnder(name, desired.previousNames, records);
