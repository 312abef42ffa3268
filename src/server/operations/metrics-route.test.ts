import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, newSecret, openTestServer } from "../server.fixture.ts";
import { addMetrics } from "./metrics-route.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer(undefined, { extend: addMetrics });
});
afterEach(() => server.close());

test("metrics are for any valid key, also one without permissions, and for nobody else", async () => {
  await server.call("PUT /v1/roles/scraper", { body: { displayName: "Scraper", permissions: [] } });
  const { secret } = await server.makeKey({ roles: [{ type: "custom", tag: "scraper" }] });
  const answer = await server.call("GET /metrics", { token: secret });
  expect([answer.status, answer.headers["content-type"]]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  expect((await server.call("GET /metrics", { token: null })).status).toBe(401);
});

test("metrics count requests by route pattern, credentials by result and keys by status", async () => {
  const { id, secret } = await server.makeKey();
  await server.makeKey({}, "pending");
  await server.call(`GET /v1/keys/${id}`);
  await server.call("GET /v1/keys/missing");
  await server.call("GET /v1/store", { token: newSecret() });
  await server.call("POST /v1/verify", { body: { key: secret.reveal() } });
  await server.call("POST /v1/verify", { body: { key: "x" } });
  const { text } = await server.call("GET /metrics");
  for (const line of [
    'keywright_http_request_duration_seconds_count{method="GET",route="/v1/keys/:id",status="2xx"} 1',
    'keywright_http_request_duration_seconds_count{method="GET",route="/v1/keys/:id",status="4xx"} 1',
    'keywright_authentications_total{result="unknown"} 1',
    'keywright_verifications_total{result="valid"} 1',
    'keywright_verifications_total{result="malformed"} 1',
    'keywright_keys{status="active"} 2',
    'keywright_keys{status="pending"} 1',
    'keywright_keys{status="expired"} 0',
    "keywright_database_up 1",
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  expect(text).toMatch(/keywright_audit_entries [1-9]/);
  expect(text).toContain("process_resident_memory_bytes");
});

test("unknown paths and methods make no new series, and no series holds an id or a secret", async () => {
  const { id, secret } = await server.makeKey();
  await server.call(`GET /v1/keys/${id}`, { token: secret });
  for (let number = 0; number < 50; number += 1) {
    await server.call(`GET /no/such/path/${number}`);
    await server.call(`PROPFIND /v1/keys/${number}`);
    await server.call(`GET /v1/keys/${number}?label=a=${number}`);
  }
  const { text } = await server.call("GET /metrics");
  const series = text
    .split("\n")
    .filter((line) => line.startsWith("keywright_http_request_duration_seconds_count"));
  expect(series.filter((line) => line.includes('route="none"'))).toHaveLength(1);
  expect(series.length).toBeLessThan(10);
  for (const hidden of [id, secret.reveal(), server.context.storeId]) expect(text).not.toContain(hidden);
});

test("counts of the store are at most 15 seconds old, and a lost database is told", async () => {
  await server.call("GET /metrics");
  await server.makeKey();
  expect((await server.call("GET /metrics")).text).toContain('keywright_keys{status="active"} 1\n');
  server.clock.advance(15_000);
  expect((await server.call("GET /metrics")).text).toContain('keywright_keys{status="active"} 2\n');
  await server.context.database.schema.dropTable("notices").execute();
  server.clock.advance(15_000);
  const { text } = await server.call("GET /metrics");
  expect(text).toContain("keywright_database_up 0\n");
  expect(text).not.toContain("keywright_keys{");
});
