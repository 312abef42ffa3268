/** Where a slot lies in a KV v2 secrets engine, and where its value waits that no consumer reads yet. */

import { type Slot, slotId } from "../../core/desired.ts";
import { KeywrightError } from "../../core/error.ts";
import type { SlotField } from "../../core/slot-field.ts";

/** Parts of safe characters, none of which begins with a dot: so no slot lies where pending values do. */
const PART = "[A-Za-z0-9_][A-Za-z0-9_.@:=~-]*";
const PATH = new RegExp(`^(?=.{1,400}$)${PART}(?:/${PART})*$`);
const FIELD = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

/** Beside the secrets, not among them: whoever may read `ci/*` reads no pending value, and lists none. */
const PENDING = ".keywright-pending";

/** `paths`: globs, the only ones that manifests may use. */
export const describeVaultSlot = ({
  paths,
}: {
  readonly paths?: readonly string[];
}): readonly SlotField[] => [
  {
    name: "path",
    isRequired: true,
    pattern: PATH,
    expects:
      "a path below the mount, such as ci/scanner: parts of letters, digits and _ . @ : = ~ - that begin with a letter, a digit or _",
    ...(paths && { allowed: paths }),
  },
  {
    name: "field",
    isRequired: true,
    pattern: FIELD,
    expects: "1 to 100 letters, digits and _ . - that begin with a letter, a digit or _",
  },
];

export interface VaultPlace {
  /** The secret, below the mount. */
  readonly path: string;
  readonly field: string;
  /** The secret that holds nothing but the pending value and its stamp. */
  readonly pendingPath: string;
}

/** SINK_UNUSABLE for a slot that could be read as something else in a URL. */
export function placeOf(slot: Slot): VaultPlace {
  const { path = "", field = "" } = slot;
  if (PATH.test(path) && FIELD.test(field)) {
    return { path, field, pendingPath: `${PENDING}/${path}/${field}` };
  }
  throw new KeywrightError("SINK_UNUSABLE", `${slotId(slot)}: this is no place in Vault`, {
    hint: `write { sink: ${slot.sink}, path: ci/scanner, field: token }`,
  });
}

/** The API's path to a secret: of its content, or of all that Vault knows of it. */
export const apiPath = (mount: string, what: "data" | "metadata", path: string): string =>
  `/v1/${encoded(mount)}/${what}/${encoded(path)}`;

export const encoded = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
