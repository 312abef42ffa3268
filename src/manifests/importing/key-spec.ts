/** A live key in the words of a manifest, and what of it manifests cannot say. */

import type { LiveKey } from "../../core/live.ts";
import { DEFAULT_ROLES, renderRole, type RoleRef } from "../../core/role-ref.ts";
import type { ScopeArea } from "../../core/key-scope.ts";
import type { ApiKeyManifest, RoleSpec } from "../manifest.ts";
import { scopeSpec } from "./scope-spec.ts";
import { lineFit, linesFit } from "./store-text.ts";

const LONGEST = { displayName: 200, description: 1000, owner: 100, label: 255 };
const MOST_LABELS = 32;
const LABEL = /^(?!keywright\/)[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/;
/** YAML that is read strictly knows no such names. */
const FORBIDDEN: ReadonlySet<string> = new Set(["constructor", "prototype"]);

export interface KeySpec {
  readonly manifest: ApiKeyManifest;
  /** Fields that adopting the key changes, because the store's value cannot be written as it is. */
  readonly altered: readonly string[];
  /** Areas of its scope that stay as they are, and that a manifest cannot say. */
  readonly unsaid: readonly ScopeArea[];
}

export function keySpec(key: LiveKey, name: string): KeySpec {
  const displayName = lineFit(key.displayName, LONGEST.displayName);
  const description = linesFit(key.description, LONGEST.description);
  const owner = lineFit(key.owner ?? "", LONGEST.owner) || undefined;
  const labels = fitLabels(key.labels);
  const { scope, unsaid } = scopeSpec(key.scope);
  const isWhole = Object.keys(labels).length === Object.keys(key.labels).length;
  const manifest: ApiKeyManifest = {
    metadata: {
      name,
      ...(owner && { owner }),
      ...(Object.keys(labels).length > 0 && { labels }),
    },
    spec: {
      ...(displayName !== "" && { displayName }),
      ...(description !== "" && { description }),
      roles: roleSpecs(key.roles),
      expires: key.expiresAt === undefined ? "never" : { at: key.expiresAt },
      ...(key.securityLevel === "advanced" && { securityLevel: key.securityLevel }),
      ...(scope && { scope }),
      adopt: { id: key.id },
    },
  };
  const altered = [
    ...((displayName || name) === key.displayName ? [] : ["displayName"]),
    ...(description === key.description ? [] : ["description"]),
    ...(owner === key.owner ? [] : ["owner"]),
    ...(isWhole ? [] : ["labels"]),
  ];
  return { manifest, altered, unsaid };
}

const fitLabels = (labels: LiveKey["labels"]): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(labels).filter(isFit).slice(0, MOST_LABELS));

const isFit = ([label, value]: readonly [string, string]): boolean =>
  LABEL.test(label) && !FORBIDDEN.has(label) && lineFit(value, LONGEST.label) === value;

/** Each once, in the order of the store. */
function roleSpecs(roles: readonly RoleRef[]): readonly RoleSpec[] {
  return [...new Map(roles.map((ref) => [renderRole(ref), ref])).values()].map((ref) => {
    if (ref.type === "custom") return { custom: ref.tag };
    return (DEFAULT_ROLES as readonly string[]).includes(ref.role) ? ref.role : { name: ref.role };
  });
}
