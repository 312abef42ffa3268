import { type Slot, slotId } from "../core/desired.ts";
import type { Issue } from "../core/issue.ts";
import type { BuildContext, SinkFacts } from "./build-context.ts";
import type { Check } from "./declarations.ts";
import { issueAt } from "./issue-at.ts";
import type { KeyDraft } from "./key-draft.ts";
import type { SlotParts } from "./manifest.ts";
import { placeOf } from "./source-node.ts";

interface OwnedSlot {
  readonly owner: KeyDraft;
  readonly index: number;
  readonly slot: Slot;
}

/** Two keys never write one slot, nor one file where the other needs a directory. */
export const checkSlotOwners: Check = ({ keys }, { sinks }) => {
  const slots = keys
    .filter(({ isIdentified }) => isIdentified)
    .flatMap((owner) =>
      owner.deliverTo.flatMap((slot, index) => (isWhole(slot, sinks) ? [{ owner, index, slot }] : [])),
    );
  const first = new Map<string, OwnedSlot>();
  const paths = new Map<string, OwnedSlot>();
  for (const each of slots) {
    const id = placeId(each.slot, sinks);
    if (!first.has(id)) first.set(id, each);
    for (const path of pathsOf(each.slot, sinks.get(each.slot.sink))) paths.set(path, each);
  }
  return slots.flatMap((each) => [
    ...takenSlot(each, first.get(placeId(each.slot, sinks))),
    ...takenDirectory(each, paths, sinks.get(each.slot.sink)),
  ]);
};

/** The same for two slots of one place, though it may have two sinks. */
const placeId = (slot: Slot, sinks: BuildContext["sinks"]): string =>
  slotId({ ...slot, sink: sinks.get(slot.sink)?.place ?? slot.sink });

/** Half a slot is not the same as another half. */
function isWhole(slot: SlotParts = {}, sinks: BuildContext["sinks"]): slot is Slot {
  if (slot["sink"] === undefined || Object.values(slot).includes(undefined)) return false;
  const fields = sinks.get(slot["sink"])?.fields ?? [];
  return fields.every(
    ({ name, isRequired, alternative = name }) =>
      !isRequired || slot[name] !== undefined || slot[alternative] !== undefined,
  );
}

function takenSlot(each: OwnedSlot, owner: OwnedSlot | undefined): readonly Issue[] {
  if (!owner || owner === each) return [];
  const [a, b] = [owner.owner.name, each.owner.name];
  const message =
    a === b
      ? `${b} is delivered twice to ${slotId(each.slot)}`
      : `${a} and ${b} are both delivered to ${slotId(each.slot)}`;
  return [issueIn(each, "SLOT_TAKEN", message, "give each key a slot of its own")];
}

function takenDirectory(
  each: OwnedSlot,
  paths: ReadonlyMap<string, OwnedSlot>,
  facts: SinkFacts | undefined,
): readonly Issue[] {
  return pathsOf(each.slot, facts).flatMap((path) => {
    const file = parentsOf(path).find((parent) => paths.has(parent));
    const other = file === undefined ? undefined : paths.get(file);
    if (!other) return [];
    const message = `${slotId(each.slot)} needs a directory where ${other.owner.name} has a file`;
    return [issueIn(each, "SLOT_TAKEN", message, "choose paths that do not lie inside each other")];
  });
}

/** With the sink's name in front, so that sinks do not mix. */
const pathsOf = (slot: Slot, facts: SinkFacts | undefined): readonly string[] =>
  (facts?.fields ?? [])
    .filter(({ isPath }) => isPath)
    .flatMap(({ name }) => (slot[name] === undefined ? [] : [`${slot.sink}:${slot[name]}`]));

const parentsOf = (path: string): readonly string[] =>
  [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));

function issueIn({ owner, index }: OwnedSlot, code: string, message: string, hint: string): Issue {
  const place = placeOf(owner.node, ["spec", "deliverTo", index]);
  return issueAt(place.source, place.offset, { code, message, hint });
}
