/** What can be told of a Secret before all of its manifest holds, and the whole of it once it does. */

import type { DesiredSecret } from "../core/desired.ts";
import type { Issue } from "../core/issue.ts";
import type { Check } from "./declarations.ts";
import { issueAt } from "./issue-at.ts";
import type { ManifestEntry, SecretManifest, SecretParts, SlotParts } from "./manifest.ts";
import { placeOf, positionOf, type SourceNode } from "./source-node.ts";

export interface SecretDraft {
  readonly name: string;
  readonly isIdentified: boolean;
  /** These two: undefined where they have a fault, which is told elsewhere. */
  readonly tag: string | undefined;
  readonly valueFrom: SlotParts | undefined;
  readonly node: SourceNode;
}

export function draftSecret({ name, isIdentified, node }: ManifestEntry): SecretDraft {
  const { spec = {} } = node.value as SecretParts;
  const tag = "tag" in spec ? spec.tag : defaultTag(name);
  return { name, isIdentified, tag, valueFrom: spec.valueFrom, node };
}

/** Undefined while something about it has a fault. */
export function buildSecret({ name, node, isSound }: ManifestEntry): DesiredSecret | undefined {
  if (!isSound) return undefined;
  const { spec } = node.value as SecretManifest;
  return {
    kind: "Secret",
    name,
    tag: spec.tag ?? defaultTag(name),
    displayName: spec.displayName ?? name,
    valueFrom: spec.valueFrom,
    origin: positionOf(node, ["metadata", "name"]),
  };
}

/** Dashes are not safe in the tags of every store. */
const defaultTag = (name: string): string => name.replaceAll("-", "_");

/** A tag names one secret in the store. */
export const checkTags: Check = ({ secrets }) => {
  const owners = new Map<string, string>();
  return secrets
    .filter(({ isIdentified }) => isIdentified)
    .flatMap(({ name, tag, node }): readonly Issue[] => {
      if (tag === undefined) return [];
      const owner = owners.get(tag);
      owners.set(tag, owner ?? name);
      if (owner === undefined) return [];
      const place = placeOf(node, ["spec", "tag"]);
      const message = `${owner} and ${name} have the same tag, ${tag}`;
      const hint = "give each Secret a tag of its own";
      return [issueAt(place.source, place.offset, { code: "SECRET_TAG_DUPLICATE", message, hint })];
    });
};
