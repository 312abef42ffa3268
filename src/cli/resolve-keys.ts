/** From what a person calls a key, its name or its id in the store, to the key. */

import { KeywrightError } from "../core/error.ts";
import type { Facts } from "../core/facts.ts";
import { groupKeys } from "../core/key-group.ts";
import { looksLikeSecret } from "../core/request.ts";
import { suggestOrList } from "../manifests/suggest.ts";

export interface ResolvedKey {
  readonly name: string;
  /** When it was called by its id. */
  readonly id?: string;
}

/** Throws REQUEST_INVALID for the first word that is nothing of ours, with what is near it. */
export function resolveKeys(words: readonly string[], facts: Facts): readonly ResolvedKey[] {
  const groups = groupKeys(facts.desired, facts.live.keys, facts.records);
  return [...new Set(words)].map((word) => {
    if (looksLikeSecret(word)) throw secretAsName();
    if (groups.some(({ name }) => name === word)) return { name: word };
    const owner = groups.find(({ live }) => live.some(({ id }) => id === word));
    if (owner) return { name: owner.name, id: word };
    const names = groups.map(({ name }) => name);
    throw new KeywrightError(
      "REQUEST_INVALID",
      `there is no key named ${word}, and none of ours has that id`,
      {
        hint: suggestOrList(word, names, "no key is declared, and none of ours is in the store"),
      },
    );
  });
}

/** It is not repeated; but shells and process lists have it now. */
const secretAsName = (): KeywrightError =>
  new KeywrightError("REQUEST_INVALID", "what was given for a name looks like a key itself", {
    hint: "a command line is no place for a key: treat it as leaked, with `keywright leak --stdin`",
  });
