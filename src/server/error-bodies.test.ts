/** What refusals tell: every route that the router has, asked wrongly in every way we know, and with no database. */

import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DeclaredRoute } from "./guard-routes.ts";
import { addServerParts } from "./operations/add-server-parts.ts";
import { type Answer, type TestServer, newSecret, openTestServer } from "./server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer(undefined, {
    extend: addServerParts,
    cortex: { requestsPerMinute: 1e9 },
    cortexCloudLimit: { requests: 1e9, windowMs: 1000 },
  });
});
afterEach(() => server.close());

/** Of a stack, a path, SQL, a driver, a digest. */
const TELLING =
  /\bat \S+ \(|\.[jt]s:\d|node_modules|\/(tmp|work|home|usr|root)\/|\b(select|insert|update|delete) .*\b(from|into|set)\b|sqlite|postgres|kysely|syntax error|no such (table|column)|relation "|[0-9a-f]{64}/i;

const routes = (): readonly DeclaredRoute[] =>
  server.app.declaredRoutes.filter(({ url, method }) => !url.startsWith("/docs") && method !== "HEAD");

const isCloud = (url: string): boolean => /^\/(public_api|platform)\//.test(url);

interface Question {
  readonly id?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask(
  { method, url }: DeclaredRoute,
  { id = "0", query = "", body, headers = {} }: Question,
): Promise<Answer> {
  const token = server.admin.reveal();
  const credential: Record<string, string> = isCloud(url)
    ? { authorization: token, "x-xdr-auth-id": "1" }
    : { authorization: `Bearer ${token}` };
  return server.call(`${method} ${url.replaceAll(/:\w+/g, encodeURIComponent(id))}${query}`, {
    token: null,
    headers: { ...credential, ...headers },
    ...(body !== undefined && { body }),
  });
}

function expectQuiet(route: DeclaredRoute, answer: Answer, secrets: readonly string[]): void {
  const where = `${route.method} ${route.url} ${answer.status}`;
  expect(TELLING.exec(answer.text)?.[0], where).toBeUndefined();
  for (const secret of secrets) expect(answer.text.includes(secret), where).toBe(false);
  if (answer.text === "") return;
  const isProblem = /^\/v1\/|^\/\w+$/.test(route.url);
  const type = String(answer.headers["content-type"]);
  expect(type, where).toContain(isProblem ? "application/problem+json" : "json");
  if (!isProblem) return;
  expect(
    Object.keys(answer.body).filter((name) => !MEMBERS.has(name)),
    where,
  ).toEqual([]);
  expect(answer.body["type"], where).toMatch(/^https:\/\/keywright\.dev\/problems\/[a-z-]+$/);
  expect(answer.body["status"], where).toBe(answer.status);
}

const MEMBERS = new Set(["type", "title", "status", "detail", "rule", "errors"]);

const deep = (text: string): unknown => ({
  name: text,
  roles: text,
  [text]: [text, { [text]: text }],
  request_data: { [text]: text },
});

test("A8: no refusal of any route tells a stack, path, query, key or digest", async () => {
  const key = newSecret().reveal();
  const odd = [
    "'; drop table keys; --",
    "../../../etc/passwd",
    "%00\u0000",
    key,
    `x${key}x`,
    "${7*7}",
    "z".repeat(400),
  ];
  const questions: Question[] = [
    ...odd.map((id) => ({ id })),
    ...odd.map((text) => ({ query: `?limit=${encodeURIComponent(text)}&${encodeURIComponent(text)}=1` })),
    ...odd.map((text) => ({ body: deep(text) })),
    ...["{", `{"${key}`, `"${key}"`, "null", "[]", `{"__proto__":{"x":"${key}"}}`].map((body) => ({ body })),
    { body: key, headers: { "content-type": "text/plain" } },
    { body: {}, headers: { "idempotency-key": key, "if-match": key, "if-none-match": key } },
    { headers: { authorization: `Bearer ${key}` } },
    { headers: { authorization: "Basic eDp5" } },
  ];
  let refused = 0;
  for (const route of routes()) {
    for (const question of questions) {
      const answer = await ask(route, question);
      expect(answer.status, `${route.method} ${route.url} ${JSON.stringify(question)}`).toBeLessThan(500);
      if (answer.status < 400) continue;
      refused += 1;
      // Another address would do: this one has its credential wrong a few times for each route.
      server.clock.advance(60_000);
      expectQuiet(route, answer, [key, key.slice(8, 40), server.admin.reveal()]);
    }
  }
  expect(refused).toBeGreaterThan(1000);
});

test("A8: without a database every route fails quietly", async () => {
  const { database } = server.context;
  await server.call("GET /v1/store");
  for (const table of [
    "keys",
    "roles",
    "users",
    "personal_tokens",
    "secrets",
    "security_policy",
    "audit_log",
    "change_head",
    "notices",
    "ip_allowlist",
    "store",
  ]) {
    await sql`alter table ${sql.table(table)} rename to ${sql.table(`gone_${table}`)}`.execute(database);
  }
  let failed = 0;
  for (const route of routes()) {
    for (const body of route.method === "GET" ? [undefined] : [{}, undefined]) {
      const answer = await ask(route, { ...(body && { body }), headers: { "idempotency-key": "x" } });
      if (answer.status < 400) continue;
      failed += answer.status >= 500 ? 1 : 0;
      expectQuiet(route, answer, [server.admin.reveal()]);
    }
  }
  expect(failed).toBeGreaterThan(20);
});
