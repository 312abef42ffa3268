/** What is told of live keys that no change would mend. */

import { itemId } from "../desired-item.ts";
import type { Facts } from "../facts.ts";
import { isHeldElsewhere } from "../held-elsewhere.ts";
import { currentOf, groupKeys, type KeyGroup } from "../key-group.ts";
import { keyText } from "../key-text.ts";
import type { OwnedKey } from "../live.ts";
import type { Plan } from "../plan.ts";
import { liveBreaches } from "../policy.ts";
import { isAboutAll } from "./blocked-cause.ts";
import type { DriftResponse, Finding } from "./finding.ts";
import { isAccountedFor } from "./is-accounted-for.ts";

/** Keys with our marker that nobody accounts for; where a name is left alone as a whole, that says it already. */
export function orphanFindings(
  facts: Facts,
  { blocked }: Pick<Plan, "blocked">,
  response: DriftResponse,
): readonly Finding[] {
  const { desired, live, records } = facts;
  const shut = new Set(blocked.filter(isAboutAll).map(itemId));
  return groupKeys(desired, live.keys, records)
    .filter(({ name }) => !shut.has(itemId({ kind: "ApiKey", name })))
    .flatMap((group) => strangersOf(group, facts).map((key) => orphan(group, key, response)));
}

const strangersOf = (group: KeyGroup, facts: Facts): readonly OwnedKey[] =>
  group.live.filter(({ id, marker: { operation } }) => !isAccountedFor({ id, operation }, group, facts));

const orphan = (group: KeyGroup, key: OwnedKey, response: DriftResponse): Finding => ({
  class: "orphan",
  kind: "ApiKey",
  name: group.name,
  id: key.id,
  generation: key.marker.generation,
  message: `the ledger does not know ${keyText(key)}, which carries our marker`,
  hint: orphanHint(group),
  response,
  key: `orphan/ApiKey/${group.name}/${key.id}`,
});

/** The same for many keys, and then shown once. */
function orphanHint(group: KeyGroup): string {
  const { desired } = group;
  if (!desired) return "see who uses it; then revoke it in the store, or take its marker away";
  const successor = successorBy(isHeldElsewhere(desired, currentOf(group)));
  return `run with the ledger that made it; or, if there is none, ${successor} gives it a successor that this one knows`;
}

/** Each is refused where the other is what it takes. */
const successorBy = (isElsewhere: boolean): string =>
  isElsewhere ? "`keywright take-custody NAME`" : "`keywright rotate NAME`";

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
    const isElsewhere = desired.keys.some((each) => isHeldElsewhere(each, key));
    return [
      {
        class: "not-compliant",
        kind: "ApiKey",
        name,
        id: key.id,
        generation,
        message: `${keyText(key)} ${breaches.map(({ message }) => message).join("; ")}`,
        hint: `change its manifest, then ${successorBy(isElsewhere)}: a new key keeps to the policy`,
        response,
        key: `not-compliant/ApiKey/${name}/${key.id}`,
      },
    ];
  });
}
