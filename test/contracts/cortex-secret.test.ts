/** The sink for secrets of Cortex, against the façade that our server has of it. */

import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Secret } from "../../src/core/secret.ts";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import { createRequestLimiter } from "../../src/http/request-limiter.ts";
import { readAdminToken } from "../../src/server/admin-token.ts";
import { type RunningServer, serve } from "../../src/server/serve.ts";
import { createCortexSecretSink } from "../../src/sinks/cortex-secret.ts";
import { RANDOM, createMovableClock, makeTemporaryDirectory } from "./store-contract.fixture.ts";
import { sinkContract } from "./sink-contract.ts";

const QUICK = { perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 };
const clock = createMovableClock();

let directory: Awaited<ReturnType<typeof makeTemporaryDirectory>>;
let server: RunningServer;
let credential: Secret;
let opened = 0;

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  server = await serve({ directory: join(directory.path, "store"), port: 0, clock, random: RANDOM });
  credential = await readAdminToken(server.adminTokenFile);
});

afterAll(async () => {
  await server.close();
  await directory.remove();
});

sinkContract("cortex-secret sink", "present", async () => {
  opened += 1;
  const prefix = `open${opened}`;
  const transport = openHttpTransport(server.url);
  return {
    sink: createCortexSecretSink({ transport, credential, clock, limiter: createRequestLimiter(QUICK) }),
    slot: (name) => ({ sink: "cortex", tag: `${prefix}_${name}` }),
    close: () => transport.close(),
  };
});
