import { join } from "node:path";
import { readAdminToken } from "../../src/server/admin-token.ts";
import { createTestDatabase } from "../../src/server/database/test-database.fixture.ts";
import { openEmbeddedStore } from "../../src/server/open-embedded-store.ts";
import { serve } from "../../src/server/serve.ts";
import type { Minting } from "../../src/core/ports.ts";
import { createEmbeddedTransport } from "../../src/stores/embedded-transport.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { openStore } from "../../src/stores/open-store.ts";
import {
  RANDOM,
  createMovableClock,
  makeKeyByHand,
  makeTemporaryDirectory,
} from "./store-contract.fixture.ts";
import { type StoreUnderTest, storeContract } from "./store-contract.ts";

const NOT_ASKED = (): Promise<never> => Promise.reject(new Error("this driver asks for no such part"));

const openMemory = (mint?: Minting): Promise<StoreUnderTest> => {
  const clock = createMovableClock();
  const store = createMemoryStore({ clock, random: RANDOM, ...(mint && { mint }) });
  return Promise.resolve({
    store,
    clock,
    makeByHand: (displayName, labels = {}) => Promise.resolve(store.makeByHand({ displayName, labels })),
    close: () => store.close(),
  });
};

storeContract("memory", openMemory);
storeContract("memory, minting itself", () => openMemory({ by: "store", returnsId: true }), {
  mints: "store",
});
storeContract("memory, minting itself without ids", () => openMemory({ by: "store", returnsId: false }), {
  mints: "store",
});

storeContract("embedded", async () => {
  const clock = createMovableClock();
  const directory = await makeTemporaryDirectory();
  const database = await createTestDatabase();
  const options = { directory: directory.path, ...database.options };
  const embedded = await openEmbeddedStore({ ...options, clock, random: RANDOM });
  const transport = createEmbeddedTransport(embedded, directory.path);
  const store = await openStore(
    { driver: "embedded", directory: directory.path },
    { clock, random: RANDOM, openEmbedded: () => Promise.resolve(embedded), readCredential: NOT_ASKED },
  );
  return {
    store,
    clock,
    makeByHand: (name, labels) => makeKeyByHand(transport, embedded.adminToken, name, labels),
    close: async () => {
      await store.close();
      await database.drop();
      await directory.remove();
    },
  };
});

storeContract("keywright over HTTP", async () => {
  const clock = createMovableClock();
  const directory = await makeTemporaryDirectory();
  const database = await createTestDatabase();
  const options = { directory: join(directory.path, "store"), ...database.options };
  const server = await serve({ ...options, port: 0, clock, random: RANDOM });
  const token = await readAdminToken(server.adminTokenFile);
  const store = await openStore(
    { driver: "keywright", url: server.url },
    { clock, random: RANDOM, openEmbedded: NOT_ASKED, readCredential: () => Promise.resolve(token) },
  );
  const transport = openHttpTransport(server.url);
  return {
    store,
    clock,
    makeByHand: (name, labels) => makeKeyByHand(transport, token, name, labels),
    close: async () => {
      await transport.close();
      await store.close();
      await server.close();
      await database.drop();
      await directory.remove();
    },
  };
});
