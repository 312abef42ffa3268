/** What is told of live keys that no change would mend. */

import { knownOperations } from "../blocked.ts";
import { itemId } from "../desired-item.ts";
import type { Facts } from "../facts.ts";
import { groupKeys, type KeyGroup } from "../key-group.ts";
import { keyText } from "../key-text.ts";
import type { OwnedKey } from "../live.ts";
import type { Plan } from "../plan.ts";
import { liveBreaches } from "../policy.ts";
import { isAboutAll } from "./blocked-cause.ts";
import type { DriftResponse, Finding } from "./finding.ts";

/** Keys with our marker that the ledger does not know; where a name is left alone as a whole, that says it already. */
export function orphanFindings(
  { desired, live, records }: Facts,
  { blocked }: Pick<Plan, "blocked">,
  response: DriftResponse,
): readonly Finding[] {
  const shut = new Set(blocked.filter(isAboutAll).map(itemId));
  return groupKeys(desired, live.keys, records)
    .filter(({ name }) => !shut.has(itemId({ kind: "ApiKey", name })))
    .flatMap((group) => strangersOf(group).map((key) => orphan(group, key, response)));
}

function strangersOf({ live, record }: KeyGroup): readonly OwnedKey[] {
  const known = new Set([...(record ? knownOperations(record) : []), ...(record?.leaked ?? [])]);
  return live.filter(({ marker }) => !known.has(marker.operation));
}

const orphan = ({ name, desired }: KeyGroup, key: OwnedKey, response: DriftResponse): Finding => ({
  class: "orphan",
  kind: "ApiKey",
  name,
  id: key.id,
  generation: key.marker.generation,
  message: `the ledger does not know ${keyText(key)}, which carries our marker`,
  hint: desired
    ? `run with the ledger that made it; or, if there is none, \`keywright rotate ${name}\` gives it a successor that this one knows`
    : "see who uses it; then revoke it in the store, or take its marker away",
  response,
  key: `orphan/ApiKey/${name}/${key.id}`,
});

export function breachFindings(
  { desired, live }: Pick<Facts, "desired" | "live">,
  response: DriftResponse,
): readonly Finding[] {
  const policy = desired.policy ?? live.policy;
  if (!policy) return [];
  return live.keys.flatMap((key): readonly Finding[] => {
    const breaches = liveBreaches(key, policy);
    if (breaches.length === 0) return [];
    const { name, generation } = key.marker;
    return [
      {
        class: "not-compliant",
        kind: "ApiKey",
        name,
        id: key.id,
        generation,
        message: `${keyText(key)} ${breaches.map(({ message }) => message).join("; ")}`,
        hint: `change its manifest, then \`keywright rotate ${name}\`: a new key keeps to the policy`,
        response,
        key: `not-compliant/ApiKey/${name}/${key.id}`,
      },
    ];
  });
}
