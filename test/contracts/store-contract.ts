/** What every key store adapter promises. A new adapter calls `storeContract` once, from a test file of its own. */

import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DesiredPolicy, DesiredRole } from "../../src/core/desired.ts";
import { DAY_MS } from "../../src/core/duration.ts";
import type { ErrorCode } from "../../src/core/error.ts";
import { createKey, last4Of } from "../../src/core/key-format.ts";
import type { Kind, LiveByKind, LiveKey } from "../../src/core/live.ts";
import { createOperation } from "../../src/core/operation.ts";
import type { Clock, CreateKeyRequest, KeyStore, Random } from "../../src/core/ports.ts";
import type { Secret } from "../../src/core/secret.ts";
import type { StoreNeeds } from "../../src/core/store-examination.ts";

/** A fresh store under test, with the strings that the kit pulls. */
export interface StoreUnderTest {
  readonly store: KeyStore;
  /** The store's clock, which moves only when told. */
  readonly clock: Clock & { advance(ms: number): void };
  /** Makes an active key past the adapter, as a person would, with labels of their own. */
  makeByHand(
    displayName: string,
    labels?: Readonly<Record<string, string>>,
  ): Promise<{ id: string; secret: Secret }>;
  close(): Promise<void>;
}

const RANDOM: Random = { bytes: (length) => randomBytes(length) };
const PENDING_TTL_MS = 15 * 60_000;
const AT = { file: "keys.yaml", line: 1, column: 1 };

const code = (promise: Promise<unknown>): Promise<ErrorCode | "none"> =>
  promise.then(
    () => "none" as const,
    (error: unknown) => (error as { code: ErrorCode }).code,
  );

const aRole = (overrides: Partial<DesiredRole> = {}): DesiredRole => ({
  kind: "Role",
  name: "key-viewer",
  displayName: "Key viewer",
  description: "Sees keys.",
  permissions: ["View API keys", "View roles"],
  origin: AT,
  ...overrides,
});

const aPolicy = (overrides: Partial<DesiredPolicy> = {}): DesiredPolicy => ({
  kind: "SecurityPolicy",
  name: "policy",
  requireExpiration: true,
  maxLifetimeDays: 90,
  requireRotation: false,
  requireOwner: false,
  origin: AT,
  ...overrides,
});

export interface StoreTraits {
  /** Who makes the secrets. Default: the client. */
  readonly mints?: "client" | "store";
  /** Whether it has custom roles and a security policy that can be managed. Default: true. */
  readonly managesRoles?: boolean;
  /** Whether a key has an owner and labels there. Default: true. */
  readonly hasLabels?: boolean;
  /** Whether a key has a name there; otherwise a description alone. Default: true. */
  readonly hasNames?: boolean;
  /** Whether a listing shows how the secret ends. Default: true. */
  readonly tellsLast4?: boolean;
  /** Whether a key may live for ever. Default: true. */
  readonly hasEndlessKeys?: boolean;
  /** A role that it gives. Default: READ_ONLY. */
  readonly role?: string;
}

