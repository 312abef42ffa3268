/** What a key may see, in the areas of Palo Alto Cortex Cloud (scope-based access control, `SBAC`). */

import { listText } from "./list-text.ts";

/** `no_scope`: nothing; `see_all`: everything; `scope`: what is listed; `any` (endpoints only): whatever has a group or tag. */
export type ScopeMode = "no_scope" | "see_all" | "scope" | "any";

/** Each area that is absent stays as it is in the store. Names and ids mean nothing by their order. */
export interface KeyScope {
  readonly assets?: { readonly mode: ScopeMode; readonly groupIds?: readonly number[] };
  readonly endpointGroups?: { readonly mode: ScopeMode; readonly names?: readonly string[] };
  readonly endpointTags?: { readonly mode: ScopeMode; readonly names?: readonly string[] };
  readonly casesIssues?: { readonly mode: ScopeMode; readonly names?: readonly string[] };
}

export const SCOPE_AREAS = ["assets", "endpointGroups", "endpointTags", "casesIssues"] as const;
export type ScopeArea = (typeof SCOPE_AREAS)[number];

type Area = NonNullable<KeyScope[ScopeArea]>;

/** The name of a field of a change: `scope.assets`. */
export const scopeField = (area: ScopeArea): string => `scope.${area}`;

export const isScopeField = (field: string): boolean => field.startsWith("scope.");

/** An area in which a key's scope is not what is declared, as text for people. */
export interface ScopeDifference {
  readonly area: ScopeArea;
  /** Absent: the store does not tell. */
  readonly from?: string;
  readonly to: string;
  /** Whether the key sees more than before, or something else. False where the store does not tell what it saw. */
  readonly isWidened: boolean;
}

/** Equal for equal scopes: lists sorted, without repetitions, and only where the mode reads them. */
export function canonicalScope({ assets, ...named }: KeyScope): KeyScope {
  const groupIds = [...new Set(assets?.groupIds)].sort((a, b) => a - b);
  const { endpointGroups, endpointTags, casesIssues } = named;
  return {
    ...(assets && { assets: { mode: assets.mode, ...(assets.mode === "scope" && { groupIds }) } }),
    ...(endpointGroups && { endpointGroups: canonicalNames(endpointGroups) }),
    ...(endpointTags && { endpointTags: canonicalNames(endpointTags) }),
    ...(casesIssues && { casesIssues: canonicalNames(casesIssues) }),
  };
}

type NamedArea = NonNullable<KeyScope["casesIssues"]>;

const canonicalNames = ({ mode, names }: NamedArea): NamedArea => ({
  mode,
  ...(mode === "scope" && { names: [...new Set(names)].sort() }),
});

/** `assets scope: 3, 7; endpointTags see_all` */
export const renderScope = (scope: KeyScope): string =>
  SCOPE_AREAS.flatMap((name) => {
    const area = scope[name];
    return area ? [`${name} ${renderArea(area)}`] : [];
  }).join("; ");

/** `scope: 3, 7`, `see_all`. Equal for areas that let a key see the same, and for no others. */
export function renderArea(area: Area): string {
  if (area.mode !== "scope") return area.mode;
  const { assets } = canonicalScope("groupIds" in area ? { assets: area } : {});
  return `scope: ${assets ? membersOf(assets).join(", ") : listText(membersOf(area))}`;
}

interface Lists {
  readonly groupIds?: readonly number[];
  readonly names?: readonly string[];
}

const membersOf = ({ groupIds = [], names = [] }: Lists): readonly string[] => [
  ...groupIds.map(String),
  ...names,
];

/** Only areas that are declared count. `live`: undefined where the store did not tell. */
export function scopeDifferences(
  declared: KeyScope | undefined,
  live: KeyScope | undefined,
): readonly ScopeDifference[] {
  return SCOPE_AREAS.flatMap((area): readonly ScopeDifference[] => {
    const wanted = declared?.[area];
    const present = live?.[area];
    if (!wanted) return [];
    const to = renderArea(wanted);
    if (!present) return [{ area, to, isWidened: false }];
    const from = renderArea(present);
    return from === to ? [] : [{ area, from, to, isWidened: !isWithin(wanted, present) }];
  });
}

/** Whether all that `inner` shows is surely shown by `outer`. */
function isWithin(inner: Area, outer: Area): boolean {
  if (inner.mode === "no_scope" || outer.mode === "see_all") return true;
  if (outer.mode === "any") return inner.mode === "scope";
  const shown = new Set(outer.mode === "scope" ? membersOf(outer) : []);
  return inner.mode === "scope" && membersOf(inner).every((member) => shown.has(member));
}
