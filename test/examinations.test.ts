/** What the adapters find out about their own credential, each from the API that our server has for it. */

import { onTestFinished, expect, test } from "vitest";
import { isKeywrightError } from "../src/core/error.ts";
import type { KeyStore } from "../src/core/ports.ts";
import type { RoleRef } from "../src/core/role-ref.ts";
import { Secret } from "../src/core/secret.ts";
import type { StoreNeeds } from "../src/core/store-examination.ts";
import { openHttpTransport } from "../src/http/http-transport.ts";
import { createRequestLimiter } from "../src/http/request-limiter.ts";
import {
  type CloudKey,
  type CloudServer,
  openCloudServer,
} from "../src/server/facades/cortex-cloud/cortex-cloud.fixture.ts";
import { createCortexStore } from "../src/stores/cortex/cortex.ts";
import { createCortexCloudStore } from "../src/stores/cortex-cloud/cortex-cloud.ts";
import { createKeywrightStore } from "../src/stores/keywright.ts";
import { RANDOM } from "./contracts/store-contract.fixture.ts";

const QUICK = { perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 };
const role = (name: string): RoleRef => ({ type: "default", role: name });
const needs = (roles: readonly string[], over: Partial<StoreNeeds> = {}): StoreNeeds => ({
  roles: roles.map(role),
  permissions: new Map(),
  kinds: new Set(["ApiKey"]),
  hasScopes: false,
  ...over,
});

interface Scene {
  readonly server: CloudServer;
  readonly url: string;
  /** A key made by hand, by the native API. */
  make(
    roles: readonly RoleRef[],
    expiresAt?: string,
  ): Promise<{ readonly id: string; readonly secret: Secret }>;
  makeRole(tag: string, permissions: readonly string[]): Promise<RoleRef>;
  keywright(credential: Secret): Promise<KeyStore>;
  cortex(credential: Secret, now?: () => Date): KeyStore;
  cloud(key: CloudKey): KeyStore;
}

async function openScene(): Promise<Scene> {
  const server = await openCloudServer();
  const url = await server.app.listen({ host: "127.0.0.1", port: 0 });
  const stores: KeyStore[] = [];
  const opened = <S extends KeyStore>(store: S): S => {
    stores.push(store);
    return store;
  };
  onTestFinished(async () => {
    for (const store of stores) await store.close();
    await server.close();
  });
  const limiter = createRequestLimiter(QUICK);
  const clock = { now: () => new Date() };
  return {
    server,
    url,
    make: async (roles, expiresAt) => {
      const headers = { "idempotency-key": String(stores.length + Math.floor(performance.now() * 1000)) };
      const body = { name: "By hand", roles, ...(expiresAt !== undefined && { expiresAt }) };
      const made = await server.call("POST /v1/keys", { headers, body });
      if (made.status !== 201) throw new Error(made.text);
      const { id, secret } = made.body as { id: string; secret: string };
      await server.call(`POST /v1/keys/${id}/activate`);
      return { id, secret: Secret.of(secret) };
    },
    makeRole: async (tag, permissions) => {
      const body = { displayName: tag, description: "", permissions };
      const made = await server.call(`PUT /v1/roles/${tag}`, { headers: { "if-none-match": "*" }, body });
      if (made.status >= 300) throw new Error(made.text);
      return { type: "custom", tag };
    },
    keywright: async (credential) =>
      opened(await createKeywrightStore(openHttpTransport(url), { credential, identify: () => url, clock })),
    cortex: (credential, now = clock.now) =>
      opened(
        createCortexStore({
          transport: openHttpTransport(url),
          credential,
          clock: { now },
          identity: url,
          limiter,
        }),
      ),
    cloud: ({ id, key, level }) =>
      opened(
        createCortexCloudStore({
          transport: openHttpTransport(url),
          credential: { keyId: String(id), key: Secret.of(key), securityLevel: level },
          clock: server.clock,
          random: RANDOM,
          identity: url,
          limiter,
        }),
      ),
  };
}

const ENOUGH = ["Edit API keys", "Verify API keys", "View API keys", "View roles", "View security policy"];

test("keywright: an administrator has more than keys ask for, and is told what would do", async () => {
  const scene = await openScene();
  const store = await scene.keywright(scene.server.admin);
  const found = await store.examine(needs(["READ_ONLY"]));
  expect(found).toMatchObject({
    caller: { id: store.ownKeyId, source: "told", roles: [role("ADMIN")], expiresAt: null },
    missing: [],
    unknown: [],
    enough: `a custom role with ${ENOUGH.map((name) => `"${name}"`).join(", ")}`,
  });
  expect(found.surplus).toContain("Edit users");
  expect(found.surplus).not.toContain("Edit API keys");
  expect(Math.abs(found.clock?.aheadMs ?? Infinity)).toBeLessThan(60_000);
});

