import type { Issue } from "../core/issue.ts";
import type { SinkFacts } from "./build-context.ts";
import type { SlotField } from "../core/slot-field.ts";
import { checkSlotPath, isAllowed } from "./check-slot-path.ts";
import type { Check } from "./declarations.ts";
import { issueAt, type IssueText } from "./issue-at.ts";
import type { SlotParts } from "./manifest.ts";
import { quote } from "./quote.ts";
import { keyPlaceOf, type NodePath, placeOf, type SourceNode } from "./source-node.ts";
import { listOf, suggest, suggestOrList } from "./suggest.ts";

/** Every slot is in a sink of the configuration and has the fields that the sink's driver asks for. */
export const checkSlots: Check = ({ keys, secrets }, { sinks }) => {
  const slots = [
    ...keys.flatMap(({ deliverTo, node }) =>
      deliverTo.map((slot, index) => ({ slot, node, path: ["spec", "deliverTo", index] })),
    ),
    ...secrets.map(({ valueFrom, node }) => ({ slot: valueFrom, node, path: ["spec", "valueFrom"] })),
  ];
  return slots.flatMap(({ slot = {}, node, path }) => {
    const { sink } = slot;
    if (sink === undefined) return [];
    const place: SlotPlace = { node, path, sink };
    const facts = sinks.get(sink);
    return facts ? slotFaults(place, slot, facts) : [unknownSink(place, [...sinks.keys()])];
  });
};

interface SlotPlace {
  readonly node: SourceNode;
  readonly path: NodePath;
  readonly sink: string;
}

function issueIn({ node, path }: SlotPlace, field: string | undefined, text: IssueText): Issue {
  const place = placeOf(node, field === undefined ? path : [...path, field]);
  return issueAt(place.source, place.offset, text);
}

const unknownSink = (place: SlotPlace, known: readonly string[]): Issue =>
  issueIn(place, "sink", {
    code: "SINK_UNKNOWN",
    message: `the configuration has no sink ${quote(place.sink)}`,
    hint: suggestOrList(place.sink, known, "declare it under `sinks` in keywright.yaml"),
  });

function slotFaults(place: SlotPlace, slot: SlotParts, facts: SinkFacts): readonly Issue[] {
  const known = facts.fields.map(({ name }) => name);
  const unknown = Object.keys(slot).filter((field) => field !== "sink" && !known.includes(field));
  return [
    ...unknown.map((field) => unknownField(place, field, known)),
    ...facts.fields.flatMap((field) => fieldFaults(place, slot, field, facts)),
  ];
}

function unknownField({ node, path, sink }: SlotPlace, field: string, known: readonly string[]): Issue {
  const place = keyPlaceOf(node, [...path, field]);
  return issueAt(place.source, place.offset, {
    code: "SLOT_FIELD_UNKNOWN",
    message: `slots of sink ${sink} have no field ${quote(field)}`,
    hint: suggest(field, known) ?? `they have ${listOf(known)}`,
  });
}

function fieldFaults(
  place: SlotPlace,
  slot: SlotParts,
  field: SlotField,
  facts: SinkFacts,
): readonly Issue[] {
  const value = slot[field.name];
  if (value === undefined) {
    const names = [field.name, field.alternative].filter((name) => name !== undefined);
    // A field that is there and has no value has a fault of its own.
    if (!field.isRequired || names.some((name) => name in slot)) return [];
    const hint = `add ${names.map((name) => `\`${name}: …\``).join(" or ")}`;
    const message = `this slot of sink ${place.sink} lacks ${names.join(" or ")}`;
    return [issueIn(place, undefined, { code: "SLOT_FIELD_MISSING", message, hint })];
  }
  const other = intruderOf(field, slot);
  if (other !== undefined) {
    const message = `${other} does not go with ${field.name} in a slot of sink ${place.sink}`;
    return [issueIn(place, other, { code: "SLOT_FIELD_INVALID", message, hint: "leave one of them out" })];
  }
  if (field.isPath) {
    const fault = checkSlotPath(value, place.sink, field, facts.paths);
    return fault ? [issueIn(place, field.name, fault)] : [];
  }
  const isFit = field.pattern?.test(value) ?? true;
  const message = `${field.name} must be ${field.expects ?? `text of the form ${field.pattern?.source}`}`;
  if (!isFit) return [issueIn(place, field.name, { code: "SLOT_FIELD_INVALID", message })];
  return isAllowed(value, field.allowed) ? [] : [issueIn(place, field.name, notAllowed(value, place, field))];
}

/** A field of `slot` that must not stand beside `field`. */
const intruderOf = ({ alternative, notBeside = [] }: SlotField, slot: SlotParts): string | undefined =>
  [...notBeside, alternative].find((name) => name !== undefined && name in slot);

const notAllowed = (value: string, { sink }: SlotPlace, { name, allowed }: SlotField): IssueText => ({
  code: "SLOT_NOT_ALLOWED",
  message: `sink ${sink} does not allow the ${name} ${quote(value)}`,
  hint: `the configuration allows ${allowed?.length === 0 ? "none" : allowed?.join(", ")}`,
});
