/**
 * A key store in memory, for tests and simulations. It keeps the same promises as the real one (the contract kit
 * checks both): secrets made by the client, PENDING keys, policy, custom roles. Time and randomness are given.
 */

import { canonicalJson } from "../core/digest.ts";
import { KeywrightError } from "../core/error.ts";
import { type KeyFormat, createKey, keyDigest } from "../core/key-format.ts";
import type { KeyStatus, Kind, LiveByKind, LiveKey, LivePolicy, LiveRole } from "../core/live.ts";
import { policyBreaches } from "../core/policy.ts";
import type {
  Clock,
  CreateKeyRequest,
  CreateRequest,
  KeyStore,
  Minted,
  Minting,
  Random,
  RevokeRequest,
  UpdateRequest,
  Verification,
} from "../core/ports.ts";
import { DEFAULT_ROLES, type RoleRef, renderRole } from "../core/role-ref.ts";
import type { Secret } from "../core/secret.ts";
import { MemoryKeys, type StoredKey } from "./memory-keys.ts";

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity?: string;
  /** Default: the client mints. */
  readonly mint?: Minting;
}

export interface MemoryStore extends KeyStore {
  /** An active key as a person would make it: without a marker, unless it is copied. */
  makeByHand(key?: Partial<Pick<LiveKey, "displayName" | "labels" | "roles" | "expiresAt" | "marker">>): {
    readonly id: string;
    readonly secret: Secret;
  };
  /** Every key that ever was, whether or not a listing would show it. Each is replaced as a whole when it changes. */
  peek(): Iterable<StoredKey>;
  statusOf(key: StoredKey): KeyStatus | "revoked";
}

const FORMAT: KeyFormat = { prefix: "kw", environment: "live" };
const PENDING_TTL_MS = 15 * 60_000;

export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
  const { clock, random, identity = "memory:store", mint = { by: "client", format: FORMAT } } = options;
  const world: World = {
    clock,
    random,
    mint,
    keys: new MemoryKeys(clock),
    roles: new Map(),
    policy: { kind: "SecurityPolicy", requireExpiration: false },
  };
  const makeByHand: MemoryStore["makeByHand"] = (key = {}) => {
    const secret = createKey(FORMAT, random);
    const stored = world.keys.add(secret, { displayName: "Made by hand", ...key });
    return { id: stored.key.id, secret };
  };
  const own = makeByHand({ displayName: "Administrator", roles: [{ type: "default", role: "ADMIN" }] });
  return {
    identity,
    capabilities: {
      mint,
      updatable: ["displayName", "description", "owner", "labels"],
      securityLevels: ["standard"],
      roles: { names: DEFAULT_ROLES, custom: true },
      manages: ["Role", "SecurityPolicy"],
      concurrency: 8,
    },
    ownKeyId: own.id,
    makeByHand,
    peek: () => world.keys.all(),
    statusOf: (key) => world.keys.statusOf(key),
    list: (kind) => list(world, kind),
    create: async (request) => create(world, request),
    update: async (request) => update(world, request),
    revoke: async (request) => revoke(world, own.id, request),
    verify: async (secret) => withoutId(world, verify(world, secret)),
    close: () => Promise.resolve(),
  };
}

interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly mint: Minting;
  readonly keys: MemoryKeys;
  readonly roles: Map<string, LiveRole>;
  policy: LivePolicy;
}

async function* list<K extends Kind>(world: World, kind: K): AsyncGenerator<LiveByKind[K]> {
  const all: { readonly [P in Kind]: () => readonly LiveByKind[P][] } = {
    ApiKey: () => world.keys.live(),
    Role: () => [...world.roles.values()],
    SecurityPolicy: () => [world.policy],
  };
  // Nothing in them is ever changed in place.
  yield* all[kind]();
}

function create(world: World, request: CreateRequest): Minted {
  return request.kind === "ApiKey" ? createApiKey(world, request) : createRole(world, request);
}

function createApiKey(world: World, request: CreateKeyRequest): Minted {
  const { secret, ...content } = request;
  if (content.securityLevel !== "standard") throw rejected("it has standard keys only");
  if (world.mint.by === "store") return mintHere(world, world.mint, content);
  if (!secret) throw rejected("the client is to make the secret");
  const binding = canonicalJson({ ...content, digest: keyDigest(secret) });
  const earlier = world.keys.byOperation(content.marker.operation);
  if (earlier) return replay(world, earlier, binding);
  if (world.keys.bySecret(secret)) throw conflict("another key has this secret");
  refuseNewKey(world, content);
  const pendingUntil = world.clock.now().getTime() + PENDING_TTL_MS;
  return mintedOf(
    world.keys.add(secret, content, { operation: content.marker.operation, binding, pendingUntil }).key,
  );
}

