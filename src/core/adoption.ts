/**
 * Keys that somebody else made: how they become ours, and what is not done to them while their value is held elsewhere.
 * Both follow from manifests and store alone, so a ledger that is lost changes nothing about them.
 */

import type { Blocked } from "./blocked.ts";
import { type AdoptKey, adoptedRefOf } from "./change.ts";
import type { DesiredKey } from "./desired.ts";
import { isPast } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import { isHeldElsewhere } from "./held-elsewhere.ts";
import { storedFields } from "./key-fields.ts";
import type { KeyGroup } from "./key-group.ts";
import type { LiveKey } from "./live.ts";
import { requestsOf } from "./request.ts";
import type { RotationCode, RotationReason } from "./rotation.ts";

/** What follows from `adopt` for a name; undefined: nothing, or nothing any more. */
export function diffAdoption(group: KeyGroup, facts: Facts): AdoptKey | Blocked | undefined {
  const { desired, name } = group;
  // What a person asks for the key that the name has comes before the one that it cannot have.
  if (group.live.length > 0 && facts.requests.some((request) => request.name === name)) return undefined;
  if (!desired) return movedAway(group, facts);
  if (!desired.adopt || group.live.some(({ id }) => id === desired.adopt?.id)) return undefined;
  const { id } = desired.adopt;
  const { live } = facts;
  const other = live.keys.find((key) => key.id === id);
  if (other) {
    const message = `it cannot adopt ${id}, which is the key of ${other.marker.name}`;
    return blocked(desired, "ADOPTION_TAKEN", message, renameHint(other.marker.name));
  }
  const key = live.adoptable.find((each) => each.id === id);
  return key ? adoption(group, desired, key, facts) : missing(group, desired, id);
}

const renameHint = (name: string): string => `if it was renamed, write previousNames: [${name}]`;

/** A manifest that was renamed without saying so must not end the key that the new one asks to keep. */
function movedAway({ name, live }: KeyGroup, { desired: { keys } }: Facts): Blocked | undefined {
  for (const { id } of live) {
    const other = keys.find(({ adopt }) => adopt?.id === id);
    if (!other) continue;
    const message = `it is no longer declared, and ${other.name} adopts its key ${id}`;
    return blocked({ name, origin: other.origin }, "ADOPTION_TAKEN", message, renameHint(name));
  }
  return undefined;
}

function adoption(
  { name, live, record }: KeyGroup,
  desired: DesiredKey,
  key: LiveKey,
  { capabilities }: Facts,
): AdoptKey | Blocked {
  if (key.marker) {
    const message = `it cannot adopt ${key.id}, which instance ${key.marker.instance} manages as ${key.marker.name}`;
    const hint = "take it out of the manifests there, or here; two instances never manage one key";
    return blocked(desired, "ADOPTION_FOREIGN", message, hint);
  }
  // A key of ours that lost its marker gets it again.
  const own = record?.current?.id ?? live[0]?.id ?? key.id;
  if (own !== key.id) {
    const message = `it cannot adopt ${key.id}: it has a key of its own, ${own}`;
    const hint = `give ${key.id} a manifest of another name`;
    return blocked(desired, "ADOPTION_TAKEN", message, hint);
  }
  const fields = storedFields(desired, key, capabilities).filter(({ field }) => METADATA.has(field));
  return { action: "adopt", kind: "ApiKey", name, desired, key: adoptedRefOf(key), fields };
}

/** What an adoption writes: nothing that changes what the key may do. */
const METADATA: ReadonlySet<string> = new Set(["displayName", "description", "owner", "labels"]);

/** Once a successor took its place, the adopted key may be gone. */
function missing({ live, record }: KeyGroup, desired: DesiredKey, id: string): Blocked | undefined {
  const isReplaced = live.length > 0 || record?.intent !== undefined || (record?.current?.id ?? id) !== id;
  if (isReplaced) return undefined;
  const hint = "none is made in its place: delete the manifest, or take adopt out of it for a new key";
  return blocked(desired, "ADOPTION_MISSING", `key ${id} is not in the store`, hint);
}

const blocked = (
  { name, origin }: Pick<DesiredKey, "name" | "origin">,
  code: Blocked["code"],
  message: string,
  hint: string,
): Blocked => ({ kind: "ApiKey", name, code, message, hint, at: origin });

/** Somebody asked for a successor, or must have one: what is held elsewhere ends with it. */
const TAKES: ReadonlySet<RotationCode> = new Set(["custody-taken", "leaked", "unfinished"]);
/** Dates of the schedule pass by a key that nobody here can deliver. */
const SCHEDULED: ReadonlySet<RotationCode> = new Set(["age", "nearing-expiry"]);

/** Of `reasons`, which hold for `current`: those that are acted upon. All or none. */
export const actedUpon = (
  desired: DesiredKey,
  current: LiveKey,
  reasons: readonly RotationReason[],
): readonly RotationReason[] =>
  isHeldElsewhere(desired, current) && !reasons.some(({ code }) => TAKES.has(code)) ? [] : reasons;

/** What a key that is held elsewhere lacks, and only a successor could give it. */
export function blockedCustody(
  desired: DesiredKey,
  current: LiveKey,
  reasons: readonly RotationReason[],
  { requests, now }: Facts,
): Blocked | undefined {
  if (actedUpon(desired, current, reasons).length > 0 || isAsked(desired.name, requests)) return undefined;
  const isForNothing = ({ code }: RotationReason): boolean =>
    SCHEDULED.has(code) || (code === "expired" && isPast(desired.expires, now));
  const lacks = reasons.filter((reason) => !isForNothing(reason)).map(({ message }) => message);
  if (lacks.length === 0) return undefined;
  const command = `keywright take-custody ${desired.name}`;
  const hint =
    desired.deliverTo.length > 0
      ? `${command} gives it a successor, into its sinks`
      : `declare what the store has, or declare spec.deliverTo and run: ${command}`;
  const message = `its value is held elsewhere, so it is not rotated: ${lacks.join("; ")}`;
  return blocked(desired, "CUSTODY_ELSEWHERE", message, hint);
}

const isAsked = (name: string, requests: Facts["requests"]): boolean =>
  requestsOf(requests, "revoke", name).length > 0;

/** A secret that would go nowhere is not made, and the slots of one that is somewhere are not emptied. */
export const blockedSlots = (desired: DesiredKey): Blocked | undefined =>
  desired.deliverTo.length > 0
    ? undefined
    : blocked(
        desired,
        "SLOT_MISSING",
        "it declares no deliverTo, so its secret would go nowhere",
        "declare spec.deliverTo",
      );