/** `traits` must agree with the store's capabilities. */
export function storeContract(
  name: string,
  open: () => Promise<StoreUnderTest>,
  traits: StoreTraits = {},
): void {
  const { mints = "client", managesRoles = true, hasLabels = true, role = "READ_ONLY" } = traits;
  const { hasNames = true, tellsLast4 = true, hasEndlessKeys = true } = traits;
  /** What a listing says of a key that is to have this name. */
  const shownName = (displayName: string) => ({ displayName: hasNames ? displayName : "" });
  describe(`store contract: ${name}`, () => {
    let world: StoreUnderTest;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());

    const collect = async <K extends Kind>(kind: K): Promise<LiveByKind[K][]> => {
      const all: LiveByKind[K][] = [];
      for await (const one of world.store.list(kind)) all.push(one);
      return all;
    };
    const find = async (id: string): Promise<LiveKey | undefined> =>
      (await collect("ApiKey")).find((key) => key.id === id);
    const newSecret = (): Secret => {
      const { mint } = world.store.capabilities;
      return createKey(mint.by === "client" ? mint.format : { prefix: "kw", environment: "live" }, RANDOM);
    };
    const aKey = (overrides: Partial<CreateKeyRequest> = {}): CreateKeyRequest => ({
      kind: "ApiKey",
      marker: { instance: "acme-prod", name: "scanner", generation: 1, operation: createOperation(RANDOM) },
      displayName: "Entities scanner",
      description: "Used by the entities scanner.",
      ...(hasLabels && { owner: "platform-team" }),
      labels: hasLabels ? { tier: "internal", "example.com/team": "a b, c=d" } : {},
      roles: [{ type: "default", role }],
      expiresAt: new Date(world.clock.now().getTime() + 30 * DAY_MS).toISOString(),
      securityLevel: "standard",
      ...(mints === "client" && { secret: newSecret() }),
      ...overrides,
    });
    /** Creates a key and finds it, however the store tells of it. */
    const make = async (request: CreateKeyRequest): Promise<{ id: string; secret: Secret }> => {
      const minted = await world.store.create(request);
      const secret = request.secret ?? minted.secret;
      if (!secret) throw new Error("nobody has the secret");
      const isIt = ({ marker }: LiveKey): boolean => marker?.operation === request.marker.operation;
      const id = minted.id ?? (await collect("ApiKey")).find(isIt)?.id;
      if (id === undefined) throw new Error("the key is not listed");
      return { id, secret };
    };
    /** What a verification of a valid key says, where the store tells whose it is. */
    const validAs = async (secret: Secret, id: string): Promise<boolean> => {
      const answer = await world.store.verify(secret);
      return answer.valid && (answer.id ?? id) === id;
    };
    const createRole = (instance: string, role: DesiredRole) =>
      world.store.create({ kind: "Role", instance, role });
    const setPolicy = (policy: DesiredPolicy): Promise<void> =>
      world.store.update({ kind: "SecurityPolicy", policy });
    test("the capabilities are what the kit was told", () => {
      const { mint, manages, updatable } = world.store.capabilities;
      expect(mint.by).toBe(mints);
      expect(manages.includes("Role") && manages.includes("SecurityPolicy")).toBe(managesRoles);
      expect(updatable.includes("labels") && updatable.includes("owner")).toBe(hasLabels);
      expect(updatable.includes("displayName")).toBe(hasNames);
      expect(world.store.capabilities.maxLifetimeDays === undefined).toBe(hasEndlessKeys);
    });

    test("the identity names the store and holds no credential", () => {
      expect(world.store.identity).toMatch(/^(embedded:|memory:|https?:\/\/)[^@]+$/);
    });

    test("a created key is listed with everything that was asked for", async () => {
      const request = aKey();
      const { id, secret } = await make(request);
      const { secret: _, ...asked } = request;
      const key = await find(id);
      expect(key).toEqual({
        ...asked,
        ...shownName(request.displayName),
        id,
        ...(tellsLast4 && { last4: last4Of(secret) }),
        createdAt: world.clock.now().toISOString(),
        status: mints === "client" ? "pending" : "active",
      });
    });

    test.runIf(mints === "store")(
      "each create makes another key, active at once, and shows its secret",
      async () => {
        const request = aKey();
        const [first, second] = [await world.store.create(request), await world.store.create(request)];
        const twins = (await collect("ApiKey")).filter(
          ({ marker }) => marker?.operation === request.marker.operation,
        );
        expect(twins.map(({ status }) => status)).toEqual(["active", "active"]);
        const { mint } = world.store.capabilities;
        expect(first.id !== undefined).toBe(mint.by === "store" && mint.returnsId);
        const secrets = [first, second].flatMap(({ secret }) => secret ?? []);
        expect(new Set(secrets.map(last4Of)).size).toBe(2);
        for (const secret of secrets) expect((await world.store.verify(secret)).valid).toBe(true);
      },
    );

    test("what was left out stays out: no owner, no expiry, no labels", async () => {
      const { owner: _, expiresAt, ...request } = aKey({ labels: {} });
      const { id } = await make({ ...request, ...(!hasEndlessKeys && { expiresAt }) });
      const key = await find(id);
      expect(key).not.toHaveProperty("owner");
      expect(key?.expiresAt !== undefined).toBe(!hasEndlessKeys);
      expect(key?.labels).toEqual({});
    });

    test.runIf(!hasEndlessKeys)("a key without an end, or with one too far away, is rejected", async () => {
      const { expiresAt: _, ...endless } = aKey();
      expect(await code(world.store.create(endless))).toBe("STORE_REJECTED");
      const { maxLifetimeDays = 0 } = world.store.capabilities;
      const tooLate = world.clock.now().getTime() + maxLifetimeDays * DAY_MS + 1000;
      const tooLong = aKey({ expiresAt: new Date(tooLate).toISOString() });
      expect(await code(world.store.create(tooLong))).toBe("STORE_REJECTED");
      expect((await collect("ApiKey")).filter((key) => key.marker)).toEqual([]);
    });

    test.runIf(mints === "client")(
      "the first use of a pending key activates it, and every use says which key it is",
      async () => {
        const request = aKey();
        const { id, secret } = await make(request);
        expect(await world.store.verify(secret)).toEqual({ valid: true, id });
        expect((await find(id))?.status).toBe("active");
        world.clock.advance(PENDING_TTL_MS);
        expect(await world.store.verify(secret)).toEqual({ valid: true, id });
      },
    );

    test.runIf(mints === "client")(
      "a pending key that nobody uses is gone after fifteen minutes, and not a moment before",
      async () => {
        const { secret: early } = await make(aKey());
        const late = aKey();
        const { id, secret } = await make(late);
        world.clock.advance(PENDING_TTL_MS - 1);
        expect(await world.store.verify(early)).toMatchObject({ valid: true });
        world.clock.advance(1);
        expect(await world.store.verify(secret)).toMatchObject({ valid: false });
        expect(await find(id)).toBeUndefined();
        expect(await code(world.store.create(late))).toBe("STORE_CONFLICT");
      },
    );

    test("A11: a key is valid until the millisecond before its expiry, then listed as expired", async () => {
      const request = aKey({ expiresAt: new Date(world.clock.now().getTime() + 60_000).toISOString() });
      const { id, secret } = await make(request);
      world.clock.advance(59_999);
      expect(await validAs(secret, id)).toBe(true);
      world.clock.advance(1);
      expect(await world.store.verify(secret)).toMatchObject({ valid: false });
      expect((await find(id))?.status).toBe("expired");
    });

    test.runIf(mints === "client")(
      "a repeated create with the same operation and content gives the same key, also once it is active",
      async () => {
        const request = aKey();
        const first = await world.store.create(request);
        expect(await world.store.create(request)).toEqual(first);
        const { secret } = await make(request);
        await world.store.verify(secret);
        expect(await world.store.create(request)).toEqual(first);
        expect((await collect("ApiKey")).filter((key) => key.marker)).toHaveLength(1);
      },
    );

    test.runIf(mints === "client")("of equal creates at the same time one makes the key", async () => {
      const request = aKey();
      const minted = await Promise.all([1, 2, 3, 4].map(() => world.store.create(request)));
      expect(new Set(minted.map((one) => one.id)).size).toBe(1);
    });

    test.runIf(mints === "client")("a repeated operation with other content is a conflict", async () => {
      const request = aKey();
      await world.store.create(request);
      expect(await code(world.store.create({ ...request, displayName: "Other" }))).toBe("STORE_CONFLICT");
      expect(await code(world.store.create({ ...request, secret: newSecret() }))).toBe("STORE_CONFLICT");
    });

    test.runIf(mints === "client")(
      "an operation whose key is revoked is a conflict, never a second key",
      async () => {
        const request = aKey();
        const { id } = await make(request);
        await world.store.revoke({ kind: "ApiKey", id });
        expect(await code(world.store.create(request))).toBe("STORE_CONFLICT");
      },
    );

    test.runIf(mints === "client")("a secret that belongs to another key is a conflict", async () => {
      const { secret } = await make(aKey());
      expect(await code(world.store.create(aKey({ secret })))).toBe("STORE_CONFLICT");
    });

    test("revoking holds for the very next request, and twice is as good as once", async () => {
      const request = aKey();
      const { id, secret } = await make(request);
      await world.store.revoke({ kind: "ApiKey", id });
      expect(await world.store.verify(secret)).toMatchObject({ valid: false });
      expect(await find(id)).toBeUndefined();
      await world.store.revoke({ kind: "ApiKey", id });
    });

    test("revoking what was never there is success", async () => {
      const missing = "key_0000000000000000ffffffff";
      expect(await code(world.store.revoke({ kind: "ApiKey", id: missing }))).toBe("none");
      if (!managesRoles) return;
      expect(await code(world.store.revoke({ kind: "Role", name: "no-such-role" }))).toBe("none");
    });

    test("the key that we authenticate with is foreign, listed, and never revoked", async () => {
      const { ownKeyId } = world.store;
      if (ownKeyId === undefined) return;
      expect((await find(ownKeyId))?.marker).toBeUndefined();
      expect(await code(world.store.revoke({ kind: "ApiKey", id: ownKeyId }))).toBe("STORE_CONFLICT");
      expect((await find(ownKeyId))?.status).toBe("active");
    });

    test("an update changes what it names in place: marker, texts, owner and labels as a whole", async () => {
      const request = aKey();
      const { id, secret } = await make(request);
      const marker = { ...request.marker, name: "renamed-scanner" };
      const next = { displayName: "Renamed", description: "", labels: hasLabels ? { only: "this" } : {} };
      const { roles, securityLevel } = request;
      const update = { kind: "ApiKey", id, marker, roles, securityLevel, ...next } as const;
      await world.store.update(update);
      await world.store.update(update);
      const key = await find(id);
      const shown = { ...next, ...shownName(next.displayName) };
      expect(key).toMatchObject({ marker, ...shown, roles: request.roles, expiresAt: request.expiresAt });
      expect(key).not.toHaveProperty("owner");
      expect(key?.labels).toEqual(next.labels);
      expect(await validAs(secret, id)).toBe(true);
    });

    test("updating a key that is gone is a conflict", async () => {
      const request = aKey();
      const { id } = await make(request);
      await world.store.revoke({ kind: "ApiKey", id });
      const { secret: _, ...rest } = request;
      const update = { ...rest, kind: "ApiKey" } as const;
      expect(await code(world.store.update({ ...update, id }))).toBe("STORE_CONFLICT");
      const missing = "key_0000000000000000ffffffff";
      expect(await code(world.store.update({ ...update, id: missing }))).toBe("STORE_CONFLICT");
    });

    test("a key made by hand is listed without a marker", async () => {
      const labels = hasLabels ? { team: "a" } : {};
      const { id, secret } = await world.makeByHand("By hand", labels);
      expect(await find(id)).toMatchObject({
        ...shownName("By hand"),
        labels,
        status: "active",
      });
      expect((await find(id))?.marker).toBeUndefined();
      expect(await validAs(secret, id)).toBe(true);
    });

    test("text that is no key, and a key that nobody made, are not valid", async () => {
      expect(await world.store.verify(newSecret())).toMatchObject({ valid: false });
      const { secret } = await world.makeByHand("By hand");
      expect((await world.store.verify(secret)).valid).toBe(true);
    });

    test("a role that nobody knows and an expiry in the past are rejected", async () => {
      const roles = [{ type: "custom", tag: "nobody-knows" }] as const;
      expect(await code(world.store.create(aKey({ roles })))).toBe("STORE_REJECTED");
      const expiresAt = world.clock.now().toISOString();
      expect(await code(world.store.create(aKey({ expiresAt })))).toBe("STORE_REJECTED");
      expect((await collect("ApiKey")).filter((key) => key.marker)).toEqual([]);
    });

    test.runIf(managesRoles)("A11: the policy holds to the millisecond, for new keys only", async () => {
      const { expiresAt: _, ...endless } = aKey();
      const { id, secret } = await make(endless);
      await setPolicy(aPolicy());
      expect(await collect("SecurityPolicy")).toEqual([
        { kind: "SecurityPolicy", requireExpiration: true, maxLifetimeDays: 90 },
      ]);
      const limit = world.clock.now().getTime() + 90 * DAY_MS;
      const { expiresAt: __, ...noExpiry } = aKey();
      expect(await code(world.store.create(noExpiry))).toBe("STORE_REJECTED");
      const tooLong = aKey({ expiresAt: new Date(limit + 1).toISOString() });
      expect(await code(world.store.create(tooLong))).toBe("STORE_REJECTED");
      await world.store.create(aKey({ expiresAt: new Date(limit).toISOString() }));
      expect(await validAs(secret, id)).toBe(true);
    });

    test.runIf(managesRoles)(
      "the policy's roles bind new keys, and a policy can be loosened again",
      async () => {
        await setPolicy(aPolicy({ requireExpiration: false, allowedRoles: ["USER"] }));
        expect(await code(world.store.create(aKey()))).toBe("STORE_REJECTED");
        await world.store.create(aKey({ roles: [{ type: "default", role: "USER" }] }));
        const { maxLifetimeDays: _, ...loose } = aPolicy({ requireExpiration: false });
        await setPolicy(loose);
        expect(await collect("SecurityPolicy")).toEqual([
          { kind: "SecurityPolicy", requireExpiration: false },
        ]);
        await world.store.create(aKey());
      },
    );

    test.runIf(managesRoles)(
      "a created role is listed with its instance, and only custom roles are",
      async () => {
        await createRole("acme-prod", aRole());
        const { name, displayName, description, permissions } = aRole();
        const live = { kind: "Role", name, displayName, description, permissions, instance: "acme-prod" };
        expect(await collect("Role")).toEqual([live]);
      },
    );

    test.runIf(managesRoles)(
      "creating the same role again is success, another one under its tag a conflict",
      async () => {
        await createRole("acme-prod", aRole());
        await createRole("acme-prod", aRole());
        expect(await code(createRole("acme-prod", aRole({ displayName: "Other" })))).toBe("STORE_CONFLICT");
        expect(await code(createRole("other", aRole()))).toBe("STORE_CONFLICT");
      },
    );

    test.runIf(managesRoles)(
      "an updated role is replaced as a whole; another instance's, or one that is gone, is a conflict",
      async () => {
        const role = aRole({ permissions: ["View roles"], description: "" });
        const update = (instance: string) => world.store.update({ kind: "Role", instance, role });
        expect(await code(update("acme-prod"))).toBe("STORE_CONFLICT");
        await createRole("acme-prod", aRole());
        await update("acme-prod");
        expect((await collect("Role"))[0]).toMatchObject({ permissions: ["View roles"], description: "" });
        expect(await code(update("other"))).toBe("STORE_CONFLICT");
      },
    );

    test.runIf(managesRoles)("a role goes only when no live key has it", async () => {
      await createRole("acme-prod", aRole());
      const { id } = await make(aKey({ roles: [{ type: "custom", tag: "key-viewer" }] }));
      expect(await code(world.store.revoke({ kind: "Role", name: "key-viewer" }))).toBe("STORE_CONFLICT");
      await world.store.revoke({ kind: "ApiKey", id });
      await world.store.revoke({ kind: "Role", name: "key-viewer" });
      expect(await collect("Role")).toEqual([]);
    });

    test("an examination finds the caller and that it has all it needs, and changes nothing", async () => {
      await make(aKey());
      const before = await collect("ApiKey");
      const ownKeyId = world.store.ownKeyId;
      const needs: StoreNeeds = {
        roles: [{ type: "default", role }],
        permissions: new Map(),
        kinds: new Set(["ApiKey"]),
        hasScopes: false,
      };
      const examination = await world.store.examine(needs);
      expect(examination).toMatchObject({ missing: [], enough: expect.stringMatching(/./) });
      const caller = ownKeyId === undefined ? {} : { caller: { id: ownKeyId, source: "told" } };
      expect(examination).toMatchObject(caller);
      expect(await collect("ApiKey")).toEqual(before);
    });

    test("many keys are listed each once", async () => {
      const requests = Array.from({ length: 60 }, () => aKey());
      const minted = await Promise.all(requests.map((request) => world.store.create(request)));
      const listed = (await collect("ApiKey")).flatMap(({ id, marker }) => (marker ? [{ id, marker }] : []));
      const operations = listed.map(({ marker }) => marker.operation);
      expect(operations.toSorted()).toEqual(requests.map(({ marker }) => marker.operation).toSorted());
      const ids = new Set(listed.map(({ id }) => id));
      expect(ids.size).toBe(60);
      expect(minted.filter(({ id }) => id !== undefined && !ids.has(id))).toEqual([]);
    });
  });
}
