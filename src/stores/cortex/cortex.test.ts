/** Cortex at its worst: what its contract allows, and what it does not. */

import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { ErrorCode } from "../../core/error.ts";
import type { LiveKey } from "../../core/live.ts";
import type { CreateKeyRequest, KeyStore } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { openHttpTransport } from "../../http/http-transport.ts";
import { createRequestLimiter, type LimiterOptions } from "../../http/request-limiter.ts";
import { createCortexStore } from "./cortex.ts";

const NOW = "2026-11-21T08:15:00.000Z";
const CREDENTIAL = Secret.of("credential-of-the-test");

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Against {
  readonly store: KeyStore;
  /** Method and path of every request. */
  readonly seen: readonly string[];
}

async function openAgainst(handle: Handler, limits: Partial<LimiterOptions> = {}): Promise<Against> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => handle(request, response, body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
  const identity = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = createCortexStore({
    transport: openHttpTransport(identity, { totalMs: 2_000 }),
    credential: CREDENTIAL,
    clock: { now: () => new Date(NOW) },
    identity,
    limiter: createRequestLimiter({ perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000, ...limits }),
    retryPausesMs: [1, 1],
  });
  closers.push(async () => {
    await store.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return { store, seen };
}

const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
};

const key = (number: number, over: object = {}) => ({
  cid: `ak${number}`,
  createdDate: "2026-11-20T10:00:00.000+02:00",
  last4: "abcd",
  roles: [{ type: "DEFAULT", role: "READ_ONLY" }],
  name: "Scanner",
  description: "Scans [kw acme/scanner g3 7f3a9c2bq4ud]",
  ...over,
});

const page = (apiKeys: readonly object[], over: object = {}) => ({
  apiKeys,
  page: 0,
  total: apiKeys.length,
  totalPages: 1,
  ...over,
});

/** The page that a request asks for. */
const pageOf = ({ url = "" }: IncomingMessage): number =>
  Number(new URLSearchParams(url.split("?")[1]).get("page"));

async function listed(store: KeyStore): Promise<readonly LiveKey[]> {
  const keys: LiveKey[] = [];
  for await (const each of store.list("ApiKey")) keys.push(each);
  return keys;
}

const aRequest = (over: Partial<CreateKeyRequest> = {}): CreateKeyRequest => ({
  kind: "ApiKey",
  marker: { instance: "acme", name: "scanner", generation: 3, operation: "7f3a9c2bq4ud" },
  displayName: "Scanner",
  description: "Scans",
  labels: {},
  roles: [{ type: "default", role: "READ_ONLY" }],
  expiresAt: "2027-01-31T10:00:00.000Z",
  securityLevel: "standard",
  ...over,
});

const codeOf = (work: Promise<unknown>): Promise<ErrorCode | "none"> =>
  work.then(
    () => "none" as const,
    (error: unknown) => (error as { readonly code: ErrorCode }).code,
  );

test("of what a store gives as the last four characters no more is kept", async () => {
  const { store } = await openAgainst((_, response) =>
    json(response, 200, page([key(1, { last4: "the-whole-secret-wxyz" })])),
  );
  expect(await listed(store)).toMatchObject([{ last4: "wxyz" }]);
});

test("a key is read with its marker split off, its dates in UTC and roles that the API cannot give", async () => {
  const roles = [
    { type: "DEFAULT", role: "MANAGER" },
    { type: "CUSTOM", tag: "catalog-editor" },
    { type: "TEAM_OWNER" },
  ];
  const { store } = await openAgainst((_, response) => json(response, 200, page([key(1, { roles })])));
  expect(await listed(store)).toEqual([
    {
      kind: "ApiKey",
      id: "ak1",
      displayName: "Scanner",
      description: "Scans",
      marker: { instance: "acme", name: "scanner", generation: 3, operation: "7f3a9c2bq4ud" },
      labels: {},
      roles: [
        { type: "default", role: "MANAGER" },
        { type: "custom", tag: "catalog-editor" },
        { type: "default", role: "TEAM_OWNER" },
      ],
      last4: "abcd",
      createdAt: "2026-11-20T08:00:00.000Z",
      status: "active",
      securityLevel: "standard",
    },
  ]);
});

test("what may be absent is absent, or null", async () => {
  const { name: _, description: __, ...bare } = key(1);
  const nulls = key(2, { name: null, description: null, expirationDate: null });
  const { store } = await openAgainst((_request, response) => json(response, 200, page([bare, nulls])));
  for (const each of await listed(store)) {
    expect(each).toMatchObject({ displayName: "", description: "" });
    expect(each).not.toHaveProperty("marker");
    expect(each).not.toHaveProperty("expiresAt");
  }
});

test("pages are asked for by number although the store echoes a wrong one, and each key comes once", async () => {
  const pages = [[key(1), key(2)], [key(2), key(3)], [key(4)]];
  const { store, seen } = await openAgainst((request, response) =>
    json(response, 200, page(pages[pageOf(request)] ?? [], { page: 0, total: 4, totalPages: 3 })),
  );
  expect((await listed(store)).map(({ id }) => id)).toEqual(["ak1", "ak2", "ak3", "ak4"]);
  expect(seen).toEqual(
    [0, 1, 2, 0, 1, 2].map((number) => `GET /api/v1/auth/key?pageSize=1000&page=${number}`),
  );
});

test("fewer keys than the store counts is an incomplete reading", async () => {
  const { store } = await openAgainst((_, response) => json(response, 200, page([key(1)], { total: 2 })));
  expect(await codeOf(listed(store))).toBe("STORE_INCOMPLETE");
});

test("a number of pages that never ends stops at the first empty one", async () => {
  const { store, seen } = await openAgainst((request, response) =>
    json(response, 200, page(pageOf(request) === 0 ? [key(1)] : [], { total: 1, totalPages: 1_000 })),
  );
  expect(await listed(store)).toHaveLength(1);
  expect(seen).toHaveLength(4);
});

test("of several pages two readings in a row must agree, and a list that never rests is incomplete", async () => {
  // A key of the first page goes while the second is read, and another comes: total and count look right.
  const readings = [
    [["ak1", "ak2"], ["ak4"]],
    [["ak2", "ak3"], ["ak4"]],
    [["ak2", "ak3"], ["ak4"]],
  ];
  const { store, seen } = await openAgainst((request, response) => {
    const cids = readings[Math.floor((seen.length - 1) / 2)]?.[pageOf(request)] ?? [];
    json(
      response,
      200,
      page(
        cids.map((cid) => key(1, { cid })),
        { total: 3, totalPages: 2 },
      ),
    );
  });
  expect((await listed(store)).map(({ id }) => id)).toEqual(["ak2", "ak3", "ak4"]);
  expect(seen).toHaveLength(6);
  let count = 0;
  const restless = await openAgainst((request, response) => {
    count += 1;
    json(response, 200, page([key(count)], { total: 2, totalPages: 2, page: pageOf(request) }));
  });
  expect(await codeOf(listed(restless.store))).toBe("STORE_INCOMPLETE");
});

test("a reading is tried again after plain-text 500s, truncated bodies end it as a broken contract", async () => {
  let failures = 2;
  const { store } = await openAgainst((_, response) => {
    failures -= 1;
    if (failures >= 0) json(response, 500, "Internal error", { "content-type": "text/plain" });
    else json(response, 200, page([key(1)]));
  });
  expect(await listed(store)).toHaveLength(1);
  const cut = await openAgainst((_, response) => json(response, 200, '{"apiKeys":[{"cid":"ak'));
  expect(await codeOf(listed(cut.store))).toBe("STORE_CONTRACT");
});

test("a create sends name, roles, expiry and the marker at the end of the description, once", async () => {
  let sent = "";
  const { store, seen } = await openAgainst((_, response, body) => {
    sent = body;
    json(response, 200, {
      apiKey: "secret-of-the-store",
      roles: [],
      expirationDate: "2027-01-31T12:00:00+02:00",
    });
  });
  const minted = await store.create(aRequest());
  expect(JSON.parse(sent)).toEqual({
    name: "Scanner",
    description: "Scans [kw acme/scanner g3 7f3a9c2bq4ud]",
    roles: [{ type: "DEFAULT", role: "READ_ONLY" }],
    expirationDate: "2027-01-31T10:00:00.000Z",
  });
  expect(minted.secret?.reveal()).toBe("secret-of-the-store");
  expect(minted).toMatchObject({ expiresAt: "2027-01-31T10:00:00.000Z" });
  expect(minted).not.toHaveProperty("id");
  expect(seen).toEqual(["POST /api/v1/auth/key"]);
});

test.each<readonly [string, Handler]>([
  ["500 in plain text", (_, response) => json(response, 500, "oops")],
  ["503", (_, response) => json(response, 503, "", { "retry-after": "1" })],
  ["a cut connection", (request) => void request.socket.destroy()],
  ["a truncated answer", (_, response) => json(response, 200, '{"apiKey":"secr')],
  ["an answer without the secret", (_, response) => json(response, 200, { roles: [] })],
])(
  "a create that ends in %s is an unknown outcome, never sent again, and echoes nothing",
  async (_, handle) => {
    const { store, seen } = await openAgainst(handle);
    const error: unknown = await store.create(aRequest()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "STORE_OUTCOME_UNKNOWN" });
    expect(String(error)).not.toContain("secr");
    expect(seen).toHaveLength(1);
  },
);

