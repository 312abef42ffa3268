import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { isKeywrightError, type KeywrightError } from "../core/error.ts";
import { openHttpTransport } from "./http-transport.ts";
import type { Transport } from "./transport.ts";

/** To a server that takes requests and never answers. `onRequest` hears of each. */
async function intoSilence(totalMs: number, onRequest: () => void = () => undefined): Promise<Transport> {
  const server = createServer(onRequest);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const transport = openHttpTransport(`http://127.0.0.1:${port}`, { totalMs });
  onTestFinished(async () => {
    await transport.close();
    server.closeAllConnections();
    server.close();
  });
  return transport;
}

const REQUEST = { method: "POST", path: "/v1/keys", headers: {}, body: "{}" } as const;

async function failure(work: Promise<unknown>): Promise<KeywrightError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (isKeywrightError(error)) return error;
  throw new Error("it did not fail as it should");
}

test("a store that does not answer in time leaves an unknown outcome, and the limit is told", async () => {
  const transport = await intoSilence(50);
  const error = await failure(transport.request(REQUEST));
  expect(error.code).toBe("STORE_OUTCOME_UNKNOWN");
  expect(error.message).toMatch(/^The key store at 127\.0\.0\.1:\d+ gave no answer within 0\.05 seconds\.$/);
});

test("a signal ends the waiting with an unknown outcome; what was not sent yet was interrupted", async () => {
  const stop = new AbortController();
  const transport = await intoSilence(30_000, () => stop.abort());
  const error = await failure(transport.request(REQUEST, stop.signal));
  expect(error.code).toBe("STORE_OUTCOME_UNKNOWN");
  expect(error.message).toMatch(/gave no answer before this run had to end\.$/);
  expect((await failure(transport.request(REQUEST, stop.signal))).code).toBe("INTERRUPTED");
});
