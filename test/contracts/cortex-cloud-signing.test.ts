/** Signed requests of the adapter for Cortex Cloud, as our façade of it takes them. */

import { expect, onTestFinished, test } from "vitest";
import type { KeywrightError } from "../../src/core/error.ts";
import type { Clock } from "../../src/core/ports.ts";
import { Secret } from "../../src/core/secret.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import type { HttpRequest, Transport } from "../../src/http/transport.ts";
import { openCloudServer } from "../../src/server/facades/cortex-cloud/cortex-cloud.fixture.ts";
import { createCortexCloudStore } from "../../src/stores/cortex-cloud/cortex-cloud.ts";
import { RANDOM } from "./store-contract.fixture.ts";

async function openTenant() {
  const server = await openCloudServer();
  const url = await server.app.listen({ host: "127.0.0.1", port: 0 });
  const roles = ["Instance Administrator"];
  const { id, key } = await server.generate({ roles, security_level: "advanced" });
  const transport = openHttpTransport(url);
  const sent: HttpRequest[] = [];
  const recording: Transport = {
    ...transport,
    request: (request, signal) => {
      sent.push(request);
      return transport.request(request, signal);
    },
  };
  onTestFinished(async () => {
    await transport.close();
    await server.close();
  });
  return {
    server,
    transport,
    sent,
    openStore: (clock: Clock) =>
      createCortexCloudStore({
        transport: recording,
        credential: { keyId: String(id), key: Secret.of(key), securityLevel: "advanced" },
        clock,
        random: RANDOM,
        identity: url,
      }),
  };
}

test("A10: a captured request is good once: sent again as it is, it is refused, and the adapter goes on", async () => {
  const { server, transport, sent, openStore } = await openTenant();
  const store = openStore(server.clock);
  const listing = store.list("ApiKey")[Symbol.asyncIterator]();
  expect((await listing.next()).done).toBe(false);
  const [captured] = sent;
  if (!captured) throw new Error("nothing was sent");
  expect((await transport.request(captured)).status).toBe(401);
  // Nor does it open another door: the signature covers neither path nor body.
  const elsewhere = { ...captured, method: "GET", path: "/platform/iam/v1/role" } as const;
  expect((await transport.request({ ...elsewhere, body: "" })).status).toBe(401);
  const again = store.list("ApiKey")[Symbol.asyncIterator]();
  expect((await again.next()).done).toBe(false);
});

test("a clock that is an hour off is refused with all five causes", async () => {
  const { server, openStore } = await openTenant();
  const store = openStore({ now: () => new Date(server.clock.now().getTime() + 3_600_000) });
  const listing = store.list("ApiKey")[Symbol.asyncIterator]();
  const error = (await listing.next().catch((reason: unknown) => reason)) as KeywrightError;
  expect(error.code).toBe("STORE_UNAUTHORIZED");
  for (const cause of [/securityLevel/, /keyId/, /mistyped/, /clock/, /expired/])
    expect(error.hint).toMatch(cause);
});
