import { expect, test } from "vitest";
import type { LiveKey } from "../core/live.ts";
import type { CreateKeyRequest, KeyStore } from "../core/ports.ts";
import { createMemoryStore } from "./memory.ts";
import { STORE_PROFILES, type StoreName } from "./store-profile.ts";

const NOW = new Date("2026-11-21T08:00:00.789Z");
const VIEWER = { type: "default", role: "Viewer" } as const;

let bytes = 0;
const open = (name: StoreName) =>
  createMemoryStore({
    clock: { now: () => NOW },
    random: { bytes: (length) => Uint8Array.from({ length }, () => (bytes += 7) % 256) },
    profile: STORE_PROFILES[name],
    roles: [VIEWER],
  });

const request = (over: Partial<CreateKeyRequest> = {}): CreateKeyRequest => ({
  kind: "ApiKey",
  marker: { instance: "acme", name: "a", generation: 1, operation: "0123456789ab" },
  displayName: "A",
  description: "Reads",
  owner: "platform",
  labels: { tier: "internal" },
  roles: [VIEWER],
  expiresAt: "2026-12-21T08:00:00.789Z",
  securityLevel: "standard",
  ...over,
});

async function keysOf(store: KeyStore): Promise<readonly LiveKey[]> {
  const keys: LiveKey[] = [];
  for await (const key of store.list("ApiKey")) keys.push(key);
  return keys;
}

async function made(name: StoreName) {
  const store = open(name);
  const minted = await store.create(request());
  const keys = await keysOf(store);
  return { store, minted, key: keys.find(({ marker }) => marker) };
}

test("as Cortex it keeps no labels and no owner, cuts instants to seconds, and names no key", async () => {
  const { store, minted, key } = await made("cortex");
  expect(minted.id).toBeUndefined();
  expect(key).toMatchObject({ displayName: "A", labels: {}, expiresAt: "2026-12-21T08:00:00.000Z" });
  expect(key).not.toHaveProperty("owner");
  expect(store.ownKeyId).toBeUndefined();
  expect(minted.secret && (await store.verify(minted.secret))).toEqual({ valid: true });
});

test("as Cortex Cloud its values begin with the id, and nothing tells how they end", async () => {
  const { store, minted, key } = await made("cortex-cloud");
  expect(minted.secret?.reveal()).toMatch(new RegExp(`^${minted.id}:.{20}`));
  expect(key).toMatchObject({ id: minted.id, displayName: "", description: "Reads" });
  expect(key).not.toHaveProperty("last4");
  expect(minted.secret && (await store.verify(minted.secret))).toEqual({ valid: true, id: minted.id });
});

test("as Cortex Cloud it makes no key that lives too long or has no end", async () => {
  const store = open("cortex-cloud");
  const { expiresAt: _, ...endless } = request();
  for (const refused of [endless, request({ expiresAt: "2027-11-21T08:00:00.000Z" })])
    await expect(store.create(refused)).rejects.toMatchObject({ code: "STORE_REJECTED" });
});

test("what a store cannot change stays as it is; roles and scopes change where they can", async () => {
  const other = { type: "default", role: "READ_ONLY" } as const;
  for (const [name, roles] of [
    ["cortex", [VIEWER]],
    ["cortex-cloud", [other]],
  ] as const) {
    const store = createMemoryStore({
      clock: { now: () => NOW },
      random: { bytes: (length) => Uint8Array.from({ length }, () => (bytes += 7) % 256) },
      profile: STORE_PROFILES[name],
      roles: [VIEWER, other],
    });
    await store.create(request());
    const key = (await keysOf(store)).find(({ marker }) => marker);
    await store.update({ ...request(), id: key?.id ?? "", roles: [other] });
    const changed = (await keysOf(store)).find(({ id }) => id === key?.id);
    expect(changed?.roles, name).toEqual(roles);
  }
});

test("as a vendor's store it has no API for roles and the policy", async () => {
  const store = open("cortex");
  await expect(store.list("Role")[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: "STORE_REJECTED",
  });
  const policy = {
    kind: "SecurityPolicy",
    name: "policy",
    requireExpiration: true,
    requireRotation: false,
    requireOwner: false,
    origin: { file: "policy.yaml", line: 1, column: 1 },
  } as const;
  await expect(store.update({ kind: "SecurityPolicy", policy })).rejects.toMatchObject({
    code: "STORE_REJECTED",
  });
});
