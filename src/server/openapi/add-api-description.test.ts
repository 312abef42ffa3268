import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestServer, aNewKey, newSecret, openTestServer } from "../server.fixture.ts";
import { OPERATIONS, addApiDescription } from "./add-api-description.ts";

interface Route {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Readonly<Record<string, unknown>>[];
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly $ref?: string }>>;
}

interface Description {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string }[];
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Route>>>>;
}

let server: TestServer;
let description: Description;
let text: string;
beforeAll(async () => {
  server = await openTestServer(undefined, { extend: addApiDescription });
  const answer = await server.call("GET /openapi.json", { token: null });
  text = answer.text;
  description = answer.body as unknown as Description;
});
afterAll(() => server.close());

const routes = (): readonly (readonly [name: string, route: Route])[] =>
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => [`${method.toUpperCase()} ${path}`, route] as const),
  );

test("the description is OpenAPI 3.1, by its schema, and is there for anybody", async () => {
  expect(description.openapi).toBe("3.1.0");
  const { valid, errors } = await new Validator().validate(JSON.parse(text) as Record<string, unknown>);
  expect([valid, errors]).toEqual([true, undefined]);
});

test("every route stands in the description, with a name, a summary and a tag of its own", () => {
  const declared = server.app.declaredRoutes
    .filter(({ url }) => !url.startsWith("/docs") && !url.endsWith("/"))
    .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, "{$1}")}`);
  expect(
    routes()
      .map(([name]) => name)
      .toSorted(),
  ).toEqual(declared.toSorted());
  const nameless = declared.filter((name) => !Object.hasOwn(OPERATIONS, name));
  expect(nameless, "give these routes an entry in src/server/openapi/*-operations.ts").toEqual([]);
  const tags = new Set(description.tags.map(({ name }) => name));
  for (const [name, { operationId, summary, tags: own = [] }] of routes()) {
    expect([name, summary?.endsWith("."), own.every((tag) => tags.has(tag))]).toEqual([name, true, true]);
    expect([name, operationId]).toEqual([name, expect.stringMatching(/^[a-z][A-Za-z]+$/)]);
  }
  const ids = routes().map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("the description names no route that is not there", () => {
  const there = new Set(routes().map(([name]) => name));
  // Of the server alone; this app is without them.
  there.add("GET /metrics");
  expect(Object.keys(OPERATIONS).filter((name) => !there.has(name))).toEqual([]);
});

test("a route asks for a credential in the description exactly when it does", () => {
  const open = routes().filter(([, { security }]) => security.length === 0);
  expect(open.map(([name]) => name).toSorted()).toEqual(["GET /healthz", "GET /openapi.json", "GET /readyz"]);
  const schemes = Object.keys(description.components["securitySchemes"] ?? {});
  for (const [name, { security }] of routes()) {
    for (const scheme of security.flatMap(Object.keys))
      expect([name, schemes]).toEqual([name, expect.arrayContaining([scheme])]);
  }
});

test("every reference in the description leads somewhere", () => {
  for (const [, kind = "", name = ""] of text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)) {
    expect([kind, name, Object.hasOwn(description.components[kind] ?? {}, name)]).toEqual([kind, name, true]);
  }
  expect(text).toContain("#/components/responses/");
});

test("headers that steer a request are described, and success and errors of every route", () => {
  const parameters = description.paths["/v1/keys"]?.["post"]?.parameters ?? [];
  expect(parameters).toContainEqual(
    expect.objectContaining({
      name: "Idempotency-Key",
      in: "header",
      required: true,
      description: expect.any(String),
    }),
  );
  const conditions = description.paths["/v1/roles/{tag}"]?.["put"]?.parameters ?? [];
  expect(conditions.map(({ name }) => name)).toEqual(expect.arrayContaining(["If-Match", "If-None-Match"]));
  for (const [name, { responses }] of routes()) {
    const statuses = Object.keys(responses);
    expect([name, statuses.some((status) => status.startsWith("2"))]).toEqual([name, true]);
    expect([name, statuses.includes("default")]).toEqual([name, true]);
    for (const { description: words, $ref } of Object.values(responses)) {
      expect(words ?? $ref).not.toBe("Default Response");
    }
  }
});

test("describing a route leaves its schema as it is", async () => {
  const secret = newSecret();
  const headers = { "idempotency-key": "once" };
  const body = aNewKey(secret, { expiresAt: "2027-02-30T00:00:00Z" });
  expect((await server.call("POST /v1/keys", { headers, body })).status).toBe(400);
  expect((await server.call("POST /v1/keys", { headers, body: aNewKey(secret) })).status).toBe(201);
});

test("the page and all that it loads come from this server, under a strict policy", async () => {
  const page = await server.call("GET /docs", { token: null });
  expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  const policy = String(page.headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(loaded.length).toBeGreaterThan(4);
  for (const path of loaded) {
    expect(path).toMatch(/^\/docs\/static\/[\w.-]+$/);
    const asset = await server.call(`GET ${path}`, { token: null });
    expect([path, asset.status, asset.headers["x-content-type-options"]]).toEqual([path, 200, "nosniff"]);
    expect(asset.headers["content-security-policy"]).toBe(policy);
  }
  // What is not allowed by the policy would not run.
  expect(page.text).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
  expect((await server.call("GET /docs/json", { token: null })).text).toBe(text);
});

test("the page's folder gives its own files only", async () => {
  for (const path of ["../package.json", "..%2fpackage.json", "%2e%2e/package.json", ".%00", "x"]) {
    const { status } = await server.call(`GET /docs/static/${path}`, { token: null });
    expect([path, status === 400 || status === 403 || status === 404]).toEqual([path, true]);
  }
});

test("the embedded store loads neither the description nor the metrics", () => {
  // What `open-embedded-store.ts` reaches by import.
  const seen = new Set<string>();
  const follow = (url: URL): void => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const source = readFileSync(url, "utf8");
    for (const [, name = ""] of source.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gms)) {
      if (name.startsWith(".")) follow(new URL(name, url));
      else seen.add(name);
    }
  };
  follow(new URL("../open-embedded-store.ts", import.meta.url));
  expect(seen.has("fastify")).toBe(true);
  for (const name of ["@fastify/swagger", "@fastify/swagger-ui", "prom-client"])
    expect(seen).not.toContain(name);
});
