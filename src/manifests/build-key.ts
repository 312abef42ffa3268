import type { DesiredKey, Expires } from "../core/desired.ts";
import { isPast } from "../core/expiry.ts";
import type { Issue } from "../core/issue.ts";
import type { RoleRef } from "../core/role-ref.ts";
import type { BuildContext } from "./build-context.ts";
import { buildExpires, isExpiresFault } from "./build-expires.ts";
import { buildRotation } from "./build-rotation.ts";
import { issueAt, type IssueText } from "./issue-at.ts";
import type { ApiKeyManifest, Declared, ManifestEntry, RoleSpec } from "./manifest.ts";
import { type NodePath, placeOf, positionOf, type SourceNode } from "./source-node.ts";

export interface BuiltKey {
  /** Absent when it has no usable expiry. */
  readonly key?: Declared<DesiredKey>;
  readonly issues: readonly Issue[];
}

export function buildKey({ name, node }: ManifestEntry, context: BuildContext): BuiltKey {
  const { metadata, spec } = node.value as ApiKeyManifest;
  const { expires, issues: expiryIssues } = readExpires(spec, node, context);
  if (!expires) return { issues: expiryIssues };
  const { rule, faults } = buildRotation(spec.rotation, context.defaults.rotation, expires);
  const value: DesiredKey = {
    kind: "ApiKey",
    name,
    previousNames: metadata.previousNames ?? [],
    ...(metadata.owner !== undefined && { owner: metadata.owner }),
    labels: metadata.labels ?? {},
    displayName: spec.displayName ?? name,
    description: spec.description ?? "",
    roles: spec.roles.map(buildRole),
    expires,
    rotation: rule,
    securityLevel: spec.securityLevel ?? "standard",
    protected: spec.protected ?? false,
    deliverTo: spec.deliverTo,
    origin: positionOf(node, ["metadata", "name"]),
  };
  const rotationIssues = faults.map(({ field, ...text }) => issueIn(node, ["spec", "rotation", field], text));
  return { key: { value, node }, issues: [...expiryIssues, ...rotationIssues] };
}

export const buildRole = (spec: RoleSpec): RoleRef =>
  typeof spec === "string" ? { type: "default", role: spec } : { type: "custom", tag: spec.custom };

interface ReadExpires {
  readonly expires?: Expires;
  readonly issues: readonly Issue[];
}

function readExpires(spec: ApiKeyManifest["spec"], node: SourceNode, context: BuildContext): ReadExpires {
  const declared = spec.expires ?? context.defaults.expires;
  if (declared === undefined) {
    const hint = "write { after: 90d }, or never; or set defaults.expires in keywright.yaml";
    return {
      issues: [
        issueIn(node, ["spec"], {
          code: "EXPIRY_MISSING",
          message: "spec does not say when the key expires",
          hint,
        }),
      ],
    };
  }
  const expires = buildExpires(declared);
  if (isExpiresFault(expires)) {
    const { field, ...text } = expires;
    return { issues: [issueIn(node, ["spec", "expires", field], { code: "EXPIRY_INVALID", ...text })] };
  }
  if (!isPast(expires, context.now)) return { expires, issues: [] };
  const message = `the key's life ended at ${expires.type === "at" ? expires.instant : ""}: none is minted`;
  const hint = "choose a later end, or delete the manifest";
  // A warning: the day would come when it stopped the plans of all other keys.
  const issue = { code: "EXPIRY_PAST", severity: "warning", message, hint } as const;
  return { expires, issues: [issueIn(node, ["spec", "expires"], issue)] };
}

function issueIn(node: SourceNode, path: NodePath, text: IssueText): Issue {
  const place = placeOf(node, path);
  return issueAt(place.source, place.offset, text);
}
