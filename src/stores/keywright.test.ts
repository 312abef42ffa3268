import { randomBytes } from "node:crypto";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { KeywrightError } from "../core/error.ts";
import { createKey } from "../core/key-format.ts";
import type { CreateKeyRequest, KeyStore } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { type HttpLimits, openHttpTransport } from "../http/http-transport.ts";
import { createKeywrightStore } from "./keywright.ts";

const GREETING = {
  id: "ks_0123456789abcdef",
  keyFormat: { prefix: "kw", environment: "live" },
  maxPageSize: 1000,
  caller: { id: "key_own" },
};
const CREDENTIAL = Secret.of("kw_live_credential-of-the-test");

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A store that greets well and then does as `handle` says; `seen` counts what came after the greeting. */
async function openAgainst(
  handle: Handler,
  limits: Partial<HttpLimits> = {},
): Promise<{ readonly store: KeyStore; readonly seen: string[]; readonly stop: () => Promise<void> }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      if (request.url === "/v1/store") return json(response, 200, GREETING);
      seen.push(`${request.method} ${request.url}`);
      handle(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  closers.push(stop);
  const transport = openHttpTransport(`http://127.0.0.1:${port}`, limits);
  const options = { credential: CREDENTIAL, identify: (id: string) => id, retryPausesMs: [0, 0] };
  const store = await createKeywrightStore(transport, options);
  closers.push(() => store.close());
  return { store, seen, stop };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const aKey = (): CreateKeyRequest => ({
  kind: "ApiKey",
  marker: { instance: "acme", name: "scanner", generation: 1, operation: "0123456789ab" },
  displayName: "Scanner",
  description: "",
  labels: {},
  roles: [{ type: "default", role: "READ_ONLY" }],
  securityLevel: "standard",
  secret: createKey(GREETING.keyFormat, { bytes: (length) => randomBytes(length) }),
});

async function failure(promise: Promise<unknown>): Promise<KeywrightError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof KeywrightError) return error;
    throw error;
  }
  throw new Error("nothing failed");
}

async function readKeys(store: KeyStore): Promise<number> {
  let count = 0;
  for await (const _ of store.list("ApiKey")) count += 1;
  return count;
}

const aKeyAnswer = (id: string) => ({
  id,
  name: "Scanner",
  description: "",
  owner: null,
  labels: {},
  roles: [],
  securityLevel: "standard",
  last4: "abcd",
  status: "active",
  createdAt: "2026-11-21T08:00:00.000Z",
  expiresAt: null,
});

test("of what a store gives as the last four characters no more is kept", async () => {
  const { store } = await openAgainst((_, response) =>
    json(response, 200, { keys: [{ ...aKeyAnswer("a"), last4: "the-whole-secret-wxyz" }], nextCursor: null }),
  );
  for await (const key of store.list("ApiKey")) expect(key).toMatchObject({ last4: "wxyz" });
  expect(await readKeys(store)).toBe(1);
});

test.each([500, 502, 503])(
  "a mutation that is answered %i has an unknown outcome and is not sent again",
  async (status) => {
    const { store, seen } = await openAgainst((_, response) => json(response, status, {}));
    expect((await failure(store.create(aKey()))).code).toBe("STORE_OUTCOME_UNKNOWN");
    expect((await failure(store.revoke({ kind: "ApiKey", id: "a" }))).code).toBe("STORE_OUTCOME_UNKNOWN");
    expect(seen).toEqual(["POST /v1/keys", "DELETE /v1/keys/a"]);
  },
);

test("a mutation whose connection breaks, or that gets no answer in time, has an unknown outcome", async () => {
  const broken = await openAgainst((request) => request.socket.destroy());
  expect((await failure(broken.store.create(aKey()))).code).toBe("STORE_OUTCOME_UNKNOWN");
  const silent = await openAgainst(() => undefined, { totalMs: 50 });
  expect((await failure(silent.store.create(aKey()))).code).toBe("STORE_OUTCOME_UNKNOWN");
  expect([broken.seen.length, silent.seen.length]).toEqual([1, 1]);
});

