/** What a person cannot mean by a request about a key whose value is held elsewhere, and what to write instead. */

import type { DesiredKey } from "./desired.ts";
import { isHeldElsewhere } from "./held-elsewhere.ts";
import { currentOf, type KeyGroup } from "./key-group.ts";

export interface CustodyFault {
  readonly message: string;
  readonly hint: string;
}

/** Of a rotation of a declared key. */
export function rotationFault(group: KeyGroup): CustodyFault | undefined {
  const { name, desired } = group;
  if (!isHeldElsewhere(desired, currentOf(group))) return undefined;
  return {
    message: `the value of ${name} is held elsewhere, so Keywright cannot give its consumers a new one`,
    hint: `\`keywright take-custody ${name}\` gives it a successor in a sink, with an overlap`,
  };
}

export function custodyFault(group: KeyGroup): CustodyFault | undefined {
  const { name, desired } = group;
  if (!desired) return { message: `${name} is not declared`, hint: "`keywright import` writes its manifest" };
  if (!desired.adopt) {
    const message = `${name} is a key that Keywright made: its value is in its sinks`;
    return { message, hint: `for a successor: keywright rotate ${name}` };
  }
  const current = currentOf(group);
  if (!current) {
    const message = `${name} is not adopted yet`;
    return { message, hint: "run `keywright apply` first: it marks the key as ours" };
  }
  if (!isHeldElsewhere(desired, current)) {
    const message = `custody of ${name} was taken: ${current.id} is in its sinks`;
    return { message, hint: "take spec.adopt out of its manifest" };
  }
  return desired.deliverTo.length > 0 ? undefined : withoutSink(desired);
}

/** A leaked key ends when its successor serves: there must be a place for one. */
export function leakFault(group: KeyGroup, operation: string): CustodyFault | undefined {
  const { name, desired } = group;
  const current = currentOf(group);
  const isIt = current?.marker.operation === operation && isHeldElsewhere(desired, current);
  if (!desired || !isIt || desired.deliverTo.length > 0) return undefined;
  const { message, hint } = withoutSink(desired);
  return { message, hint: `to end the leaked key at once: keywright revoke ${name}; or ${hint}` };
}

function withoutSink({ name, origin }: DesiredKey): CustodyFault {
  const { file, line } = origin;
  return {
    message: `${name} declares no deliverTo, so a successor would go nowhere`,
    hint: `add to spec at ${file}:${line}, for example: deliverTo: [{ sink: …, path: ${name} }]; then ask again`,
  };
}