test("I6: a create whose expiry the store changed fails, and says which policy may be the cause", async () => {
  for (const expirationDate of ["2026-12-01T00:00:00Z", "2099-01-01T00:00:00Z", "2027-01-31T09:59:59Z"]) {
    const { store } = await openAgainst((_, response) =>
      json(response, 200, { apiKey: "secret-0", expirationDate }),
    );
    const error: unknown = await store.create(aRequest()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "STORE_CONTRACT",
      hint: expect.stringContaining("spec.expires") as string,
    });
  }
});

test("a store that knows whole seconds only, or leaves the expiry out of its answer, is understood", async () => {
  const asked: unknown[] = [];
  let expirationDate: string | undefined = "2027-01-31T10:00:07Z";
  const { store } = await openAgainst((_, response, body) => {
    asked.push((JSON.parse(body) as { readonly expirationDate: string }).expirationDate);
    json(response, 200, { apiKey: "secret-0", roles: [], expirationDate });
  });
  const request = aRequest({ expiresAt: "2027-01-31T10:00:07.890Z" });
  expect(await store.create(request)).toMatchObject({ expiresAt: "2027-01-31T10:00:07.000Z" });
  expirationDate = undefined;
  expect(await store.create(request)).not.toHaveProperty("expiresAt");
  expect(asked).toEqual(["2027-01-31T10:00:07.000Z", "2027-01-31T10:00:07.000Z"]);
});