test("a mutation whose answer is cut off has an unknown outcome", async () => {
  const { store } = await openAgainst((request, response) => {
    response.writeHead(201, { "content-length": 1000 });
    response.write("{", () => request.socket.destroy());
  });
  expect((await failure(store.create(aKey()))).code).toBe("STORE_OUTCOME_UNKNOWN");
});

test("a mutation that certainly never left says that the store is unreachable", async () => {
  const { store, stop } = await openAgainst(() => undefined);
  await stop();
  const error = await failure(store.create(aKey()));
  expect([error.code, error.message]).toEqual(["STORE_UNREACHABLE", expect.stringContaining("ECONNREFUSED")]);
});

test("a reading is tried again a few times, then the store is unreachable", async () => {
  let failures = 2;
  const { store, seen } = await openAgainst((_, response) => {
    failures -= 1;
    if (failures >= 0) return json(response, 503, {});
    json(response, 200, { keys: [aKeyAnswer("a")], nextCursor: null });
  });
  expect(await readKeys(store)).toBe(1);
  expect(seen).toHaveLength(3);
  failures = 99;
  expect((await failure(readKeys(store))).code).toBe("STORE_UNREACHABLE");
  expect(seen).toHaveLength(6);
});

test("a reading over a broken connection is tried again", async () => {
  let first = true;
  const { store } = await openAgainst((request, response) => {
    if (first) request.socket.destroy();
    else json(response, 200, { keys: [], nextCursor: null });
    first = false;
  });
  expect(await readKeys(store)).toBe(0);
});

test.each([
  [401, {}, "STORE_UNAUTHORIZED"],
  [403, { detail: "The caller needs more." }, "STORE_FORBIDDEN"],
  [404, {}, "STORE_CONFLICT"],
  [409, { detail: "Taken." }, "STORE_CONFLICT"],
  [412, {}, "STORE_CONFLICT"],
  [422, { type: "https://keywright.dev/problems/idempotency-mismatch" }, "STORE_CONFLICT"],
  [422, { type: "https://keywright.dev/problems/policy-violation", detail: "Too long." }, "STORE_REJECTED"],
  [400, { errors: [{ pointer: "#/name", detail: "is required" }] }, "STORE_REJECTED"],
  [413, {}, "STORE_REJECTED"],
  [302, {}, "STORE_CONTRACT"],
])("%i with %j is %s, with the store's reason", async (status, body, code) => {
  const { store, seen } = await openAgainst((_, response) => json(response, status, body));
  const error = await failure(store.create(aKey()));
  expect(error.code).toBe(code);
  const detail = "detail" in body ? body.detail : "errors" in body ? "#/name is required" : "";
  expect(error.message).toContain(detail);
  expect(seen).toHaveLength(1);
});

test("a 429 is obeyed: sent again when the store said, or told at once when that is too far away", async () => {
  const waits = ["0", "0", "7200"];
  const { store, seen } = await openAgainst((_, response) => {
    const wait = waits.shift();
    if (wait === undefined) return json(response, 201, aKeyAnswer("a"));
    response.writeHead(429, { "retry-after": wait }).end();
  });
  const error = await failure(store.create(aKey()));
  expect([error.code, error.message]).toEqual(["STORE_BUSY", expect.stringContaining("asks to wait 2h")]);
  expect(seen).toHaveLength(3);
});

test("A14: redirects are not followed", async () => {
  const { store, seen } = await openAgainst((_, response) =>
    response.writeHead(307, { location: "/v1/other" }).end(),
  );
  expect((await failure(readKeys(store))).code).toBe("STORE_CONTRACT");
  expect(seen).toHaveLength(1);
});

test.each([
  ["not JSON", "<html>Sign in</html>", "is not JSON"],
  ["a page without keys", "{}", "must have required property 'keys'"],
  [
    "a key without an id",
    JSON.stringify({ keys: [{ ...aKeyAnswer("a"), id: 5 }], nextCursor: null }),
    "/keys/0/id",
  ],
  [
    "a status that is none",
    JSON.stringify({ keys: [{ ...aKeyAnswer("a"), status: "revoked" }], nextCursor: null }),
    "/keys/0/status",
  ],
])("A14: an answer that is %s breaks the contract, and says where", async (_name, text, where) => {
  const { store } = await openAgainst((_, response) => response.writeHead(200).end(text));
  const error = await failure(readKeys(store));
  expect([error.code, error.message]).toEqual(["STORE_CONTRACT", expect.stringContaining(where)]);
});

