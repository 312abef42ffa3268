/** What must change for secrets of the store whose values lie in sinks. */

import type { Blocked } from "./blocked.ts";
import { type Change, fieldChange, type FieldChange, type SecretChange } from "./change.ts";
import { type DesiredSecret, slotId } from "./desired.ts";
import type { Facts } from "./facts.ts";
import { compareText } from "./issue.ts";
import type { LiveSecrets, OwnedSecret } from "./live.ts";

export interface SecretDifference {
  /** By name, revocations last. */
  readonly changes: readonly SecretChange[];
  readonly blocked: readonly Blocked[];
}

/** `changes`: those of keys. What one of them writes into a slot is on in the same run. */
export function diffSecrets(facts: Facts, changes: readonly Change[]): SecretDifference {
  const { secrets = [] } = facts.desired;
  const live = facts.live.secrets ?? { owned: [], foreign: [] };
  const written = writtenSlots(changes);
  const found = secrets
    .toSorted((a, b) => compareText(a.name, b.name))
    .map((secret) => diffSecret(secret, live, facts, written.has(slotId(secret.valueFrom))));
  const tags = new Set(secrets.map(({ tag }) => tag));
  const names = new Set(secrets.map(({ name }) => name));
  const removed = live.owned
    // One whose tag is declared under another name is not taken away from under its readers.
    .filter(({ name, tag }) => !names.has(name) && !tags.has(tag))
    .map(({ name, id, tag }) => ({ action: "revoke", kind: "Secret", name, secret: { id, tag } }) as const);
  return {
    changes: [...found.flatMap((each) => ("change" in each ? each.change : [])), ...removed],
    blocked: found.flatMap((each) => ("blocked" in each ? each.blocked : [])),
  };
}

/** Slots that a change of a key is about to give a value, by `slotId`, with that key's name. */
export const writtenSlots = (changes: readonly Change[]): ReadonlyMap<string, string> =>
  new Map(
    changes.flatMap((change) => {
      if (change.kind !== "ApiKey") return [];
      const { name } = change;
      if (change.action === "create" || change.action === "rotate")
        return change.desired.deliverTo.map((slot) => [slotId(slot), name] as const);
      return change.action === "update" ? change.copyTo.map((slot) => [slotId(slot), name] as const) : [];
    }),
  );

type Found = { readonly change: readonly SecretChange[] } | { readonly blocked: Blocked };

function diffSecret(desired: DesiredSecret, live: LiveSecrets, facts: Facts, isWritten: boolean): Found {
  const current = live.owned.find(({ name }) => name === desired.name);
  const block = blockedTag(desired, current, live) ?? blockedSource(desired, facts, isWritten);
  if (block) return { blocked: block };
  const { name } = desired;
  if (!current) return { change: [{ action: "create", kind: "Secret", name, desired }] };
  const hasChanged = isWritten || facts.secretValues?.get(name)?.type !== "same";
  const { id, tag } = current;
  const update = { action: "update", kind: "Secret", name, desired, current: { id, tag } } as const;
  // Apart: the value follows its source also where the name is left as somebody made it.
  return { change: fieldsOf(desired, current, hasChanged).map((field) => ({ ...update, fields: [field] })) };
}

const fieldsOf = (
  desired: DesiredSecret,
  current: OwnedSecret,
  hasChanged: boolean,
): readonly FieldChange[] => [
  ...(desired.displayName === current.displayName
    ? []
    : [fieldChange("displayName", current.displayName, desired.displayName)]),
  ...(hasChanged ? [fieldChange("value", undefined, "changed")] : []),
];

function blockedTag(
  desired: DesiredSecret,
  current: OwnedSecret | undefined,
  live: LiveSecrets,
): Blocked | undefined {
  const { name, tag, origin } = desired;
  const about = { kind: "Secret", name, at: origin } as const;
  if (current && current.tag !== tag) {
    const message = `its tag is ${current.tag} in the store, and a tag never changes`;
    const hint = `set spec.tag: ${current.tag}, or declare another Secret with the new tag and delete this one later`;
    return { ...about, code: "SECRET_TAG_FIXED", message, hint };
  }
  const other = live.owned.find((each) => each.tag === tag && each.name !== name);
  if (other) {
    const message = `the tag ${tag} is that of ${other.name}, which this instance made`;
    const hint = `keep the name ${other.name}, or choose another tag`;
    return { ...about, code: "SECRET_TAG_TAKEN", message, hint };
  }
  if (current || !live.foreign.includes(tag)) return undefined;
  const message = `a secret of the tag ${tag} exists and is not ours`;
  const hint = "choose another tag, or delete that secret in the store once nobody reads it";
  return { ...about, code: "SECRET_FOREIGN", message, hint };
}

/** Without a value there is nothing to put there, and nothing to compare. */
function blockedSource(
  { name, valueFrom, origin }: DesiredSecret,
  { secretValues }: Facts,
  isWritten: boolean,
): Blocked | undefined {
  const about = { kind: "Secret", name, at: origin } as const;
  const slot = slotId(valueFrom);
  const reading = secretValues?.get(name) ?? { type: "empty" };
  if (reading.type === "blind") {
    const message = `${slot} never gives a value back`;
    const hint = "name a slot of a sink that can be read, such as a file sink";
    return { ...about, code: "SECRET_SOURCE_UNREADABLE", message, hint };
  }
  if (reading.type === "unreadable") {
    const message = `${slot} could not be read: ${reading.message}`;
    const hint = reading.hint ?? "see that the sink can be reached and lets it be read, then plan again";
    return { ...about, code: "SECRET_SOURCE_UNREADABLE", message, hint };
  }
  if (reading.type !== "empty" || isWritten) return undefined;
  const hint = "put the value there, or declare a key that is delivered to it";
  return { ...about, code: "SECRET_SOURCE_EMPTY", message: `${slot} is empty`, hint };
}
