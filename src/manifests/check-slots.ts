import type { Issue } from "../core/issue.ts";
import type { SinkFacts } from "./build-context.ts";
import type { SlotField } from "../core/slot-field.ts";
import { checkSlotPath } from "./check-slot-path.ts";
import type { Check } from "./declarations.ts";
import { issueAt, type IssueText } from "./issue-at.ts";
import type { SlotParts } from "./manifest.ts";
import { quote } from "./quote.ts";
import { keyPlaceOf, placeOf, type SourceNode } from "./source-node.ts";
import { listOf, suggest, suggestOrList } from "./suggest.ts";

/** Every slot is in a sink of the configuration and has the fields that the sink's driver asks for. */
export const checkSlots: Check = ({ keys }, { sinks }) =>
  keys.flatMap(({ deliverTo, node }) =>
    deliverTo.flatMap((slot = {}, index) => {
      const { sink } = slot;
      if (sink === undefined) return [];
      const place: SlotPlace = { node, index, sink };
      const facts = sinks.get(sink);
      return facts ? slotFaults(place, slot, facts) : [unknownSink(place, [...sinks.keys()])];
    }),
  );

interface SlotPlace {
  readonly node: SourceNode;
  readonly index: number;
  readonly sink: string;
}

function issueIn({ node, index }: SlotPlace, field: string | undefined, text: IssueText): Issue {
  const path = ["spec", "deliverTo", index, ...(field === undefined ? [] : [field])];
  const place = placeOf(node, path);
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

function unknownField({ node, index, sink }: SlotPlace, field: string, known: readonly string[]): Issue {
  const place = keyPlaceOf(node, ["spec", "deliverTo", index, field]);
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
    // A field that is there and has no value has a fault of its own.
    if (!field.isRequired || field.name in slot) return [];
    const hint = `add \`${field.name}: …\``;
    const message = `this slot of sink ${place.sink} lacks ${field.name}`;
    return [issueIn(place, undefined, { code: "SLOT_FIELD_MISSING", message, hint })];
  }
  if (field.isPath) {
    const fault = checkSlotPath(value, place.sink, field, facts.paths);
    return fault ? [issueIn(place, field.name, fault)] : [];
  }
  if (!field.pattern || field.pattern.test(value)) return [];
  const message = `${field.name} must be ${field.expects ?? `text of the form ${field.pattern.source}`}`;
  return [issueIn(place, field.name, { code: "SLOT_FIELD_INVALID", message })];
}
