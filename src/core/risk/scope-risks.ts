import { renderArea, SCOPE_AREAS, scopeDifferences } from "../key-scope.ts";
import type { Risk } from "./risk.ts";
import type { Succession } from "./succession.ts";

/** Area by area, where the key sees more than before, or something else. What the store does not tell is left out. */
export const scopeRisks = (succession: Succession): readonly Risk[] =>
  [...declaredAreas(succession), ...lostLists(succession)].map((what) => ({
    class: "privilege-widened",
    kind: "ApiKey",
    name: succession.change.name,
    message: `${succession.change.name}: ${what}`,
  }));

const declaredAreas = ({ change, live }: Succession): readonly string[] =>
  live === undefined
    ? []
    : scopeDifferences(change.desired.scope, live.scope)
        .filter(({ isWidened }) => isWidened)
        .map(({ area, from = "", to }) => `${area} ${from} → ${to}`);

/**
 * A successor has of an area that is not declared what the store gives new keys: never a list that somebody made. What else
 * a key can have there may be just that, so that each rotation would be one.
 */
function lostLists({ change, live }: Succession): readonly string[] {
  if (change.action !== "rotate") return [];
  return SCOPE_AREAS.flatMap((name) => {
    const area = live?.scope?.[name];
    if (area?.mode !== "scope" || change.desired.scope?.[name]) return [];
    return [`${name} ${renderArea(area)} → what the store gives a new key`];
  });
}
