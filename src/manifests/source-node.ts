/** A parsed value that knows where each of its parts stands, in one file or, after an overlay, in several. */

import type { Position } from "../core/issue.ts";
import { positionAt, type SourceText } from "./source-text.ts";

export interface SourceNode {
  readonly source: SourceText;
  readonly offset: number;
  /** Plain data: the same tree without positions. */
  readonly value: unknown;
  /** Of a mapping. */
  readonly members?: ReadonlyMap<string, SourceMember>;
  /** Of a list. */
  readonly items?: readonly SourceNode[];
}

export interface SourceMember {
  readonly keySource: SourceText;
  readonly keyOffset: number;
  readonly node: SourceNode;
}

export type NodePath = readonly (string | number)[];

/** The place of a value, or of the nearest thing around it that exists. */
export interface Place {
  readonly source: SourceText;
  readonly offset: number;
}

export function placeOf(node: SourceNode, path: NodePath): Place {
  const [step, ...rest] = path;
  if (step === undefined) return node;
  const next = childOf(node, step);
  return next ? placeOf(next, rest) : node;
}

/** The place of the key at the end of `path`; of the value where it is an item of a list. */
export function keyPlaceOf(node: SourceNode, path: NodePath): Place {
  const parent = nodeAt(node, path.slice(0, -1));
  const member = parent?.members?.get(String(path.at(-1)));
  return member ? { source: member.keySource, offset: member.keyOffset } : placeOf(node, path);
}

export function nodeAt(node: SourceNode, path: NodePath): SourceNode | undefined {
  let current: SourceNode | undefined = node;
  for (const step of path) current = current && childOf(current, step);
  return current;
}

export const positionOf = (node: SourceNode, path: NodePath): Position => {
  const place = placeOf(node, path);
  return positionAt(place.source, place.offset);
};

const childOf = (node: SourceNode, step: string | number): SourceNode | undefined =>
  node.items ? node.items[Number(step)] : node.members?.get(String(step))?.node;

/** A mapping of `members`; `value` is built from theirs. None of their names may be `__proto__`. */
export function mappingNode(place: Place, members: ReadonlyMap<string, SourceMember>): SourceNode {
  const value: Record<string, unknown> = {};
  for (const [name, { node }] of members) value[name] = node.value;
  return { source: place.source, offset: place.offset, members, value };
}
