/** What stores in memory take for granted of the real ones is what the adapters say of themselves. */

import { expect, onTestFinished, test } from "vitest";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyStore, StoreCapabilities } from "../src/core/ports.ts";
import { Secret } from "../src/core/secret.ts";
import type { Transport } from "../src/http/transport.ts";
import { openEmbeddedStore } from "../src/server/open-embedded-store.ts";
import { createCortexCloudStore } from "../src/stores/cortex-cloud/cortex-cloud.ts";
import { createCortexStore } from "../src/stores/cortex/cortex.ts";
import { openStore } from "../src/stores/open-store.ts";
import { STORE_NAMES, STORE_PROFILES, type StoreName } from "../src/stores/store-profile.ts";

const clock = { now: () => new Date() };
const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
const NOBODY: Transport = {
  where: "nobody",
  request: () => Promise.reject(new Error("nobody is asked")),
  close: () => Promise.resolve(),
};

async function openOwn(): Promise<KeyStore> {
  const directory = await mkdtemp(join(tmpdir(), "keywright-profile-"));
  const store = await openStore(
    { driver: "embedded", directory },
    {
      clock,
      random,
      openEmbedded: (settings) => openEmbeddedStore({ ...settings, clock, random }),
      readCredential: () => Promise.reject(new Error("the embedded store asks for none")),
    },
  );
  onTestFinished(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });
  return store;
}

const OPEN: Readonly<Record<StoreName, () => Promise<KeyStore>>> = {
  keywright: openOwn,
  cortex: async () =>
    createCortexStore({
      transport: NOBODY,
      credential: Secret.of("x".repeat(20)),
      clock,
      identity: "nobody",
    }),
  "cortex-cloud": async () =>
    createCortexCloudStore({
      transport: NOBODY,
      credential: { keyId: "1", key: Secret.of("x".repeat(20)), securityLevel: "standard" },
      clock,
      random,
      identity: "nobody",
    }),
};

/** Secrets and allowlists are not simulated, and requests are not counted: what they cost makes no difference to a key. */
const SIMULATED = new Set<string>(["Role", "SecurityPolicy"]);

function simulated({ rationing: _, manages, ...rest }: StoreCapabilities) {
  return { ...rest, manages: manages.filter((kind) => SIMULATED.has(kind)) };
}

test.for(STORE_NAMES)("%s: the profile has the capabilities of the adapter", async (name) => {
  const store = await OPEN[name]();
  const { capabilities, tellsOwnKey } = STORE_PROFILES[name];
  expect(simulated(capabilities)).toEqual(simulated(store.capabilities));
  expect(store.ownKeyId !== undefined).toBe(tellsOwnKey);
});