test("keywright: a key with just what the manifests ask for has neither too little nor too much", async () => {
  const scene = await openScene();
  const own = await scene.makeRole("reconciler", ENOUGH);
  const { id, secret } = await scene.make([own], "2027-02-01T00:00:00.000Z");
  const found = await (await scene.keywright(secret)).examine(needs(["READ_ONLY"]));
  expect(found).toMatchObject({
    caller: { id, expiresAt: "2027-02-01T00:00:00.000Z", roles: [own] },
    missing: [],
    surplus: [],
  });
});

test("keywright: who hands out a role needs all that it permits, as do those who make one", async () => {
  const scene = await openScene();
  const { secret } = await scene.make([role("USER")]);
  const store = await scene.keywright(secret);
  expect((await store.examine(needs(["USER"]))).missing).toEqual(["Edit API keys"]);
  expect((await store.examine(needs(["ADMIN"]))).missing).toContain("Configure IP allowlist");
  const permissions = new Map([["auditor", ["View audit logs"]]]);
  const declared = needs([], { permissions, kinds: new Set(["Role", "SecurityPolicy"]) });
  expect((await store.examine(declared)).missing).toEqual([
    "Edit roles",
    "Edit security policy",
    "View audit logs",
  ]);
});

test("keywright: who may not see roles is told so, and not what they permit", async () => {
  const scene = await openScene();
  const { secret } = await scene.make([await scene.makeRole("blind", ["View API keys"])]);
  const found = await (await scene.keywright(secret)).examine(needs(["READ_ONLY"]));
  expect(found).toMatchObject({ missing: ["View roles"], surplus: [], unknown: ["what its roles permit"] });
});

test("cortex: without the right to edit keys, that is all that can be told", async () => {
  const scene = await openScene();
  const { secret } = await scene.make([role("READ_ONLY")]);
  const found = await scene.cortex(secret).examine(needs(["ADMIN"]));
  expect(found).toMatchObject({ missing: ["Edit API keys"], unknown: ["which roles the credential has"] });
  expect(found.caller).toBeUndefined();
});

test("cortex: nobody can hand out a role above their own", async () => {
  const scene = await openScene();
  const { id, secret } = await scene.make([role("MANAGER")], "2027-02-01T00:00:00.000Z");
  const store = scene.cortex(secret);
  const ownKeyId = await cortexIdOf(store, secret);
  expect(id).toMatch(/./);
  expect(await store.examine(needs(["ADMIN", "USER"], { ownKeyId }))).toMatchObject({
    caller: {
      id: ownKeyId,
      source: "named",
      roles: [role("MANAGER")],
      expiresAt: "2027-02-01T00:00:00.000Z",
    },
    missing: ["role ADMIN"],
    surplus: [],
  });
  expect((await store.examine(needs(["USER"], { ownKeyId }))).surplus).toEqual(["role MANAGER"]);
});

test("cortex: an administrator is more than a custom role with the permissions for what is declared", async () => {
  const scene = await openScene();
  const store = scene.cortex(scene.server.admin);
  const kinds = new Set(["ApiKey", "Secret", "IpAllowlist"] as const);
  expect(await store.examine(needs(["READ_ONLY"], { kinds }))).toMatchObject({
    caller: { source: "likely", roles: [role("ADMIN")], expiresAt: null },
    missing: [],
    surplus: ["role ADMIN"],
    unknown: [],
    enough:
      'a custom role with "Edit API keys", "Create secrets", "Configure IP allowlist", and the roles of its keys: READ_ONLY',
  });
  expect(await store.examine(needs(["ADMIN"]))).toMatchObject({
    surplus: [],
    enough: "ADMIN, for keys have it",
  });
});

test("cortex: the permission for each neighbour of the keys is asked for where that is declared", async () => {
  const scene = await openScene();
  const { secret } = await scene.make([role("MANAGER")]);
  const kinds = new Set(["ApiKey", "Secret", "IpAllowlist"] as const);
  expect((await scene.cortex(secret).examine(needs([], { kinds }))).missing).toEqual([
    "Configure IP allowlist",
  ]);
});

test("cortex: a default role above those that are handed out is surplus beside a custom one", async () => {
  const scene = await openScene();
  const own = await scene.makeRole("reconciler", ["Edit API keys"]);
  const { secret } = await scene.make([role("READ_ONLY"), role("USER"), own]);
  const found = await scene.cortex(secret).examine(needs(["READ_ONLY"]));
  expect(found).toMatchObject({ missing: [], surplus: ["role USER"], unknown: [] });
});

