import { expect, test } from "vitest";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import { type ApiClient, createApiClient, type Dialect } from "./api-client.ts";
import { createRequestLimiter } from "./request-limiter.ts";
import { retryAfterMs } from "./retry-after.ts";
import { TransportFailure } from "./transport-failure.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

type Outcome = Partial<HttpResponse> | KeywrightError;

const DIALECT: Dialect = {
  authorize: () => ({ authorization: `attempt ${(attempts += 1)}` }),
  refusal: ({ response: { status } }) =>
    status >= 500
      ? new KeywrightError("STORE_OUTCOME_UNKNOWN", `It failed (${status}).`, { hint: "It may have been." })
      : new KeywrightError("STORE_REJECTED", `It refused (${status}).`),
  retryAfterMs: (response) => retryAfterMs(response, new Date(0)),
  isLasting: ({ body }) => body === "waitress",
};
let attempts = 0;

interface Setting {
  readonly client: ApiClient;
  /** What went out. */
  readonly sent: readonly HttpRequest[];
  /** How long each wait was that the store asked for. */
  readonly waits: readonly number[];
}

/** A store that gives these outcomes one after the other, and the last for ever. */
function against(outcomes: readonly Outcome[], signal?: AbortSignal): Setting {
  const [sent, waits]: [HttpRequest[], number[]] = [[], []];
  let at = 0;
  const limiter = createRequestLimiter({
    perMinute: Infinity,
    burst: 1,
    longestWaitMs: 600_000,
    now: () => at,
    sleep: async (ms) => {
      waits.push(ms);
      at += ms;
    },
  });
  const client = createApiClient({
    transport: {
      where: "keys.example",
      request: async (request) => {
        const outcome = outcomes[Math.min(sent.length, outcomes.length - 1)];
        sent.push(request);
        if (outcome instanceof KeywrightError) throw outcome;
        return { status: 200, headers: {}, body: "{}", ...outcome };
      },
      close: () => Promise.resolve(),
    },
    dialect: DIALECT,
    limiter,
    retryPausesMs: [0, 0, 0],
    signal,
  });
  return { client, sent, waits };
}

const POST = { method: "POST", path: "/keys", body: {} } as const;
const LOST = new KeywrightError("STORE_OUTCOME_UNKNOWN", "Silence.", {
  hint: "It may have been carried out.",
});
const AWAY = new KeywrightError("STORE_UNREACHABLE", "Nobody there.", { hint: "Look." });

async function failure(work: Promise<unknown>): Promise<KeywrightError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (isKeywrightError(error)) return error;
  throw new Error("it did not fail as it should");
}

test.each([
  ["no answer", LOST],
  ["nobody there", AWAY],
  ["a 503", { status: 503 }],
])("a reading that met %s is tried again", async (_what, stumble) => {
  const { client, sent } = against([stumble, stumble, {}]);
  await client.read("/keys");
  expect(sent).toHaveLength(3);
});

test.each([
  ["no answer", LOST],
  ["a 500", { status: 500 }],
  ["a 500 that comes every time", { status: 500, body: "waitress" }],
])("a reading that ends with %s never says that something may have been carried out", async (_what, end) => {
  const { code, hint } = await failure(against([end]).client.read("/keys"));
  expect(code).toBe("STORE_UNREACHABLE");
  expect(hint).not.toContain("may have been");
});

test("a 5xx that comes every time is asked for once", async () => {
  const { client, sent } = against([{ status: 500, body: "waitress" }]);
  expect((await failure(client.read("/keys"))).message).toBe("It failed (500).");
  expect(sent).toHaveLength(1);
});

test("what no other try can mend is not tried again", async () => {
  const cause = new TransportFailure("opening", "error", undefined, { isLasting: true });
  const lasting = new KeywrightError("STORE_UNREACHABLE", "A certificate that nobody trusts.", { cause });
  const { client, sent } = against([lasting]);
  expect(await failure(client.read("/keys"))).toBe(lasting);
  expect(sent).toHaveLength(1);
});

test.each([
  ["no answer", LOST, "STORE_OUTCOME_UNKNOWN"],
  ["nobody there", AWAY, "STORE_UNREACHABLE"],
  ["a 500", { status: 500 }, "STORE_OUTCOME_UNKNOWN"],
  ["a 503 with Retry-After", { status: 503, headers: { "retry-after": "1" } }, "STORE_OUTCOME_UNKNOWN"],
])("what may change something and met %s is never sent again", async (_what, outcome, code) => {
  const { client, sent } = against([outcome, {}]);
  expect((await failure(client.send(POST))).code).toBe(code);
  expect(sent).toHaveLength(1);
});