test("a page of a proxy never passes for a change that was made", async () => {
  const { store } = await openAgainst((_, response) =>
    json(response, 200, "<html>log in</html>", { "content-type": "text/html" }),
  );
  const { marker, displayName, description, labels, roles, securityLevel } = aRequest();
  const update = {
    kind: "ApiKey",
    id: "ak1",
    marker,
    displayName,
    description,
    labels,
    roles,
    securityLevel,
  } as const;
  expect(await codeOf(store.update(update))).toBe("STORE_CONTRACT");
  expect(await codeOf(store.revoke({ kind: "ApiKey", id: "ak1" }))).toBe("STORE_CONTRACT");
});

test("a 429 says that nothing was done: the create waits as long as it is asked and is sent again", async () => {
  let refusals = 2;
  const { store, seen } = await openAgainst((_, response) => {
    refusals -= 1;
    if (refusals >= 0) {
      const headers = {
        "content-type": "application/problem+json",
        ...(refusals === 0 && { "retry-after": "0" }),
      };
      json(response, 429, { type: "about:blank", title: "Too many", status: 429, retryAfter: 0 }, headers);
    } else json(response, 200, { apiKey: "secret-0", roles: [], expirationDate: "2027-01-31T10:00:00Z" });
  });
  expect((await store.create(aRequest())).secret).toBeDefined();
  expect(seen).toHaveLength(3);
});

test("a wait may be named by a date, and is kept to the second", async () => {
  let elapsedMs = 0;
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    elapsedMs += ms;
    waits.push(ms);
  };
  let isBusy = true;
  const { store } = await openAgainst(
    (_, response) => {
      const at = new Date(Date.parse(NOW) + 30_000).toUTCString();
      if (isBusy) json(response, 429, "", { "retry-after": at });
      else json(response, 200, { apiKey: "secret-0", expirationDate: "2027-01-31T10:00:00Z" });
      isBusy = false;
    },
    { longestWaitMs: 60_000, sleep, now: () => elapsedMs },
  );
  await store.create(aRequest());
  expect(waits[0]).toBe(30_000);
});

