/**
 * A key store in memory, for tests and simulations. It keeps the same promises as the real ones (the contract kit checks
 * all of them), and does and tells what its profile says and no more: secrets made by the client, PENDING keys, policy and
 * custom roles, or none of that. Time and randomness are given.
 */

import { canonicalJson } from "../core/digest.ts";
import { createKey } from "../core/key-format.ts";
import type { KeyStatus, Kind, LiveByKind, LiveKey, LiveRole } from "../core/live.ts";
import type {
  Clock,
  CreateRequest,
  KeyStore,
  Minted,
  Minting,
  Random,
  RevokeRequest,
  UpdateRequest,
  Verification,
  Wanted,
} from "../core/ports.ts";
import { type RoleRef, renderRole } from "../core/role-ref.ts";
import type { Secret } from "../core/secret.ts";
import { examineMemory } from "./examine-memory.ts";
import { type Edit, MemoryKeys, type StoredKey } from "./memory-keys.ts";
import { MemoryNeighbours } from "./memory-neighbours.ts";
import { createMemoryKey, updateMemoryKey } from "./memory-mint.ts";
import { conflict, demandManaged, MEMORY_KEY_FORMAT, type MemoryState } from "./memory-state.ts";
import { STORE_PROFILES, type StoreProfile } from "./store-profile.ts";

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity?: string;
  /** Which store it behaves like. Default: our own. */
  readonly profile?: StoreProfile;
  /** Default: as the profile says. */
  readonly mint?: Minting;
  /** Whether a key has a scope that can be limited, whatever the profile says. */
  readonly hasScopes?: boolean;
  /** Roles that people have made there. */
  readonly roles?: readonly RoleRef[];
}

export interface MemoryStore extends KeyStore {
  /** An active key as a person would make it: without a marker, unless it is copied. */
  makeByHand(key?: Partial<Pick<LiveKey, "displayName" | "labels" | "roles" | "expiresAt" | "marker">>): {
    readonly id: string;
    readonly secret: Secret;
  };
  /** As a person edits a key in the store. False when it is not there. */
  editByHand(id: string, edit: Edit): boolean;
  /** The key that we run with, whether or not the store tells. */
  readonly adminKeyId: string;
  /** Every key that ever was, whether or not a listing would show it. Each is replaced as a whole when it changes. */
  peek(): Iterable<StoredKey>;
  statusOf(key: StoredKey): KeyStatus | "revoked";
  /** Secrets and the IP allowlist, as a person in the store sees and changes them. */
  readonly neighbours: MemoryNeighbours;
}

export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
  const { identity = "memory:store", profile = STORE_PROFILES.keywright } = options;
  const state = stateOf(options, profile);
  const makeByHand: MemoryStore["makeByHand"] = (key = {}) => {
    const secret = state.keys.valueOf(createKey(MEMORY_KEY_FORMAT, state.random));
    const stored = state.keys.add(secret, { displayName: "Made by hand", ...key });
    return { id: stored.key.id, secret };
  };
  const own = makeByHand({ displayName: "Administrator", roles: [{ type: "default", role: "ADMIN" }] });
  const ownKeyId = profile.tellsOwnKey ? own.id : undefined;
  return {
    identity,
    capabilities: state.capabilities,
    ownKeyId,
    adminKeyId: own.id,
    makeByHand,
    editByHand: (id, edit) => state.keys.edit(id, edit),
    peek: () => state.keys.all(),
    statusOf: (key) => state.keys.statusOf(key),
    neighbours: state.neighbours,
    list: (kind, _signal, wanted) => list(state, kind, wanted),
    create: async (request) => {
      demandManaged(state, request.kind);
      if (request.kind === "Secret") return state.neighbours.createSecret(request);
      return request.kind === "ApiKey" ? createMemoryKey(state, request) : createRole(state, request);
    },
    update: async (request) => update(state, request),
    revoke: async (request) => revoke(state, ownKeyId, request),
    verify: async (secret) => verify(state, secret),
    examine: async () =>
      examineMemory(
        state.keys.live().find(({ id }) => id === own.id),
        profile.tellsOwnKey,
      ),
    close: () => Promise.resolve(),
  };
}

