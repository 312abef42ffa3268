/** What must change for one key name. */

import { actedUpon, blockedCustody } from "./adoption.ts";
import type { Blocked } from "./blocked.ts";
import {
  type FieldChange,
  fieldChange,
  type KeyChange,
  refOf,
  type RotateKey,
  type UpdateKey,
} from "./change.ts";
import { type DesiredKey, type Slot, slotId } from "./desired.ts";
import { isPast, isValid } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import { isHeldElsewhere } from "./held-elsewhere.ts";
import { mintedFields, storedFields } from "./key-fields.ts";
import { currentOf, type KeyGroup, recordedOf } from "./key-group.ts";
import type { CurrentKey } from "./key-record.ts";
import type { OwnedKey } from "./live.ts";
import { requestsOf } from "./request.ts";
import { hasTail } from "./secret-tail.ts";
import { retireKeys } from "./retire-key.ts";
import { removeKey, revokeAsked } from "./remove-key.ts";
import { type RotationReason, rotationReasons } from "./rotation.ts";
import { type SlotState, slotState } from "./slot-reading.ts";

/** What a key that is held elsewhere lacks: see `blockedCustody`. */
export function heldBack(group: KeyGroup, facts: Facts): Blocked | undefined {
  const { desired } = group;
  const current = currentOf(group);
  if (!desired || !current || !isHeldElsewhere(desired, current)) return undefined;
  const slots = slotStates(group, desired, current, facts);
  return blockedCustody(desired, current, reasonsFor(group, desired, current, facts, slots), facts);
}

export function diffKey(group: KeyGroup, facts: Facts): readonly KeyChange[] {
  const { desired } = group;
  const { requests } = facts;
  if (requestsOf(requests, "revoke", group.name).length > 0) return revokeAsked(group, requests);
  if (!desired) return removeKey(group, requests);
  const current = currentOf(group);
  const now = facts.now;
  if (!current) {
    const changes = create(group, desired, now);
    const isHeld = (key: OwnedKey): boolean => isInSlot(key, desired.deliverTo, facts);
    const isMinting = changes.length > 0;
    const retirement = { now, hasValid: isMinting, isMinting, isInPlace: false, isHeld, requests };
    return [...changes, ...retireKeys(group, desired, current, retirement)];
  }
  const slots = slotStates(group, desired, current, facts);
  const changes = replaceOrUpdate(group, desired, current, facts, slots);
  const isMinting = changes.some(({ action }) => action === "rotate");
  const hasValid = isMinting || isValid(current, now);
  const doubtful = desired.deliverTo.filter((slot) => slots.get(slotId(slot)) !== "good");
  const isHeld = (key: OwnedKey): boolean => isInSlot(key, doubtful, facts);
  const isInPlace = doubtful.length === 0;
  const retirement = { now, hasValid, isMinting, isInPlace, isHeld, requests };
  return [...changes, ...retireKeys(group, desired, current, retirement)];
}

/** Whether a consumer can read the key's value in one of `among`, or could, for all that a slot lets us see. */
const isInSlot = (key: OwnedKey, among: readonly Slot[], { slots }: Facts): boolean =>
  among.some((slot) => {
    const reading = slots.get(slotId(slot));
    return reading?.type === "unreadable" || (reading?.type === "value" && hasTail(key, reading));
  });

function slotStates(
  group: KeyGroup,
  { deliverTo }: DesiredKey,
  current: OwnedKey,
  facts: Facts,
): ReadonlyMap<string, SlotState> {
  const recorded = recordedOf(group, current);
  return new Map(
    deliverTo.map((slot) => {
      const id = slotId(slot);
      return [id, slotState(slot, facts.slots.get(id), current, recorded)] as const;
    }),
  );
}

function create(group: KeyGroup, desired: DesiredKey, now: Date): readonly KeyChange[] {
  if (isPast(desired.expires, now)) return [];
  const base = { action: "create", kind: "ApiKey", name: desired.name, desired } as const;
  const { record } = group;
  if (record?.intent) return [{ ...base, reasons: [unfinished(record.intent.generation)] }];
  if (record?.current) return [{ ...base, reasons: [missing(record.current.id)] }];
  return [{ ...base, reasons: [{ code: "new", message: "declared and not in the store" }] }];
}

const unfinished = (generation: number): RotationReason => ({
  code: "unfinished",
  message: `an earlier run began generation ${generation} and did not end it`,
});

const missing = (id: string): RotationReason => ({
  code: "missing",
  message: `key ${id} is gone from the store`,
});