test("a wait of an hour ends the run with a clear message at once", async () => {
  const { store, seen } = await openAgainst((_, response) =>
    json(response, 429, "", { "retry-after": "3600" }),
  );
  const error: unknown = await store.create(aRequest()).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "STORE_BUSY" });
  expect(String(error)).toContain("1h");
  expect(seen).toHaveLength(1);
});

test("roles that the API cannot give, advanced keys and other kinds are refused before anything is sent", async () => {
  const { store, seen } = await openAgainst((_, response) => json(response, 200, {}));
  const manager = aRequest({ roles: [{ type: "default", role: "MANAGER" }] });
  expect(await codeOf(store.create(manager))).toBe("STORE_REJECTED");
  expect(await codeOf(store.create(aRequest({ securityLevel: "advanced" })))).toBe("STORE_REJECTED");
  expect(await codeOf(store.revoke({ kind: "Role", name: "x" }))).toBe("STORE_REJECTED");
  expect(seen).toEqual([]);
});

/** The hint of a 403 with `message`. */
async function hintFor(message: string): Promise<string | undefined> {
  const { store } = await openAgainst((_, response) => json(response, 403, { message, type: "FORBIDDEN" }));
  const error = (await store.create(aRequest()).catch((reason: unknown) => reason)) as {
    readonly hint?: string;
  };
  return error.hint;
}

test("a 403 for rights and a 403 for the address are told apart", async () => {
  expect(await hintFor("IP address not on the allowlist")).toContain("address is not on the IP allowlist");
  expect(await hintFor("You lack permissions")).toContain("Edit API keys");
  const ofAllowlist = 'The API key needs the permission "Configure IP allowlist"';
  expect(await hintFor(ofAllowlist)).toContain("Edit API keys");
});

test("a key that may do more than ours: the refusal to change it says what to do", async () => {
  const { store } = await openAgainst((_, response) =>
    json(response, 403, { message: "no", type: "FORBIDDEN" }),
  );
  const { secret: _, expiresAt: __, ...rest } = aRequest();
  const error = (await store.update({ ...rest, id: "ak1" }).catch((reason: unknown) => reason)) as {
    readonly hint?: string;
  };
  expect(error.hint).toContain("Give the credential's key the roles that this key has");
  expect(error.hint).toContain("take its manifest out");
});

test("revoking what is gone is success; an id is never read as a path", async () => {
  const { store, seen } = await openAgainst((_, response) =>
    json(response, 404, { message: "no", type: "NOT_FOUND" }),
  );
  await store.revoke({ kind: "ApiKey", id: "a/../b?c" });
  expect(seen).toEqual(["DELETE /api/v1/auth/key/a%2F..%2Fb%3Fc"]);
  const { marker, displayName, description, labels, roles, securityLevel } = aRequest();
  const update = {
    kind: "ApiKey",
    id: "gone",
    marker,
    displayName,
    description,
    labels,
    roles,
    securityLevel,
  } as const;
  expect(await codeOf(store.update(update))).toBe("STORE_CONFLICT");
});

test("a new key is verified with itself: 401 is no key, a key without the right to list is one", async () => {
  const authorizations: (string | undefined)[] = [];
  let status = 401;
  const { store } = await openAgainst((request, response) => {
    authorizations.push(request.headers.authorization);
    json(response, status, { message: "no", type: "X" });
  });
  expect(await store.verify(Secret.of("new-key"))).toMatchObject({ valid: false });
  status = 403;
  expect(await store.verify(Secret.of("new-key"))).toEqual({ valid: true });
  expect(authorizations).toEqual(["Bearer new-key", "Bearer new-key"]);
});

test("a gateway's 401, which is a web page, says nothing of the key", async () => {
  const { store } = await openAgainst((_, response) =>
    json(response, 401, "<!doctype html><title>Sign in</title>", { "content-type": "text/html" }),
  );
  expect(await codeOf(store.verify(Secret.of("new-key")))).toBe("STORE_CONTRACT");
});