test("after a 429 it is sent again, signed anew, exactly when the store said", async () => {
  const refusal = { status: 429, headers: { "retry-after": "120" } };
  const { client, sent, waits } = against([refusal, refusal, {}]);
  await client.send(POST);
  expect(waits).toEqual([120_000, 120_000]);
  expect(new Set(sent.map(({ headers }) => headers["authorization"])).size).toBe(3);
});

test("a 503 that says how long makes all that comes after it wait so long, and is not sent again itself", async () => {
  const { client, sent, waits } = against([{ status: 503, headers: { "retry-after": "9" } }, {}]);
  expect((await failure(client.send(POST))).code).toBe("STORE_OUTCOME_UNKNOWN");
  expect([sent.length, waits.length]).toEqual([1, 0]);
  await client.read("/keys");
  expect(waits).toEqual([9_000]);
});

test("a 429 that does not say how long makes it wait longer each time", async () => {
  const { client, waits } = against([{ status: 429 }, { status: 429 }, { status: 429 }, {}]);
  await client.send(POST);
  expect(waits).toEqual([1_000, 2_000, 5_000]);
});

test("an hour is more than a run waits: it stops at once, and says so", async () => {
  const { client, sent, waits } = against([{ status: 429, body: '{"retryAfter":3600}' }]);
  const { code, message } = await failure(client.send(POST));
  expect([code, message]).toEqual(["STORE_BUSY", "The store asks to wait 1h before the next request."]);
  expect([sent.length, waits.length]).toEqual([1, 0]);
});

test.each([
  ["https://login.example/sso?session=hunter2", "to login.example."],
  ["/login?session=hunter2", "to another path."],
  ["https://user:hunter2@keys.example/", "to another path."],
  ["http://[", "to another path."],
  [undefined, "to nowhere."],
])("A14: a redirect to %s is told by its host, and not followed", async (location, where) => {
  const headers: Record<string, string> = location === undefined ? {} : { location };
  const { client, sent } = against([{ status: 302, headers }]);
  const { code, message, hint } = await failure(client.read("/keys"));
  expect(code).toBe("STORE_CONTRACT");
  expect(message).toContain(`answers with a redirect (302) ${where}`);
  expect(hint).toContain("store.url");
  expect(message).not.toContain("hunter2");
  expect(sent).toHaveLength(1);
});

test.each([
  ["by its type", { headers: { "content-type": "text/html; charset=utf-8" }, body: "Not found" }],
  ["by its text", { body: "\n<!DOCTYPE html><title>404" }],
])("a web page in place of a refusal, known %s, is not taken for one", async (_how, page) => {
  const { client } = against([{ status: 404, ...page }]);
  const { code, message } = await failure(
    client.send({ method: "DELETE", path: "/keys/1" }, undefined, [404]),
  );
  expect([code, message]).toEqual(["STORE_CONTRACT", expect.stringContaining("is a web page")]);
});

test("a status that the caller takes for an answer is one, for readings too", async () => {
  const { client } = against([{ status: 404, body: "{}" }]);
  expect((await client.read("/keys/1", undefined, [404])).response.status).toBe(404);
  expect((await failure(client.read("/keys/1"))).code).toBe("STORE_REJECTED");
});

test("the opening's signal ends a reading of whoever brings none", async () => {
  const ending = new AbortController();
  const { client, sent } = against([{ status: 503 }], ending.signal);
  const reading = failure(client.read("/keys"));
  ending.abort();
  expect((await reading).code).toBe("INTERRUPTED");
  expect(sent.length).toBeLessThan(4);
});

test("headers of a request go out beside those of the client", async () => {
  const { client, sent } = against([{}]);
  await client.send({ ...POST, headers: { "if-match": "*" } });
  expect(sent[0]?.headers).toMatchObject({
    "if-match": "*",
    accept: "application/json",
    "content-type": "application/json",
  });
});

test("a body that is JSON text already goes out exactly so", async () => {
  const { client, sent } = against([{}]);
  await client.send({ method: "POST", path: "/x", json: '{"n":12345678901234567890}' });
  expect(sent[0]).toMatchObject({
    body: '{"n":12345678901234567890}',
    headers: { "content-type": "application/json" },
  });
});