function replaceOrUpdate(
  group: KeyGroup,
  desired: DesiredKey,
  current: OwnedKey,
  facts: Facts,
  slots: ReadonlyMap<string, SlotState>,
): readonly KeyChange[] {
  const recorded = recordedOf(group, current);
  const reasons = actedUpon(desired, current, reasonsFor(group, desired, current, facts, slots));
  const copyTo = reasons.length > 0 && reasons.every(isAboutSinks) ? copies(desired, slots, facts) : [];
  const isRotation = reasons.length > 0 && copyTo.length === 0 && !isPast(desired.expires, facts.now);
  const copied = new Set(copyTo.map(slotId));
  const isSettled = !isRotation && [...slots].every(([id, state]) => state === "good" || copied.has(id));
  const update = updateOf(group, desired, current, facts, { isRotation, isSettled, copyTo });
  const rotation: RotateKey = {
    action: "rotate",
    kind: "ApiKey",
    name: desired.name,
    desired,
    current: refOf(current),
    reasons,
    fields: [
      ...mintedFields(desired, current, reasons),
      ...storedFields(desired, current, facts.capabilities),
      ...leftSlots(recorded, facts).map((slot) => fieldChange("deliverTo", slotId(slot), undefined)),
    ],
  };
  return [...(update ? [update] : []), ...(isRotation ? [rotation] : [])];
}

const reasonsFor = (
  group: KeyGroup,
  desired: DesiredKey,
  current: OwnedKey,
  facts: Facts,
  slots: ReadonlyMap<string, SlotState>,
): readonly RotationReason[] =>
  rotationReasons({
    ...facts,
    desired,
    current,
    record: group.record,
    recorded: recordedOf(group, current),
    slots,
  });

const isAboutSinks = ({ code }: RotationReason): boolean => code === "sink-empty" || code === "sink-stale";

/** The slots that lack the current value, or may lack it unseen, when another slot can give it. */
function copies(desired: DesiredKey, slots: ReadonlyMap<string, SlotState>, facts: Facts): readonly Slot[] {
  const isSource = (slot: Slot): boolean =>
    slots.get(slotId(slot)) === "good" && facts.slots.get(slotId(slot))?.type === "value";
  if (!desired.deliverTo.some(isSource)) return [];
  const lacks = (id: string): boolean =>
    slots.get(id) !== "good" && facts.slots.get(id)?.type !== "unreadable";
  return desired.deliverTo.filter((slot) => lacks(slotId(slot)));
}

function updateOf(
  group: KeyGroup,
  desired: DesiredKey,
  current: OwnedKey,
  facts: Facts,
  { isRotation, isSettled, copyTo }: Updating,
): UpdateKey | undefined {
  const renamedFrom = previousNameOf(group);
  const removeFrom = isSettled ? leftSlots(recordedOf(group, current), facts) : [];
  const fields = [
    ...(renamedFrom === undefined ? [] : [fieldChange("name", renamedFrom, desired.name)]),
    ...(isRotation ? [] : storedFields(desired, current, facts.capabilities)),
    ...protection(group, desired),
    ...copyTo.map((slot) => fieldChange("deliverTo", lost(recordedOf(group, current), slot), slotId(slot))),
    ...removeFrom.map((slot) => fieldChange("deliverTo", slotId(slot), undefined)),
  ];
  if (fields.length === 0) return undefined;
  return {
    action: "update",
    kind: "ApiKey",
    name: desired.name,
    desired,
    current: refOf(current),
    fields,
    ...(renamedFrom !== undefined && { renamedFrom }),
    copyTo,
    removeFrom,
  };
}

/** What is said of a slot that had the value, and has it no longer. */
const lost = (recorded: CurrentKey | undefined, slot: Slot): string | undefined =>
  recorded?.receipts.some((receipt) => slotId(receipt.slot) === slotId(slot) && !receipt.isBegun)
    ? "value lost"
    : undefined;

interface Updating {
  readonly isRotation: boolean;
  /** Whether every declared slot has the current value, or gets it by this update: only then may others lose it. */
  readonly isSettled: boolean;
  readonly copyTo: readonly Slot[];
}

/** Slots that got a value and are nobody's now: where another key moves in, its delivery replaces the value. */
function leftSlots(recorded: CurrentKey | undefined, { slots }: Facts): readonly Slot[] {
  return (recorded?.receipts ?? []).map(({ slot }) => slot).filter((slot) => !slots.has(slotId(slot)));
}

const previousNameOf = ({ name, live, record }: KeyGroup): string | undefined =>
  live.find((key) => key.marker.name !== name)?.marker.name ??
  (record && record.name !== name ? record.name : undefined);

/** A ledger that was lost learns of the protection again; what is unprotected needs no record for that. */
function protection({ record }: KeyGroup, desired: DesiredKey): readonly FieldChange[] {
  const isRecorded = record?.protected ?? false;
  if (isRecorded === desired.protected) return [];
  return [fieldChange("protected", String(isRecorded), String(desired.protected))];
}
