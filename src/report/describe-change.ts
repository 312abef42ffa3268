/** A change in words, the same for every format. All text is still as it came: each format makes it safe. */

import type {
  Action,
  AdoptKey,
  Change,
  CreateKey,
  FieldChange,
  RevocationReason,
  RevokeKey,
  RotateKey,
  SecretChange,
} from "../core/change.ts";
import { type DesiredKey, slotId } from "../core/desired.ts";
import { DAY_MS, HOUR_MS, renderDuration } from "../core/duration.ts";
import { expiresAt, renderExpires } from "../core/expiry.ts";
import type { Position } from "../core/issue.ts";
import { renderScope } from "../core/key-scope.ts";
import { keyText } from "../core/key-text.ts";
import { isWithoutOverlap, oldValidUntil } from "../core/overlap.ts";
import { renderRoles } from "../core/role-ref.ts";
import { renderInstant } from "./render-instant.ts";

export interface Detail {
  readonly label: string;
  readonly text: string;
}

export interface ChangeDescription {
  readonly action: Action;
  readonly kind: Change["kind"];
  readonly name: string;
  readonly renamedFrom?: string;
  readonly reasons: readonly string[];
  readonly fields: readonly FieldChange[];
  readonly details: readonly Detail[];
  /** Where it is declared. */
  readonly at?: Position;
}

/** `now` is when the change would be carried out: overlaps and expiries count from it. */
export function describeChange(change: Change, now: Date): ChangeDescription {
  const { action, kind, name } = change;
  return {
    action,
    kind,
    name,
    reasons: [],
    fields: "fields" in change ? change.fields : [],
    details: [],
    ...("renamedFrom" in change && change.renamedFrom !== undefined && { renamedFrom: change.renamedFrom }),
    ...("desired" in change && { at: change.desired.origin }),
    ...particulars(change, now),
  };
}

function particulars(change: Change, now: Date): Partial<ChangeDescription> {
  if (change.kind === "SecurityPolicy" || change.kind === "IpAllowlist") return {};
  if (change.kind === "Secret") return describeSecret(change);
  if (change.kind === "Role") {
    if (change.action === "revoke") return { reasons: [REVOCATIONS.removed] };
    if (change.action === "update") return {};
    return { details: [{ label: "permissions", text: listText(change.desired.permissions) }] };
  }
  switch (change.action) {
    case "create":
      return { reasons: messages(change), details: describeNewKey(change.desired, now) };
    case "adopt":
      return { reasons: [ADOPTION], details: describeAdoption(change) };
    case "update":
      return { details: [{ label: "key", text: keyText(change.current) }] };
    case "rotate":
      return { reasons: messages(change), details: describeRotation(change, now) };
    case "revoke":
      return { reasons: [REVOCATIONS[change.reason]], details: describeRevocation(change) };
  }
}

/** Never of its value. */
function describeSecret(change: SecretChange): Partial<ChangeDescription> {
  if (change.action === "revoke")
    return { reasons: [REVOCATIONS.removed], details: [{ label: "tag", text: change.secret.tag }] };
  const { tag, valueFrom } = change.desired;
  return {
    details: [
      { label: "tag", text: tag },
      { label: "value from", text: slotId(valueFrom) },
    ],
  };
}

const messages = ({ reasons }: CreateKey | RotateKey): readonly string[] =>
  reasons.map(({ message }) => message);

const REVOCATIONS: Readonly<Record<RevocationReason, string>> = {
  removed: "its manifest is gone",
  superseded: "a newer key took its place and the overlap is over",
  abandoned: "it comes from an attempt that was given up; nobody has its secret",
  duplicate: "the store made it twice, and nobody has this one's secret",
  leaked: "its secret leaked; it is revoked as soon as another key is in place, without overlap",
  asked: "a person asked for its end by name",
  unminted:
    "an earlier run did not get it made, or died before that; only its traces in ledger and sinks are cleared",
};

const describeNewKey = (desired: DesiredKey, now: Date): readonly Detail[] => [
  { label: "roles", text: listText(renderRoles(desired.roles)) },
  ...describeLife(desired, now),
];

const describeLife = (desired: DesiredKey, now: Date): readonly Detail[] => [
  { label: "expires", text: expiryText(desired, now) },
  ...desired.deliverTo.map((slot) => ({ label: "goes to", text: slotId(slot) })),
  ...(desired.scope ? [{ label: "scope", text: renderScope(desired.scope) }] : []),
  ...(desired.protected ? [{ label: "protected", text: "yes" }] : []),
];

function expiryText({ expires }: DesiredKey, now: Date): string {
  const end = expiresAt(expires, now);
  if (end === undefined) return "never";
  const at = renderInstant(end);
  return expires.type === "after" ? `${renderExpires(expires)}: about ${at}` : at;
}

const ADOPTION =
  "its manifest adopts it, and it carries no marker of ours: from now on its metadata is managed, and removing its manifest revokes it";

const describeAdoption = ({ key, desired }: AdoptKey): readonly Detail[] => [
  { label: "key", text: `${keyText(key)}, made ${renderInstant(key.createdAt)}` },
  { label: "value", text: `held elsewhere: not rotated before keywright take-custody ${desired.name}` },
];

const describeRotation = (change: RotateKey, now: Date): readonly Detail[] => [
  { label: "overlap", text: overlapText(change, now) },
  ...(change.reasons.some(({ code }) => code === "custody-taken") ? [ELSEWHERE] : []),
  ...describeLife(change.desired, now),
];

function overlapText(change: RotateKey, now: Date): string {
  const { desired, current } = change;
  const both = `new key now, old key ${keyText(current)}`;
  const until = oldValidUntil(change, now);
  if (until === undefined) return `${both} is not valid`;
  if (isWithoutOverlap(change)) {
    return `none: ${both} is revoked in the same run, once the new one is in every sink`;
  }
  const { overlapMs } = desired.rotation;
  if (overlapMs === 0) return `${both} stays valid until the next run revokes it (no overlap)`;
  const overlap = overlapLength(overlapMs);
  return Date.parse(until) < now.getTime() + overlapMs
    ? `${both} stays valid until it expires at ${renderInstant(until)} (before its ${overlap} overlap ends)`
    : `${both} stays valid until about ${renderInstant(until)} (${overlap} overlap), and the next run after that revokes it`;
}

/** The same in a few words. */
export function overlapGist(change: RotateKey, now: Date): string {
  const until = oldValidUntil(change, now);
  if (until === undefined) return "the old key is not valid";
  if (isWithoutOverlap(change)) return "the old key is revoked in the same run";
  return change.desired.rotation.overlapMs === 0
    ? "the old key stays valid until the next run"
    : `the old key stays valid until about ${renderInstant(until)}`;
}

/** As manifests mostly spell it: in hours up to three days. */
const overlapLength = (ms: number): string =>
  ms % HOUR_MS === 0 && ms < 3 * DAY_MS ? `${ms / HOUR_MS}h` : renderDuration(ms);

/** There never was a key that was not minted. */
const describeRevocation = ({ key, reason, protected: isProtected }: RevokeKey): readonly Detail[] => [
  ...(reason === "unminted"
    ? []
    : [{ label: "key", text: `${keyText(key)}, made ${renderInstant(key.createdAt)}` }]),
  ...(isProtected ? [{ label: "protected", text: "yes" }] : []),
];

const ELSEWHERE: Detail = {
  label: "elsewhere",
  text: "whoever holds the old key's value needs the new one, from a sink, before the old one ends",
};

const listText = (items: readonly string[]): string => items.join(", ") || "(none)";
