import type { DesiredKey } from "../core/desired.ts";
import { canonicalScope } from "../core/key-scope.ts";
import type { RoleRef } from "../core/role-ref.ts";
import type { KeyDraft } from "./key-draft.ts";
import type { ApiKeyManifest, ManifestEntry, RoleSpec } from "./manifest.ts";
import { positionOf } from "./source-node.ts";

/** Undefined while something about the key has a fault. */
export function buildKey({ name, node, isSound }: ManifestEntry, draft: KeyDraft): DesiredKey | undefined {
  const { expires, rotation } = draft;
  if (!isSound || !expires || !rotation) return undefined;
  const { metadata, spec } = node.value as ApiKeyManifest;
  return {
    kind: "ApiKey",
    name,
    previousNames: metadata.previousNames ?? [],
    ...(metadata.owner !== undefined && { owner: metadata.owner }),
    labels: metadata.labels ?? {},
    displayName: spec.displayName ?? name,
    description: spec.description ?? "",
    roles: spec.roles.map(buildRole),
    expires,
    rotation,
    securityLevel: spec.securityLevel ?? "standard",
    ...(spec.scope && { scope: canonicalScope(spec.scope) }),
    protected: spec.protected ?? false,
    deliverTo: spec.deliverTo ?? [],
    ...(spec.adopt && { adopt: { id: spec.adopt.id } }),
    origin: positionOf(node, ["metadata", "name"]),
  };
}

export function buildRole(spec: RoleSpec): RoleRef {
  if (typeof spec === "string") return { type: "default", role: spec };
  return "name" in spec ? { type: "default", role: spec.name } : { type: "custom", tag: spec.custom };
}
