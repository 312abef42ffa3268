/** What it says of drift that something must be left alone. */

import type { Blocked } from "../blocked.ts";
import { isUnexpired } from "../expiry.ts";
import type { OwnedKey } from "../live.ts";
import { type Cause, type CauseFacts, isApplied } from "./cause-facts.ts";
import type { DriftClass } from "./finding.ts";

/** Whatever the manifests say. */
const ALWAYS: Partial<Readonly<Record<Blocked["code"], DriftClass>>> = {
  MARKER_AMBIGUOUS: "orphan",
  LEDGER_BEHIND: "orphan",
  KEY_UNKNOWN: "orphan",
  MARKER_ALTERED: "altered",
};

/** Where the manifest was applied once: then it is the store that is another now. */
const ONCE_APPLIED: Partial<Readonly<Record<Blocked["code"], DriftClass>>> = {
  ADOPTION_MISSING: "missing",
  ROLE_MISSING: "missing",
  POLICY_OF_STORE: "not-compliant",
  POLICY_BROKEN: "not-compliant",
  LIFETIME_OF_STORE: "not-compliant",
  SLOT_IN_USE: "sink-stale",
  SLOT_OCCUPIED: "sink-stale",
  SECRET_SOURCE_EMPTY: "sink-stale",
};

/** Whether a name is left alone as a whole, so that nothing else is known of it. */
export const isAboutAll = ({ code }: Blocked): boolean => ALWAYS[code] !== undefined;

/** Undefined: a person only has to name it, which is as it should be; or a sink could not be read, which tells nothing. */
export function blockedCause(blocked: Blocked, context: CauseFacts): Cause | undefined {
  const { kind, name, code, message } = blocked;
  // Each key of an unknown name is told of by itself.
  if (code === "PROTECTED" || code === "NAME_UNKNOWN") return undefined;
  const always = ALWAYS[code];
  if (always) return { class: always, message };
  if (isApplied(blocked, context) && code === "SECRET_SOURCE_UNREADABLE") return undefined;
  if (isApplied(blocked, context)) return { class: ONCE_APPLIED[code] ?? lackOf(blocked, context), message };
  return { class: "unapplied-commit", message: `${kind} ${name} is left alone (${code}): ${message}` };
}

/** A key that is held elsewhere is not replaced, whatever it lacks. */
function lackOf({ code, name }: Blocked, { facts: { live, now } }: CauseFacts): DriftClass {
  const isOver = (key: OwnedKey): boolean => key.status === "expired" || !isUnexpired(key, now);
  const keys = live.keys.filter(({ marker }) => marker.name === name);
  return code === "CUSTODY_ELSEWHERE" && keys.every(isOver) ? "expired" : "altered";
}
