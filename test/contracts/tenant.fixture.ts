/** A tenant of a vendor: our façade of it behind a proxy with quirks and malice of its own, and the adapter before that. */

import { last4Of } from "../../src/core/key-format.ts";
import type { KeyStore } from "../../src/core/ports.ts";
import { Secret } from "../../src/core/secret.ts";
import type { RoleRef } from "../../src/core/role-ref.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import type { Transport } from "../../src/http/transport.ts";
import { createRequestLimiter, type RequestLimiter } from "../../src/http/request-limiter.ts";
import { openTestServer, RANDOM, type TestServer } from "../../src/server/server.fixture.ts";
import { createCortexStore } from "../../src/stores/cortex/cortex.ts";
import { createCortexCloudStore } from "../../src/stores/cortex-cloud/cortex-cloud.ts";
import { createCloudQuirks } from "./cortex-cloud-quirks.fixture.ts";
import { CORTEX_QUIRKS } from "./cortex-quirks.fixture.ts";
import { type ProxyRequest, type QuirkProxy, startQuirkProxy, type Twist } from "./quirk-proxy.fixture.ts";
import { CLOUD_DIALECT, CORTEX_DIALECT, type VendorDialect } from "./vendor-dialects.fixture.ts";

export interface Vendor {
  readonly name: "cortex" | "cortex-cloud";
  readonly dialect: VendorDialect;
  /** All of them, fresh. */
  readonly quirks: () => readonly Twist[];
  /** Whether a request shows another key than the one that we run with. */
  isOfAnother(request: ProxyRequest, server: TestServer): boolean;
  /** A key that a person makes in the store. */
  makeByHand(
    server: TestServer,
    name: string,
    text?: string,
  ): Promise<{ readonly id: string; readonly secret: Secret }>;
  /** What its keys can be given. */
  readonly roles: readonly RoleRef[];
  openStore(transport: Transport, server: TestServer, limiter: RequestLimiter): KeyStore;
}

export interface Tenant {
  readonly server: TestServer;
  readonly proxy: QuirkProxy;
  /** A new process: waits take no time, and are told by `waits`. */
  readonly openStore: () => KeyStore;
  /** Past the proxy, to see what is really there. */
  readonly openDirect: () => KeyStore;
  /** In milliseconds, what the limiter waited because the store had asked for it. */
  readonly waits: readonly number[];
  readonly close: () => Promise<void>;
}

const WIDE = { requests: 1_000_000, windowMs: 1_000 };

export const CORTEX: Vendor = {
  name: "cortex",
  dialect: CORTEX_DIALECT,
  quirks: () => CORTEX_QUIRKS,
  makeByHand: async (server, name, description = "") => {
    const { id, secret } = await server.makeKey({ name, description });
    const { body } = await server.call("GET /api/v1/auth/key?pageSize=1000&page=0");
    const keys = body["apiKeys"] as readonly { readonly cid: string; readonly last4: string }[];
    const made = keys.find(({ last4 }) => last4 === last4Of(secret));
    if (!made) throw new Error(`the key ${id} is not listed`);
    return { id: made.cid, secret };
  },
  isOfAnother: ({ headers }, { admin }) => headers["authorization"] !== `Bearer ${admin.reveal()}`,
  roles: [{ type: "default", role: "READ_ONLY" }],
  openStore: (transport, { admin, clock }, limiter) =>
    createCortexStore({
      transport,
      credential: admin,
      clock,
      identity: "https://cortex.example",
      limiter,
      retryPausesMs: [0, 0],
    }),
};

export const CORTEX_CLOUD: Vendor = {
  name: "cortex-cloud",
  dialect: CLOUD_DIALECT,
  quirks: createCloudQuirks,
  makeByHand: async (server, name, comment = name) => {
    const { admin } = server;
    const headers = { "x-xdr-auth-id": "1", authorization: admin.reveal() };
    const request_data = { roles: ["Viewer"], security_level: "standard", comment };
    const { body } = await server.call("POST /public_api/v1/api_keys/generate", {
      headers,
      body: { request_data },
    });
    const { id, key } = body["reply"] as { readonly id: number; readonly key: string };
    return { id: String(id), secret: Secret.of(`${id}:${key}`) };
  },
  isOfAnother: ({ headers }) => headers["x-xdr-auth-id"] !== "1",
  roles: [{ type: "default", role: "Viewer" }],
  openStore: (transport, { admin, clock }, limiter) =>
    createCortexCloudStore({
      transport,
      // The first administrator's key is the first of all.
      credential: { keyId: "1", key: admin, securityLevel: "standard" },
      clock,
      random: RANDOM,
      identity: "https://api-acme.example",
      limiter,
      retryPausesMs: [0, 0],
    }),
};

export const VENDORS: readonly Vendor[] = [CORTEX, CORTEX_CLOUD];

export async function openTenant(vendor: Vendor): Promise<Tenant> {
  const server = await openTestServer(undefined, {
    cortex: { requestsPerMinute: WIDE.requests },
    cortexCloudLimit: WIDE,
  });
  const proxy = await startQuirkProxy((request) => inject(server, request));
  const waits: number[] = [];
  return {
    server,
    proxy,
    waits,
    openStore: () => vendor.openStore(openHttpTransport(proxy.url), server, createQuickLimiter(waits)),
    openDirect: () => vendor.openStore(directTransport(server), server, createQuickLimiter([])),
    close: async () => {
      await proxy.close();
      await server.close();
    },
  };
}

const directTransport = (server: TestServer): Transport => ({
  where: "the store",
  request: (request) => inject(server, { body: "", ...request }),
  close: () => Promise.resolve(),
});

/** Own hops and lengths are the server's to make. */
async function inject({ app }: TestServer, { method, path, headers, body }: ProxyRequest) {
  const { host: _, connection: __, "content-length": ___, "transfer-encoding": ____, ...rest } = headers;
  const response = await app.inject({
    method: method as "GET",
    url: path,
    headers: rest,
    ...(body !== "" && { payload: body }),
  });
  const answered = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
  return { status: response.statusCode, headers: Object.fromEntries(answered), body: response.payload };
}

function createQuickLimiter(waits: number[]): RequestLimiter {
  let elapsedMs = 0;
  return createRequestLimiter({
    perMinute: 1_000_000,
    burst: 1_000,
    longestWaitMs: 10 * 60_000,
    now: () => elapsedMs,
    sleep: (ms) => {
      elapsedMs += ms;
      if (ms >= 1_000) waits.push(ms);
      return Promise.resolve();
    },
  });
}