test("cortex: what a custom role covers is not told, and said to be so", async () => {
  const scene = await openScene();
  const own = await scene.makeRole("reconciler", ["Edit API keys"]);
  const { secret } = await scene.make([own]);
  const wanted = needs(["USER"], { roles: [role("USER"), own, { type: "custom", tag: "other" }] });
  expect(await scene.cortex(secret).examine(wanted)).toMatchObject({
    missing: [],
    surplus: [],
    unknown: [
      "whether custom:reconciler may hand out USER",
      "whether custom:reconciler may hand out custom:other",
    ],
  });
});

test("cortex: a key that is named and ends otherwise is in doubt; one that is not there is not found", async () => {
  const scene = await openScene();
  const { secret } = await scene.make([role("READ_ONLY")]);
  const store = scene.cortex(scene.server.admin);
  const ownKeyId = await cortexIdOf(store, secret);
  // Its roles are not the credential's.
  expect(await store.examine(needs(["USER"], { ownKeyId }))).toMatchObject({
    caller: { id: ownKeyId, source: "doubtful" },
    missing: [],
    unknown: ["which roles the credential has"],
  });
  expect((await store.examine(needs([], { ownKeyId: "ak0000000000000000" }))).caller).toBeUndefined();
});

test("cortex: a clock that is an hour ahead is seen by the date of an answer", async () => {
  const scene = await openScene();
  const store = scene.cortex(scene.server.admin, () => new Date(Date.now() + 3_600_000));
  const { clock } = await store.examine(needs([]));
  expect(Math.abs((clock?.aheadMs ?? 0) - 3_600_000)).toBeLessThanOrEqual(clock?.withinMs ?? 0);
});

test.each(["cortex", "cloud"] as const)(
  "%s: an address that is not on the allowlist is an error, and no missing permission",
  async (kind) => {
    const scene = await openScene();
    const entries = [{ address: "192.0.2.0/24", description: "elsewhere" }];
    const put = await scene.server.call("PUT /v1/ip-allowlist?force=true", {
      headers: { "if-match": "*" },
      body: { entries },
    });
    expect(put.status, put.text).toBe(200);
    const store = kind === "cortex" ? scene.cortex(scene.server.admin) : scene.cloud(scene.server.root);
    const error: unknown = await store.examine(needs([])).catch((reason: unknown) => reason);
    expect(isKeywrightError(error, "STORE_FORBIDDEN") && error.hint).toContain("allowlist");
  },
);

test("cloud: an Instance Administrator is more than it takes", async () => {
  const scene = await openScene();
  expect(await scene.cloud(scene.server.root).examine(needs(["Viewer"]))).toMatchObject({
    caller: { id: "1", source: "told", roles: [role("Instance Administrator")], securityLevel: "standard" },
    missing: [],
    surplus: ["role Instance Administrator"],
    unknown: [],
  });
});

test("cloud: an own record tells roles, expiry and level; the right to edit is not told", async () => {
  const scene = await openScene();
  const key = await scene.server.generate({ roles: ["Public API Action"], security_level: "advanced" });
  const found = await scene.cloud(key).examine(needs(["Viewer", "Instance Administrator", "No Such Role"]));
  expect(found).toMatchObject({
    caller: { id: String(key.id), roles: [role("Public API Action")], securityLevel: "advanced" },
    missing: ["role Instance Administrator", "role No Such Role, which the tenant does not have"],
    surplus: [],
    unknown: ["whether it may edit keys, for which that takes View/Edit"],
  });
  expect(Date.parse(found.caller?.expiresAt ?? "")).toBeGreaterThan(scene.server.clock.now().getTime());
});

test("cloud: who may look at neither keys nor roles is told which sets are missing", async () => {
  const scene = await openScene();
  const made = await scene.server.ask("POST /platform/iam/v1/role", {
    pretty_name: "Auditor",
    component_permissions: ["auditing_view"],
  });
  expect(made.status, made.text).toBe(201);
  const key = await scene.server.generate({ roles: ["Auditor"] });
  const found = await scene.cloud(key).examine(needs(["Viewer"]));
  expect(found.missing).toEqual(["Public API (View)", "Access Management (View)"]);
  expect(found.caller).toBeUndefined();
});

/** The id that Cortex has for the key with this value. */
async function cortexIdOf(store: KeyStore, secret: Secret): Promise<string> {
  for await (const { id, last4 } of store.list("ApiKey"))
    if (secret.reveal().endsWith(last4 ?? "-")) return id;
  throw new Error("the key is not listed");
}
