/**
 * A key that the ledger knows and whose marker somebody took away or changed, as by editing the description that it stands
 * in. By its marker it is nobody's, or another name's: a new key would be minted beside it and it would live on for ever, or
 * it would be revoked while it is in use. So its name is left alone until a person has spoken.
 */

import { type AlteredKey, alteredKeys } from "./altered-keys.ts";
import type { Blocked } from "./blocked.ts";
import type { Difference } from "./diff.ts";
import type { Facts } from "./facts.ts";
import { isInFocus } from "./focus.ts";
import type { Limits } from "./guard.ts";
import { compareText } from "./issue.ts";
import { markerText } from "./marker-text.ts";
import { standsAlone } from "./stands-alone.ts";

export function holdAltered(
  { changes, blocked }: Difference,
  facts: Facts,
  { allowed }: Pick<Limits, "allowed">,
): Difference {
  const held = new Map<string, Blocked>();
  for (const altered of alteredKeys(facts)) {
    const isLeft = allowed.includes(altered.name) && canBeLeft(altered, facts);
    for (const name of isLeft ? [] : [altered.name, altered.found?.name ?? altered.name])
      if (isInFocus(name, facts)) held.set(name, blockedBy(altered, name, facts));
  }
  if (held.size === 0) return { changes, blocked };
  const isHeld = ({ kind, name }: { readonly kind: string; readonly name: string }): boolean =>
    kind === "ApiKey" && held.has(name);
  return {
    changes: changes.filter((change) => !isHeld(change) || standsAlone(change, changes, facts.now)),
    // It says more than what else holds the name back: that follows from it.
    blocked: [
      ...blocked.filter((each) => !isHeld(each)),
      ...[...held.values()].sort((a, b) => compareText(a.name, b.name)),
    ],
  };
}

/** The next mint takes a current key's place in the ledger. What is not declared gets none, and would be revoked by its id. */
const canBeLeft = ({ is, name, found }: AlteredKey, { desired }: Facts): boolean =>
  is === "current" && !found && desired.keys.some((key) => key.name === name);

const WHAT = {
  current: "the current key of",
  replaced: "a replaced key of",
  attempt: "from an attempt to mint",
} as const satisfies Record<AlteredKey["is"], string>;

function blockedBy(altered: AlteredKey & { readonly id: string }, name: string, facts: Facts): Blocked {
  const { id, found, is } = altered;
  const at = facts.desired.keys.find((key) => key.name === name)?.origin;
  const says = found
    ? `carries the marker ${markerText(found.marker)}`
    : "carries no marker of this instance any more";
  return {
    kind: "ApiKey",
    name,
    code: "MARKER_ALTERED",
    message: `by the ledger ${id} is ${WHAT[is]} ${altered.name}, and it ${says}`,
    hint: hintFor(altered, facts),
    ...(at && { at }),
  };
}

function hintFor(altered: AlteredKey, facts: Facts): string {
  const ways = [
    ...putBack(altered, facts),
    "revoke it in the store",
    ...(canBeLeft(altered, facts) ? [`leave it to people from now on: --allow ${altered.name}`] : []),
  ];
  return `somebody edited it in the store: ${ways.join("; or ")}`;
}

function putBack(
  { name, generation, operation }: AlteredKey,
  { desired: { instance }, capabilities }: Facts,
): readonly string[] {
  if (generation === undefined) return [];
  if (!capabilities.updatable.includes("labels"))
    return [
      `put ${markerText({ instance, name, generation, operation })} back at the end of its description`,
    ];
  const labels = [
    `instance ${instance}`,
    `name ${name}`,
    `generation ${generation}`,
    `operation ${operation}`,
  ];
  return [`put its keywright/ labels back (${labels.join(", ")})`];
}
