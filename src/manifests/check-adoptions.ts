import type { Check } from "./declarations.ts";
import { issueAt } from "./issue-at.ts";
import type { KeyDraft } from "./key-draft.ts";
import { placeOf, positionOf } from "./source-node.ts";

/** Two manifests never adopt one key: it would follow the one, then the other. */
export const checkAdoptions: Check = ({ keys }) => {
  const first = new Map<string, KeyDraft>();
  const adopting = keys.filter(({ isIdentified }) => isIdentified);
  return adopting.flatMap((key) => {
    const { adoptedId: id, name, node } = key;
    if (id === undefined) return [];
    const earlier = first.get(id);
    if (!earlier) {
      first.set(id, key);
      return [];
    }
    const place = placeOf(node, ["spec", "adopt", "id"]);
    const { file, line, column } = positionOf(earlier.node, ["spec", "adopt", "id"]);
    const message = `both ${earlier.name} and ${name} adopt one key: also at ${file}:${line}:${column}`;
    const hint = "keep one of the two manifests";
    return [issueAt(place.source, place.offset, { code: "ADOPTION_DUPLICATE", message, hint })];
  });
};
