/** Whether a key is protected, as far as manifests, configuration and ledger say: any of them is enough. */

import type { RotateKey } from "./change.ts";
import type { KeyRecord } from "./key-record.ts";
import { mintRequest } from "./mint-request.ts";

type Records = ReadonlyMap<string, KeyRecord>;

/** Lifting the protection and rotating in one commit is one commit too few. */
export const isProtectedRotation = (
  change: RotateKey,
  records: Records,
  protectedKeys: readonly string[],
): boolean =>
  (change.desired.protected ||
    protectedKeys.includes(change.name) ||
    recordOf(change, records)?.protected === true) &&
  !isBegun(change, records);

/** A rotation that an earlier run began, to just this key, was allowed then. Only the ledger's word counts. */
const isBegun = (change: RotateKey, records: Records): boolean =>
  recordOf(change, records)?.intent?.request === mintRequest(change.desired);

const recordOf = ({ name, desired }: RotateKey, records: Records): KeyRecord | undefined =>
  [name, ...desired.previousNames].map((each) => records.get(each)).find(Boolean);
