/** What people should know about a plan although nothing is done about it. */

import type { DesiredKey } from "./desired.ts";
import { isPast } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import { compareText } from "./issue.ts";
import { policyBreaches } from "./policy.ts";
import type { LiveKey } from "./live.ts";

export interface Notice {
  readonly code: "FOREIGN_KEYS" | "NOT_COMPLIANT" | "NOT_MANAGEABLE" | "END_DATE_PASSED" | "SINK_UNREADABLE";
  readonly message: string;
}

export const noticesOf = (facts: Facts): readonly Notice[] => [
  ...foreign(facts),
  ...notManageable(facts),
  ...notCompliant(facts),
  ...endDatePassed(facts),
  ...unreadable(facts),
];

function foreign({ live: { foreign } }: Facts): readonly Notice[] {
  if (foreign.keys === 0) return [];
  const message = `${foreign.keys} ${foreign.keys === 1 ? "key" : "keys"} in the store not made by this instance: left alone`;
  return [{ code: "FOREIGN_KEYS", message }];
}

function notManageable({ desired, capabilities: { manages } }: Facts): readonly Notice[] {
  const kinds = [
    ...(desired.roles.length > 0 && !manages.includes("Role") ? ["roles"] : []),
    ...(desired.policy && !manages.includes("SecurityPolicy") ? ["a security policy"] : []),
  ];
  return kinds.map((kind) => ({
    code: "NOT_MANAGEABLE",
    message: `${kind} declared, not manageable in this store; keys are still checked against them`,
  }));
}

/** A policy binds new keys; older ones that break it are told, never revoked for it. */
function notCompliant({ desired, live }: Facts): readonly Notice[] {
  const policy = desired.policy ?? live.policy;
  if (!policy) return [];
  return live.keys
    .filter((key) => key.status === "active")
    .flatMap((key) => {
      const breaches = policyBreaches(asDeclared(key), policy, new Date(key.createdAt));
      if (breaches.length === 0) return [];
      const what = breaches.map(({ message }) => message).join("; ");
      return [{ code: "NOT_COMPLIANT" as const, message: `${key.marker.name} (${key.id}) ${what}` }];
    })
    .sort((a, b) => compareText(a.message, b.message));
}

const asDeclared = (key: LiveKey): Pick<DesiredKey, "expires" | "roles"> => ({
  expires: key.expiresAt === undefined ? { type: "never" } : { type: "at", instant: key.expiresAt },
  roles: key.roles,
});

const endDatePassed = ({ desired, now }: Facts): readonly Notice[] =>
  desired.keys
    .filter((key) => isPast(key.expires, now))
    .map((key) => ({
      code: "END_DATE_PASSED",
      message: `${key.name}: its end date has passed, so no key is minted for it`,
    }));

const unreadable = ({ slots }: Facts): readonly Notice[] =>
  [...slots]
    .flatMap(([id, reading]) =>
      reading.type === "unreadable"
        ? [{ code: "SINK_UNREADABLE" as const, message: `${id} could not be read: ${reading.message}` }]
        : [],
    )
    .sort((a, b) => compareText(a.message, b.message));
