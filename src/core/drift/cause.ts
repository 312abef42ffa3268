/**
 * Why a change is wanted: because the store, a sink or the ledger drifted, because the manifests changed, or because it
 * is due. Where a manifest is what it was when it was applied, a field that differs was altered in the store; where it
 * is not, the field may differ for that alone, and no one calls it drift.
 */

import type { Change, CreateKey, KeyChange, RevokeKey, RotateKey, UpdateKey } from "../change.ts";
import { type Slot, slotId } from "../desired.ts";
import { keyText } from "../key-text.ts";
import { mintRequest } from "../mint-request.ts";
import type { RotationCode } from "../rotation.ts";
import { receiptOf, slotState } from "../slot-reading.ts";
import { altered, type Cause, type CauseFacts, isApplied, recordOf, unapplied } from "./cause-facts.ts";
import { isAccountedFor } from "./is-accounted-for.ts";
import { itemCauses } from "./item-causes.ts";

/** At least one. */
export function causesOf(change: Change, context: CauseFacts): readonly Cause[] {
  const causes = change.kind === "ApiKey" ? keyCauses(change, context) : itemCauses(change, context);
  return causes.length > 0 ? causes : [LEFT_OVER];
}

const LEFT_OVER: Cause = { class: "due", message: "what an earlier run left is put in order" };

function keyCauses(change: KeyChange, context: CauseFacts): readonly Cause[] {
  switch (change.action) {
    case "create":
      return createCauses(change, context);
    case "rotate":
      return rotateCauses(change, context);
    case "update":
      return [...lostValues(change, context), ...alterations(change, context)];
    case "revoke":
      return [revokeCause(change, context)];
    case "adopt":
      return isApplied(change, context)
        ? [
            {
              class: "altered",
              message: `${change.key.id} does not carry our marker any more`,
              hint: "somebody edited it in the store; `keywright apply` marks it again",
            },
          ]
        : [unapplied(change)];
  }
}

function createCauses(change: CreateKey, context: CauseFacts): readonly Cause[] {
  const { reasons } = change;
  const message = reasons.map((each) => each.message).join("; ");
  if (isBegun(change, context)) return [{ class: "due", message }];
  if (!reasons.some(({ code }) => code === "missing")) return [unapplied(change)];
  return [{ class: "missing", message }, ...(isApplied(change, context) ? [] : [unapplied(change)])];
}

/** Reasons that come by themselves, or from a run that was approved. */
const DUE: ReadonlySet<RotationCode> = new Set(["age", "nearing-expiry", "leaked", "unfinished"]);

function rotateCauses(change: RotateKey, context: CauseFacts): readonly Cause[] {
  const due = change.reasons
    .filter(({ code }) => DUE.has(code))
    .map(({ message }) => ({ class: "due", message }) as const);
  // A leak waits for nobody, and a key is made as declared.
  const isLeaked = change.reasons.some(({ code }) => code === "leaked");
  if (isLeaked || isBegun(change, context)) return due;
  const expired = change.reasons
    .filter(({ code }) => code === "expired")
    .map(({ message }) => ({ class: "expired", message }) as const);
  const isOrdered = change.reasons.some(({ code }) => code === "serial-changed");
  const alterationsToo = isOrdered ? [unapplied(change)] : alterations(change, context);
  return [...due, ...expired, ...lostValues(change, context), ...alterationsToo];
}

/** An earlier run began just this, and was approved. */
const isBegun = (change: CreateKey | RotateKey, context: CauseFacts): boolean =>
  recordOf(change.name, context)?.intent?.request === mintRequest(change.desired);

/** Fields that a change lists and the store does not hold. */
const NOT_IN_STORE: ReadonlySet<string> = new Set(["name", "protected", "deliverTo"]);

function alterations(change: RotateKey | UpdateKey, context: CauseFacts): readonly Cause[] {
  if (!isApplied(change, context)) return [unapplied(change)];
  const fields = change.fields.filter(({ field }) => !NOT_IN_STORE.has(field));
  return fields.length > 0 ? [altered(fields)] : [];
}

/** A slot that is new in the manifest never had the value. */
function lostValues(change: RotateKey | UpdateKey, context: CauseFacts): readonly Cause[] {
  const { desired, current } = change;
  const record = recordOf(change.name, context)?.current;
  const recorded = record?.operation === current.operation ? record : undefined;
  const hadValue = (slot: Slot): boolean =>
    isApplied(change, context) || (recorded !== undefined && receiptOf(slot, recorded) !== undefined);
  const lost = desired.deliverTo.filter(hadValue).flatMap((slot) => {
    const id = slotId(slot);
    const state = slotState(slot, context.facts.slots.get(id), current, recorded);
    if (state === "empty") return [`${id} holds no value`];
    return state === "stale" ? [`${id} holds another value`] : [];
  });
  return lost.length > 0 ? [{ class: "sink-stale", message: lost.join("; ") }] : [];
}

function revokeCause(change: RevokeKey, context: CauseFacts): Cause {
  const { name, key, reason } = change;
  const { desired, live } = context.facts;
  const group = {
    name,
    desired: desired.keys.find((each) => each.name === name),
    live: live.keys.filter(({ marker }) => marker.name === name),
    record: recordOf(name, context),
  };
  if (!isAccountedFor(key, group, context.facts)) {
    return { class: "orphan", message: `the ledger does not know ${keyText(key)}, which carries our marker` };
  }
  const why = DUE_REVOCATIONS[reason];
  if (why === undefined) return unapplied(change);
  return { class: "due", message: reason === "unminted" ? why : `${keyText(key)} ${why}` };
}

const DUE_REVOCATIONS: Partial<Readonly<Record<RevokeKey["reason"], string>>> = {
  superseded: "was replaced, and its overlap is over",
  abandoned: "comes from an attempt that was given up",
  duplicate: "was made twice by the store",
  unminted: "an earlier run did not get it made, or died before that: what it left is cleared",
  leaked: "has a secret that leaked",
};
