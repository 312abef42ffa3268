/** A live key's scope in the words of a manifest, as far as manifests have words for it. */

import { canonicalScope, type KeyScope, SCOPE_AREAS, type ScopeArea } from "../../core/key-scope.ts";

export interface ScopeSpec {
  /** Absent when nothing of the scope can be said. */
  readonly scope?: KeyScope;
  /** Areas that are left out, because no manifest can say them. Adopting the key leaves them as they are. */
  readonly unsaid: readonly ScopeArea[];
}

type Area = NonNullable<KeyScope[ScopeArea]>;

export function scopeSpec(live: KeyScope | undefined): ScopeSpec {
  const scope = live ? canonicalScope(live) : {};
  const present = SCOPE_AREAS.flatMap((name) => {
    const area = scope[name];
    return area ? [[name, area] as const] : [];
  });
  const said = present.filter(([name, area]) => isSayable(name, area));
  return {
    ...(said.length > 0 && { scope: Object.fromEntries(said) }),
    unsaid: present.flatMap(([name, area]) => (isSayable(name, area) ? [] : [name])),
  };
}

const isSayable = (name: ScopeArea, area: Area): boolean => {
  if (area.mode === "any") return name.startsWith("endpoint");
  const members = "groupIds" in area ? area.groupIds : "names" in area ? area.names : [];
  return area.mode !== "scope" || (members ?? []).length > 0;
};
