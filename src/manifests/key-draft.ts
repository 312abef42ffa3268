/** What can be told of a key before all of its manifest holds, so that one fault hides no other. */

import type { Expires, RotationRule } from "../core/desired.ts";
import { isPast } from "../core/expiry.ts";
import type { Issue } from "../core/issue.ts";
import type { BuildContext } from "./build-context.ts";
import { buildExpires, isExpiresFault } from "./build-expires.ts";
import { buildRotation } from "./build-rotation.ts";
import { issueAt, type IssueText } from "./issue-at.ts";
import type { ApiKeyParts, ManifestEntry, RoleSpec, SlotParts } from "./manifest.ts";
import { nodeAt, type NodePath, placeOf, type SourceNode } from "./source-node.ts";

/** A part that is undefined is not known: its fault is told elsewhere, and nothing follows from it. */
export interface KeyDraft {
  readonly name: string;
  readonly isIdentified: boolean;
  readonly hasValidName: boolean;
  readonly lacksOwner: boolean;
  /** In these three, as in the manifest, each stands at its index. */
  readonly previousNames: readonly (string | undefined)[];
  readonly roles: readonly (RoleSpec | undefined)[];
  readonly deliverTo: readonly (SlotParts | undefined)[];
  /** The store's id of the key that it adopts. */
  readonly adoptedId?: string;
  readonly expires: Expires | undefined;
  readonly rotation: RotationRule | undefined;
  readonly node: SourceNode;
}

export interface DraftedKey {
  readonly draft: KeyDraft;
  readonly issues: readonly Issue[];
}

export function draftKey(entry: ManifestEntry, context: BuildContext): DraftedKey {
  const { name, isIdentified, node } = entry;
  const { metadata = {}, spec = {} } = node.value as ApiKeyParts;
  const { expires, issues: expiryIssues } = readExpires(entry, context);
  const { rotation, issues: rotationIssues } = readRotation(entry, expires, context);
  const draft: KeyDraft = {
    name,
    isIdentified,
    hasValidName: metadata.name !== undefined,
    lacksOwner: isLeftOut(entry, "metadata", "owner"),
    previousNames: metadata.previousNames ?? [],
    roles: spec.roles ?? [],
    deliverTo: spec.deliverTo ?? [],
    ...(spec.adopt?.id !== undefined && { adoptedId: spec.adopt.id }),
    expires,
    rotation,
    node,
  };
  return { draft, issues: [...expiryIssues, ...rotationIssues] };
}

/** What is faulty, or may stand there under a misspelt name, is not left out. */
function isLeftOut({ node, hasUnknownField }: ManifestEntry, mapping: string, field: string): boolean {
  const members = nodeAt(node, [mapping])?.members;
  return members !== undefined && !members.has(field) && !hasUnknownField;
}

interface ReadExpires {
  readonly expires?: Expires;
  readonly issues: readonly Issue[];
}

function readExpires(entry: ManifestEntry, context: BuildContext): ReadExpires {
  const { node } = entry;
  const { spec } = node.value as ApiKeyParts;
  const isDefault = spec?.expires === undefined && isLeftOut(entry, "spec", "expires");
  const declared = isDefault ? context.defaults.expires : spec?.expires;
  if (declared === undefined) return { issues: isDefault ? [issueIn(node, ["spec"], NO_EXPIRY)] : [] };
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

const NO_EXPIRY: IssueText = {
  code: "EXPIRY_MISSING",
  message: "spec does not say when the key expires",
  hint: "write { after: 90d }, or never; or set defaults.expires in keywright.yaml",
};

/** Stands in for an expiry that is not known: no rotation is called impossible because of it. */
const SOME_END: Expires = { type: "at", instant: "" };

interface ReadRotation {
  readonly rotation?: RotationRule;
  readonly issues: readonly Issue[];
}

function readRotation(
  entry: ManifestEntry,
  expires: Expires | undefined,
  context: BuildContext,
): ReadRotation {
  const { node } = entry;
  const { spec } = node.value as ApiKeyParts;
  if (spec?.rotation === undefined && !isLeftOut(entry, "spec", "rotation")) return { issues: [] };
  const { rule, faults } = buildRotation(spec?.rotation, context.defaults.rotation, expires ?? SOME_END);
  const issues = faults.map(({ field, ...text }) => issueIn(node, ["spec", "rotation", field], text));
  return { rotation: rule, issues };
}

function issueIn(node: SourceNode, path: NodePath, text: IssueText): Issue {
  const place = placeOf(node, path);
  return issueAt(place.source, place.offset, text);
}
