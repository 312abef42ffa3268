/** `FUZZ_RUNS` and `FUZZ_SEED` choose how many and which; `npm run fuzz` sends 100,000. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addServerParts } from "../../src/server/operations/add-server-parts.ts";
import { type TestServer, openTestServer } from "../../src/server/server.fixture.ts";
import { readApiDescription } from "./api-description.fixture.ts";
import { fuzz } from "./fuzz.fixture.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 5_000);
const SEED = Number(process.env["FUZZ_SEED"] ?? 20_261_121);
/** So many that every route is carried out with success at least once. */
const ENOUGH_FOR_ALL = 20_000;
const UNLIMITED = { requests: 1e9, windowMs: 1_000 };
const FLAT_BYTES = 20 * 1024 * 1024;

let server: TestServer;
beforeAll(async () => {
  setFlagsFromString("--expose-gc");
  globalThis.gc = runInNewContext("gc") as typeof globalThis.gc;
  server = await openTestServer(undefined, {
    cortex: { requestsPerMinute: 1e9 },
    cortexCloudLimit: UNLIMITED,
    extend: addServerParts,
  });
});
afterAll(() => server.close());

test(
  `${RUNS} random and mutated requests over all routes: no 5xx, every body as described, memory flat`,
  { timeout: 1_800_000 },
  async () => {
    const report = await fuzz(server, await readApiDescription(server.app), { runs: RUNS, seed: SEED });
    const statuses = [...report.statuses].sort(([a], [b]) => a - b);
    const summary = statuses.map(([status, count]) => `${status}: ${count}`).join(", ");
    process.stderr.write(`${report.requests} requests, seed ${SEED}: ${summary}\n`);
    expect(report.faults).toEqual([]);
    expect(RUNS < ENOUGH_FOR_ALL ? [] : report.neverDone).toEqual([]);
    expect(report.heap[1] - report.heap[0]).toBeLessThan(FLAT_BYTES);
  },
);
