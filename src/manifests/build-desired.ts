/** Manifests to the state that they declare: everything about them that can be told without a store. */

import type { DesiredPolicy, DesiredRole, DesiredState } from "../core/desired.ts";
import { digestOf } from "../core/digest.ts";
import { compareIssues, compareText, hasErrors, type Issue, type Position } from "../core/issue.ts";
import type { ManifestFile } from "../core/ports.ts";
import { renderRoles } from "../core/role-ref.ts";
import { buildAllowlist, checkAllowlists, draftAllowlist } from "./allowlist-draft.ts";
import type { BuildContext } from "./build-context.ts";
import { buildKey, buildRole } from "./build-key.ts";
import { checkAdoptions } from "./check-adoptions.ts";
import { checkNames } from "./check-names.ts";
import { checkPolicy } from "./check-policy.ts";
import { checkRoles } from "./check-roles.ts";
import { checkSlotOwners } from "./check-slot-owners.ts";
import { checkSlots } from "./check-slots.ts";
import { draftKey } from "./key-draft.ts";
import type { Check, Declarations } from "./declarations.ts";
import type { Declared, ManifestEntry, ManifestKind, RoleManifest, SecurityPolicyParts } from "./manifest.ts";
import { type OverlaidField, overlaidFields } from "./merge-nodes.ts";
import { readManifests } from "./read-manifests.ts";
import { buildSecret, checkTags, draftSecret } from "./secret-draft.ts";
import { positionOf } from "./source-node.ts";

const CHECKS: readonly Check[] = [
  checkNames,
  checkAdoptions,
  checkRoles,
  checkSlots,
  checkSlotOwners,
  checkPolicy,
  checkTags,
  checkAllowlists,
];

export interface BuiltManifests {
  /** Keys and roles sorted by name. */
  readonly desired: DesiredState;
  /** Over the desired state without its positions: layout, comments and the order of files do not move it. */
  readonly digest: string;
}

export interface ManifestsReading {
  /** Absent when there is an error among the issues. */
  readonly built?: BuiltManifests;
  /** All of them, over all files, in the order of their places. */
  readonly issues: readonly Issue[];
  /** By `ApiKey/entities-scanner`: which fields an overlay set, and in which file. Only where there are any. */
  readonly overlays: ReadonlyMap<string, readonly OverlaidField[]>;
}

/** Never throws. `files` as a manifest source gives them: sorted by layer, then path. */
export function buildDesired(files: readonly ManifestFile[], context: BuildContext): ManifestsReading {
  const read = readManifests(files);
  const keys = ofKind(read.entries, "ApiKey").map((entry) => ({ entry, ...draftKey(entry, context) }));
  const all: Declarations = {
    keys: keys.map(({ draft }) => draft),
    policies: ofKind(read.entries, "SecurityPolicy")
      .filter(({ isIdentified }) => isIdentified)
      .map(buildPolicy),
    secrets: ofKind(read.entries, "Secret").map(draftSecret),
    allowlists: ofKind(read.entries, "IpAllowlist")
      .filter(({ isIdentified }) => isIdentified)
      .map(draftAllowlist),
    declared: read.declared,
    isComplete: read.isComplete,
  };
  const issues = [
    ...read.issues,
    ...keys.flatMap((each) => each.issues),
    ...CHECKS.flatMap((check) => check(all, context)),
  ].sort(compareIssues);
  const overlays = overlaysOf(read.entries);
  if (hasErrors(issues)) return { issues, overlays };
  const policy = all.policies[0]?.value;
  const secrets = ofKind(read.entries, "Secret").flatMap((entry) => buildSecret(entry) ?? []);
  const [allowlist] = all.allowlists;
  const desired: DesiredState = {
    instance: context.instance,
    keys: keys.flatMap(({ entry, draft }) => buildKey(entry, draft) ?? []),
    roles: ofKind(read.entries, "Role").map(buildCustomRole),
    ...(policy && { policy }),
    ...(secrets.length > 0 && { secrets }),
    ...(allowlist && { allowlist: buildAllowlist(allowlist) }),
  };
  return { built: { desired, digest: digestOfState(desired) }, issues, overlays };
}

const ofKind = (entries: readonly ManifestEntry[], kind: ManifestKind): readonly ManifestEntry[] =>
  entries.filter((entry) => entry.kind === kind).toSorted((a, b) => compareText(a.name, b.name));

function buildCustomRole({ name, node }: ManifestEntry): DesiredRole {
  const { spec } = node.value as RoleManifest;
  return {
    kind: "Role",
    name,
    displayName: spec.displayName ?? name,
    description: spec.description ?? "",
    permissions: (spec.permissions ?? []).toSorted(compareText),
    ...(spec.external && { external: true }),
    origin: positionOf(node, ["metadata", "name"]),
  };
}

function buildPolicy({ name, node }: ManifestEntry): Declared<DesiredPolicy> {
  const { spec = {} } = node.value as SecurityPolicyParts;
  const { maxLifetimeDays, namePattern } = spec;
  const allowedRoles = wholeList(spec.allowedRoles);
  const value: DesiredPolicy = {
    kind: "SecurityPolicy",
    name,
    requireExpiration: spec.requireExpiration ?? false,
    ...(maxLifetimeDays !== undefined && { maxLifetimeDays }),
    ...(allowedRoles && { allowedRoles: renderRoles(allowedRoles.map(buildRole)) }),
    requireRotation: spec.requireRotation ?? false,
    requireOwner: spec.requireOwner ?? false,
    ...(namePattern !== undefined && { namePattern }),
    origin: positionOf(node, ["metadata", "name"]),
  };
  return { value, node };
}

/** Undefined when it is, or one of its items. */
const wholeList = <T>(items: readonly (T | undefined)[] = [undefined]): readonly T[] | undefined => {
  const known = items.filter((item) => item !== undefined);
  return known.length === items.length ? known : undefined;
};

function digestOfState({ instance, keys, roles, policy, secrets, allowlist }: DesiredState): string {
  return digestOf({
    instance,
    keys: keys.map(withoutOrigin),
    roles: roles.map(withoutOrigin),
    policy: policy && withoutOrigin(policy),
    secrets: secrets?.map(withoutOrigin),
    allowlist: allowlist && withoutOrigin(allowlist),
  });
}

const withoutOrigin = (value: { readonly origin: Position }): unknown => ({
  ...value,
  origin: undefined,
});

const overlaysOf = (entries: readonly ManifestEntry[]): ManifestsReading["overlays"] =>
  new Map(
    entries
      .filter(({ isOverlaid }) => isOverlaid)
      .map(({ kind, name, node }) => [`${kind}/${name}`, overlaidFields(node)]),
  );
