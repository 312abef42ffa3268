/** What of a value can still be relied on although its schema refuses it: all but the faulty parts themselves. */

import type { ErrorObject } from "ajv";
import { mappingNode, type NodePath, type SourceNode } from "./source-node.ts";
import { pathOf } from "./validate-node.ts";

/** Faults that leave the parts of a mapping or a list as good as they are. */
const HARMLESS: ReadonlySet<string> = new Set([
  "required",
  "additionalProperties",
  "propertyNames",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
]);

/**
 * The same tree, where the value of each faulty part is undefined. It stays a member of its mapping, and an item at
 * its index, and knows its place. A choice between several forms is sound or faulty as a whole.
 */
export const soundNode = (node: SourceNode, errors: readonly ErrorObject[]): SourceNode =>
  errors
    .flatMap((error) => faultyPath(error) ?? [])
    .reduce((sound, { path }) => withoutValue(sound, path), node);

function faultyPath(error: ErrorObject): { readonly path: NodePath } | undefined {
  // Errors about a member's name carry it; the member's value is judged by itself.
  if (HARMLESS.has(error.keyword) || error.propertyName !== undefined) return undefined;
  const path = pathOf(error);
  return { path: error.keyword === "uniqueItems" ? [...path, Number(error.params["i"])] : path };
}

function withoutValue(node: SourceNode, [step, ...rest]: NodePath): SourceNode {
  if (step === undefined) return { source: node.source, offset: node.offset, value: undefined };
  if (node.items) {
    const items = node.items.map((item, index) => (index === Number(step) ? withoutValue(item, rest) : item));
    return { ...node, items, value: items.map(({ value }) => value) };
  }
  const member = node.members?.get(String(step));
  if (!node.members || !member) return node;
  const changed = { ...member, node: withoutValue(member.node, rest) };
  return mappingNode(node, new Map(node.members).set(String(step), changed));
}
