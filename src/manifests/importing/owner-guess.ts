/** Whom keys belong to, guessed for sorting manifests into directories: nothing of it is written as a fact. */

import type { LiveKey } from "../../core/live.ts";
import { slugOf } from "./store-text.ts";

export interface OwnerGuess {
  /** A directory's name. */
  readonly group: string;
  /** Why it was sorted there, to end a sentence. */
  readonly why: string;
}

const LABELS = ["owner", "team", "squad", "group"];
const NOBODY: OwnerGuess = { group: "unowned", why: "for nothing tells whom it belongs to" };
const LONGEST_GROUP = 63;

/** By its owner, by a label, or by how its name begins, if another key's begins so too. */
export function createOwnerGuess(keys: readonly LiveKey[]): (key: LiveKey) => OwnerGuess {
  const counts = new Map<string, number>();
  for (const key of keys) {
    const prefix = prefixOf(key);
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return (key) => {
    const prefix = prefixOf(key);
    const isShared = (counts.get(prefix) ?? 0) > 1;
    return (
      byOwner(key) ??
      byLabel(key) ??
      (isShared ? guess(prefix, "by how its name begins") : undefined) ??
      NOBODY
    );
  };
}

const prefixOf = ({ displayName }: LiveKey): string =>
  slugOf(displayName.split(/[^\p{L}\p{N}]+/u).find(Boolean) ?? "", LONGEST_GROUP);

const byOwner = ({ owner }: LiveKey): OwnerGuess | undefined => guess(owner, "by its owner in the store");

function byLabel({ labels }: LiveKey): OwnerGuess | undefined {
  const found = LABELS.find((label) => Object.hasOwn(labels, label));
  return found === undefined ? undefined : guess(labels[found], `by its label ${found}`);
}

function guess(text: string | undefined, why: string): OwnerGuess | undefined {
  const group = slugOf(text ?? "", LONGEST_GROUP);
  return group === "" ? undefined : { group, why };
}
