/** The adapter for Cortex Cloud, against the façade that our server has of it, with a Standard and an Advanced caller. */

import { expect, onTestFinished, test } from "vitest";
import { DAY_MS } from "../../src/core/duration.ts";
import { Secret } from "../../src/core/secret.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import { createRequestLimiter } from "../../src/http/request-limiter.ts";
import { openCloudServer } from "../../src/server/facades/cortex-cloud/cortex-cloud.fixture.ts";
import { createCortexCloudStore } from "../../src/stores/cortex-cloud/cortex-cloud.ts";
import { RANDOM } from "./store-contract.fixture.ts";
import { storeContract, type StoreUnderTest } from "./store-contract.ts";

const QUICK = { perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 };

async function open(securityLevel: "standard" | "advanced"): Promise<StoreUnderTest> {
  const server = await openCloudServer();
  const url = await server.app.listen({ host: "127.0.0.1", port: 0 });
  const roles = ["Instance Administrator"];
  const own =
    securityLevel === "standard"
      ? server.root
      : await server.generate({ roles, security_level: securityLevel, comment: "Keywright" });
  const { clock } = server;
  const store = createCortexCloudStore({
    transport: openHttpTransport(url),
    credential: { keyId: String(own.id), key: Secret.of(own.key), securityLevel },
    clock,
    random: RANDOM,
    identity: url,
    limiter: createRequestLimiter(QUICK),
  });
  return {
    store,
    clock,
    makeByHand: async (comment) => {
      const { id, key } = await server.generate({ comment, security_level: "advanced" });
      return { id: String(id), secret: Secret.of(`${id}:${key}`) };
    },
    close: async () => {
      await store.close();
      await server.close();
    },
  };
}

const TRAITS = {
  mints: "store",
  managesRoles: false,
  hasLabels: false,
  hasNames: false,
  tellsLast4: false,
  hasEndlessKeys: false,
  role: "Viewer",
} as const;

test("a scope is in force when the key is given out, changes area by area, and keeps the rest", async () => {
  const world = await open("standard");
  onTestFinished(() => world.close());
  const { store, clock } = world;
  const expiresAt = new Date(clock.now().getTime() + 30 * DAY_MS).toISOString();
  const marker = { instance: "acme-prod", name: "scanner", generation: 1, operation: "7f3a9c2bq4ud" };
  const key = { kind: "ApiKey", marker, displayName: "", description: "", labels: {} } as const;
  const rest = { roles: [{ type: "default", role: "Viewer" }], securityLevel: "standard" } as const;
  const scope = {
    assets: { mode: "scope", groupIds: [3, 7] },
    endpointTags: { mode: "any" },
  } as const;
  const { id = "" } = await store.create({ ...key, ...rest, expiresAt, scope });
  const read = async () => {
    for await (const each of store.list("ApiKey", undefined, { hasScope: (one) => one.id === id })) {
      if (each.id === id) return each.scope;
    }
    return undefined;
  };
  const nothing = { mode: "no_scope", names: [] };
  expect(await read()).toEqual({
    assets: { mode: "scope", groupIds: [3, 7] },
    endpointGroups: nothing,
    endpointTags: { mode: "any", names: [] },
    casesIssues: nothing,
  });
  const casesIssues = { mode: "scope", names: ["berlin"] } as const;
  await store.update({ ...key, ...rest, id, scope: { casesIssues } });
  expect(await read()).toMatchObject({ assets: { groupIds: [3, 7] }, casesIssues });
});

storeContract("cortex-cloud", () => open("standard"), TRAITS);
storeContract("cortex-cloud, signing", () => open("advanced"), TRAITS);
