/** The adapter for Cortex, against the façade that our server has of it. */

import { join } from "node:path";
import { last4Of } from "../../src/core/key-format.ts";
import { readAdminToken } from "../../src/server/admin-token.ts";
import { serve } from "../../src/server/serve.ts";
import { createCortexStore } from "../../src/stores/cortex/cortex.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import { createRequestLimiter } from "../../src/http/request-limiter.ts";
import {
  RANDOM,
  createMovableClock,
  makeKeyByHand,
  makeTemporaryDirectory,
} from "./store-contract.fixture.ts";
import { storeContract } from "./store-contract.ts";

const QUICK = { perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 };

storeContract(
  "cortex",
  async () => {
    const clock = createMovableClock();
    const directory = await makeTemporaryDirectory();
    const server = await serve({
      directory: join(directory.path, "store"),
      port: 0,
      clock,
      random: RANDOM,
    });
    const credential = await readAdminToken(server.adminTokenFile);
    const store = createCortexStore({
      transport: openHttpTransport(server.url),
      credential,
      clock,
      identity: server.url,
      limiter: createRequestLimiter(QUICK),
    });
    const transport = openHttpTransport(server.url);
    return {
      store,
      clock,
      makeByHand: async (name) => {
        const { secret } = await makeKeyByHand(transport, credential, name);
        for await (const { id, last4 } of store.list("ApiKey"))
          if (last4 === last4Of(secret)) return { id, secret };
        throw new Error("the key is not listed");
      },
      close: async () => {
        await transport.close();
        await store.close();
        await server.close();
        await directory.remove();
      },
    };
  },
  { mints: "store", managesRoles: false, hasLabels: false },
);