type Content = Omit<CreateKeyRequest, "secret">;

/** Active at once, and never the same key twice. */
function mintHere(world: World, { returnsId }: { readonly returnsId: boolean }, content: Content): Minted {
  refuseNewKey(world, content);
  const secret = createKey(FORMAT, world.random);
  const { id, ...minted } = mintedOf(world.keys.add(secret, content).key);
  return { ...minted, secret, ...(returnsId && { id }) };
}

/** A store that does not name the key that it made does not name the one that it lets in either. */
const withoutId = ({ mint }: World, answer: Verification): Verification =>
  answer.valid && mint.by === "store" && !mint.returnsId ? { valid: true } : answer;

function replay(world: World, earlier: StoredKey, binding: string): Minted {
  if (earlier.binding !== binding) throw conflict("this operation made another key");
  const status = world.keys.statusOf(earlier);
  if (status === "pending" || status === "active") return mintedOf({ ...earlier.key, status });
  throw conflict(`the key of this operation is ${status}`);
}

function refuseNewKey(world: World, request: Content): void {
  const now = world.clock.now();
  const { roles, expiresAt } = request;
  const unknown = roles.filter((role) => !isKnown(world, role));
  if (unknown.length > 0) throw rejected(`no such role: ${unknown.map(renderRole).join(", ")}`);
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime())
    throw rejected("the expiry has passed");
  const expires =
    expiresAt === undefined ? ({ type: "never" } as const) : ({ type: "at", instant: expiresAt } as const);
  const breach = policyBreaches({ roles, expires }, world.policy, now)[0];
  if (breach) throw rejected(`the key ${breach.message}`);
}

const isKnown = (world: World, ref: RoleRef): boolean =>
  ref.type === "custom" ? world.roles.has(ref.tag) : (DEFAULT_ROLES as readonly string[]).includes(ref.role);

const mintedOf = ({ id, expiresAt }: LiveKey): Minted & { readonly id: string } => ({
  id,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

type RoleRequest = Extract<CreateRequest, { kind: "Role" }>;

function createRole(world: World, { instance, role }: RoleRequest): Minted {
  const next = liveRole(instance, role);
  const present = world.roles.get(role.name);
  if (present && canonicalJson(present) !== canonicalJson(next))
    throw conflict(`the role ${role.name} exists`);
  world.roles.set(role.name, next);
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

function update(world: World, request: UpdateRequest): void {
  switch (request.kind) {
    case "ApiKey":
      if (!world.keys.describe(request.id, request)) throw conflict("there is no such live key");
      return;
    case "Role":
      if (world.roles.get(request.role.name)?.instance !== request.instance)
        throw conflict("there is no such role of ours");
      world.roles.set(request.role.name, liveRole(request.instance, request.role));
      return;
    case "SecurityPolicy": {
      const { requireExpiration, maxLifetimeDays, allowedRoles } = request.policy;
      world.policy = {
        kind: "SecurityPolicy",
        requireExpiration,
        ...(maxLifetimeDays === undefined ? {} : { maxLifetimeDays }),
        ...(allowedRoles === undefined ? {} : { allowedRoles }),
      };
    }
  }
}

function revoke(world: World, ownId: string, request: RevokeRequest): void {
  if (request.kind === "ApiKey") {
    if (request.id === ownId) throw conflict("a caller cannot revoke its own key");
    world.keys.revoke(request.id);
    return;
  }
  const role = renderRole({ type: "custom", tag: request.name });
  const user = world.keys.live().find((key) => key.roles.map(renderRole).includes(role));
  if (user) throw conflict(`the key ${user.id} has the role ${request.name}`);
  world.roles.delete(request.name);
}

function verify(world: World, secret: Secret): Verification {
  const stored = world.keys.bySecret(secret);
  if (!stored) return { valid: false, reason: "unknown" };
  const status = world.keys.use(stored);
  return status === "active" ? { valid: true, id: stored.key.id } : { valid: false, reason: status };
}

const rejected = (why: string): KeywrightError =>
  new KeywrightError("STORE_REJECTED", `The store refused: ${why}.`);
const conflict = (why: string): KeywrightError =>
  new KeywrightError("STORE_CONFLICT", `The store refused: ${why}.`);
