import type { Slot } from "../core/desired.ts";
import type { Issue } from "../core/issue.ts";
import type { SinkFacts } from "./build-context.ts";
import type { SlotField } from "../core/slot-field.ts";
import type { Check } from "./declarations.ts";
import { issueAt, type IssueText } from "./issue-at.ts";
import { quote } from "./quote.ts";
import { slotPathFault } from "./slot-path.ts";
import { keyPlaceOf, placeOf, type SourceNode } from "./source-node.ts";
import { listOf, suggest, suggestOrList } from "./suggest.ts";

/** Every slot is in a sink of the configuration and has the fields that the sink's driver asks for. */
export const checkSlots: Check = ({ keys }, { sinks }) =>
  keys.flatMap(({ value, node }) =>
    value.deliverTo.flatMap((slot, index) => {
      const place: SlotPlace = { node, index };
      const facts = sinks.get(slot.sink);
      return facts ? slotFaults(place, slot, facts) : [unknownSink(place, slot.sink, [...sinks.keys()])];
    }),
  );

interface SlotPlace {
  readonly node: SourceNode;
  readonly index: number;
}

function issueIn({ node, index }: SlotPlace, field: string | undefined, text: IssueText): Issue {
  const path = ["spec", "deliverTo", index, ...(field === undefined ? [] : [field])];
  const place = placeOf(node, path);
  return issueAt(place.source, place.offset, text);
}

const unknownSink = (place: SlotPlace, sink: string, known: readonly string[]): Issue =>
  issueIn(place, "sink", {
    code: "SINK_UNKNOWN",
    message: `the configuration has no sink ${quote(sink)}`,
    hint: suggestOrList(sink, known, "declare it under `sinks` in keywright.yaml"),
  });

function slotFaults(place: SlotPlace, slot: Slot, facts: SinkFacts): readonly Issue[] {
  const known = facts.fields.map(({ name }) => name);
  const unknown = Object.keys(slot).filter((field) => field !== "sink" && !known.includes(field));
  return [
    ...unknown.map((field) => unknownField(place, slot.sink, field, known)),
    ...facts.fields.flatMap((field) => fieldFaults(place, slot, field, facts)),
  ];
}

function unknownField(
  { node, index }: SlotPlace,
  sink: string,
  field: string,
  known: readonly string[],
): Issue {
  const place = keyPlaceOf(node, ["spec", "deliverTo", index, field]);
  return issueAt(place.source, place.offset, {
    code: "SLOT_FIELD_UNKNOWN",
    message: `slots of sink ${sink} have no field ${quote(field)}`,
    hint: suggest(field, known) ?? `they have ${listOf(known)}`,
  });
}

function fieldFaults(place: SlotPlace, slot: Slot, field: SlotField, facts: SinkFacts): readonly Issue[] {
  const value = slot[field.name];
  if (value === undefined) {
    if (!field.isRequired) return [];
    const hint = `add \`${field.name}: …\``;
    const message = `this slot of sink ${slot.sink} lacks ${field.name}`;
    return [issueIn(place, undefined, { code: "SLOT_FIELD_MISSING", message, hint })];
  }
  if (field.isPath) {
    const fault = slotPathFault(value, slot.sink, facts.paths);
    return fault ? [issueIn(place, field.name, fault)] : [];
  }
  if (!field.pattern || field.pattern.test(value)) return [];
  const message = `${field.name} must be ${field.expects ?? `text of the form ${field.pattern.source}`}`;
  return [issueIn(place, field.name, { code: "SLOT_FIELD_INVALID", message })];
}
