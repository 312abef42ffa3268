/** Cortex at its worst, as a sink. What it should do is in `test/contracts/cortex-secret.test.ts`. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { isKeywrightError, type KeywrightError } from "../core/error.ts";
import type { SecretSink, Stamp } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { openHttpTransport } from "../http/http-transport.ts";
import { createRequestLimiter } from "../http/request-limiter.ts";
import { createCortexSecretSink } from "./cortex-secret.ts";

const SLOT = { sink: "cortex", tag: "scanner_token" };
const VALUE = Secret.of("value-of-the-test-5f9c");
const STAMP: Stamp = { key: "scanner", operation: "op1", generation: 1, fingerprint: "fp" };
const FOUND = { id: "secret_1", tag: "scanner_token", name: "scanner" };
const QUICK = { perMinute: 1_000_000, burst: 1_000, longestWaitMs: 1_000 };

type Answer = readonly [status: number, body?: unknown];

/** `answers`, one for each request; the last one for all further ones. Null: the connection is cut. */
async function against(
  ...answers: readonly (Answer | null)[]
): Promise<{ readonly sink: SecretSink; readonly seen: readonly string[] }> {
  const seen: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const answer = answers[Math.min(seen.length, answers.length - 1)];
      seen.push(`${request.method} ${request.url} ${body}`.trim());
      if (!answer) return void request.socket.destroy();
      const [status, content = ""] = answer;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(typeof content === "string" ? content : JSON.stringify(content));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const transport = openHttpTransport(`http://127.0.0.1:${port}`);
  onTestFinished(async () => {
    await transport.close();
    server.closeAllConnections();
    server.close();
  });
  const sink = createCortexSecretSink({
    transport,
    credential: Secret.of("credential-of-the-test"),
    clock: { now: () => new Date("2026-11-21T08:15:00Z") },
    limiter: createRequestLimiter(QUICK),
    retryPausesMs: [1],
  });
  return { sink, seen };
}

const write = (sink: SecretSink, expected?: null): Promise<unknown> =>
  sink.write(SLOT, "current", VALUE, STAMP, expected);

async function faultOf(work: Promise<unknown>): Promise<KeywrightError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (isKeywrightError(error)) return error;
  throw new Error("it did not fail as it should");
}

const REFUSED: Answer = [400, { message: "tag is taken", type: "BAD_REQUEST" }];
const GONE: Answer = [404, { message: "no", type: "NOT_FOUND" }];

test("what is there gets the value alone: its name stays a person's", async () => {
  const { sink, seen } = await against([200, FOUND]);
  expect(await write(sink)).toEqual({
    slot: SLOT,
    generation: 1,
    fingerprint: "fp",
    at: "2026-11-21T08:15:00.000Z",
  });
  expect(seen).toEqual(['PUT /api/v1/secrets/scanner_token {"secret":"value-of-the-test-5f9c"}']);
});

test("what is not there is made, under the name of its key", async () => {
  const { sink, seen } = await against(GONE, [200, FOUND]);
  await write(sink);
  expect(seen[1]).toBe(
    'POST /api/v1/secrets {"name":"scanner","secret":"value-of-the-test-5f9c","tag":"scanner_token"}',
  );
});

test("somebody who is quicker with the tag has their value replaced, as in any slot without an expectation", async () => {
  const { sink, seen } = await against(GONE, REFUSED, [200, FOUND], [200, FOUND]);
  await write(sink);
  expect(seen.map((line) => line.split(" ")[0])).toEqual(["PUT", "POST", "GET", "PUT"]);
});

test("a tag that comes and goes is a conflict, not a loop", async () => {
  const { sink, seen } = await against(GONE, REFUSED, [200, FOUND], GONE);
  expect((await faultOf(write(sink))).code).toBe("SINK_CONFLICT");
  expect(seen).toHaveLength(4);
});

test("a refusal that is not about the tag is told as it is", async () => {
  const { sink } = await against(GONE, [400, { message: "name is too long", type: "BAD_REQUEST" }], GONE);
  const fault = await faultOf(write(sink));
  expect(fault.code).toBe("SINK_WRITE_FAILED");
  expect(fault.message).toContain("name is too long");
});

test("a slot that was to be empty and is not keeps what it has", async () => {
  const { sink, seen } = await against(REFUSED, [200, FOUND]);
  expect((await faultOf(write(sink, null))).code).toBe("SINK_CONFLICT");
  expect(seen.filter((line) => line.startsWith("PUT"))).toEqual([]);
});

test.each<readonly [string, Answer | null]>([
  ["a 500", [500, "oops"]],
  ["a cut connection", null],
  ["a login page", [200, "<html>"]],
  ["a redirect", [302]],
  ["an answer about nothing", [200, {}]],
])("%s after a write is a write that failed, sent once, and quotes no value", async (_name, answer) => {
  const { sink, seen } = await against(answer);
  const fault = await faultOf(write(sink));
  expect(fault.code).toBe("SINK_WRITE_FAILED");
  expect(seen).toHaveLength(1);
  expect(`${fault.message} ${fault.hint}`).not.toContain(VALUE.reveal());
  expect(`${fault.message} ${fault.hint}`).not.toMatch(/key store|store\./);
});

test.each<readonly [string, Answer, string]>([
  ["401", [401, { message: "no", type: "X" }], "Check the sink's credential"],
  ["403", [403, { message: "you lack permissions", type: "X" }], "Create secrets"],
  ["403 for the address", [403, { message: "IP address not on the allowlist" }], "allowlist"],
])("a %s at the probe says what to do, before a key is minted for it", async (_name, answer, hint) => {
  const { sink } = await against(answer);
  const fault = await faultOf(sink.probe(SLOT));
  expect(fault.code).toBe("SINK_UNUSABLE");
  expect(fault.message).toContain("scanner_token");
  expect(fault.hint).toContain(hint);
});

test("an inspection stumbles once and goes on; another tag in the answer is a breach", async () => {
  const stumbling = await against([500, ""], [200, FOUND]);
  expect(await stumbling.sink.inspect(SLOT)).toEqual({});
  const wrong = await against([200, { ...FOUND, tag: "other" }]);
  expect((await faultOf(wrong.sink.inspect(SLOT))).code).toBe("SINK_UNUSABLE");
});

test("a login page does not pass for a removal", async () => {
  const { sink } = await against([200, "<html>"]);
  expect((await faultOf(sink.remove(SLOT, "current"))).code).toBe("SINK_WRITE_FAILED");
});

test.each(["", "a-b", "a/../b", "a b", "ä", "x".repeat(101)])(
  "the tag %j is never sent: it could be read as something else",
  async (tag) => {
    const { sink, seen } = await against([200, FOUND]);
    const slot = { sink: "cortex", tag };
    expect((await faultOf(sink.probe(slot))).code).toBe("SINK_UNUSABLE");
    expect((await faultOf(sink.write(slot, "current", VALUE, STAMP))).code).toBe("SINK_UNUSABLE");
    expect((await faultOf(sink.remove(slot, "current"))).code).toBe("SINK_UNUSABLE");
    expect(seen).toEqual([]);
  },
);
