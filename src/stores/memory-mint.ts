/** How a store in memory makes keys and changes them. */

import { canonicalJson } from "../core/digest.ts";
import { createKey, keyDigest } from "../core/key-format.ts";
import type { LiveKey, LivePolicy } from "../core/live.ts";
import { policyBreaches } from "../core/policy.ts";
import type { CreateKeyRequest, Minted, StoreCapabilities, UpdateRequest } from "../core/ports.ts";
import { type RoleRef, renderRole } from "../core/role-ref.ts";
import type { StoredKey } from "./memory-keys.ts";
import { conflict, holds, MEMORY_KEY_FORMAT, type MemoryState, rejected } from "./memory-state.ts";

const PENDING_TTL_MS = 15 * 60_000;

type Content = Omit<CreateKeyRequest, "secret">;

export function createMemoryKey(state: MemoryState, request: CreateKeyRequest): Minted {
  const { secret, ...content } = request;
  const { mint } = state.capabilities;
  refuseUnheld(state, content);
  if (mint.by === "store") return mintHere(state, mint, content);
  if (!secret) throw rejected("the client is to make the secret");
  const binding = canonicalJson({ ...content, digest: keyDigest(secret) });
  const { operation } = content.marker;
  const earlier = state.keys.byOperation(operation);
  if (earlier) return replay(state, earlier, binding);
  if (state.keys.bySecret(secret)) throw conflict("another key has this secret");
  refuseNewKey(state, content);
  const pendingUntil = state.clock.now().getTime() + PENDING_TTL_MS;
  return mintedOf(state.keys.add(secret, held(state, content), { operation, binding, pendingUntil }).key);
}

/** Active at once, and never the same key twice. */
function mintHere(
  state: MemoryState,
  { returnsId }: Extract<StoreCapabilities["mint"], { by: "store" }>,
  content: Content,
): Minted {
  refuseNewKey(state, content);
  const secret = state.keys.valueOf(createKey(MEMORY_KEY_FORMAT, state.random));
  const { id, ...minted } = mintedOf(state.keys.add(secret, held(state, content)).key);
  return { ...minted, secret, ...(returnsId && { id }) };
}

/** What the store has room for: all that it could change, and what only a new key can have. */
function held(state: MemoryState, content: Content) {
  const { displayName, description, owner, labels, scope, ...minted } = content;
  return {
    ...minted,
    displayName: holds(state, "displayName") ? displayName : "",
    ...(holds(state, "description") && { description }),
    ...(holds(state, "owner") && owner !== undefined && { owner }),
    ...(holds(state, "labels") && { labels }),
    ...(scope && { scope }),
  };
}

function replay({ keys }: MemoryState, earlier: StoredKey, binding: string): Minted {
  if (earlier.binding !== binding) throw conflict("this operation made another key");
  const status = keys.statusOf(earlier);
  if (status === "pending" || status === "active") return mintedOf({ ...earlier.key, status });
  throw conflict(`the key of this operation is ${status}`);
}

function refuseUnheld(
  state: MemoryState,
  { securityLevel, scope }: Pick<Content, "securityLevel" | "scope">,
): void {
  if (!state.capabilities.securityLevels.includes(securityLevel))
    throw rejected(`it has no ${securityLevel} keys`);
  if (scope && !holds(state, "scope")) throw rejected("its keys have no scope");
}

function refuseNewKey(state: MemoryState, request: Content): void {
  const now = state.clock.now();
  const { roles, expiresAt } = request;
  refuseUnknownRoles(state, roles);
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime())
    throw rejected("the expiry has passed");
  const expires =
    expiresAt === undefined ? ({ type: "never" } as const) : ({ type: "at", instant: expiresAt } as const);
  const breach = policyBreaches({ roles, expires }, policyOf(state), now)[0];
  if (breach) throw rejected(`the key ${breach.message}`);
}

/** A store in which no key lives longer than so many days gives none without an end. */
const policyOf = ({ capabilities: { maxLifetimeDays }, policy }: MemoryState): LivePolicy =>
  maxLifetimeDays === undefined ? policy : { ...policy, requireExpiration: true, maxLifetimeDays };

function refuseUnknownRoles(state: MemoryState, roles: readonly RoleRef[]): void {
  const unknown = roles.filter((role) => !isKnown(state, role)).map(renderRole);
  if (unknown.length > 0) throw rejected(`no such role: ${unknown.join(", ")}`);
}

function isKnown({ capabilities, roles, found }: MemoryState, ref: RoleRef): boolean {
  if (found.has(renderRole(ref))) return true;
  return ref.type === "custom" ? roles.has(ref.tag) : capabilities.roles.names?.includes(ref.role) === true;
}

const mintedOf = ({ id, expiresAt }: LiveKey): Minted & { readonly id: string } => ({
  id,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

/** What the store cannot change it leaves as it is, whatever it is asked. */
export function updateMemoryKey(
  state: MemoryState,
  request: Extract<UpdateRequest, { kind: "ApiKey" }>,
): void {
  const { id, displayName, description, owner, labels, roles, scope, marker } = request;
  refuseUnheld(state, request);
  if (holds(state, "roles")) refuseUnknownRoles(state, roles);
  const edit = {
    ...(holds(state, "displayName") && { displayName }),
    ...(holds(state, "description") && { description }),
    ...(holds(state, "owner") && { owner }),
    ...(holds(state, "labels") && { labels }),
    ...(holds(state, "roles") && { roles }),
    ...(scope && { scope }),
    marker,
  };
  if (!state.keys.edit(id, edit)) throw conflict("there is no such live key");
}
