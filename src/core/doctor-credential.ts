/** What the doctor says of the credential for the store. */

import { failed, failedBy, ok, skipped, type Verdict, warning } from "./check.ts";
import type { ConfigFacts, CredentialUse, ProjectFacts } from "./doctor-facts.ts";
import { isOfCredential } from "./doctor-store.ts";
import { DAY_MS, renderSpan } from "./duration.ts";
import { renderRoles } from "./role-ref.ts";
import type { StoreCaller, StoreExamination } from "./store-examination.ts";

type Named = readonly [name: string, verdict: Verdict];

const SOON_MS = 30 * DAY_MS;

export function credentialVerdicts(
  config: ConfigFacts,
  { store, examination, manifests }: ProjectFacts,
  now: Date,
): readonly Named[] {
  const shared = sharedVerdict(config.credentials);
  const finding = examination ?? store;
  if ("fault" in finding || !examination || "fault" in examination) {
    const fault = "fault" in finding ? finding.fault : undefined;
    const isAtFault = fault !== undefined && isOfCredential(fault);
    return [["accepted", isAtFault ? failedBy(fault) : skipped("the store was not reached")], ...shared];
  }
  const { found } = examination;
  const isKnown = "found" in manifests && manifests.found.isValid;
  // What a key is that ends otherwise says nothing of the credential.
  const caller = found.caller?.source === "doubtful" ? undefined : found.caller;
  return [
    ["accepted", acceptedVerdict(caller)],
    ["expiry", expiryVerdict(caller, now)],
    ["permissions", permissionVerdict(found, isKnown)],
    ["least-privilege", surplusVerdict(found, isKnown)],
    ["own-key", ownKeyVerdict(found, config.ownKeyId)],
    ...shared,
  ];
}

function acceptedVerdict(caller: StoreCaller | undefined): Verdict {
  if (!caller) return ok("the store lets it in, and does not tell which key it is");
  const roles = renderRoles(caller.roles).join(", ") || "none";
  const who = caller.source === "told" ? `it is the key ${caller.id}` : `it seems to be the key ${caller.id}`;
  return ok(`${who}, with the roles ${roles}`);
}

function expiryVerdict(caller: StoreCaller | undefined, now: Date): Verdict {
  const { id, expiresAt } = caller ?? {};
  if (expiresAt === undefined) return skipped("the store does not tell when it expires");
  if (expiresAt === null) return ok("it never expires");
  const leftMs = Date.parse(expiresAt) - now.getTime();
  const hint = `make another key with the same roles, put it in its place, then revoke ${id}`;
  if (leftMs <= 0) return failed(`it expired at ${expiresAt}`, hint);
  const message = `it expires at ${expiresAt}, in ${renderSpan(leftMs)}`;
  return leftMs < SOON_MS ? warning(message, hint) : ok(message);
}

function permissionVerdict({ missing, unknown, enough }: StoreExamination, isKnown: boolean): Verdict {
  const hint = `enough would be: ${enough}`;
  if (missing.length > 0) return failed(`missing: ${missing.join(", ")}`, isKnown ? hint : undefined);
  if (!isKnown) return skipped("what the manifests ask for is not known while they are not valid");
  if (unknown.length > 0) return skipped(`the store does not tell ${unknown.join("; ")}`);
  return ok("enough for all that the manifests ask for");
}

function surplusVerdict({ surplus, missing, unknown, enough }: StoreExamination, isKnown: boolean): Verdict {
  if (!isKnown) return skipped("what the manifests ask for is not known while they are not valid");
  if (!surplus) return ok("whoever opens this store can do everything with it");
  if (surplus.length > 0) {
    const hint =
      missing.length > 0 ? "what would be enough stands under permissions" : `enough would be: ${enough}`;
    return warning(`more than the manifests ask for: ${surplus.join(", ")}`, hint);
  }
  if (unknown.length > 0 && missing.length > 0)
    return skipped(`the store does not tell ${unknown.join("; ")}`);
  return unknown.length > 0
    ? skipped("the store does not tell that either")
    : ok("nothing beyond what the manifests ask for");
}

function ownKeyVerdict({ caller, missing }: StoreExamination, named: string | undefined): Verdict {
  if (!caller) {
    if (missing.length > 0) return skipped("the credential may not look for its own key");
    return named === undefined ? unguarded("the id of the credential's key") : notThere(named);
  }
  switch (caller.source) {
    case "told":
      return ok(`${caller.id} is never revoked`);
    case "named":
      return ok(`${caller.id} is never revoked: guards.ownKey names it`);
    case "doubtful":
      return warning(
        `guards.ownKey names ${caller.id}, whose secret ends otherwise than the credential`,
        "look in the store which key the credential is, and name that one",
      );
    case "likely":
      return unguarded(caller.id);
  }
}

const unguarded = (id: string): Verdict =>
  warning(
    "the store does not tell which key the credential is, so nothing keeps that key from being revoked",
    `write into the configuration: guards: { ownKey: { id: ${id} } }`,
  );

const notThere = (id: string): Verdict =>
  failed(
    `guards.ownKey names ${id}, and the store has no such key`,
    "look in the store which key the credential is, and name that one",
  );

/** Two users of one credential cannot be given rights, or have them taken, one by one. */
function sharedVerdict(credentials: readonly CredentialUse[]): readonly Named[] {
  if (credentials.length < 2) return [];
  const places = new Map<string, readonly string[]>();
  for (const { user, place } of credentials) places.set(place, [...(places.get(place) ?? []), user]);
  const shared = [...places].filter(([, users]) => users.length > 1);
  if (shared.length === 0) return [["shared", ok("each has its own")]];
  const message = shared.map(([place, users]) => `${users.join(" and ")} use ${place}`).join("; ");
  return [["shared", warning(message, "give each its own, with the rights that it needs")]];
}
