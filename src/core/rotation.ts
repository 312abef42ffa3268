/** Why a key is replaced by a new one: a chain of small rules, each a question to the same facts. */

import type { DesiredKey } from "./desired.ts";
import { slotId } from "./desired.ts";
import { renderDuration } from "./duration.ts";
import { hasDesiredExpiry, isUnexpired, renderExpires } from "./expiry.ts";
import type { CurrentKey, KeyRecord } from "./key-record.ts";
import type { LiveKey, OwnedKey } from "./live.ts";
import type { StoreCapabilities } from "./ports.ts";
import { keyText } from "./key-text.ts";
import { type KeyRequest, leakedOperations, requestsOf } from "./request.ts";
import { renderRoles } from "./role-ref.ts";
import type { SlotState } from "./slot-reading.ts";

export type RotationCode =
  | "new"
  | "missing"
  | "unfinished"
  | "expired"
  | "roles-changed"
  | "expiry-changed"
  | "security-level-changed"
  | "serial-changed"
  | "age"
  | "nearing-expiry"
  | "sink-empty"
  | "sink-stale"
  | "on-demand"
  | "custody-taken"
  | "leaked";

export interface RotationReason {
  readonly code: RotationCode;
  /** One line for people; the same at every planning as long as the reason holds. */
  readonly message: string;
}

export interface RotationFacts {
  readonly desired: DesiredKey;
  readonly current: OwnedKey;
  readonly record: KeyRecord | undefined;
  /** What the ledger knows of `current` itself. */
  readonly recorded: CurrentKey | undefined;
  /** By `slotId`, for every slot of `desired`. */
  readonly slots: ReadonlyMap<string, SlotState>;
  readonly capabilities: StoreCapabilities;
  /** Those for this name are answered. */
  readonly requests: readonly KeyRequest[];
  readonly now: Date;
}

type RotationQuestion = (facts: RotationFacts) => RotationReason | undefined;

/** All reasons that hold; none: the key stays. */
export const rotationReasons = (facts: RotationFacts): readonly RotationReason[] =>
  QUESTIONS.flatMap((question) => question(facts) ?? []);

const isLeaked: RotationQuestion = ({ desired: { name }, current, record, requests }) => {
  const { operation } = current.marker;
  if (!leakedOperations({ name, ...(record && { record }) }, requests).has(operation)) return undefined;
  const request = requestsOf(requests, "leak", name).find((each) => each.operation === operation);
  const words = request ? `: ${request.reason}` : "";
  return reason("leaked", `the secret of ${keyText(current)} leaked${words}`);
};

const isOnDemand: RotationQuestion = ({ desired, requests }) => {
  const [request] = requestsOf(requests, "rotate", desired.name);
  return request && reason("on-demand", `asked for: ${request.reason}`);
};

const isCustodyTaken: RotationQuestion = ({ desired, requests }) => {
  const [request] = requestsOf(requests, "take-custody", desired.name);
  return request && reason("custody-taken", `custody is taken: ${request.reason}`);
};

const isUnfinished: RotationQuestion = ({ record }) =>
  record?.intent &&
  reason("unfinished", `an earlier run began generation ${record.intent.generation} and did not end it`);

const isExpired: RotationQuestion = ({ current, now }) =>
  isUnexpired(current, now) && current.status !== "expired"
    ? undefined
    : reason("expired", `expired at ${current.expiresAt ?? "an unknown time"}`);

const haveRolesChanged: RotationQuestion = ({ desired, current, capabilities }) => {
  if (capabilities.updatable.includes("roles")) return undefined;
  const [from, to] = [renderRoles(current.roles).join(", "), renderRoles(desired.roles).join(", ")];
  return from === to ? undefined : reason("roles-changed", `roles change from ${from} to ${to}`);
};

const hasExpiryChanged: RotationQuestion = ({ desired, current, recorded }) =>
  hasDesiredExpiry(desired.expires, current, recorded)
    ? undefined
    : reason(
        "expiry-changed",
        `expiry changes from ${current.expiresAt ?? "never"} to ${renderExpires(desired.expires)}`,
      );

const hasSecurityLevelChanged: RotationQuestion = ({ desired, current }) =>
  desired.securityLevel === current.securityLevel
    ? undefined
    : reason(
        "security-level-changed",
        `security level changes from ${current.securityLevel} to ${desired.securityLevel}`,
      );

const hasSerialChanged: RotationQuestion = ({ desired, recorded }) => {
  const serial = desired.rotation.serial;
  if (!recorded || serial === undefined || serial === recorded.serial) return undefined;
  return reason("serial-changed", `rotation serial changes from ${recorded.serial ?? "none"} to ${serial}`);
};

const isDue: RotationQuestion = ({ desired, current, now }) => {
  const due = rotationDueAt(desired, current);
  return due && now.getTime() >= Date.parse(due.at) ? reason(due.code, due.message) : undefined;
};

const isSinkEmpty: RotationQuestion = ({ desired, slots }) => inSink(desired, slots, "empty");
const isSinkStale: RotationQuestion = ({ desired, slots }) => inSink(desired, slots, "stale");

/** Where another slot still has the value it is copied instead; see `diff-key.ts`. */
function inSink(
  desired: DesiredKey,
  slots: ReadonlyMap<string, SlotState>,
  state: "empty" | "stale",
): RotationReason | undefined {
  const bad = desired.deliverTo.map(slotId).filter((id) => slots.get(id) === state);
  if (bad.length === 0) return undefined;
  const fault = state === "empty" ? "no value" : "another value";
  return reason(`sink-${state}`, `${bad.join(", ")} holds ${fault}`);
}

const QUESTIONS: readonly RotationQuestion[] = [
  isLeaked,
  isOnDemand,
  isCustodyTaken,
  isUnfinished,
  isExpired,
  haveRolesChanged,
  hasExpiryChanged,
  hasSecurityLevelChanged,
  hasSerialChanged,
  isDue,
  isSinkEmpty,
  isSinkStale,
];

export interface RotationDue extends RotationReason {
  readonly code: "age" | "nearing-expiry";
  /** ISO 8601. */
  readonly at: string;
  /** `at 66% of its life`. */
  readonly rule: string;
}

/**
 * When `current` is due for its scheduled rotation; undefined: never by schedule. Nearing a fixed end is no
 * reason for a new key: it would end together with the old one.
 */
export function rotationDueAt(
  desired: Pick<DesiredKey, "rotation" | "expires">,
  current: Pick<LiveKey, "createdAt" | "expiresAt">,
): RotationDue | undefined {
  const trigger = desired.rotation.trigger;
  const created = Date.parse(current.createdAt);
  if (trigger.type === "disabled") return undefined;
  if (trigger.type === "every") {
    return due("age", created + trigger.ms, `at the age of ${renderDuration(trigger.ms)}`);
  }
  if (current.expiresAt === undefined || desired.expires.type === "at") return undefined;
  const end = Date.parse(current.expiresAt);
  return trigger.type === "before"
    ? due("nearing-expiry", end - trigger.ms, `${renderDuration(trigger.ms)} before it expires`)
    : due(
        "nearing-expiry",
        created + trigger.fraction * (end - created),
        `at ${Math.round(trigger.fraction * 100)}% of its life`,
      );
}

function due(code: RotationDue["code"], atMs: number, rule: string): RotationDue {
  const at = new Date(atMs).toISOString();
  return { code, at, rule, message: `due since ${at} (${rule})` };
}

const reason = (code: RotationCode, message: string): RotationReason => ({ code, message });
