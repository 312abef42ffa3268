/** Finds the key that a leaked secret belongs to: in the ledger, or by asking the store. Changes nothing. */

import type { Facts } from "../core/facts.ts";
import { fingerprintOf, last4Of } from "../core/key-format.ts";
import { knownOperations, leakByFingerprint, leakById, leakByLast4, type LeakFinding } from "../core/leak.ts";
import type { LiveKey } from "../core/live.ts";
import type { Verification } from "../core/ports.ts";
import { withKeyId } from "../core/secret-tail.ts";
import type { Secret } from "../core/secret.ts";
import { limitsOf } from "./limits-of.ts";
import type { World } from "./world.ts";

export interface FindLeakOptions {
  /** A person's word for whose key it is, where nothing else tells. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

export async function findLeak(
  world: World,
  facts: Facts,
  secret: Secret,
  { name, signal }: FindLeakOptions = {},
): Promise<LeakFinding> {
  const known = leakByFingerprint(facts, fingerprintOf(secret)) ?? leakWithoutId(facts, secret);
  if (known) return known;
  const all: LiveKey[] = [];
  for await (const key of world.store.list("ApiKey", signal)) all.push(key);
  const last4 = last4Of(secret);
  if (mayWake(facts, all, last4)) return leakByLast4(facts, all, last4, name);
  const answer = await world.store.verify(secret, signal);
  if (!answer.valid) return invalid(answer);
  if (answer.id !== undefined) return leakById(facts, answer.id, limitsOf(world).ownKeyIds);
  const found = leakByLast4(facts, all, last4, name);
  return found.type === "unknown" ? { type: "foreign", isOwn: false } : found;
}

/** What is delivered together with its id may leak without it. */
function leakWithoutId(facts: Facts, secret: Secret): LeakFinding | undefined {
  for (const { id, last4 } of facts.live.keys) {
    if (last4 !== undefined) continue;
    const known = leakByFingerprint(facts, fingerprintOf(withKeyId(id, secret)));
    if (known) return known;
  }
  return undefined;
}

/**
 * To verify a secret is to use it, and its first use activates a PENDING key: a key that waits for it stays asleep. Those
 * whose secrets the ledger knows are other ones.
 */
function mayWake(facts: Facts, all: readonly LiveKey[], last4: string): boolean {
  const known = knownOperations(facts);
  const { instance } = facts.desired;
  return all.some(
    ({ status, marker, last4: end }) =>
      status === "pending" &&
      end === last4 &&
      !(marker?.instance === instance && known.has(marker.operation)),
  );
}

/** What stores say of a key that they once let in; of anything else they cannot know whether it ever was one. */
const ENDED = new Set(["revoked", "expired"]);

const invalid = ({ reason }: Extract<Verification, { valid: false }>): LeakFinding =>
  ENDED.has(reason) ? { type: "dead", why: reason } : { type: "unknown", why: `the store says ${reason}` };
