/** Overlays: a later manifest of the same kind and name, laid over an earlier one field by field. */

import { mappingNode, type NodePath, type SourceMember, type SourceNode } from "./source-node.ts";

const TRIGGERS = ["at", "before", "every"];

/**
 * Mappings are merged; lists and single values are replaced. `spec.expires`, the slot of a Secret and each area of a scope
 * are one value, and a rotation has one trigger: there the later file replaces what excludes its own.
 */
export function mergeNodes(base: SourceNode, over: SourceNode, path: NodePath = []): SourceNode {
  if (!base.members || !over.members || isOneValue(path)) {
    // What is said again, such as the name, is still where it was said first.
    return base.value === over.value ? base : over;
  }
  const members = new Map<string, SourceMember>(base.members);
  if (path.join(".") === "spec.rotation" && TRIGGERS.some((name) => over.members?.has(name))) {
    for (const name of TRIGGERS) members.delete(name);
  }
  for (const [name, member] of over.members) {
    const earlier = members.get(name);
    const node = earlier ? mergeNodes(earlier.node, member.node, [...path, name]) : member.node;
    members.set(name, earlier && node !== member.node ? { ...earlier, node } : member);
  }
  return mappingNode(base, members);
}

const isOneValue = (path: NodePath): boolean =>
  /^spec\.(expires|valueFrom|scope\.[^.]*)$/.test(path.join("."));

export interface OverlaidField {
  /** `spec.expires.after` */
  readonly field: string;
  /** The file whose value holds. */
  readonly file: string;
}

/** The fields of `merged` whose value comes from another file than the manifest itself. */
export function overlaidFields(merged: SourceNode, path: NodePath = []): readonly OverlaidField[] {
  return [...(merged.members ?? [])].flatMap(([name, { node }]) => {
    const field = [...path, name];
    const own = node.source === merged.source ? [] : [{ field: field.join("."), file: node.source.file }];
    return own.length > 0 ? own : overlaidFields(node, field);
  });
}