function stateOf(options: MemoryStoreOptions, profile: StoreProfile): MemoryState {
  const { clock, random, hasScopes = false, roles = [] } = options;
  const { mint = profile.capabilities.mint } = options;
  const { updatable } = profile.capabilities;
  const isScoped = hasScopes || updatable.includes("scope");
  const capabilities = {
    ...profile.capabilities,
    mint,
    updatable: isScoped ? [...new Set([...updatable, "scope" as const])] : updatable,
  };
  return {
    clock,
    random,
    capabilities,
    keys: new MemoryKeys(clock, { ...profile, hasScopes: isScoped }),
    found: new Set(roles.map(renderRole)),
    roles: new Map(),
    policy: { kind: "SecurityPolicy", requireExpiration: false },
    neighbours: new MemoryNeighbours(),
  };
}

async function* list<K extends Kind>(
  state: MemoryState,
  kind: K,
  wanted: Wanted | undefined,
): AsyncGenerator<LiveByKind[K]> {
  demandManaged(state, kind);
  // What nobody asks for is not told.
  const shown = ({ scope, ...key }: LiveKey): LiveKey =>
    scope && wanted?.hasScope(key) ? { ...key, scope } : key;
  const all: { readonly [P in Kind]: () => readonly LiveByKind[P][] } = {
    ApiKey: () => state.keys.live().map(shown),
    Role: () => [...state.roles.values()],
    SecurityPolicy: () => [state.policy],
    Secret: () => state.neighbours.secrets(),
    IpAllowlist: () => [state.neighbours.allowlist()],
  };
  // Nothing in them is ever changed in place.
  yield* all[kind]();
}

type RoleRequest = Extract<CreateRequest, { kind: "Role" }>;

function createRole(state: MemoryState, { instance, role }: RoleRequest): Minted {
  demandManaged(state, "Role");
  const next = liveRole(instance, role);
  const present = state.roles.get(role.name);
  if (present && canonicalJson(present) !== canonicalJson(next))
    throw conflict(`the role ${role.name} exists`);
  state.roles.set(role.name, next);
  return { id: role.name };
}

const liveRole = (instance: string, role: RoleRequest["role"]): LiveRole => ({
  kind: "Role",
  name: role.name,
  displayName: role.displayName,
  description: role.description,
  permissions: role.permissions.toSorted(),
  instance,
});

function update(state: MemoryState, request: UpdateRequest): void {
  demandManaged(state, request.kind);
  switch (request.kind) {
    case "ApiKey":
      return updateMemoryKey(state, request);
    case "Role":
      if (state.roles.get(request.role.name)?.instance !== request.instance)
        throw conflict("there is no such role of ours");
      state.roles.set(request.role.name, liveRole(request.instance, request.role));
      return;
    case "SecurityPolicy": {
      const { requireExpiration, maxLifetimeDays, allowedRoles } = request.policy;
      state.policy = {
        kind: "SecurityPolicy",
        requireExpiration,
        ...(maxLifetimeDays === undefined ? {} : { maxLifetimeDays }),
        ...(allowedRoles === undefined ? {} : { allowedRoles }),
      };
      return;
    }
    case "Secret":
      return state.neighbours.updateSecret(request);
    case "IpAllowlist":
      return state.neighbours.replaceAllowlist(request.entries);
  }
}

function revoke(state: MemoryState, ownId: string | undefined, request: RevokeRequest): void {
  if (request.kind === "ApiKey") {
    if (request.id === ownId) throw conflict("a caller cannot revoke its own key");
    state.keys.revoke(request.id);
    return;
  }
  demandManaged(state, request.kind);
  if (request.kind === "Secret") return state.neighbours.revokeSecret(request.id);
  const role = renderRole({ type: "custom", tag: request.name });
  const user = state.keys.live().find((key) => key.roles.map(renderRole).includes(role));
  if (user) throw conflict(`the key ${user.id} has the role ${request.name}`);
  state.roles.delete(request.name);
}

/** A store that does not name the key that it made does not name the one that it lets in either. */
function verify({ keys, capabilities: { mint } }: MemoryState, secret: Secret): Verification {
  const stored = keys.bySecret(secret);
  if (!stored) return { valid: false, reason: "unknown" };
  const status = keys.use(stored);
  if (status !== "active") return { valid: false, reason: status };
  return mint.by === "store" && !mint.returnsId ? { valid: true } : { valid: true, id: stored.key.id };
}
