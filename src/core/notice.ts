/** What people should know about a plan although nothing is done about it. */

import type { Change } from "./change.ts";
import { custodyNotices } from "./custody-notices.ts";
import { endingNotices } from "./ending-notices.ts";
import { isPast } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import { compareText } from "./issue.ts";
import { liveBreaches } from "./policy.ts";
import { schedulerSilence } from "./schedule/silence.ts";
import { scopeNotices } from "./scope-notices.ts";

export interface Notice {
  readonly code:
    | "FOREIGN_KEYS"
    | "NOT_COMPLIANT"
    | "NOT_MANAGEABLE"
    | "ROLE_IN_USE"
    | "END_DATE_PASSED"
    | "SINK_UNREADABLE"
    | "OVERLAID"
    | "LEAKED_KEY_VALID"
    | "ACCESS_ENDS"
    | "SCOPE_WIDENED"
    | "SCOPE_UNKNOWN"
    | "HELD_ELSEWHERE"
    | "CUSTODY_TAKEN"
    | "SCHEDULER_SILENT";
  readonly message: string;
}

/** `changes` as the diff of `facts` gave them. The order of inputs never matters. */
export const noticesOf = (facts: Facts, changes: readonly Change[]): readonly Notice[] => [
  ...foreign(facts),
  ...notManageable(facts),
  ...notCompliant(facts),
  ...rolesInUse(facts, changes),
  ...endDatePassed(facts),
  ...unreadable(facts),
  ...endingNotices(facts, changes),
  ...scopeNotices(facts, changes),
  ...custodyNotices(facts, changes),
  ...schedulerSilent(facts),
];

function foreign({ live: { foreign } }: Facts): readonly Notice[] {
  if (foreign.keys === 0) return [];
  const message = `${foreign.keys} ${foreign.keys === 1 ? "key" : "keys"} in the store not made by this instance: left alone`;
  return [{ code: "FOREIGN_KEYS", message }];
}

function notManageable({ desired, capabilities: { manages } }: Facts): readonly Notice[] {
  const kinds = [
    ...(desired.roles.some(({ external }) => !external) && !manages.includes("Role") ? ["roles"] : []),
    ...(desired.policy && !manages.includes("SecurityPolicy") ? ["a security policy"] : []),
  ];
  const neighbours = [
    ...(desired.secrets?.length && !manages.includes("Secret") ? ["secrets"] : []),
    ...(desired.allowlist && !manages.includes("IpAllowlist") ? ["an IP allowlist"] : []),
  ];
  return [
    ...kinds.map(
      (kind) => `${kind} declared, not manageable in this store; keys are still checked against them`,
    ),
    ...neighbours.map((kind) => `${kind} declared, not manageable in this store; left alone`),
  ].map((message) => ({ code: "NOT_MANAGEABLE", message }));
}

/** A policy binds new keys; older ones that break it are told, never revoked for it. */
function notCompliant({ desired, live }: Facts): readonly Notice[] {
  const policy = desired.policy ?? live.policy;
  if (!policy) return [];
  return live.keys
    .flatMap((key) => {
      const breaches = liveBreaches(key, policy);
      if (breaches.length === 0) return [];
      const what = breaches.map(({ message }) => message).join("; ");
      return [{ code: "NOT_COMPLIANT" as const, message: `${key.marker.name} (${key.id}) ${what}` }];
    })
    .sort(byMessage);
}

/** Roles that wait for their revocation: see `held-roles.ts`. */
function rolesInUse(
  { desired, live, capabilities, requests }: Facts,
  changes: readonly Change[],
): readonly Notice[] {
  // A plan that answers requests leaves roles that nobody needs to the next ordinary one.
  if (!capabilities.manages.includes("Role") || requests.length > 0) return [];
  const settled = new Set([
    ...desired.roles.map(({ name }) => name),
    ...changes.filter(({ kind }) => kind === "Role").map(({ name }) => name),
  ]);
  return live.roles
    .filter(({ name }) => !settled.has(name))
    .map(({ name }) => ({
      code: "ROLE_IN_USE" as const,
      message: `role ${name} is no longer declared; it is revoked once no key has it`,
    }))
    .sort(byMessage);
}

const endDatePassed = ({ desired, now }: Facts): readonly Notice[] =>
  desired.keys
    .filter((key) => isPast(key.expires, now))
    .map((key) => ({
      code: "END_DATE_PASSED" as const,
      message: `${key.name}: its end date has passed, so no key is minted for it`,
    }))
    .sort(byMessage);

/** Most errors of a sink say which slot they are about. */
const unreadText = (id: string, message: string): string =>
  `${id} could not be read: ${message.replace(`${id}: `, "")}`;

const unreadable = ({ slots }: Facts): readonly Notice[] =>
  [...slots]
    .flatMap(([id, reading]) =>
      reading.type === "unreadable"
        ? [{ code: "SINK_UNREADABLE" as const, message: unreadText(id, reading.message) }]
        : [],
    )
    .sort(byMessage);

function schedulerSilent(facts: Facts): readonly Notice[] {
  const silence = schedulerSilence(facts);
  return silence ? [{ code: "SCHEDULER_SILENT", message: silence.message }] : [];
}

const byMessage = (a: Notice, b: Notice): number => compareText(a.message, b.message);
