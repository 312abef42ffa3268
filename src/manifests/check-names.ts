import type { Check } from "./declarations.ts";
import { issueAt } from "./issue-at.ts";
import { placeOf } from "./source-node.ts";

/** A name that a key had before belongs to nobody else now, and to one key only. */
export const checkNames: Check = ({ keys, declared }) => {
  const claimed = new Map<string, string>();
  const identified = keys.filter(({ isIdentified }) => isIdentified);
  return identified.flatMap(({ name, previousNames, node }) =>
    previousNames.flatMap((previous, index) => {
      if (previous === undefined) return [];
      const claimant = claimed.get(previous) ?? name;
      claimed.set(previous, claimant);
      const place = placeOf(node, ["metadata", "previousNames", index]);
      if (declared.has(`ApiKey/${previous}`)) {
        const message = `${name} cannot have been ${previous}: a key of that name is declared`;
        const hint = "delete the old manifest, or this previous name";
        return [issueAt(place.source, place.offset, { code: "NAME_PREVIOUS_IN_USE", message, hint })];
      }
      if (claimant === name) return [];
      const message = `both ${claimant} and ${name} say that they were ${previous} before`;
      const hint = "a rename keeps one secret: only one of them can have it";
      return [issueAt(place.source, place.offset, { code: "NAME_PREVIOUS_DUPLICATE", message, hint })];
    }),
  );
};
