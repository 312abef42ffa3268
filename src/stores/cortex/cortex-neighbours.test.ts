/** Secrets and the IP allowlist of a Cortex at its worst. What it should do is in `test/contracts/neighbours.test.ts`. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { isKeywrightError, type KeywrightError } from "../../core/error.ts";
import type { KeyStore } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { openHttpTransport } from "../../http/http-transport.ts";
import { createRequestLimiter } from "../../http/request-limiter.ts";
import { createCortexStore } from "./cortex.ts";

const VALUE = "canary-value-93ab71";
const QUICK = { perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 };

type Answer = readonly [status: number, body?: unknown];
type Respond = (path: string, count: number, body: unknown) => Answer;

async function against(
  respond: Respond,
): Promise<{ readonly store: KeyStore; readonly seen: readonly string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push(`${request.method} ${request.url}`);
      const sent: unknown = JSON.parse(Buffer.concat(chunks).toString() || "null");
      const [status, body = ""] = respond(request.url ?? "", seen.length, sent);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const identity = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = createCortexStore({
    transport: openHttpTransport(identity),
    credential: Secret.of("credential-of-the-test"),
    clock: { now: () => new Date("2026-11-21T08:15:00Z") },
    identity,
    limiter: createRequestLimiter(QUICK),
    retryPausesMs: [1],
  });
  onTestFinished(async () => {
    await store.close();
    server.closeAllConnections();
    server.close();
  });
  return { store, seen };
}

async function faultOf(work: Promise<unknown>): Promise<KeywrightError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (isKeywrightError(error)) return error;
  throw new Error("it did not fail as it should");
}

async function tagsOf(store: KeyStore): Promise<readonly string[]> {
  const tags: string[] = [];
  for await (const { tag } of store.list("Secret")) tags.push(tag);
  return tags;
}

const page = (total: number, totalPages: number, ...tags: readonly string[]): Answer => [
  200,
  { secrets: tags.map((tag) => ({ id: `id-${tag}`, tag })), page: 7, total, totalPages },
];

test("all pages are read, whatever page the answers say they are, and twice: they could have shifted", async () => {
  const { store, seen } = await against((path) =>
    path.endsWith("page=0") ? page(3, 2, "a", "b") : page(3, 2, "b", "c"),
  );
  expect(await tagsOf(store)).toEqual(["a", "b", "c"]);
  expect(seen).toHaveLength(4);
});

test("a count that is too low is no end: what lies behind it would look as if somebody had taken it away", async () => {
  const tags: Readonly<Record<string, readonly string[]>> = { 0: ["a", "b"], 1: ["c"] };
  const { store } = await against((path) => page(1, 1, ...(tags[path.slice(-1)] ?? [])));
  expect(await tagsOf(store)).toEqual(["a", "b", "c"]);
  const ranges: Readonly<Record<string, string>> = { 0: "10.0.0.1", 1: "10.0.0.2" };
  const { store: other } = await against((path) => {
    const address = ranges[path.slice(-1)];
    return [200, { entries: address ? [{ address }] : [], total: 0, totalPages: 1 }];
  });
  expect(await readList(other)).toHaveLength(2);
});

test("a page that brings nothing new is the last, however many more are told of", async () => {
  const { store, seen } = await against(() => page(1, 1_000_000, "a"));
  expect(await tagsOf(store)).toEqual(["a"]);
  expect(seen).toHaveLength(4);
});

test("fewer than the store counts is an incomplete reading, never secrets that are gone", async () => {
  const { store } = await against(() => page(2, 1, "a"));
  expect((await faultOf(tagsOf(store))).code).toBe("STORE_INCOMPLETE");
});

const create = (store: KeyStore): Promise<unknown> =>
  store.create({ kind: "Secret", tag: "a", displayName: "A", value: Secret.of(VALUE) });

test.each<readonly [string, Answer, string]>([
  ["a 500", [500, "oops"], "STORE_OUTCOME_UNKNOWN"],
  ["a login page", [200, "<html>"], "STORE_CONTRACT"],
  ["an answer without an id", [200, { tag: "a" }], "STORE_CONTRACT"],
  ["a refusal", [400, { message: "no", type: "BAD" }], "STORE_REJECTED"],
])("%s to a create is told as what it is, sent once, and quotes no value", async (_name, answer, code) => {
  const { store, seen } = await against(() => answer);
  const fault = await faultOf(create(store));
  expect(fault.code).toBe(code);
  expect(`${fault.message} ${fault.hint}`).not.toContain(VALUE);
  expect(seen).toEqual(["POST /api/v1/secrets"]);
});

test("a login page does not pass for an update or a revocation; an id is never read as a path", async () => {
  const { store, seen } = await against(() => [200, "<html>"]);
  const id = "a/../b?c";
  expect((await faultOf(store.update({ kind: "Secret", id, displayName: "x" }))).code).toBe("STORE_CONTRACT");
  expect((await faultOf(store.revoke({ kind: "Secret", id }))).code).toBe("STORE_CONTRACT");
  expect(seen).toEqual(["PUT /api/v1/secrets/a%2F..%2Fb%3Fc", "DELETE /api/v1/secrets/a%2F..%2Fb%3Fc"]);
});

test("an update says only what it changes", async () => {
  const bodies: unknown[] = [];
  const { store } = await against((_path, _count, body) => {
    bodies.push(body);
    return [200, { id: "1", tag: "a" }];
  });
  await store.update({ kind: "Secret", id: "1", displayName: "A" });
  await store.update({ kind: "Secret", id: "1", value: Secret.of(VALUE) });
  expect(bodies).toEqual([{ name: "A" }, { secret: VALUE }]);
});

test("the permission that is missing is named: it is another one than that for keys", async () => {
  const { store } = await against(() => [403, { message: "you lack permissions", type: "X" }]);
  expect((await faultOf(tagsOf(store))).hint).toContain("`Create secrets`");
  expect((await faultOf(readList(store))).hint).toContain("`Configure IP allowlist`");
});

async function readList(store: KeyStore): Promise<unknown> {
  for await (const { entries } of store.list("IpAllowlist")) return entries;
  return undefined;
}

test("a list without paging, with ranges that nobody spells so, is read in the one spelling", async () => {
  const entries = [
    { address: "10.1.2.3/8", description: null },
    { address: "2001:DB8::1" },
    { address: "office" },
  ];
  const { store } = await against(() => [200, { entries }]);
  expect(await readList(store)).toEqual([
    { address: "10.0.0.0/8", description: "" },
    { address: "2001:db8::1", description: "" },
    { address: "office", description: "" },
  ]);
});

test("a part of the list is an incomplete reading: the rest would look as if it were to be added", async () => {
  const { store } = await against(() => [
    200,
    { entries: [{ address: "10.0.0.1" }], total: 2, totalPages: 1 },
  ]);
  expect((await faultOf(readList(store))).code).toBe("STORE_INCOMPLETE");
});

const ENTRIES = [{ address: "10.0.0.0/8", description: "Office" }];
const replace = (store: KeyStore): Promise<void> => store.update({ kind: "IpAllowlist", entries: ENTRIES });

test("a list is validated first, and what is not valid is never put", async () => {
  const { store, seen } = await against(() => [
    200,
    { entries: [{ address: "10.0.0.0/8", valid: false, error: "is too\nwide" }] },
  ]);
  const fault = await faultOf(replace(store));
  expect(fault.code).toBe("STORE_REJECTED");
  expect(fault.message).toContain("10.0.0.0/8: is too wide");
  expect(seen).toEqual(["POST /api/v1/ip-allowlist/validate"]);
});

test("a list is put without force, once", async () => {
  const { store, seen } = await against((path) =>
    path.endsWith("validate") ? [200, { entries: ENTRIES }] : [400, { message: "locks you out", type: "X" }],
  );
  expect((await faultOf(replace(store))).code).toBe("STORE_REJECTED");
  expect(seen).toEqual(["POST /api/v1/ip-allowlist/validate", "PUT /api/v1/ip-allowlist"]);
});
