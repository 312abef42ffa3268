/** Keys that are not ours: those that nobody knows of. */

import { baselineOf } from "../baseline.ts";
import type { Facts } from "../facts.ts";
import type { ForeignKey } from "../live.ts";
import type { Finding } from "./finding.ts";

/** Another instance's keys come and go with its own runs: whoever knows it knows them. */
export function foreignFindings({ live, records }: Facts, response: Finding["response"]): readonly Finding[] {
  const { foreign } = baselineOf(records);
  const ids = new Set(foreign?.ids);
  const instances = new Set(foreign?.instances);
  const recorded = new Set(
    [...records.values()].flatMap(({ current, retiring }) =>
      [...(current ? [current] : []), ...retiring].map(({ id }) => id),
    ),
  );
  const isKnown = ({ id, instance }: ForeignKey): boolean =>
    ids.has(id) || recorded.has(id) || (instance !== undefined && instances.has(instance));
  return (live.foreign.listed ?? [])
    .filter((key) => !isKnown(key))
    .map(({ id, displayName, createdAt, instance }) => {
      const what =
        instance === undefined
          ? `"${displayName}" was made ${createdAt}, and nobody knows of it here`
          : `"${displayName}", made ${createdAt}, carries the marker of another instance, ${instance}, which is not known here`;
      return {
        class: "foreign",
        kind: "ApiKey",
        id,
        message: what,
        hint: hintFor(instance, foreign !== undefined),
        response,
        key: `foreign/ApiKey/${id}`,
      };
    });
}

function hintFor(instance: string | undefined, isBegun: boolean): string {
  if (!isBegun) return NO_BASELINE;
  return instance === undefined ? ACKNOWLEDGE : ANOTHER;
}

const ANOTHER =
  "if that instance is meant to share the store, `keywright drift --acknowledge` takes all its keys as known, also later ones";
const ACKNOWLEDGE =
  "revoke it in the store, `keywright import` it, or `keywright drift --acknowledge` if it is meant";
const NO_BASELINE =
  "nobody has said yet which keys were there before: the first apply takes them as known, as does `keywright drift --acknowledge`";