test("A14: an answer over the size limit is not read to its end", async () => {
  const { store } = await openAgainst((_, response) => response.end("x".repeat(10_000)), {
    responseBytes: 5_000,
  });
  expect((await failure(readKeys(store))).code).toBe("STORE_CONTRACT");
});

test("keys that shift from page to page come once, and a list in a circle is incomplete", async () => {
  const pages = new Map([
    ["", { keys: [aKeyAnswer("a"), aKeyAnswer("b")], nextCursor: "one" }],
    ["one", { keys: [aKeyAnswer("b"), aKeyAnswer("c")], nextCursor: "two" }],
    ["two", { keys: [], nextCursor: null }],
  ]);
  const { store } = await openAgainst((request, response) => {
    const cursor = new URL(`http://x${request.url}`).searchParams.get("cursor") ?? "";
    json(response, 200, pages.get(cursor));
  });
  expect(await readKeys(store)).toBe(3);
  pages.set("two", { keys: [], nextCursor: "one" });
  expect((await failure(readKeys(store))).code).toBe("STORE_INCOMPLETE");
});

test("the store's words are made harmless before they are shown", async () => {
  const detail = `\u001b[31mred\u202e\n${"x".repeat(5000)}`;
  const { store } = await openAgainst((_, response) => json(response, 409, { detail }));
  const { message } = await failure(store.create(aKey()));
  for (const harmful of ["\u001b", "\u202e", "\n"]) expect(message).not.toContain(harmful);
  // Whole, for whoever redacts it; that cuts it, too.
  expect(message.length).toBeLessThan(33_000);
});

test("only a digest and four characters of a new secret leave, and the credential stands in no error", async () => {
  let sent = "";
  const { store } = await openAgainst((request, response, body) => {
    sent = JSON.stringify(request.headers) + body;
    json(response, 422, { detail: "no" });
  });
  const request = aKey();
  const error = await failure(store.create(request));
  expect(sent).not.toContain(request.secret?.reveal().slice(0, -4));
  expect(sent).toContain('"idempotency-key":"0123456789ab"');
  expect(`${error.message} ${error.hint} ${JSON.stringify(error)}`).not.toContain("credential-of-the-test");
});

test("a label under the reserved prefix is rejected before anything is sent", async () => {
  const { store, seen } = await openAgainst(() => undefined);
  const labels = { "keywright/instance": "other" };
  expect((await failure(store.create({ ...aKey(), labels }))).code).toBe("STORE_REJECTED");
  expect((await failure(store.create({ ...aKey(), securityLevel: "advanced" }))).code).toBe("STORE_REJECTED");
  expect(seen).toEqual([]);
});

test("a signal stops a reading as interrupted; a mutation under way has an unknown outcome", async () => {
  const stop = new AbortController();
  const { store } = await openAgainst(() => stop.abort());
  expect((await failure(store.create(aKey(), stop.signal))).code).toBe("STORE_OUTCOME_UNKNOWN");
  expect((await failure(store.create(aKey(), stop.signal))).code).toBe("INTERRUPTED");
  const list = store.list("Role", stop.signal)[Symbol.asyncIterator]();
  expect((await failure(list.next())).code).toBe("INTERRUPTED");
});

test("a store that cannot be reached or is another kind of server fails at opening", async () => {
  const options = { credential: CREDENTIAL, identify: (id: string) => id, retryPausesMs: [0] };
  const nowhere = createKeywrightStore(openHttpTransport("http://127.0.0.1:9"), options);
  const error = await failure(nowhere);
  expect([error.code, error.message]).toEqual(["STORE_UNREACHABLE", expect.stringContaining("127.0.0.1:9")]);
  expect(error.hint).toContain("store.url");
});
