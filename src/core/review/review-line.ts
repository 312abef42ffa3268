/**
 * What a reviewer agrees to, as one line: the same before the merge and after it, however much time passed in between, and
 * another one as soon as something else would be made. Of names it tells those that the manifests declare, and those of the
 * fields of a key; all else is in its digest.
 */

import type { Change, KeyChange } from "../change.ts";
import { type DesiredKey, slotId } from "../desired.ts";
import { canonicalJson, digestOf } from "../digest.ts";
import { compareText } from "../issue.ts";
import type { RotationCode, RotationReason } from "../rotation.ts";

/**
 * Part of a digest that one author may choose both sides of: of two manifests that they wrote, one is reviewed and the
 * other is not, so that no two of them may be found that are alike.
 */
const DIGEST_LENGTH = 32;

/** `update ApiKey scanner 0f… description,owner`: with 32 hex digits, and what of a key differs in the store. */
export const reviewLine = (change: Change): string => lineOf([change], isLacking(change));

/** Of changes that mean one thing: see `reviewItems`. */
export function lineOf(changes: readonly [Change, ...Change[]], isLackingValue: boolean): string {
  const [{ kind, name }] = changes;
  const action = actionOf(changes[0]);
  const [meaning] = changes.map(meaningOf);
  const digest = digestOf({ action, kind, name, ...meaning, isLacking: isLackingValue });
  const head = `${action} ${kind} ${name} ${digest.slice("sha256:".length, "sha256:".length + DIGEST_LENGTH)}`;
  const fields = sorted(changes.flatMap(storedFields));
  return fields.length === 0 ? head : `${head} ${fields.join(",")}`;
}

/** `head`: all but the fields. */
export function splitLine(line: string): { readonly head: string; readonly fields: readonly string[] } {
  const [action = "", kind = "", name = "", digest = "", fields] = line.split(" ");
  return { head: `${action} ${kind} ${name} ${digest}`, fields: fields?.split(",") ?? [] };
}

/** Reasons that come with time, or with a run that was approved and died. */
const BY_TIME: ReadonlySet<RotationCode> = new Set([
  "age",
  "nearing-expiry",
  "expired",
  "leaked",
  "unfinished",
]);

const OF_SINKS: ReadonlySet<RotationCode> = new Set(["sink-empty", "sink-stale"]);

/**
 * Whether nobody asked for the new key: then it is how what was reviewed gets done, and without it an update would do
 * that. A value that a slot lacks comes there by a copy or with a new key, as the other slots allow.
 */
export const isByItself = (change: Change): boolean =>
  change.action === "rotate" && codesOf(change.reasons).length === 0;

/** What people decided: sorted, without repetitions. */
const codesOf = (reasons: readonly RotationReason[]): readonly RotationCode[] =>
  [...new Set(reasons.map(({ code }) => code))]
    .filter((code) => !BY_TIME.has(code) && !OF_SINKS.has(code))
    .sort();

const actionOf = (change: Change): Change["action"] => (isByItself(change) ? "update" : change.action);

/** Whether a declared slot is to get a value that it has not. */
export function isLacking(change: Change): boolean {
  if (change.kind !== "ApiKey") return false;
  if (change.action === "update") return change.copyTo.length > 0;
  return change.action === "rotate" && change.reasons.some(({ code }) => OF_SINKS.has(code));
}

/** What is to be, whatever is there; and, where it matters, why. */
function meaningOf(change: Change): object {
  if (change.kind === "ApiKey") return keyMeaning(change);
  if (change.action === "revoke") return change.kind === "Secret" ? { tag: change.secret.tag } : {};
  const { origin: _, ...desired } = change.desired;
  const fields = "fields" in change ? change.fields.map(({ field }) => field) : [];
  // A Secret follows its source, whenever that changes.
  const isFollowing = (field: string): boolean => change.kind === "Secret" && field === "value";
  return { desired, fields: sorted(fields.filter((field) => !isFollowing(field))) };
}

function keyMeaning(change: KeyChange): object {
  if (change.action === "revoke") return { reason: change.reason, protected: change.protected };
  const desired = desiredMeaning(change.desired);
  if (change.action === "create") {
    return { desired, isMissing: change.reasons.some(({ code }) => code === "missing") };
  }
  return { desired, reasons: change.action === "rotate" ? codesOf(change.reasons) : [] };
}

/** Without its place, and with no order where order means nothing. */
function desiredMeaning({ origin: _, ...desired }: DesiredKey): Omit<DesiredKey, "origin"> {
  return {
    ...desired,
    previousNames: desired.previousNames.toSorted(compareText),
    roles: desired.roles.toSorted((a, b) => compareText(canonicalJson(a), canonicalJson(b))),
    deliverTo: desired.deliverTo.toSorted((a, b) => compareText(slotId(a), slotId(b))),
  };
}

/** What the manifest of a key alone decides needs no second mention. */
const OF_MANIFEST: ReadonlySet<string> = new Set(["name", "protected", "deliverTo"]);

/** Of a key, those that are other than declared: what is altered there after the review is another change. */
function storedFields(change: Change): readonly string[] {
  // A new key is made as declared, whatever of the old one differs.
  if (change.kind !== "ApiKey" || !("fields" in change)) return [];
  if (change.action === "rotate" && !isByItself(change)) return [];
  return change.fields.map(({ field }) => field).filter((field) => !OF_MANIFEST.has(field));
}

const sorted = (names: readonly string[]): readonly string[] => [...new Set(names)].sort(compareText);
